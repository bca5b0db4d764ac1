"""Deadlines in the authority's own zone, working hours and calendar. The start day is not counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from kawal.errors import InputError
from kawal.sop.hours import RAMADAN, Season, Week, seasons, unrecorded_ramadan, weekly
from kawal.sop.layers import LocalCalendar
from kawal.sop.schema import Duration, Hours, SpecialHours
from kawal.sop.words import moment_text

WORKDAYS_A_WEEK = 5
_SEARCH_LIMIT = 20_000
"""Days looked at before giving up; the longest duration the schema takes (9999 W) stays outside on purpose."""


@dataclass(frozen=True)
class Calendar:
    """When an authority works. `is_holiday` knows national and local days off, `warn` what is unsure about a year."""

    zone: ZoneInfo
    week: Week
    is_holiday: Callable[[date], bool]
    warn: Callable[[int], str | None] = field(default=lambda _year: None)
    count_days: str = "hari_kerja"
    seasons: tuple[Season, ...] = ()
    """Days on which other hours hold; the first that covers a day decides."""
    eids: Callable[[int], Sequence[date]] = field(default=lambda _year: ())
    """Idul Fitri by year, as far as it is known."""

    def works(self, day: date) -> bool:
        return day.weekday() in self.hours(day) and not self.is_holiday(day)

    def hours(self, day: date) -> Week:
        """The week whose hours hold on this day."""
        return next((one.week for one in self.seasons if one.covers(day)), self.week)

    def doubts(self, begin: date, until: date) -> list[str]:
        """What is unsure about the days between."""
        years = range(begin.year, until.year + 1)
        # The month before an Idul Fitri in January reaches into the year before.
        eids = [day for year in (*years, until.year + 1) for day in self.eids(year)]
        return [
            *filter(None, (self.warn(year) for year in years)),
            *filter(None, [unrecorded_ramadan(begin, until, self.seasons, eids)]),
        ]


@dataclass(frozen=True)
class Deadline:
    """`at` is in the authority's zone; `phrase` says how an open unit was counted."""

    at: datetime
    phrase: str
    warnings: tuple[str, ...] = ()

    def text(self) -> str:
        return f"{self.phrase}, jatuh {moment_text(self.at)}"


def due(start: datetime, duration: Duration, calendar: Calendar) -> Deadline | None:
    """When a step that began at `start` (aware) is due; None when the SOP gives no time ("sesuai jadwal")."""
    if start.tzinfo is None:
        raise ValueError("start must be aware")
    if duration.iso is None:
        return None
    begin = start.astimezone(calendar.zone)
    amount, unit = _amount(duration.iso)
    kind = calendar.count_days if duration.kind == "tidak_disebut" else duration.kind
    if unit == "minutes":
        at = _after_minutes(begin, amount, calendar)
    elif kind == "hari_kalender":
        days = amount * 7 if unit == "weeks" else amount
        # An office that is shut cannot be late: the last day moves to the next working day.
        day = on_or_after(begin.date() + timedelta(days=days), calendar)
        at = closing(day, calendar)
    else:
        days = amount * WORKDAYS_A_WEEK if unit == "weeks" else amount
        at = closing(_nth_workday(begin.date(), days, calendar), calendar)
    warnings = dict.fromkeys(calendar.doubts(begin.date(), at.date()))
    return Deadline(at, phrase(duration, calendar.count_days), tuple(warnings))


def phrase(duration: Duration, count_days: str) -> str:
    """The duration as printed, with our reading where the SOP leaves the unit open: "3 hari (dihitung hari kerja)"."""
    if duration.kind != "tidak_disebut":
        return duration.printed
    return f"{duration.printed} (dihitung {count_days.replace('_', ' ')})"


def _amount(iso: str) -> tuple[int, str]:
    if match := re.fullmatch(r"P(\d+)([DW])", iso):
        return int(match[1]), "days" if match[2] == "D" else "weeks"
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?", iso)
    if match is None or not (match[1] or match[2]):
        raise InputError("PROFIL-024", f"lama waktu '{iso}' tidak dikenal")
    return int(match[1] or 0) * 60 + int(match[2] or 0), "minutes"


