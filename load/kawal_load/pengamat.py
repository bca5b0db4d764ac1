"""Listeners beside any locustfile, ours or the team's: when the asked seconds are over, users reached, which workers came to the end."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

_FOLDER = Path(os.environ["KAWAL_LOAD_FOLDER"])  # set by run.py, the only one who starts this file
_DIGEST = hashlib.sha256((_FOLDER / "rencana.json").read_bytes()).hexdigest()
_SECONDS = json.loads((_FOLDER / "rencana.json").read_bytes())["seconds"]
_FINISHED = "kawal_selesai"
_MARGIN = 0.5  # the last request ends a little before the clock


class Watch:
    """What the one process that writes the report saw. A worker only tells its master that it came to the end."""

    def __init__(self) -> None:
        self.reached = 0
        self.finished: set[str] = set()
        self.clock: gevent.Greenlet[Any] | None = None

    def begin(self, environment: Environment, **_ignored: object) -> None:
        if isinstance(environment.runner, MasterRunner):
            environment.runner.register_message(_FINISHED, self._worker_finished)

    def start_clock(self, environment: Environment) -> None:
        """The asked seconds are seconds of requests: on a busy machine the first one comes late. `-t` is only the outer bound."""
        runner = environment.runner
        if _SECONDS and self.clock is None and runner is not None and not isinstance(runner, WorkerRunner):
            self.clock = gevent.spawn_later(_SECONDS + _MARGIN, runner.quit)

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


def _reported(data: dict[str, Any], **_ignored: object) -> None:
    """What a worker tells its master every few seconds: users later than the event says, and that requests have begun."""
    runner = _ENVIRONMENT[0].runner
    if isinstance(runner, MasterRunner):
        _WATCH.reached = max(_WATCH.reached, runner.user_count)
        if data.get("stats_total", {}).get("num_requests"):
            _WATCH.start_clock(_ENVIRONMENT[0])


def _requested(**_ignored: object) -> None:
    _WATCH.start_clock(_ENVIRONMENT[0])


events.worker_report.add_listener(_reported)  # type: ignore[no-untyped-call]
events.request.add_listener(_requested)  # type: ignore[no-untyped-call]
events.init.add_listener(_init)  # type: ignore[no-untyped-call]
events.spawning_complete.add_listener(_spawned)  # type: ignore[no-untyped-call]
events.test_stop.add_listener(_WATCH.end)  # type: ignore[no-untyped-call]
events.quitting.add_listener(_WATCH.write)  # type: ignore[no-untyped-call]
