"""Strict, bounded JSON and XML for reports: work is counted, so a hostile report ends early (threats rows 41, 42)."""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from typing import Any, NoReturn
from xml.parsers import expat  # events only: no tree is built, DOCTYPE is refused  # nosec B407

from kawal_checks.model import ReportError

MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 40
MAX_TOKENS = 3_000_000
MAX_ELEMENTS = 500_000

# Strings are skipped as one token so that brackets inside them do not count; an open string runs to the end (linear time).
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{\]},]', re.DOTALL)
SHA256 = re.compile(r"[0-9a-f]{64}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def json_object(raw: bytes, place: str = "laporan") -> dict[str, object]:
    """A JSON object without duplicate keys, NaN, infinities or lone surrogates."""
    check_size(raw, place)
    _check_json_work(raw, place)
    try:
        text = raw.decode("utf-8-sig")
        value = json.loads(
            text,
            object_pairs_hook=lambda pairs: _unique(pairs, place),
            parse_constant=lambda name: _refuse(place, f"angka {name}"),
            parse_float=lambda number: _finite(number, place),
            parse_int=lambda number: _small_int(number, place),
        )
    except UnicodeDecodeError as error:
        raise ReportError(place, f"byte bukan UTF-8 di posisi {error.start}", "JSON dalam UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"{place}:{error.lineno}:{error.colno}"
        raise ReportError(where, "JSON rusak", "JSON yang utuh") from error
    except RecursionError as error:  # pragma: no cover - depth is capped before
        raise ReportError(place, "terlalu dalam", f"paling dalam {MAX_DEPTH} tingkat") from error
    if not isinstance(value, dict):
        raise ReportError(place, type(value).__name__, "objek JSON")
    return value


def check_size(raw: bytes, place: str) -> None:
    if len(raw) > MAX_BYTES:
        raise ReportError(place, f"{len(raw)} byte", f"paling banyak {MAX_BYTES} byte")


def _check_json_work(raw: bytes, place: str) -> None:
    depth = 0
    for tokens, match in enumerate(_TOKEN.finditer(raw), start=1):
        first = raw[match.start()]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
        if depth > MAX_DEPTH or tokens > MAX_TOKENS:
            raise ReportError(
                place,
                f"kedalaman {depth}, {tokens} token",
                f"kedalaman paling banyak {MAX_DEPTH}, token {MAX_TOKENS}",
            )


def _unique(pairs: list[tuple[str, Any]], place: str) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        _refuse(place, f"kunci ganda {twice[:60]!r}")
    for key, value in pairs:
        if _SURROGATE.search(key) or (isinstance(value, str) and _SURROGATE.search(value)):
            _refuse(place, f"surogat lepas pada {key[:60]!r}")
    return result


def _finite(number: str, place: str) -> float:
    value = float(number)
    if value in (float("inf"), float("-inf")):
        _refuse(place, f"angka {number[:40]}")
    return value


def _small_int(number: str, place: str) -> int:
    if len(number) > 20:
        _refuse(place, f"bilangan {len(number)} digit")
    return int(number)


def _refuse(place: str, found: str) -> NoReturn:
    raise ReportError(place, found, "JSON tanpa kunci ganda, NaN, tak hingga, atau surogat lepas")


class XmlEvents:
    """Callbacks of a streamed XML reading. Subclasses override what they need."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, data: str) -> None: ...


def xml_stream(raw: bytes, events: XmlEvents, place: str = "laporan") -> None:
    """Feeds `events`. Refuses any DOCTYPE: entities and their expansion live there, also in UTF-16."""
    check_size(raw, place)
    parser = expat.ParserCreate()
    state = {"depth": 0, "elements": 0}

    def start(name: str, attributes: dict[str, str]) -> None:
        state["depth"] += 1
        state["elements"] += 1
        if state["depth"] > MAX_DEPTH or state["elements"] > MAX_ELEMENTS:
            raise ReportError(
                f"{place}:{parser.CurrentLineNumber}",
                f"kedalaman {state['depth']}, {state['elements']} elemen",
                f"kedalaman paling banyak {MAX_DEPTH}, elemen {MAX_ELEMENTS}",
            )
        events.start(name, attributes)

    def end(name: str) -> None:
        events.end(name)
        state["depth"] -= 1

    def doctype(*_ignored: object) -> None:
        raise ReportError(f"{place}:{parser.CurrentLineNumber}", "DOCTYPE", "XML tanpa DOCTYPE")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = events.text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        where = f"{place}:{error.lineno}:{error.offset + 1}"  # expat counts columns from 0
        raise ReportError(where, "XML rusak", "XML yang utuh") from error
    except (LookupError, ValueError) as error:  # expat asks Python's codecs about the declared encoding
        raise ReportError(place, "pengodean XML tidak dikenal", "UTF-8 atau UTF-16") from error


class _RootFound(Exception):
    pass


def xml_root(raw: bytes, place: str = "laporan") -> str:
    """Name of the root element, without reading further."""
    found: list[str] = []

    class Root(XmlEvents):
        def start(self, name: str, attributes: dict[str, str]) -> None:
            del attributes
            found.append(name)
            raise _RootFound

    with contextlib.suppress(_RootFound):
        xml_stream(raw, Root(), place)
    return found[0]


# Small typed getters: each names the place of what it refuses.


def get_str(data: dict[str, object], key: str, place: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise ReportError(f"{place}.{key}", describe(value), "teks")
    return value


def get_int(data: dict[str, object], key: str, place: str, least: int = 0) -> int:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ReportError(f"{place}.{key}", describe(value), f"bilangan bulat paling kecil {least}")
    return value


def get_list(data: dict[str, object], key: str, place: str) -> list[Any]:
    value = data.get(key)
    if not isinstance(value, list):
        raise ReportError(f"{place}.{key}", describe(value), "daftar")
    return value


def optional_list(data: dict[str, object], key: str, place: str) -> list[Any]:
    """Empty when the key is missing or null."""
    return [] if data.get(key) is None else get_list(data, key, place)


def get_dict(data: dict[str, object], key: str, place: str) -> dict[str, Any]:
    return as_dict(data.get(key), f"{place}.{key}")


def as_dict(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ReportError(place, describe(value), "objek")
    return value


def exact_keys(data: dict[str, object], needed: set[str], place: str) -> None:
    """Refuses missing and unknown keys alike."""
    if data.keys() != needed:
        missing, unknown = sorted(needed - data.keys()), sorted(data.keys() - needed)
        raise ReportError(
            place, f"kurang {missing}, tidak dikenal {unknown}", "kunci " + ", ".join(sorted(needed))
        )


def describe(value: object) -> str:
    return "tidak ada" if value is None else repr(value)[:60]
