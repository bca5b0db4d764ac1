"""The command line interrupted: killed in the middle of its writes, stopped by Ctrl-C; the printed command goes on and completes."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kantor import Kantor

sys.path.insert(0, str(Path(__file__).parents[1] / "reconcile"))
from pembunuh import Killer, killing_proxy

pytestmark = [pytest.mark.e2e, pytest.mark.crash]
WRITES = 40
"""Somewhere among the labels: enough is there, enough is missing."""


@pytest.fixture(scope="module")
def proxy(kantor: Kantor) -> Iterator[Killer]:
    with killing_proxy(kantor.stage.forge_url) as killer:
        yield killer


@pytest.fixture(scope="module")
def undisturbed(kantor: Kantor) -> dict[str, Any]:
    kantor.approved("tanpa-gangguan")
    return kantor.end_state("tanpa-gangguan")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_applying_the_same_command_completes(
    kantor: Kantor, proxy: Killer, undisturbed: dict[str, Any], moment: str
) -> None:
    app = f"dibunuh-{moment}"
    kantor.approved(app, "--tunda-penyiapan")
    plan = kantor.must("rencana", app).data["id_rencana"]
    proxy.aim(WRITES, "before" if moment == "before" else "after")
    with kantor.process("terapkan", plan, KAWAL_FORGE_URL=proxy.url) as process:
        proxy.shoot(process.pid)
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    proxy.aim(0, "before")
    again = kantor.must("terapkan", plan)
    assert again.data["sudah_ada"] > 0
    assert again.data["tulis"] > 0
    assert kantor.end_state(app) == undisturbed
    assert kantor.must("siapkan", app).data["tulis"] == 0


def test_ctrl_c_says_what_was_done_and_how_to_go_on(
    kantor: Kantor, proxy: Killer, undisturbed: dict[str, Any]
) -> None:
    app = "dihentikan"
    kantor.approved(app, "--tunda-penyiapan")
    proxy.aim(
        WRITES, "before", signal.SIGINT
    )  # from the proxy: a busy machine would let the last write overtake us
    with kantor.process("siapkan", app, KAWAL_FORGE_URL=proxy.url) as process:
        proxy.shoot(process.pid)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    said = re.search(
        r"Dihentikan: (\d+) dari (\d+) perubahan sudah dibuat\. Untuk melanjutkan: (kawal terapkan \w+)", err
    )
    assert said, err
    assert 0 < int(said[1]) < int(said[2])
    assert "Traceback" not in err
    kantor.must(*said[3].split()[1:])
    assert kantor.end_state(app) == undisturbed


def test_ctrl_c_outside_of_writing_ends_with_a_sentence(kantor: Kantor) -> None:
    with kantor.process("latihan", "mulai", "--data", str(kantor.stage.folder / "forge-lain")) as process:
        assert process.stdout is not None
        assert "http://127.0.0.1" in process.stdout.readline()
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in err
