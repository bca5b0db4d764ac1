"""Repeated evaluation: a step that the SOP repeats comes back after it was recorded, one round at a time, and opens its issue once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from builders import did, procedure
from hypothesis import given, settings
from hypothesis import strategies as st

from kawal.desired import ProvisionSettings, desired_project
from kawal.errors import BlockedError
from kawal.model import Application, DesiredProject, DoneStep
from kawal.services.deadlines import due_steps
from kawal.sop.clock import calendar_for
from kawal.sop.loader import load_dinas_policy, load_overlay, load_profiles
from kawal.sop.permission import check_step
from kawal.sop.procedure import procedure_for
from kawal.sop.recurring import add_months, next_round, rounds
from kawal.sop.workflow import state_of

KALTARA = procedure("kaltara")
CAL = calendar_for("Asia/Makassar", KALTARA.hours)
YES = {"B4": "lengkap", "B6": "perlu", "B7": "disetujui"}
SETTINGS = ProvisionSettings(
    "dinas",
    "aplikasi",
    f"gitlab/kawal.yml@pa/templat:{'c' * 40}",
    "http://a",
    "http://b",
    "http://c",
    "http://d",
    "p",
    None,
)


def at(step: str, day: date) -> DoneStep:
    moment = datetime(day.year, day.month, day.day, 3, 0, tzinfo=UTC)
    return replace(did(step, YES.get(step), ("laporan_evaluasi",)), done_at=moment)


def history(*evaluated: date) -> tuple[DoneStep, ...]:
    """All fourteen steps, the first evaluation with them, then the others."""
    day = evaluated[0] if evaluated else date(2026, 3, 2)
    steps = [step.key for step in KALTARA.steps if evaluated or step.key not in ("B13", "B14")]
    return (*(at(key, day) for key in steps), *(at("B13", later) for later in evaluated[1:]))


def numbers(today: date, *evaluated: date) -> list[tuple[int, bool]]:
    """(round, recorded) of the issues that should exist."""
    found = rounds(KALTARA, history(*evaluated), CAL)
    return [(one.number, one.done is not None) for one in found if one.done or one.is_open(today)]


def test_an_evaluation_comes_back_a_year_after_the_last_one_was_recorded() -> None:
    first = date(2026, 3, 2)
    one = next_round(KALTARA, history(first), CAL, "B13")
    assert one is not None
    assert one.deadline.text() == (
        "setiap 12 bulan, bawaan nasional (SOP tidak menyebut selang evaluasi), jatuh Selasa, 2 Maret 2027 16.00 WITA"
    )
    assert one.opens == date(2027, 1, 31)


def test_before_the_first_evaluation_nothing_recurs() -> None:
    assert rounds(KALTARA, history(), CAL) == ()


@pytest.mark.parametrize(
    ("today", "wanted"),
    [
        (date(2027, 1, 30), []),
        (date(2027, 1, 31), [(2, False)]),
        (date(2029, 6, 1), [(2, False)]),  # however late: one at a time
    ],
)
def test_one_round_is_open_at_a_time(today: date, wanted: list[tuple[int, bool]]) -> None:
    assert numbers(today, date(2026, 3, 2)) == wanted


def test_a_recorded_round_stays_and_the_next_counts_from_it() -> None:
    told = (date(2026, 3, 2), date(2027, 4, 20))
    assert numbers(date(2027, 4, 21), *told) == [(2, True)]
    assert numbers(date(2028, 3, 25), *told) == [(2, True), (3, False)]


def test_later_rounds_leave_the_flow_as_it_was() -> None:
    first, more = history(date(2026, 3, 2)), history(date(2026, 3, 2), date(2027, 4, 20))
    assert state_of(KALTARA, first) == state_of(KALTARA, more)
    assert state_of(KALTARA, more).ended == "selesai"


def test_a_step_that_recurs_may_be_recorded_again_only_when_its_round_is_open() -> None:
    done = history(date(2026, 3, 2))
    words: dict[str, Any] = {"app_id": "a", "roles": ["pemohon"], "evidence": ["laporan_evaluasi"]}
    with pytest.raises(BlockedError) as caught:
        check_step(KALTARA, done, "B13", **words)
    assert caught.value.code == "LANGKAH-029"
    assert check_step(KALTARA, done, "B13", **words, again=True) == "pemohon"
    with pytest.raises(BlockedError) as caught:
        check_step(KALTARA, done, "B13", **{**words, "evidence": []}, again=True)
    assert caught.value.code == "LANGKAH-024"


def project(today: date, *evaluated: date) -> DesiredProject:
    asked = datetime(2026, 1, 5, tzinfo=UTC)
    app = Application(
        "perizinan", "Perizinan", "Dinas", "dinas", "kaltara", "a" * 64, asked, asked, "1", asked.date(), "b" * 64, (), (),
        "{}", history(*evaluated), 7,
    )  # fmt: skip
    return desired_project(KALTARA, app, SETTINGS, [], CAL, today=today)


def test_the_issue_of_a_round_is_opened_when_due_and_closed_when_recorded() -> None:
    first, later = date(2026, 3, 2), date(2027, 3, 1)
    plain = project(date(2026, 6, 1), first)
    due = project(date(2027, 2, 10), first)
    assert due == project(date(2027, 3, 30), first)  # the same however often it is asked
    new = [one for one in due.issues if one not in plain.issues]
    assert [(one.title, one.closed, one.due) for one in new] == [
        ("Evaluasi berkala ke-2: Pemeliharaan dan evaluasi", False, date(2027, 3, 2))
    ]
    assert "d. OPD Pemohon menyusun, menyampaikan dan menindaklanjuti laporan evaluasi" in new[0].body
    assert "setiap 12 bulan, bawaan nasional" in new[0].body
    assert new[0].marker.endswith("kaltara-B13-evaluasi-2 -->")
    recorded = project(date(2027, 3, 30), first, later)
    assert [one.closed for one in recorded.issues if one.marker == new[0].marker] == [True]
    assert [one for one in recorded.issues if one.marker != new[0].marker] == list(plain.issues)


def test_tenggat_lists_the_next_evaluation() -> None:
    day = datetime(2027, 3, 9, 1, 0, tzinfo=UTC)
    app = Application(
        "perizinan", "Perizinan", "Dinas", "dinas", "kaltara", "a" * 64, day, day, "1", day.date(), "b" * 64, (), (), "{}",
        history(date(2026, 3, 2)), 7,
    )  # fmt: skip
    (row,) = due_steps(KALTARA, app, CAL, day)
    assert (row.step, row.title, row.status, row.days_late) == (
        "B13",
        "Evaluasi berkala ke-2",
        "terlambat",
        3,
    )
    assert row.roles == ("tim_teknis", "pemohon")


def test_the_dinas_sets_another_interval_with_its_own_basis() -> None:
    profiles = load_profiles()
    data = b"""schema: 1
