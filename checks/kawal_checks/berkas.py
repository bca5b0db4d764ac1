"""Reading a file that somebody named, with the reason in words when it cannot be read."""

from __future__ import annotations

import errno
from pathlib import Path

from .model import ReportError

_REASONS = {
    errno.ENOENT: "tidak ada",
    errno.EACCES: "tidak boleh dibuka",
    errno.EISDIR: "itu folder, bukan berkas",
    errno.ENOTDIR: "jalurnya melewati berkas yang bukan folder",
    errno.ENOSPC: "disk penuh",
    errno.EROFS: "disk hanya dapat dibaca",
    errno.ENAMETOOLONG: "nama terlalu panjang",
}


def why(error: OSError) -> str:
    """In Indonesian where we know the words."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


def read_bounded(path: Path, limit: int) -> bytes:
    """At most one byte more than `limit`, so that a giant file is refused without being read. ReportError names the path."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise ReportError(str(path), why(error), "berkas yang dapat dibaca") from error
