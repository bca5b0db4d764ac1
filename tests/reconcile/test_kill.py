"""SIGKILL before and after the reply of every single write: running again completes, without duplicates, with the same end state."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contoh import desired
from keadaan import end_state
from pembunuh import Killer, Moment, killing_proxy

from forge_latihan import ForgeLatihan
from kawal.forges.gitlab import GitLabForge
from kawal.reconcile.apply import apply_plan
from kawal.reconcile.plan import diff
from kawal.reconcile.read import read_state

HERE = Path(__file__).parent
pytestmark = pytest.mark.crash


class Applier:
    """`terapkan.py` with one job at a time."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "terapkan.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(HERE)},
        )

    def run(self, url: str, app_id: str, group: str, killer: Killer | None = None) -> int:
        """The exit status; negative = killed by that signal."""
        job = {"url": url, "token": self._token, "app_id": app_id, "group": group}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        pid = self._answer()["pid"]
        if killer:
            killer.shoot(pid)
        return int(self._answer()["status"])

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def applier(latihan: ForgeLatihan) -> Iterator[Applier]:
    _, token = latihan.user("kawal-bot", name="Bot Kawal")
    applier = Applier(token)
    yield applier
    applier.close()


@pytest.fixture(scope="module")
def killer(latihan: ForgeLatihan) -> Iterator[Killer]:
    with killing_proxy(latihan.url) as killer:
        yield killer


@pytest.fixture(scope="module")
def undisturbed(latihan: ForgeLatihan, applier: Applier, killer: Killer) -> tuple[int, Any]:
    """(number of writes, end state) of an apply that nobody kills."""
    killer.aim(0, "before")
    assert applier.run(killer.url, "utuh", "mati-utuh/dinas") == 0
    return killer.writes, end_state(latihan, "utuh", "mati-utuh/dinas")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_at_any_write_leaves_nothing_that_running_again_does_not_complete(
    moment: Moment,
    latihan: ForgeLatihan,
    applier: Applier,
    killer: Killer,
    bot: GitLabForge,
    undisturbed: tuple[int, Any],
) -> None:
    writes, state = undisturbed
    assert writes > 20
    for number in range(1, writes + 1):
        app_id, group = f"mati-{moment}-{number}", f"mati-{moment}-{number}/dinas"
        killer.aim(number, moment)
        assert applier.run(killer.url, app_id, group, killer) == -signal.SIGKILL, number
        assert applier.run(latihan.url, app_id, group) == 0, number
        assert end_state(latihan, app_id, group) == state, number
        wanted = desired(app_id, group=group)
        assert diff(wanted, read_state(bot, wanted)).changes == (), number


def test_when_the_first_answer_of_every_write_is_lost_nothing_is_made_twice(
    latihan: ForgeLatihan, killer: Killer, undisturbed: tuple[int, Any]
) -> None:
    killer.aim(0, "before")
    killer.lose_answers = True
    forge = GitLabForge(killer.url, latihan.user("kawal-bot")[1], timeout=20, sleep=lambda _seconds: None)
    wanted = desired("hilang", group="mati-hilang/dinas")
    try:
        apply_plan(forge, wanted, diff(wanted, read_state(forge, wanted)), hook_token="rahasia-webhook")
    finally:
        killer.lose_answers = False

    assert len(killer.lost) >= undisturbed[0]
    assert end_state(latihan, "hilang", "mati-hilang/dinas") == undisturbed[1]
