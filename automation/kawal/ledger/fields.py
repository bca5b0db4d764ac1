"""The strict field types that every record is built from: ids, digests, times, plain text."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def parse_time(text: str) -> datetime:
    """Exactly `2026-11-22T06:00:00Z`; strptime alone would also take `2026-1-2T…`."""
    moment = datetime.strptime(text, TIME_FORMAT).replace(tzinfo=UTC)
    if format_time(moment) != text:
        raise ValueError("waktu harus berbentuk 2026-11-22T06:00:00Z")
    return moment


def format_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(TIME_FORMAT)


def _time(value: Any) -> datetime:
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(microsecond=0)
    raise ValueError("waktu harus teks RFC 3339 UTC, atau datetime dengan zona")


def _day(value: Any) -> date:
    if isinstance(value, str):
        day = date.fromisoformat(value)
        if day.isoformat() != value:
            raise ValueError("tanggal harus berbentuk 2026-11-22")
        return day
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("tanggal harus berbentuk 2026-11-22")


def _lines(text: str) -> str:
    """As `_plain`, line by line."""
    for line in text.split("\n"):
        _plain(line.strip())
    if text != text.strip():
        raise ValueError("teks tidak boleh diawali atau diakhiri spasi")
    return text


def _plain(text: str) -> str:
    """Text that may be printed anywhere: NFC, no control, format (bidi, zero-width), private or unknown characters.

    Lone surrogates do not come this far: the strict JSON and pydantic refuse them.
    """
    if unicodedata.normalize("NFC", text) != text:
        raise ValueError("teks harus NFC")
    if any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cn"} for c in text):
        raise ValueError("teks memuat karakter kendali")
    if text != text.strip():
        raise ValueError("teks tidak boleh diawali atau diakhiri spasi")
    return text


Time = Annotated[datetime, BeforeValidator(_time), PlainSerializer(format_time, when_used="json")]
Day = Annotated[date, BeforeValidator(_day)]
Text = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_lines)]
Line = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_plain)]
AppKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
"""person_id, role, target_id: as in the trust file."""
Step = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
GitSha = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
Hex128 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
TagName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$")]
Code = Annotated[str, Field(pattern=r"^[A-Z]{2,9}-[0-9]{3}$")]
Url = Annotated[str, Field(pattern=r"^https?://[!-~]{1,500}$")]
PathName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,253}$")]
Username = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
Decimal = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$")]
Count = Annotated[int, Field(ge=0, le=2**53)]
Id = Annotated[int, Field(ge=1, le=2**53)]
Base64Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]


class Value(BaseModel):
    """A part of a record: frozen, strictly typed, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
