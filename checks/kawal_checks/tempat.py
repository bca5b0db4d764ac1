"""The place of an output in a checkout that the team filled."""

from __future__ import annotations

from pathlib import Path

PARTIAL = ".sebagian"


def make_way(path: Path) -> None:
    """What the team committed at an output's place must neither pass for the result nor lead elsewhere.

    A committed link at `laporan` or at `paket.tar` would let the job write to any file of PA's runner: links are cut, files removed.
    A folder stays (it may be a slip of whoever typed the path), and writing then fails.
    """
    if not path.is_absolute():
        for folder in reversed(path.parents):
            if folder.is_symlink():
                folder.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    for place in (path, path.with_name(path.name + PARTIAL)):
        if place.is_symlink() or not place.is_dir():
            place.unlink(missing_ok=True)
