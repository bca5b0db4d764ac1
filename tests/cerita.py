"""Runs `kawal demo` as a user does, in an empty HOME, and looks at what it leaves."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KAWAL = str(Path(sys.executable).with_name("kawal"))
DEMO_S = 540


@dataclass(frozen=True)
class Cerita:
    """One demo folder. `environ` is all that the demo may know of the machine."""

    folder: Path
    environ: dict[str, str]

    def demo(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [KAWAL, "demo", *words],
            cwd=self.folder.parent,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEMO_S,
        )
        assert done.returncode == 0, f"kawal demo: {done.returncode}\n{done.stdout}\n{done.stderr[-4000:]}"
        return done

    def kawal(self, *words: str, person: str | None = None) -> tuple[int, dict[str, Any]]:
        """One kawal command in the office that a stopped-over demo left; the key of `person` signs."""
        environ = self.office_environ()
        if person:
            environ["KAWAL_KUNCI"] = str(self.home / "kunci" / f"{person}.pem")
        done = subprocess.run(
            [KAWAL, *words, "--keluaran", "json"],
            cwd=self.home,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.stdout.strip(), done.stderr
        return done.returncode, json.loads(done.stdout)

    def office_environ(self) -> dict[str, str]:
        """What the demo tells its reader to source."""
        script = f"set -a; . '{self.home}/lingkungan.sh'; env -0"
        done = subprocess.run(["bash", "-c", script], env=self.environ, capture_output=True, check=True)
        pairs = (one.partition(b"=") for one in done.stdout.split(b"\0") if one)
        return {name.decode(): value.decode() for name, _, value in pairs}

    @property
    def home(self) -> Path:
        return self.folder / "kantor"

    @property
    def summary(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads((self.folder / "ringkasan.json").read_text("utf-8"))
        return value

    def records(self, kind: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """(type, predicate) of the ledger's entries, oldest first, read past kawal."""
        with contextlib.closing(sqlite3.connect(self.home / "data" / "ledger.sqlite3")) as db:
            rows = db.execute("SELECT type, envelope FROM entries ORDER BY seq").fetchall()
        payloads = ((name, json.loads(base64.b64decode(json.loads(raw)["payload"]))) for name, raw in rows)
        return [(name, one["predicate"]) for name, one in payloads if kind in (None, name)]

    def forge_log(self) -> list[dict[str, Any]]:
        """Every request that the forge answered, as it logged them."""
        found = next((self.folder / "forge").rglob("requests.jsonl"))
        return [json.loads(line) for line in found.read_text("utf-8").splitlines()]

    def alive(self) -> list[int]:
        """Processes whose command line, environment or folder names this demo."""
        mark = str(self.folder).encode()
        return [
            int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal() and _names(one, mark)
        ]

    def open_ports(self, addresses: list[str]) -> list[str]:
        return [one for one in addresses if _answers(one)]


def cerita(folder: Path, tools: Path) -> Cerita:
    """A demo in `folder` with an empty home; Wapiti lies in KAWAL_ALAT_DIR of the caller, else in `tools`."""
    home = folder / "rumah"
    home.mkdir(parents=True)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "KAWAL_DEMO_DIR": str(folder / "demo"),
        "KAWAL_ALAT_DIR": os.environ.get("KAWAL_ALAT_DIR") or str(tools),
    }
    return Cerita(folder / "demo", environ)


def _names(process: Path, mark: bytes) -> bool:
    if int(process.name) == os.getpid():
        return False
    for file in ("cmdline", "environ"):
        with contextlib.suppress(OSError):
            if mark in (process / file).read_bytes():
                return True
    with contextlib.suppress(OSError):
        return bytes((process / "cwd").readlink()).startswith(mark)
    return False


def _answers(address: str) -> bool:
    host, _, port = address.removeprefix("http://").partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    return True
