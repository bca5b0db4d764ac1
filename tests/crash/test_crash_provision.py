"""`kawal siapkan` killed at write and sync calls: one project, one record of it, nothing twice, and the same command completes.

CI: every sync call and each 20th write; `KAWAL_MATI=semua` (make malam): every one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sopir_strace import STEP, SYNCS, WRITES, Sopir, counted, needs_strace, points, said

from kantor import Kantor
from kawal.ledger.records import Provision
from kawal.ledger.store import Ledger
from kawal.ledger.verify import verify_ledger

APP = "mati-siapkan"
pytestmark = [pytest.mark.crash, needs_strace]


@pytest.fixture(scope="module")
def sopir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sopir]:
    made = Sopir(tmp_path_factory.mktemp("siapkan"), "sopir_siapkan.py")
    yield made
    made.stop()


class Office:
    """The office's folder as it was before `siapkan`, copied for each attempt; the forge without the project."""

    def __init__(self, kantor: Kantor, sopir: Sopir) -> None:
        self.kantor, self.sopir = kantor, sopir
        self.kept = sopir.root / "sebelum"
        kantor.approved(APP, "--tunda-penyiapan")
        shutil.copytree(kantor.stage.home, self.kept)

    def fresh(self) -> Path:
        self.sopir.number += 1
        folder = self.sopir.root / f"s{self.sopir.number}"
        shutil.copytree(self.kept, folder / "rumah")
        (folder / "lingkungan.json").write_text(json.dumps(self.kantor.environ()))
        for project in self.projects():
            self.kantor.api("DELETE", f"/projects/{project['id']}")
        return folder

    def projects(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.kantor.api("GET", f"/projects?search={APP}&simple=false")
        return [one for one in found if one["path"] == APP]


@pytest.fixture(scope="module")
def office(kantor: Kantor, sopir: Sopir) -> Office:
    return Office(kantor, sopir)


@pytest.fixture(scope="module")
def whole(office: Office, sopir: Sopir) -> tuple[Counter[str], dict[str, Any]]:
    """(calls of one undisturbed run, what it leaves on the forge)."""
    folder = office.fresh()
    calls = counted(sopir, folder, APP)
    assert calls["fdatasync"] + calls["fsync"] >= 1
    assert len(said(folder)) == 1
    return calls, office.kantor.end_state(APP)


def recorded(folder: Path) -> list[int]:
    """Project ids of the provision records in a ledger that verifies."""
    with Ledger.open(folder / "rumah" / "data" / "ledger.sqlite3", None, "") as ledger:
        assert ledger.trouble is None
        assert verify_ledger(ledger).ok
        found = [one.predicate for one in ledger.entries(app_id=APP, type="provision")]
    return [one.forge.project_id for one in found if isinstance(one, Provision)]


def disturbed(office: Office, how: str, name: str, number: int, state: dict[str, Any]) -> int:
    """One run with `how` injected at one call, judged by what is there, and completed by the same command; its wait status."""
    folder = office.fresh()
    inject = f"inject={name}:{how}:when={number}"
    status = office.sopir.run(folder, APP, "-o", "/dev/null", "-e", f"trace={name}", "-e", inject)
    acknowledged = [int(line.split()[1]) for line in said(folder)]
    assert set(acknowledged) <= set(recorded(folder)), (name, number)
    assert len(office.projects()) <= 1, (name, number)
    assert office.sopir.again(folder, APP) == 0, (name, number)
    (project,) = office.projects()
    assert recorded(folder) == [project["id"]], (name, number)
    assert office.kantor.end_state(APP) == state, (name, number)
    shutil.rmtree(folder)
    return status


def kill_at(office: Office, name: str, number: int, state: dict[str, Any]) -> bool:
    """Whether the worker was killed: the number of calls varies by one or two from run to run."""
    status = disturbed(office, "signal=SIGKILL", name, number, state)
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, (name, number, status)
    return status != 0


def test_killed_at_every_sync_call_of_provisioning(
    office: Office, whole: tuple[Counter[str], dict[str, Any]]
) -> None:
    calls, state = whole
    chosen = points(calls, SYNCS, 1)
    killed = sum(kill_at(office, name, number, state) for name, number in chosen)
    assert len(chosen) - 2 <= killed
    print(f"{len(chosen)} titik mati di panggilan sync penyiapan")


def test_killed_at_writes_of_provisioning(office: Office, whole: tuple[Counter[str], dict[str, Any]]) -> None:
    calls, state = whole
    chosen = points(calls, WRITES, STEP)
    killed = sum(kill_at(office, name, number, state) for name, number in chosen)
    assert len(chosen) - 4 <= killed
    print(f"{len(chosen)} dari {sum(calls[name] for name in WRITES)} titik mati di panggilan tulis penyiapan")


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_a_disk_that_refuses_leaves_a_project_that_the_same_command_completes(
    office: Office, whole: tuple[Counter[str], dict[str, Any]], error: str
) -> None:
    calls, state = whole
    every = points(calls, (*SYNCS, "pwrite64", "write"), STEP)
    chosen = every if STEP == 1 else every[::3]
    for name, number in chosen:
        status = disturbed(office, f"error={error}", name, number, state)
        assert os.WIFEXITED(status), (name, number, error)
    print(f"{len(chosen)} galat {error} penyiapan")
