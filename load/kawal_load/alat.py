"""Which bytes of Locust ran: for the key `alat_sha256` of the report (docs/formats.md §8)."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path


def tool_digest(package: str = "locust") -> str:
    """sha256 over name and sha256 of every file of the imported package but `*.pyc`, as `kawal_checks.jobs.ukur` does it.

    Its own code, not the libraries below it; one wheel has one digest on every machine.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:  # pragma: no cover - Locust is what this package runs
        raise ModuleNotFoundError(package)
    folder, digest = Path(spec.origin).parent, hashlib.sha256()
    for name in sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()):
        if not name.endswith(".pyc"):
            content = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            digest.update(f"{name}\0{content}\n".encode())
    return digest.hexdigest()
