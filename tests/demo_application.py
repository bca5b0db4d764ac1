"""Starts the demo application as a target would: a process of its own on a free loopback port."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "automation/kawal/demo_data/aplikasi"


@contextmanager
def running(data: Path) -> Iterator[str]:
    """Yields the URL once the server has said that it listens; ends the process afterwards."""
    command = [sys.executable, "-B", "-m", "aplikasi", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, cwd=SOURCE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    guard = threading.Timer(20, process.kill)  # a server that never speaks must not hang the suite
    guard.start()
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found is not None, f"aplikasi demo tidak menyala: {line!r}"
        guard.cancel()
        yield found.group()
    finally:
        guard.cancel()
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()
