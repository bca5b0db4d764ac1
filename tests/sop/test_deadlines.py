"""What is due and overdue, with the open unit printed and an unsure calendar named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from builders import NOON, batam, did, procedure

from kawal.model import Application, DoneStep
from kawal.services.deadlines import due_steps
from kawal.sop.clock import Calendar, calendar_for
from kawal.sop.procedure import Procedure


def application(found: Procedure, *done: DoneStep, asked: datetime = NOON) -> Application:
    return Application(
        app_id="retribusi",
        name="Retribusi",
        agency="Dinas Pasar",
        agency_slug="pasar",
        profile_id=found.id,
        profile_sha256="a" * 64,
        requested_at=asked,
        approved_at=None,
        letter_number=None,
        letter_date=None,
        letter_sha256=None,
        developers=("dev",),
        reviewers=(),
        thresholds="{}",
        done=done,
        project_id=None,
    )


def calendar(found: Procedure) -> Calendar:
    return calendar_for(found.profile.authority.zone, found.hours, count_days=found.count_days)


def rows(
    found: Procedure, now: datetime, *done: DoneStep, asked: datetime = NOON
) -> list[tuple[str, str, str, int]]:
    steps = due_steps(found, application(found, *done, asked=asked), calendar(found), now)
    return [(one.step, one.status, one.deadline.text(), one.days_late) for one in steps]


def test_open_step_is_due_and_later_ones_are_planned_until_the_sop_gives_no_time() -> None:
    # Friday 20 November 2026, 12.00 WIB
    assert rows(batam(), NOON) == [
        ("1", "berjalan", "1 hari (dihitung hari kerja), jatuh Senin, 23 November 2026 16.00 WIB", 0),
        ("2", "direncanakan", "1 hari (dihitung hari kerja), jatuh Selasa, 24 November 2026 16.00 WIB", 0),
        ("3", "direncanakan", "3 hari (dihitung hari kerja), jatuh Jumat, 27 November 2026 16.30 WIB", 0),
    ]


def test_overdue_counts_working_days() -> None:
    late = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
    found = rows(batam(), late, did("1"))
    assert found[0] == (
        "2",
        "terlambat",
        "1 hari (dihitung hari kerja), jatuh Senin, 23 November 2026 16.00 WIB",
        5,
    )


def test_who_acts_is_named_and_an_unsure_year_warns() -> None:
    found = procedure("kaltara")
    asked = datetime(2028, 3, 1, 1, 0, tzinfo=UTC)
    step = due_steps(found, application(found, asked=asked), calendar(found), asked)[0]
    assert (step.who, step.roles) == ("Pemohon (OPD)", ("pemohon",))
    assert step.deadline.text() == "20 Menit, jatuh Rabu, 1 Maret 2028 09.20 WITA"
    assert step.deadline.warnings == ("kalender tahun 2028 belum lengkap (cuti bersama belum ditetapkan)",)


@pytest.mark.parametrize("profile_id", ["bolmut"])
def test_sop_without_times_has_no_deadlines(profile_id: str) -> None:
    assert rows(procedure(profile_id), NOON) == []
