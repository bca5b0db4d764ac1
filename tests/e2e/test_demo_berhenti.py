"""`kawal demo --sampai N` leaves its servers running; `kawal demo --berhenti` ends them, and only them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.e2e


def demo(folder: Path, *words: str) -> dict[str, object]:
    """One command in a process of its own, as somebody types it: nothing of it is a child of the next one."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "LANG": "C.UTF-8",
        "KAWAL_DEMO_DIR": str(folder),
    }
    command = [sys.executable, "-m", "kawal.cli.main", "demo", *words, "--keluaran", "json"]
    done = subprocess.run(
        command, env=environ, cwd=folder.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    value: dict[str, object] = json.loads(done.stdout)["data"]
    return value


def listens(url: str) -> bool:
    with closing(socket.socket()) as client:
        return client.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0


def test_what_the_demo_left_running_is_ended_by_one_command(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    left = demo(folder, "--sampai", "1")
    forge = left["alamat"]["forge"]  # type: ignore[index]
    assert listens(forge)
    assert demo(folder, "--berhenti") == {"berhenti": ["forge"]}
    assert not listens(forge)
    assert (folder / "log").is_dir()  # for reading
    assert demo(folder, "--berhenti") == {"berhenti": []}
