"""Small checks of parsed JSON: exact fields, exact types, whole-string patterns, canonical base64, times."""

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Any

from kawal_seal.errors import SealError

HEX64 = re.compile(r"[0-9a-f]{64}")
GIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")  # application, target, person, role: ASCII only
INSTANCE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TIME = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class ShapeError(SealError):
    """A field is missing, unknown, of the wrong type or not in its format."""


def fields(value: Any, names: tuple[str, ...], where: str) -> dict[str, Any]:
    """`value` as an object with exactly `names`."""
    if type(value) is not dict:
        raise ShapeError(f"{where}: harus objek")
    unknown = sorted(set(value) - set(names))
    if unknown:
        raise ShapeError(f"{where}: bidang tak dikenal {unknown[0][:80]!a}")
    missing = [name for name in names if name not in value]
    if missing:
        raise ShapeError(f"{where}: bidang {missing[0]} tidak ada")
    return value


def text(value: Any, pattern: re.Pattern[str], where: str) -> str:
    if type(value) is not str or not pattern.fullmatch(value):
        raise ShapeError(f"{where}: {ascii(value)[:80]} tidak menurut bentuknya")
    return value


def constant(value: Any, wanted: str | int, where: str) -> None:
    if type(value) is not type(wanted) or value != wanted:
        raise ShapeError(f"{where}: harus {wanted}")


def integer(value: Any, low: int, high: int, where: str) -> int:
    if type(value) is not int or not low <= value <= high:
        raise ShapeError(f"{where}: harus bilangan bulat {low}..{high}")
    return value


def array(value: Any, low: int, high: int, where: str) -> list[Any]:
    if type(value) is not list or not low <= len(value) <= high:
        raise ShapeError(f"{where}: harus daftar berisi {low}..{high}")
    return value


def base64_bytes(value: Any, size: int | None, where: str) -> bytes:
    """Canonical standard base64 only: one text for one value (narrower than DSSE on purpose)."""
    if type(value) is not str:
        raise ShapeError(f"{where}: harus base64")
    try:
        data = base64.b64decode(value.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ShapeError(f"{where}: bukan base64") from error
    if base64.b64encode(data).decode() != value:
        raise ShapeError(f"{where}: bukan base64 kanonik")
    if size is not None and len(data) != size:
        raise ShapeError(f"{where}: {len(data)} bita, harus {size}")
    return data


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def time_from_text(value: Any, where: str) -> int:
    """Seconds since the epoch of `2026-11-22T06:11:48Z`; whole seconds, `Z` only."""
    moment = text(value, _TIME, where)
    try:
        return int(datetime.fromisoformat(moment).timestamp())
    except ValueError as error:
        raise ShapeError(f"{where}: {moment} bukan waktu") from error


def time_to_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
