"""Opening hours by weekday, and the weeks of a year in which other hours hold (Ramadan)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from kawal.errors import InputError
from kawal.sop.layers import LocalCalendar
from kawal.sop.schema import Hours, SpecialHours
from kawal.sop.words import DAYS, day_text

RAMADAN = "ramadan"
"""Id of the special hours that come back every year; a year without their dates is told."""
LONGEST = timedelta(days=30)
"""A month of the lunar calendar has 29 or 30 days."""


@dataclass(frozen=True)
class Window:
    """Opening hours of one weekday, as pairs of local times: (07.30-12.00), (13.00-16.00)."""

    parts: tuple[tuple[time, time], ...]


Week = Mapping[int, Window]
"""Weekday (Monday = 0) -> hours; a weekday that is absent is a day off."""


@dataclass(frozen=True)
class Season:
    """Days (both included) on which other hours hold than in an ordinary week."""

    id: str | None
    start: date
    end: date
    week: Week

    def covers(self, day: date) -> bool:
        return self.start <= day <= self.end


def weekly(hours: Iterable[Hours]) -> dict[int, Window]:
    """Opening hours by weekday from the data of a profile."""
    names = [name.lower() for name in DAYS]
    found: dict[int, Window] = {}
    for entry in hours:
        start, end = time.fromisoformat(entry.start), time.fromisoformat(entry.end)
        if entry.break_start and entry.break_end:
            pause = time.fromisoformat(entry.break_start), time.fromisoformat(entry.break_end)
            parts: tuple[tuple[time, time], ...] = ((start, pause[0]), (pause[1], end))
        else:
            parts = ((start, end),)
        if any(opening >= closing for opening, closing in parts):
            raise InputError("PROFIL-027", f"jam kerja {entry.start}-{entry.end} tidak berurutan")
        for name in entry.days:
            found[names.index(name)] = Window(parts)
    return found


def seasons(local: LocalCalendar | None, known: Sequence[SpecialHours]) -> tuple[Season, ...]:
    """The dated exceptions of a calendar file; the later entry wins on a day that two of them cover."""
    sets = {one.id: one.hours for one in known}
    found = []
    for entry in local.seasons if local else ():
        if entry.end < entry.start:
            raise InputError("KONF-043", f"masa '{entry.name}' berakhir sebelum mulai")
        hours = entry.hours or sets.get(entry.special or "")
        if not hours:
            raise InputError(
                "KONF-043",
                f"masa '{entry.name}' tidak menyebut jam kerjanya",
                needed=f"jam_kerja, atau jam_khusus: {' atau '.join(sets) or '-'}",
                next_step="lengkapi berkas kalender, lalu ulangi perintah yang sama",
            )
        found.append(Season(entry.special, entry.start, entry.end, weekly(hours)))
    return tuple(reversed(found))


def unrecorded_ramadan(begin: date, until: date, known: Sequence[Season], eids: Iterable[date]) -> str | None:
    """What to say when the days between touch the month before an Idul Fitri whose hours the calendar does not date."""
    for eid in eids:
        first = eid - LONGEST
        dated = any(one.id == RAMADAN and one.start < eid and one.end >= first for one in known)
        if begin < eid and until >= first and not dated:
            return (
                f"jam kerja Ramadan menjelang {day_text(eid)} belum dicatat di kalender; dihitung jam biasa"
            )
    return None
