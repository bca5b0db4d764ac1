"""Our locustfile: Locust runs it in a process of its own; what it requests is data written by `run.py`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from locust import between, events
from locust.contrib.fasthttp import FastHttpUser

_FOLDER = Path(os.environ["KAWAL_LOAD_FOLDER"])  # set by run.py, the only one who starts this file
_PLAN = json.loads((_FOLDER / "rencana.json").read_text("utf-8"))


def _task(step: dict[str, Any]) -> Callable[[FastHttpUser], None]:
    def task(user: FastHttpUser) -> None:
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

    return task


class Pengguna(FastHttpUser):
    wait_time = between(_PLAN["wait_from"], _PLAN["wait_to"])
    # Locust picks from the list at random: a task stands in it as often as it weighs.
    tasks = [task for step in _PLAN["steps"] for task in [_task(step)] * step["weight"]]  # noqa: RUF012 - Locust's contract
    network_timeout = 30.0
    connection_timeout = 10.0


def _reached(user_count: int, **_ignored: object) -> None:
    (_FOLDER / "pengguna.json").write_text(json.dumps(user_count), "utf-8")


events.spawning_complete.add_listener(_reached)  # type: ignore[no-untyped-call]
