"""The content store `bukti/<sha256>`: files that records name by digest. Written once, verified at each reading, deletable by retention."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from kawal.errors import InputError, os_reason

LIMIT = 20 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ContentStore:
    """A folder of files named by their sha256. Several processes may write to it at once."""

    def __init__(self, folder: Path, *, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    def path(self, sha256: str) -> Path:
        if not _DIGEST.fullmatch(sha256):
            raise InputError("BUKTI-010", f"bukan digest sha256: {sha256[:80]!a}")
        return self.folder / sha256

    def put(self, data: bytes) -> str:
        """Store `data` durably (file and folder fsynced before the name appears); its digest."""
        if len(data) > self.limit:
            raise InputError(
                "BUKTI-011",
                "berkas terlalu besar",
                found=f"{len(data)} bita",
                needed=f"paling banyak {self.limit} bita",
            )
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if target.exists() and self._sound(target, sha256):
            return sha256
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".baru-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o440)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return sha256

    def put_file(self, path: Path) -> str:
        """Store a user's file."""
        try:
            with path.open("rb") as file:
                data = file.read(self.limit + 1)
        except OSError as error:
            raise InputError(
                "INPUT-001", f"berkas tidak dapat dibaca: {path} ({os_reason(error)})"
            ) from error
        return self.put(data)

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their name; InputError BUKTI-012 when missing, BUKTI-013 when altered."""
        target = self.path(sha256)
        try:
            data = target.read_bytes()
        except FileNotFoundError as error:
            raise InputError("BUKTI-012", f"berkas bukti {sha256} tidak ada di {self.folder}") from error
        except OSError as error:
            raise InputError(
                "BUKTI-012", f"berkas bukti {sha256} tidak terbaca: {os_reason(error)}"
            ) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise InputError("BUKTI-013", f"isi berkas bukti {sha256} berubah")
        return data

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def missing(self, digests: Iterable[str]) -> list[str]:
        """Those of `digests` whose file is absent or altered, sorted."""
        return sorted({one for one in digests if not self._sound(self.path(one), one)})

    def _sound(self, path: Path, sha256: str) -> bool:
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
