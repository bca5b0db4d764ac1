"""The servers of the demo: started on free loopback ports, watched, stopped with everything they started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kawal.errors import TemporaryError


@dataclass
class Process:
    name: str
    popen: subprocess.Popen[bytes]
    ready: dict[str, str]
    """The JSON line that the server printed when it was ready."""


@dataclass
class Processes:
    """All child processes of one demo; `logs` receives one file each."""

    logs: Path
    running: list[Process] = field(default_factory=list)

    def start(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        wait_s: float = 60.0,
        ready_is_json: bool = True,
    ) -> dict[str, str]:
        """Starts a server and waits for its ready line; TemporaryError with the end of its log when it dies or stays silent."""
        self.logs.mkdir(parents=True, exist_ok=True)
        out, err = self.logs / f"{name}.out", self.logs / f"{name}.log"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            popen = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=dict(env),
                start_new_session=True,
            )
        process = Process(name, popen, {})
        self.running.append(process)
        line = self._ready_line(process, out, err, time.monotonic() + wait_s)
        process.ready = json.loads(line) if ready_is_json else {}
        return process.ready

    def _ready_line(self, process: Process, out: Path, err: Path, deadline: float) -> bytes:
        while time.monotonic() < deadline:
            line, newline, _ = out.read_bytes().partition(b"\n")
            if newline:
                return line
            if process.popen.poll() is not None:
                break
            time.sleep(0.05)
        tail = err.read_text("utf-8", "replace")[-1500:]
        raise TemporaryError(
            "FORGE-040",
            f"{process.name} tidak menyala",
            found=tail or "tidak ada keluaran",
            needed=f"baris siap di {out}",
        )

    def pids(self) -> dict[str, int]:
        return {one.name: one.popen.pid for one in self.running}

    def stop(self) -> None:
        """Asks every process to end, the last started first; kills what does not within five seconds."""
        for process in reversed(self.running):
            _signal_group(process.popen, signal.SIGTERM)
        for process in reversed(self.running):
            try:
                process.popen.wait(5)
            except subprocess.TimeoutExpired:
                _signal_group(process.popen, signal.SIGKILL)
                process.popen.wait()
        self.running.clear()


def _signal_group(popen: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if popen.poll() is None:
        try:
            os.killpg(popen.pid, number)
        except ProcessLookupError:
            return
