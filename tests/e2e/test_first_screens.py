"""docs/pengguna/layar-pertama.md is what an administrator really sees: every command of it run again, every screen compared."""

from __future__ import annotations

from pathlib import Path

import layar_pertama as first
import pytest


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[first.Step, int, str]]:
    with first.office(tmp_path_factory.mktemp("layar")) as (home, forge):
        told = list(first.screens(home, forge))
        paths = [row["path_with_namespace"] for row in forge.all("/projects", search="e-retribusi")]
        assert paths == ["aplikasi-opd/disperindag/e-retribusi-pasar"]
        return told


def test_every_command_ends_as_the_page_says(shown: list[tuple[first.Step, int, str]]) -> None:
    assert [(step.command, code) for step, code, _ in shown] == [
        (step.command, step.code) for step in first.STEPS
    ]


def test_the_page_is_what_is_seen(shown: list[tuple[first.Step, int, str]]) -> None:
    assert first.PAGE.read_text("utf-8") == first.page(shown), "run: python tests/e2e/layar_pertama.py"


def test_the_doctor_ends_without_a_failure(shown: list[tuple[first.Step, int, str]]) -> None:
    doctor = [screen for step, _, screen in shown if step.command == "kawal dokter"]

    assert ["GAGAL" in screen for screen in doctor] == [True, True, False]


def test_nothing_of_this_machine_is_on_the_page() -> None:
    text = first.PAGE.read_text("utf-8")

    assert "127.0.0.1:" not in text.replace("http://127.0.0.1:8080", "").replace("http://127.0.0.1:9", "")
    assert str(Path.home()) not in text
    assert "/tmp/" not in text
