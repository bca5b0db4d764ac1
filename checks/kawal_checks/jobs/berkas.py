"""Files of the job commands: JSON written whole or not at all, digests of packages, needed variables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from kawal_checks.model import ReportError
from kawal_checks.tempat import PARTIAL


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
