"""Killed, or refused by the disk, at write and sync calls of ledger, permit and target: nothing acknowledged is lost.

CI: every sync call and each 20th write; `KAWAL_MATI=semua` (make malam): every one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "bypass"))
sys.path.insert(0, str(HERE))

from bypass_kantor import Kantor  # noqa: E402
from sopir import SETUP  # noqa: E402
from sopir_strace import STEP, SYNCS, WRITES, Sopir, counted, needs_strace, points, said  # noqa: E402

from kawal.ledger.records import PermitRecord  # noqa: E402
from kawal.ledger.verify import verify_ledger  # noqa: E402

ERROR_STEP = 1 if os.environ.get("KAWAL_MATI") == "semua" else 25

pytestmark = [
    pytest.mark.crash,
    pytest.mark.xdist_group("crash"),
    needs_strace,
]


@pytest.fixture(scope="module")
def sopir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sopir]:
    made = Sopir(tmp_path_factory.mktemp("mati"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def calls(sopir: Sopir) -> Counter[str]:
    """How often one whole run makes each call."""
    folder = sopir.prepared()
    found = counted(sopir, folder, 0)
    assert [one.split()[0] for one in said(folder)] == ["catatan", "izin", "terpasang"]
    assert found["fdatasync"] + found["fsync"] >= 8
    return found


def acknowledged(folder: Path, word: str) -> list[str]:
    return [line.split()[1] for line in said(folder) if line.startswith(word + " ")]


def installed(folder: Path) -> str | None:
    """The jti of the release that the target says it serves."""
    path = folder / "target" / "keadaan.json"
    state = json.loads(path.read_text())["terpasang"] if path.exists() else None
    return None if state is None else cast(str, state["jti"])


def check(folder: Path, point: object) -> None:
    """After a crash: the ledger is whole, everything acknowledged is in it, the target serves one whole permitted release."""
    office = Kantor(folder, SETUP, fresh=False)
    try:
        ledger = office.world.ledger
        assert ledger.trouble is None, point
        assert verify_ledger(ledger).ok, point
        digests = [row.payload_sha256 for row in ledger.rows()]
        assert len(set(digests)) == len(digests), point
        assert set(acknowledged(folder, "catatan")) <= set(digests), point
        permits = [cast(PermitRecord, one.predicate) for one in ledger.entries(type="permit-record")]
        recorded = [one.jti for one in permits]
        assert set(acknowledged(folder, "izin")) <= set(recorded), point
        assert len({one.seq for one in permits}) == len(permits), point
        serving = folder / "target" / "saat_ini" / "app.py"
        now = installed(folder)
        assert now is None or now in recorded, point
        assert not serving.exists() or serving.read_bytes() == b"satu", point
        if acknowledged(folder, "terpasang"):
            assert now == acknowledged(folder, "terpasang")[-1], point
            assert serving.exists(), point
    finally:
        office.close()


def finish(sopir: Sopir, folder: Path, point: object) -> None:
    """The same steps again complete: one sign-off, a permit with the next number, one installation of it."""
    assert sopir.again(folder, 1) == 0, point
    check(folder, point)
    office = Kantor(folder, SETUP, fresh=False)
    try:
        signoffs = [
            one
            for one in office.world.ledger.entries(type="signoff")
            if cast(Any, one.predicate).kind == "pse"
        ]
        assert len(signoffs) == 1, point
        assert len(office.world.ledger.entries(type="permit-record")) <= 2, point
        assert acknowledged(folder, "terpasang"), point
        assert not office.outcome().denied, point
    finally:
        office.close()


def kill_at(sopir: Sopir, name: str, number: int) -> bool:
    """Whether the worker was killed: the number of calls varies by one or two from run to run."""
    folder = sopir.prepared()
    inject = f"inject={name}:signal=SIGKILL:when={number}"
    status = sopir.run(folder, 0, "-o", "/dev/null", "-e", f"trace={name}", "-e", inject)
    if status == 0:
        assert acknowledged(folder, "terpasang")
    else:
        assert os.WTERMSIG(status) == signal.SIGKILL, (name, number, status)
    check(folder, (name, number))
    finish(sopir, folder, (name, number))
    shutil.rmtree(folder)
    return status != 0


def test_killed_at_every_sync_call(sopir: Sopir, calls: Counter[str]) -> None:
    chosen = points(calls, SYNCS, 1)
    killed = sum(kill_at(sopir, name, number) for name, number in chosen)
    assert len(chosen) - 2 <= killed
    print(f"{len(chosen)} titik mati di panggilan sync")


def test_killed_at_writes(sopir: Sopir, calls: Counter[str]) -> None:
    chosen = points(calls, WRITES, STEP)
    killed = sum(kill_at(sopir, name, number) for name, number in chosen)
    assert len(chosen) - 4 <= killed
    print(f"{len(chosen)} dari {sum(calls[name] for name in WRITES)} titik mati di panggilan tulis")


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_a_disk_that_refuses_loses_nothing(sopir: Sopir, calls: Counter[str], error: str) -> None:
    chosen = points(calls, (*SYNCS, "pwrite64", "write"), ERROR_STEP if error == "ENOSPC" else 2 * ERROR_STEP)
    for name, number in chosen:
        folder = sopir.prepared()
        inject = f"inject={name}:error={error}:when={number}"
        status = sopir.run(folder, 0, "-o", "/dev/null", "-e", f"trace={name}", "-e", inject)
        assert os.WIFEXITED(status), (name, number, error)
        check(folder, (name, number, error))
        finish(sopir, folder, (name, number, error))
        shutil.rmtree(folder)
    print(f"{len(chosen)} galat {error}")