jenis: kebijakan-dinas
nama: Uji
daftar:
  - {otoritas: kaltara, ditetapkan: {nomor: "050/9", tanggal: 2026-01-05}, evaluasi_bulan: 6}
"""
    policy = load_dinas_policy(data, [one.value for one in profiles.values()]).value
    found = procedure_for(profiles["kaltara"].value, load_overlay().value, policy)
    one = next_round(found, history(date(2026, 3, 2)), CAL, "B13")
    assert one is not None
    assert one.deadline.text().startswith(
        "setiap 6 bulan, kebijakan dinas 050/9 tanggal 5 Januari 2026, jatuh "
    )


def test_months_end_where_the_shorter_month_does() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2027, 12, 15), 2) == date(2028, 2, 15)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 900), max_size=5), st.integers(0, 4000))
def test_rounds_are_numbered_in_order_and_only_the_last_is_unrecorded(gaps: list[int], after: int) -> None:
    days = [date(2024, 1, 2)]
    for gap in gaps:
        days.append(days[-1] + timedelta(days=gap))
    found = rounds(KALTARA, history(*days), CAL)
    assert [one.number for one in found] == list(range(2, len(days) + 2))
    assert [one.done is None for one in found] == [False] * len(gaps) + [True]
    assert days[-1] < found[-1].opens <= found[-1].deadline.at.date()
    assert CAL.works(found[-1].deadline.at.date())
