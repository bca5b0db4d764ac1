"""Dates and zones in Indonesian words; no locale library."""

from __future__ import annotations

from datetime import date, datetime, timedelta

MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_ZONES = {timedelta(hours=7): "WIB", timedelta(hours=8): "WITA", timedelta(hours=9): "WIT"}


def day_text(day: date) -> str:
    """25 November 2026"""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def weekday_text(day: date) -> str:
    """Rabu, 25 November 2026"""
    return f"{DAYS[day.weekday()]}, {day_text(day)}"


def moment_text(moment: datetime) -> str:
    """Rabu, 25 November 2026 16.00 WIB; the moment must already be in the authority's zone."""
    offset = moment.utcoffset()
    zone = _ZONES.get(offset, moment.strftime("%z")) if offset is not None else ""
    return f"{weekday_text(moment.date())} {moment:%H.%M} {zone}".rstrip()
