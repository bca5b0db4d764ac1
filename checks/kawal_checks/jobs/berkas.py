"""Files of the job commands: a clear place, JSON written whole or not at all, digests of packages, needed variables."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from kawal_checks.model import ReportError

PARTIAL = ".sebagian"


def make_way(path: Path) -> None:
    """Clears an output's place in a checkout: what the team committed there must neither pass for the result nor lead elsewhere.

    A committed link at `laporan` or at `paket.tar` would let the job write to any file of PA's runner.
    """
    if not path.is_absolute():
        for folder in reversed(path.parents):
            if folder.is_symlink():
                folder.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    for place in (path, path.with_name(path.name + PARTIAL)):
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def write_json(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL)
    partial.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", "utf-8")
    partial.replace(path)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def needed(environ: Mapping[str, str], name: str) -> str:
    """A variable that the pipeline must provide."""
    value = environ.get(name, "")
    if not value:
        raise ReportError(f"variabel {name}", "kosong", "nilai dari pipeline templat pusat")
    return value
