"""Where a forge takes few creations, issues come stage by stage; everywhere else all of them at once."""

from __future__ import annotations

from dataclasses import replace

import golden_batam
import pytest

from kawal.desired import GATE_LABELS, desired_project
from kawal.forges.limits import creations_an_hour
from kawal.model import DesiredProject, DoneStep
from kawal.reconcile.plan import additions, diff
from kawal.reconcile.show import show_plan
from kawal.reconcile.state import RemoteState
from kawal.staged import PROJECTS_AN_HOUR, creations

BATAM = golden_batam.procedure()
APP = golden_batam.application()
PAPERS = {step.key: (*step.data.evidence.all_of,) for step in BATAM.steps}


def project(limit: int | None, *words: str) -> DesiredProject:
    """After the steps `"6:ya"`, each with its papers."""
    done = []
    for word in words:
        key, _, decision = word.partition(":")
        papers = tuple((kind, "a" * 64) for kind in PAPERS[key])
        done.append(DoneStep(key, golden_batam.DONE[-1].done_at, "pemohon", papers, decision or None))
    settings = replace(golden_batam.SETTINGS, creations_an_hour=limit)
    return desired_project(BATAM, replace(APP, done=tuple(done)), settings, [], golden_batam.calendar())


def titles(found: DesiredProject) -> list[str]:
    return [issue.title.partition(":")[0] for issue in found.issues]


OPENED = ("1", "2:disetujui")
LIMIT = 500


@pytest.mark.parametrize(
    ("kind", "url", "stated", "limit"),
    [
        ("github", "https://github.com", None, 500),
        ("github", "https://api.github.com", None, 500),
        ("github", "https://github.dinas.go.id", None, None),
        ("gitlab", "https://gitlab.com", None, None),
        ("gitlab", "https://git.dinas.go.id", 60, 60),
        ("github", "https://github.com", 50_000, 50_000),
    ],
)
def test_the_limit_is_declared_by_forge_or_stated_by_the_office(
    kind: str, url: str, stated: int | None, limit: int | None
) -> None:
    assert creations_an_hour(kind, url, stated) == limit


def test_without_a_limit_or_with_a_wide_one_all_issues_are_there_at_once() -> None:
    whole = project(None, *OPENED)
    assert len(whole.issues) == 10
    assert whole.notes == ()
    assert project(creations(whole) * PROJECTS_AN_HOUR, *OPENED) == whole
    assert project(creations(whole) * PROJECTS_AN_HOUR - 1, *OPENED) != whole


@pytest.mark.parametrize(
    ("done", "wanted"),
    [
        (OPENED, ["3"]),
        ((*OPENED, "3"), ["3", "4"]),
        ((*OPENED, "3", "4", "5"), ["3", "4", "5", "6", "7"]),  # 6 and 7 are one stage
        ((*OPENED, "3", "4", "5", "6:ya", "7"), ["3", "4", "5", "6", "7", "8"]),
        ((*OPENED, "3", "4", "5", "6:tidak"), ["3", "4", "5", "6", "7", "9"]),
        # The way back to 4 forgets no issue that was made.
        ((*OPENED, "3", "4", "5", "6:ya", "7", "8", "9:tidak_memenuhi"), ["3", "4", "5", "6", "7", "8", "9"]),
        # A registration recorded early brings its issue with it.
        ((*OPENED, "3", "10"), ["3", "4", "10"]),
    ],
)
def test_a_tight_forge_gets_the_overview_and_the_stages_reached(
    done: tuple[str, ...], wanted: list[str]
) -> None:
    assert titles(project(LIMIT, *done)) == ["Ikhtisar SOP Batam 774/2023", *(f"Langkah {n}" for n in wanted)]


def test_reopened_issues_are_open_again_after_a_way_back() -> None:
    found = project(LIMIT, *OPENED, "3", "4", "5", "6:ya", "7", "8", "9:tidak_memenuhi")
    assert [issue.title[8:10] for issue in found.issues if issue.closed] == ["3:"]


def test_only_labels_and_milestones_in_use_are_made_and_every_issue_finds_its_own() -> None:
    few, whole = project(LIMIT, *OPENED), project(None, *OPENED)
    assert creations(few) < creations(whole) / 4
    assert set(few.labels) < set(whole.labels)
    assert set(GATE_LABELS) <= set(few.labels)
    names, milestones = {label.name for label in few.labels}, {one.title for one in few.milestones}
    for issue in few.issues:
        assert set(issue.labels) <= names
        assert issue.milestone is None or issue.milestone in milestones


def test_the_overview_marks_every_step() -> None:
    body = project(LIMIT, *OPENED, "3", "4", "5", "6:tidak").issues[0].body
    assert [line[:3] for line in body.splitlines() if line.startswith("- ")] == ["- ✔"] * 6 + ["- –"] * 2 + [
        "- ▶",
        "- ·",
    ]
    assert "- ▶ Langkah 9: Pemeriksaan hasil pengujian keamanan" in body


def test_the_plan_says_which_stages_come_now_and_which_later() -> None:
    plan = diff(project(LIMIT, *OPENED), RemoteState(groups=()))
    shown = show_plan(plan)
    assert "isu dibuat tahap demi tahap" in shown
    assert "sekarang: Penyiapan repositori; nanti: Implementasi, Serah terima, Uji instalasi" in shown
    assert additions(plan) == plan


def test_the_same_records_give_the_same_project() -> None:
    assert project(LIMIT, *OPENED, "3") == project(LIMIT, *OPENED, "3")
