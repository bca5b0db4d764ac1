"""Listeners beside any locustfile, ours or the team's: users reached, and which workers ran to the end with the same plan."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

_FOLDER = Path(os.environ["KAWAL_LOAD_FOLDER"])  # set by run.py, the only one who starts this file
_DIGEST = hashlib.sha256((_FOLDER / "rencana.json").read_bytes()).hexdigest()
_FINISHED = "kawal_selesai"


class Watch:
    """What the one process that writes the report saw. A worker only tells its master that it came to the end."""

    def __init__(self) -> None:
        self.reached = 0
        self.finished: set[str] = set()

    def begin(self, environment: Environment, **_ignored: object) -> None:
        if isinstance(environment.runner, MasterRunner):
            environment.runner.register_message(_FINISHED, self._worker_finished)

    def spawned(self, environment: Environment, user_count: int) -> None:
        runner = environment.runner
        # The master's event carries what it asked for; its own count is what the workers reported.
        count = runner.user_count if isinstance(runner, MasterRunner) else user_count
        self.reached = max(self.reached, count)

    def end(self, environment: Environment, **_ignored: object) -> None:
        if isinstance(environment.runner, WorkerRunner):
            environment.runner.send_message(_FINISHED, {"rencana": _DIGEST})

    def write(self, environment: Environment, **_ignored: object) -> None:
        if not isinstance(environment.runner, WorkerRunner):
            seen = {"pengguna": self.reached, "pekerja_selesai": len(self.finished)}
            (_FOLDER / "pengamatan.json").write_text(json.dumps(seen), "utf-8")

    def _worker_finished(self, environment: Environment, msg: Any, **_ignored: object) -> None:
        del environment
        if msg.data["rencana"] == _DIGEST:
            self.finished.add(msg.node_id)


_WATCH = Watch()
_ENVIRONMENT: list[Environment] = []


def _init(environment: Environment, **more: object) -> None:
    _ENVIRONMENT[:] = [environment]
    _WATCH.begin(environment, **more)


def _spawned(user_count: int, **_ignored: object) -> None:
    _WATCH.spawned(_ENVIRONMENT[0], user_count)


events.init.add_listener(_init)  # type: ignore[no-untyped-call]
events.spawning_complete.add_listener(_spawned)  # type: ignore[no-untyped-call]
events.test_stop.add_listener(_WATCH.end)  # type: ignore[no-untyped-call]
events.quitting.add_listener(_WATCH.write)  # type: ignore[no-untyped-call]
