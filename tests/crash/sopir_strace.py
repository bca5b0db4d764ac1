"""strace on the workers of a driver process: counts their system calls, kills or fails them at a chosen one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SYNCS = ("fsync", "fdatasync")
WRITES = ("pwrite64", "write", "rename", "ftruncate", "unlink", "symlink")
STEP = 1 if os.environ.get("KAWAL_MATI") == "semua" else 20

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


class Sopir:
    """The driver process and the strace that watches its workers."""

    def __init__(self, root: Path, script: str = "sopir.py") -> None:
        self.root = root
        self.number = 0
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, *words: object) -> list[str]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(str(one) for one in words) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def prepared(self) -> Path:
        self.number += 1
        folder = self.root / f"t{self.number}"
        assert self.ask("siapkan", folder) == ["siap"]
        return folder

    def run(self, folder: Path, attempt: object, *options: str) -> int:
        """The worker's wait status, with strace attached before its first step."""
        pid = self.ask("jalan", folder, attempt)[1]
        strace = subprocess.Popen(
            ["strace", "-p", pid, *options], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        assert strace.stderr is not None
        line = strace.stderr.readline()
        status = int(self.ask("mulai")[1])
        strace.communicate(timeout=30)
        if "attached" not in line:
            pytest.skip(f"ptrace is barred here: {line.strip()}")
        return status

    def again(self, folder: Path, attempt: object) -> int:
        """As `run`, undisturbed."""
        self.ask("jalan", folder, attempt)
        return int(self.ask("mulai")[1])

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


def counted(sopir: Sopir, folder: Path, attempt: object) -> Counter[str]:
    """How often one whole run makes each call."""
    log = folder / "strace.log"
    names = ",".join((*SYNCS, *WRITES))
    assert sopir.run(folder, attempt, "-o", str(log), "-e", f"trace={names}") == 0
    return Counter(re.findall(r"^(\w+)\(", log.read_text(), re.MULTILINE))


def said(folder: Path) -> list[str]:
    """What the workers acknowledged, a line each."""
    path = folder / "jawaban"
    return path.read_text().splitlines() if path.exists() else []


def points(calls: Counter[str], names: tuple[str, ...], step: int) -> list[tuple[str, int]]:
    return [(name, number) for name in names for number in range(1, calls[name] + 1, step)]
