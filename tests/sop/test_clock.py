"""Deadlines: start day not counted, working hours, holidays and cuti bersama, local days, unsure years."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kawal.errors import InputError
from kawal.sop import clock
from kawal.sop.clock import Calendar, calendar_for, due
from kawal.sop.hours import weekly
from kawal.sop.loader import load_calendar_file, load_overlay
from kawal.sop.schema import Duration, Hours

HOURS = load_overlay().value.hours
CAL = calendar_for("Asia/Jakarta", HOURS)


def duration(asli: str, jenis: str, iso: str | None = None) -> Duration:
    return Duration.model_validate({"asli": asli, "jenis": jenis} | ({"iso": iso} if iso else {}))


def wib(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CAL.zone)


@pytest.mark.parametrize(
    ("start", "asli", "jenis", "iso", "text"),
    [
        (
            wib(2026, 11, 20),
            "3 hari",
            "tidak_disebut",
            "P3D",
            "3 hari (dihitung hari kerja), jatuh Rabu, 25 November 2026 16.00 WIB",
        ),
        (
            wib(2026, 11, 20),
            "1 Hari Kerja",
            "hari_kerja",
            "P1D",
            "1 Hari Kerja, jatuh Senin, 23 November 2026 16.00 WIB",
        ),
        (
            wib(2026, 11, 20),
            "2 Minggu",
            "tidak_disebut",
            "P2W",
            "2 Minggu (dihitung hari kerja), jatuh Jumat, 4 Desember 2026 16.30 WIB",
        ),
        (wib(2026, 12, 23), "1 hari", "hari_kerja", "P1D", "1 hari, jatuh Senin, 28 Desember 2026 16.00 WIB"),
        (
            wib(2026, 11, 20),
            "8 hari",
            "hari_kalender",
            "P8D",
            "8 hari, jatuh Senin, 30 November 2026 16.00 WIB",
        ),
        (
            wib(2026, 11, 20, 11, 20),
            "20 Menit",
            "jam_kerja",
            "PT20M",
            "20 Menit, jatuh Jumat, 20 November 2026 13.10 WIB",
        ),
        (
            wib(2026, 11, 20, 16, 0),
            "2 jam",
            "jam_kerja",
            "PT2H",
            "2 jam, jatuh Senin, 23 November 2026 09.00 WIB",
        ),
        (
            wib(2026, 11, 21, 10, 0),
            "60 Menit",
            "jam_kerja",
            "PT60M",
            "60 Menit, jatuh Senin, 23 November 2026 08.30 WIB",
        ),
    ],
)
def test_deadline_and_its_words(start: datetime, asli: str, jenis: str, iso: str, text: str) -> None:
    found = due(start, duration(asli, jenis, iso), CAL)
    assert found is not None
    assert found.text() == text


def test_start_is_read_in_the_authoritys_zone() -> None:
    # 19 November 18.30 UTC is already the 20th in Jakarta.
    found = due(datetime(2026, 11, 19, 18, 30, tzinfo=UTC), duration("1 hari", "hari_kerja", "P1D"), CAL)
    assert found is not None
    assert found.at.date() == date(2026, 11, 23)


def test_no_time_in_the_sop_gives_no_deadline() -> None:
    assert due(wib(2026, 11, 20), duration("Sesuai jadwal", "sesuai_jadwal"), CAL) is None


def test_cuti_bersama_is_a_day_off() -> None:
    assert CAL.is_holiday(date(2026, 12, 24))
    assert not CAL.works(date(2026, 12, 24))


def test_working_days_of_2026_and_2027() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(730)]
    assert sum(CAL.works(day) for day in days if day.year == 2026) == 240
    assert sum(CAL.works(day) for day in days if day.year == 2027) == 242


def test_hours_of_the_sop_win_over_the_national_ones() -> None:
    hours = (
        Hours.model_validate(
            {"hari": ["senin", "selasa", "rabu", "kamis"], "mulai": "08:00", "selesai": "16:00"}
        ),
        Hours.model_validate({"hari": ["jumat"], "mulai": "08:00", "selesai": "16:30"}),
    )
    found = due(
        wib(2026, 11, 20, 15, 30),
        duration("120 Menit", "jam_kerja", "PT120M"),
        calendar_for("Asia/Makassar", hours),
    )
    assert found is not None
    assert found.text() == "120 Menit, jatuh Senin, 23 November 2026 10.00 WITA"


def test_local_calendar_adds_and_removes_days() -> None:
    local = load_calendar_file(
        b"""schema: 1
