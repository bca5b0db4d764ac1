"""The field types refuse every second spelling of a value."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from kawal.ledger.fields import Day, Line, Text, Time, format_time, parse_time


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Time, "2026-1-2T03:04:05Z"),
        (Time, "2026-01-02T03:04:05+00:00"),
        (Time, datetime(2026, 1, 2)),  # noqa: DTZ001 - a time without a zone is what is refused
        (Time, 5),
        (Day, "20260102"),
        (Day, datetime(2026, 1, 2, tzinfo=UTC)),
        (Day, 5),
        (Line, "e\u0301"),
        (Line, "a\nb"),
        (Line, "a\u202eb"),
        (Line, " a"),
        (Text, "a\n"),
        (Text, "a\n\x1b[2J"),
        (Text, ""),
        (Text, " a"),
        (Text, "a\tb"),
        (Text, "a\nb\u200bc"),
        (Line, "a "),
        (Line, "a\x85b"),
        (Line, "a\u00adb"),
        (Line, "a\ue000b"),
        (Line, "a\u0378b"),
        (Line, "a\ud800b"),
        (Line, "x" * 301),
    ],
)
def test_other_spellings_are_refused(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_one_spelling_is_taken() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
    assert TypeAdapter(Time).validate_python(moment) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert TypeAdapter(Time).validate_python("2026-01-02T03:04:05Z").tzinfo is UTC
    assert TypeAdapter(Day).validate_python("2026-01-02") == date(2026, 1, 2)
    assert TypeAdapter(Day).validate_python(date(2026, 1, 2)) == date(2026, 1, 2)
    assert TypeAdapter(Text).validate_python("baris satu\n\nbaris dua") == "baris satu\n\nbaris dua"
    assert TypeAdapter(Text).validate_python("satu\n  - dua") == "satu\n  - dua"
    assert TypeAdapter(Line).validate_python("é – 😀") == "é – 😀"


def test_times_are_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    there = datetime(2026, 1, 2, 10, 4, 5, tzinfo=timezone(timedelta(hours=7)))
    here = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setenv("TZ", "WIB-7")
    time.tzset()
    try:
        assert format_time(there) == "2026-01-02T03:04:05Z"
        for read in (parse_time("2026-01-02T03:04:05Z"), TypeAdapter(Time).validate_python(there)):
            assert read == here
            assert read.tzinfo is UTC
    finally:
        monkeypatch.undo()
        time.tzset()
