"""Wapiti in a virtual environment of its own (it and other tools break each other), made once and kept in the cache."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from kawal.errors import TemporaryError

REQUIREMENT = "wapiti3>=3.2,<4"
READY = ".siap"


def tools_dir(environ: Mapping[str, str]) -> Path:
    """`KAWAL_ALAT_DIR`, else the user's cache."""
    named = environ.get("KAWAL_ALAT_DIR")
    if named:
        return Path(named)
    cache = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", "/tmp")) / ".cache")  # noqa: S108
    return Path(cache) / "kawal" / "alat"


class Scanner:
    """The environment with Wapiti, installed in the background while the demo goes on; `bin` waits for it."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder / "wapiti"
        self._environ = dict(environ)
        self._problem: str | None = None
        self._thread: threading.Thread | None = None
        if not (self.folder / READY).exists():
            self._thread = threading.Thread(target=self._install, name="wapiti", daemon=True)
            self._thread.start()

    @property
    def path(self) -> Path:
        """Where `wapiti` is, or will be."""
        return self.folder / "bin"

    def bin(self) -> Path:
        """Waits for the installation; TemporaryError when it failed."""
        if self._thread is not None:
            self._thread.join()
        if self._problem:
            raise TemporaryError(
                "KONF-042",
                "Wapiti tidak dapat dipasang",
                found=self._problem,
                next_step="periksa jaringan ke PyPI, lalu ulangi",
            )
        return self.path

    def _install(self) -> None:
        """One at a time on this machine: a second demo waits for the first one's installation and uses it."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with (self.folder.parent / ".wapiti.kunci").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.folder / READY).exists():
                self._install_alone()

    def _install_alone(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        uv = shutil.which("uv", path=self._environ.get("PATH"))
        make = (
            [uv, "venv", "--quiet", str(self.folder)]
            if uv
            else [sys.executable, "-m", "venv", str(self.folder)]
        )
        python = str(self.folder / "bin" / "python")
        pip = (
            [uv, "pip", "install", "--quiet", "--python", python]
            if uv
            else [python, "-m", "pip", "install", "--quiet"]
        )
        for argv in (make, [*pip, REQUIREMENT]):
            done = subprocess.run(
                argv, capture_output=True, check=False, env=self._environ, stdin=subprocess.DEVNULL
            )
            if done.returncode != 0:
                self._problem = done.stderr.decode("utf-8", "replace").strip()[-800:]
                return
        (self.folder / READY).touch()