jenis: kalender
nama: Hari libur daerah
tambah: [{tanggal: 2026-11-23, nama: Libur daerah}]
hapus: [{tanggal: 2026-12-24, nama: Cuti bersama tidak berlaku}]
""",
        "kalender.yml",
    ).value
    calendar = calendar_for("Asia/Jakarta", HOURS, local=local)
    assert not calendar.works(date(2026, 11, 23))
    assert calendar.works(date(2026, 12, 24))


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (2026, ()),
        (2027, ("kalender tahun 2027 masih memuat tanggal perkiraan",)),
        (2028, ("kalender tahun 2028 belum lengkap (cuti bersama belum ditetapkan)",)),
    ],
)
def test_unsure_year_warns(year: int, words: tuple[str, ...]) -> None:
    found = due(wib(year, 6, 7), duration("3 hari", "hari_kerja", "P3D"), CAL)
    assert found is not None
    assert found.warnings == words


def test_missing_extra_is_said_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    clock._national.cache_clear()
    try:
        with pytest.raises(InputError, match=r"pip install 'kawal\[kalender\]'"):
            calendar_for("Asia/Jakarta", HOURS).works(date(2026, 11, 20))
    finally:
        clock._national.cache_clear()


def test_calendar_without_any_working_day_is_an_error_not_a_hang() -> None:
    calendar = Calendar(CAL.zone, weekly(HOURS), lambda _day: True)
    with pytest.raises(InputError, match="tidak ada hari kerja"):
        due(wib(2026, 11, 20), duration("1 hari", "hari_kerja", "P1D"), calendar)


KINDS = st.sampled_from(["hari_kerja", "hari_kalender", "tidak_disebut"])
STARTS = st.integers(0, 5 * 366 * 24 * 60).map(
    lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)


@settings(max_examples=150, deadline=None)
@given(STARTS, st.integers(1, 60), KINDS)
def test_day_deadline_never_falls_on_a_day_off_and_grows(start: datetime, days: int, kind: str) -> None:
    one = due(start, duration("x", kind, f"P{days}D"), CAL)
    more = due(start, duration("x", kind, f"P{days + 1}D"), CAL)
    later = due(start + timedelta(days=1), duration("x", kind, f"P{days}D"), CAL)
    assert one is not None
    assert more is not None
    assert later is not None
    assert CAL.works(one.at.date())
    assert start < one.at <= more.at
    assert one.at <= later.at
    if kind == "hari_kerja":
        between = [start.astimezone(CAL.zone).date() + timedelta(days=n) for n in range(1, 400)]
        assert sum(CAL.works(day) for day in between if day <= one.at.date()) == days


@settings(max_examples=150, deadline=None)
@given(STARTS, st.integers(1, 3000), st.integers(0, 600))
def test_minutes_run_only_in_working_hours_and_add_up(start: datetime, minutes: int, more: int) -> None:
    first = due(start, duration("x", "jam_kerja", f"PT{minutes}M"), CAL)
    whole = due(start, duration("x", "jam_kerja", f"PT{minutes + more}M"), CAL)
    assert first is not None
    assert whole is not None
    assert CAL.works(first.at.date())
    parts = CAL.week[first.at.weekday()].parts
    assert any(opening < first.at.time() <= closing for opening, closing in parts)
    rest = due(first.at, duration("x", "jam_kerja", f"PT{more}M"), CAL) if more else first
    assert rest is not None
    assert rest.at == whole.at
