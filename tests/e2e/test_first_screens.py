"""The pages with every screen of the start are what an administrator really sees: every command of them run again, every screen compared."""

from __future__ import annotations

from pathlib import Path

import layar_pertama as first
import pytest

Shown = list[tuple[first.Step, int, str]]


@pytest.fixture(scope="module", params=sorted(first.TOURS))
def tour(request: pytest.FixtureRequest) -> first.Tour:
    return first.TOURS[request.param]


@pytest.fixture(scope="module")
def shown(tour: first.Tour, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    with first.office(tmp_path_factory.mktemp("layar")) as (home, forge):
        told = list(first.screens(tour, home, forge))
        paths = [row["path_with_namespace"] for row in forge.all("/projects", search="e-retribusi")]
        assert paths == [tour.project]
        return told


def test_every_command_ends_as_the_page_says(tour: first.Tour, shown: Shown) -> None:
    assert [(step.command, code) for step, code, _ in shown] == [
        (step.command, step.code) for step in tour.steps
    ]


def test_the_page_is_what_is_seen(tour: first.Tour, shown: Shown) -> None:
    assert tour.page.read_text("utf-8") == first.page(tour, shown), "run: python tests/e2e/layar_pertama.py"


def test_the_doctor_ends_without_a_failure(shown: Shown) -> None:
    doctor = [screen for step, _, screen in shown if step.command == "kawal dokter"]

    assert ["GAGAL" in screen for screen in doctor] == [True, True, False]


def test_nothing_of_this_machine_is_on_the_page(tour: first.Tour) -> None:
    text = tour.page.read_text("utf-8")

    assert "127.0.0.1:" not in text.replace("http://127.0.0.1:8080", "").replace("http://127.0.0.1:9", "")
    assert str(Path.home()) not in text
    assert "/tmp/" not in text
