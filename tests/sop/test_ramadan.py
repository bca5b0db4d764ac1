"""Ramadan: the national hours of Perpres 21/2023 on the days that the calendar file dates, and a warning where it dates none."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from builders import DATA, procedure
from hypothesis import given, settings
from hypothesis import strategies as st

from kawal.errors import InputError
from kawal.sop.clock import Calendar, calendar_for, due
from kawal.sop.loader import load_calendar_file, load_overlay, load_profile
from kawal.sop.procedure import procedure_for
from kawal.sop.schema import Duration, Profile

OVERLAY = load_overlay().value
DATED = b"""schema: 1
jenis: kalender
nama: Kalender Dinas
masa:
  - {nama: Ramadan 1447 H, mulai: 2026-02-19, selesai: 2026-03-20, jam_khusus: ramadan}
"""


def calendar(data: bytes | None = DATED) -> Calendar:
    local = load_calendar_file(data, "kalender.yml").value if data else None
    return calendar_for("Asia/Jakarta", OVERLAY.hours, local=local, special=OVERLAY.special_hours)


CAL = calendar()


def duration(printed: str, kind: str, iso: str) -> Duration:
    return Duration.model_validate({"asli": printed, "jenis": kind, "iso": iso})


def wib(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CAL.zone)


@pytest.mark.parametrize(
    ("start", "printed", "kind", "iso", "text"),
    [
        # Before, on the last ordinary day, and inside: the office closes at 15.00, on Fridays at 15.30.
        (wib(2, 17, 9), "1 hari", "hari_kerja", "P1D", "Rabu, 18 Februari 2026 16.00 WIB"),
        (wib(2, 18, 9), "1 hari", "hari_kerja", "P1D", "Kamis, 19 Februari 2026 15.00 WIB"),
        (wib(2, 19, 9), "1 hari", "hari_kerja", "P1D", "Jumat, 20 Februari 2026 15.30 WIB"),
        # Opens at 08.00, half an hour of break; Friday an hour.
        (wib(2, 19, 7, 30), "20 Menit", "jam_kerja", "PT20M", "Kamis, 19 Februari 2026 08.20 WIB"),
        (wib(2, 19, 11, 50), "20 Menit", "jam_kerja", "PT20M", "Kamis, 19 Februari 2026 12.40 WIB"),
        (wib(2, 20, 11, 20), "20 Menit", "jam_kerja", "PT20M", "Jumat, 20 Februari 2026 12.40 WIB"),
        (wib(2, 18, 15, 50), "20 Menit", "jam_kerja", "PT20M", "Kamis, 19 Februari 2026 08.10 WIB"),
        # Out of Ramadan over Idul Fitri and its cuti bersama: 18, 19 and 20-24 March are off.
        (wib(3, 17, 14, 50), "20 Menit", "jam_kerja", "PT20M", "Rabu, 25 Maret 2026 07.40 WIB"),
    ],
)
def test_deadlines_around_ramadan(start: datetime, printed: str, kind: str, iso: str, text: str) -> None:
    found = due(start, duration(printed, kind, iso), CAL)
    assert found is not None
    assert found.text() == f"{printed}, jatuh {text}"
    assert found.warnings == ()


def test_national_hours_of_ramadan_are_those_of_the_regulation() -> None:
    week = CAL.hours(date(2026, 3, 2))
    minutes = sum(
        (datetime.combine(date.min, close) - datetime.combine(date.min, open_)).seconds // 60
        for window in week.values()
        for open_, close in window.parts
    )
    assert minutes == 32.5 * 60
    ordinary = sum(
        (datetime.combine(date.min, close) - datetime.combine(date.min, open_)).seconds // 60
        for window in CAL.week.values()
        for open_, close in window.parts
    )
    assert ordinary == 37.5 * 60


def test_an_sop_with_hours_of_its_own_works_as_the_calendar_says_in_ramadan() -> None:
    kaltara = procedure("kaltara")
    local = load_calendar_file(DATED, "kalender.yml").value
    found = calendar_for("Asia/Makassar", kaltara.hours, local=local, special=kaltara.special_hours)
    assert found.hours(date(2026, 2, 18))[2].parts[-1][1].hour == 16
    assert found.hours(date(2026, 2, 19))[3].parts[-1][1].hour == 15


def test_a_profile_may_have_ramadan_hours_of_its_own() -> None:
    value = load_profile(DATA / "profil" / "contoh.yml").document.value
    own = {"hari": ["senin", "selasa", "rabu", "kamis", "jumat"], "mulai": "08:30", "selesai": "14:30"}
    value["otoritas"]["jam_khusus"] = [{"id": "ramadan", "nama": "Ramadan menurut SOP", "jam_kerja": [own]}]
    merged = procedure_for(Profile.model_validate(value), OVERLAY)
    local = load_calendar_file(DATED, "kalender.yml").value
    found = calendar_for("Asia/Jayapura", merged.hours, local=local, special=merged.special_hours)
    assert found.hours(date(2026, 3, 2))[0].parts[0][0].isoformat() == "08:30:00"


def test_the_file_may_say_its_own_hours_and_later_entries_win() -> None:
    more = (
        b"  - {nama: Pekan terakhir, mulai: 2026-03-16, selesai: 2026-03-20, jam_kerja: [{hari: [senin, selasa],"
        b' mulai: "08:00", selesai: "12:00"}]}\n'
    )
    found = calendar(DATED + more)
    assert found.hours(date(2026, 3, 13))[4].parts[-1][1].hour == 15
    assert sorted(found.hours(date(2026, 3, 17))) == [0, 1]
    assert not found.works(date(2026, 3, 18))


@pytest.mark.parametrize(
    "entry",
    [
        "{nama: x, mulai: 2026-03-20, selesai: 2026-02-19, jam_khusus: ramadan}",
        "{nama: x, mulai: 2026-02-19, selesai: 2026-03-20}",
        "{nama: x, mulai: 2026-02-19, selesai: 2026-03-20, jam_khusus: ramadhan}",
    ],
)
def test_weeks_that_say_no_hours_are_refused(entry: str) -> None:
    head = DATED[: DATED.index(b"  - {")]
    with pytest.raises(InputError) as caught:
        calendar(head + f"  - {entry}\n".encode())
    assert caught.value.code == "KONF-043"


@pytest.mark.parametrize(
    ("start", "warned"),
    [(wib(2, 2, 9), False), (wib(2, 17, 9), True), (wib(3, 2, 9), True), (wib(3, 30, 9), False)],
)
def test_an_undated_ramadan_is_told_when_it_matters(start: datetime, warned: bool) -> None:
    found = due(start, duration("5 hari", "hari_kerja", "P5D"), calendar(None))
    assert found is not None
    words = "jam kerja Ramadan menjelang 21 Maret 2026 belum dicatat di kalender; dihitung jam biasa"
    assert found.warnings == ((words,) if warned else ())


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 120 * 24 * 60), st.integers(1, 3000), st.integers(0, 600))
def test_minutes_still_add_up_across_ramadan_and_eid(offset: int, minutes: int, more: int) -> None:
    start = wib(1, 15, 0) + timedelta(minutes=offset)
    first = due(start, duration("x", "jam_kerja", f"PT{minutes}M"), CAL)
    whole = due(start, duration("x", "jam_kerja", f"PT{minutes + more}M"), CAL)
    assert first is not None
    assert whole is not None
    assert CAL.works(first.at.date())
    parts = CAL.hours(first.at.date())[first.at.weekday()].parts
    assert any(opening < first.at.time() <= closing for opening, closing in parts)
    rest = due(first.at, duration("x", "jam_kerja", f"PT{more}M"), CAL) if more else first
    assert rest is not None
    assert rest.at == whole.at
