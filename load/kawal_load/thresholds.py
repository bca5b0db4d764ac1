"""The part of the thresholds (docs/formats.md §9) that shapes the run: users, rate, seconds, mandatory endpoints."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from .errors import LoadError

MAX_BYTES = 64 * 1024
MAX_SECONDS = 3600
MAX_USERS = 10_000


class Point(NamedTuple):
    name: str
    method: str
    path: str


class Thresholds(NamedTuple):
    seconds: int
    users: int
    rate: int  # users started a second
    points: tuple[Point, ...]


def read_thresholds(raw: bytes) -> Thresholds:
    """Raises LoadError. Limits of the verdict (p95 …) are not read here: kawal-checks judges."""
    if len(raw) > MAX_BYTES:
        raise LoadError("ambang", f"{len(raw)} byte", f"paling banyak {MAX_BYTES} byte")
    try:
        document = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise LoadError("ambang", "JSON rusak", "JSON yang utuh") from error
    if not isinstance(document, dict) or document.get("schema") != 1:
        raise LoadError("ambang.schema", "bukan 1", "1")
    section = document.get("beban")
    if not isinstance(section, dict):
        raise LoadError("ambang.beban", "tidak ada", "objek")
    points = section.get("titik")
    if not isinstance(points, list):
        raise LoadError("ambang.beban.titik", "tidak ada", "daftar")
    return Thresholds(
        seconds=_number(section, "detik", MAX_SECONDS),
        users=_number(section, "pengguna", MAX_USERS),
        rate=_number(section, "laju", MAX_USERS),
        points=tuple(_point(entry, f"ambang.beban.titik[{number}]") for number, entry in enumerate(points)),
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise LoadError("ambang", "kunci ganda", "kunci sekali")
    return result


def _number(section: dict[str, Any], key: str, most: int) -> int:
    value = section.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise LoadError(f"ambang.beban.{key}", repr(value)[:40], f"bilangan bulat 1 sampai {most}")
    return value


def _point(entry: object, place: str) -> Point:
    values = [entry.get(key) for key in ("nama", "metode", "jalur")] if isinstance(entry, dict) else []
    if len(values) != 3 or not all(isinstance(value, str) and value for value in values):
        raise LoadError(place, repr(entry)[:60], "nama, metode, jalur")
    name, method, path = map(str, values)
    if not path.startswith("/") or path.startswith("//"):
        raise LoadError(f"{place}.jalur", repr(path)[:60], "jalur yang diawali satu /")
    return Point(name, method, path)
