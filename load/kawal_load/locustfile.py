"""Our locustfile: Locust runs it in a process of its own; what it requests is data written by `run.py`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from locust import LoadTestShape, between
from locust.contrib.fasthttp import FastHttpUser
from locust.exception import StopUser

_FOLDER = Path(os.environ["KAWAL_LOAD_FOLDER"])  # set by run.py, the only one who starts this file
_PLAN = json.loads((_FOLDER / "rencana.json").read_text("utf-8"))
_LOGIN = _PLAN["login"]
_STAGES = [tuple(stage) for stage in _PLAN["stages"]]  # (seconds, users, users a second)


def _ask(user: FastHttpUser, step: dict[str, Any]) -> bool:
    """One request; whether it succeeded."""
    body = {"data": step["data"]} if step["data"] is not None else {}
    # Redirects are not followed: they may leave the target, and their pages would count under this name.
    with user.client.request(
        step["method"],
        step["path"],
        name=step["name"],
        headers=step["headers"],
        allow_redirects=False,
        catch_response=True,
        **body,
    ) as reply:
        expected = step["status"]
        good = reply.status_code == expected if expected else 200 <= reply.status_code < 300
        if good:
            reply.success()
        elif reply.status_code:
            reply.failure(f"status {reply.status_code}")
    return bool(good)


def _task(step: dict[str, Any]) -> Callable[[FastHttpUser], None]:
    def task(user: FastHttpUser) -> None:
        _ask(user, step)

    return task


class Pengguna(FastHttpUser):
    wait_time = between(_PLAN["wait_from"], _PLAN["wait_to"])
    # Locust picks from the list at random: a task stands in it as often as it weighs.
    tasks = [task for step in _PLAN["steps"] for task in [_task(step)] * step["weight"]]  # noqa: RUF012 - Locust's contract
    network_timeout = 30.0
    connection_timeout = 10.0

    def on_start(self) -> None:
        """Logs in once; the session's cookies stay. A user who cannot log in tests nothing, and that is an exception of the run."""
        if _LOGIN is not None and not _ask(self, _LOGIN):
            self.environment.events.user_error.fire(
                user_instance=self, exception=RuntimeError("masuk gagal"), tb=None
            )
            raise StopUser


if len(_STAGES) > 1:

    class Tahap(LoadTestShape):
        """Warm-up stages, then the demanded load; what is counted begins with the latter."""

        counting = False

        def tick(self) -> tuple[int, float] | None:
            left: float = self.get_run_time()  # type: ignore[no-untyped-call]
            for number, (seconds, users, rate) in enumerate(_STAGES):
                if left < seconds:
                    if number == len(_STAGES) - 1 and not self.counting and self.runner is not None:
                        self.counting = True
                        self.runner.stats.clear_all()
                    return users, rate
                left -= seconds
            return None
