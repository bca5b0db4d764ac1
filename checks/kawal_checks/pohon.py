"""The file list of a source tree on disk."""

from __future__ import annotations

import os
from pathlib import Path

from .model import ReportError

MAX_FILES = 200_000


def list_files(root: Path) -> tuple[str, ...]:
    """Every file below `root` but `.git`, relative and sorted; links are named, not followed."""
    if not root.is_dir():
        raise ReportError(str(root), "bukan folder", "pohon sumber aplikasi")
    found: list[str] = []
    for folder, subfolders, names in os.walk(root, followlinks=False):
        subfolders[:] = [name for name in subfolders if name != ".git"]
        found += [Path(folder, name).relative_to(root).as_posix() for name in names]
        if len(found) > MAX_FILES:
            raise ReportError(str(root), f"lebih dari {MAX_FILES} berkas", "pohon sumber aplikasi saja")
    return tuple(sorted(found))