def _nth_workday(start: date, count: int, calendar: Calendar) -> date:
    day, left = start, max(count, 1)
    for _ in range(_SEARCH_LIMIT):
        day += timedelta(days=1)
        if calendar.works(day):
            left -= 1
            if left == 0:
                return day
    raise InputError(
        "PROFIL-024", f"tenggat {count} hari kerja sesudah {start} terlalu jauh atau tidak ada hari kerja"
    )


def on_or_after(day: date, calendar: Calendar) -> date:
    """The first working day that is not before `day`."""
    for _ in range(_SEARCH_LIMIT):
        if calendar.works(day):
            return day
        day += timedelta(days=1)
    raise InputError("PROFIL-024", f"tidak ada hari kerja sesudah {day}")


def closing(day: date, calendar: Calendar) -> datetime:
    """When the office shuts on a working day."""
    return datetime.combine(day, calendar.hours(day)[day.weekday()].parts[-1][1], calendar.zone)


def _after_minutes(begin: datetime, minutes: int, calendar: Calendar) -> datetime:
    left = timedelta(minutes=minutes)
    day = begin.date()
    for _ in range(_SEARCH_LIMIT):
        if calendar.works(day):
            for opening, closing in calendar.hours(day)[day.weekday()].parts:
                first = max(begin, datetime.combine(day, opening, calendar.zone))
                last = datetime.combine(day, closing, calendar.zone)
                if first >= last:
                    continue
                if left <= last - first:
                    return first + left
                left -= last - first
        day += timedelta(days=1)
    raise InputError("PROFIL-024", f"tenggat {minutes} menit kerja terlalu jauh atau tidak ada jam kerja")


# --- building a calendar ---------------------------------------------------------------------------------------


def calendar_for(
    zone: str,
    hours: Sequence[Hours],
    *,
    count_days: str = "hari_kerja",
    local: LocalCalendar | None = None,
    special: Sequence[SpecialHours] = (),
) -> Calendar:
    """The calendar of an authority: national holidays and cuti bersama, then its own file, whose entries always win.

    `special` are the sets of hours that the file may date, such as those of Ramadan.
    """
    national = _national()
    added = {entry.date for entry in local.added} if local else set()
    removed = {entry.date for entry in local.removed} if local else set()

    def is_holiday(day: date) -> bool:
        return day in added or (day not in removed and day in national)

    return Calendar(
        ZoneInfo(zone),
        weekly(hours),
        is_holiday,
        _year_warning,
        count_days,
        seasons(local, special),
        _eids if any(one.id == RAMADAN for one in special) else _no_eids,
    )


@cache
def _national() -> Any:
    try:
        import holidays
    except ModuleNotFoundError as error:
        raise InputError(
            "KONF-040",
            "kalender hari libur belum terpasang, tenggat tidak dapat dihitung",
            needed="paket tambahan [kalender]",
            next_step="pip install 'kawal[kalender]'",
        ) from error
    # The default leaves cuti bersama ("government") out.
    return holidays.country_holidays("ID", categories=("public", "government"), language="id")


@cache
def _eids(year: int) -> tuple[date, ...]:
    """The first day of Idul Fitri; two in some years."""
    import holidays

    found = holidays.country_holidays("ID", years=year, categories=("public",), language="id")
    return tuple(sorted(day for day, name in found.items() if name.startswith("Hari Raya Idul Fitri")))


def _no_eids(_year: int) -> tuple[date, ...]:
    return ()


@cache
def _year_warning(year: int) -> str | None:
    """What is unsure about this year in the library's calendar; new decrees change a year at any time."""
    import holidays

    both = holidays.country_holidays("ID", years=year, categories=("public", "government"), language="id")
    government = holidays.country_holidays("ID", years=year, categories=("government",), language="id")
    if not both:
        return f"kalender tahun {year} tidak dikenal; hanya akhir pekan yang dilewati"
    if not government:
        return f"kalender tahun {year} belum lengkap (cuti bersama belum ditetapkan)"
    if any("(perkiraan)" in name for name in both.values()):
        return f"kalender tahun {year} masih memuat tanggal perkiraan"
    return None
