"""JSON that means one thing only: no duplicate keys, no NaN, nothing that overflows, bounded size and depth."""

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

from kawal_seal.errors import SealError

LIMIT = 65536
DEPTH = 40
MAX_INT = 2**53 - 1  # RFC 7493: beyond this, readers of JSON disagree about the number

# Matches a whole string (also an unterminated one, so that the scan stays linear) or one bracket.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.?[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class StrictJsonError(SealError):
    """Not strict JSON."""


def _refuse_constant(name: str) -> NoReturn:
    raise StrictJsonError(f"JSON: {name} bukan angka JSON")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):  # 1e999 does not pass parse_constant, it becomes inf here
        raise StrictJsonError(f"JSON: angka {text[:40]} terlalu besar")
    return value


def _int(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_INT:
        raise StrictJsonError(f"JSON: bilangan {text[:40]} di luar ±(2^53-1)")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise StrictJsonError(f"JSON: kunci ganda {key[:80]!a}")
    return result


def _check_depth(data: bytes, depth: int) -> None:
    """Refuse deep nesting before parsing: the C parser recurses."""
    if data.count(b"[") + data.count(b"{") <= depth:
        return
    level = 0
    for match in _TOKEN.finditer(data):
        token = match.group()
        if token in (b"[", b"{"):
            level += 1
            if level > depth:
                raise StrictJsonError(f"JSON: bersarang lebih dari {depth} tingkat di bita {match.start()}")
        elif token in (b"]", b"}"):
            level -= 1


def _check_surrogates(value: Any, where: str) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise StrictJsonError(f"JSON: surrogate tunggal di {where or 'akar'}") from error
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_surrogates(item, f"{where}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_surrogates(key, f"kunci dalam {where or 'akar'}")
            _check_surrogates(item, f"{where}.{key}" if where else key)


def loads(data: bytes, *, limit: int = LIMIT, depth: int = DEPTH) -> Any:
    """Parse `data` or raise StrictJsonError. Finite floats are read (reports hold them), never written."""
    if len(data) > limit:
        raise StrictJsonError(f"JSON: {len(data)} bita, paling banyak {limit}")
    if data.startswith(b"\xef\xbb\xbf"):
        raise StrictJsonError("JSON: diawali BOM di bita 0")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictJsonError(f"JSON: bukan UTF-8 di bita {error.start}") from error
    _check_depth(data, depth)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except json.JSONDecodeError as error:
        offset = len(text[: error.pos].encode())
        raise StrictJsonError(f"JSON: tidak terbaca di bita {offset} (baris {error.lineno})") from error
    if _SURROGATE.search(data):
        _check_surrogates(value, "")
    return value


def _place(where: tuple[str | int, ...]) -> str:
    """`a.b[0]`; put together only for a message: every record that is read is written again."""
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in where).removeprefix(".")


def _check_writable(value: Any, where: tuple[str | int, ...]) -> None:
    if isinstance(value, str):
        if not value.isascii():
            _check_surrogates(value, _place(where))
    elif value is None or isinstance(value, bool):
        return
    elif isinstance(value, int):
        if abs(value) > MAX_INT:
            raise StrictJsonError(f"JSON: bilangan di {_place(where) or 'akar'} di luar ±(2^53-1)")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _check_writable(item, (*where, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise StrictJsonError(f"JSON: kunci di {_place(where) or 'akar'} bukan teks")
            if not key.isascii():
                _check_surrogates(key, f"kunci dalam {_place(where) or 'akar'}")
            _check_writable(item, (*where, key))
    else:  # floats too: no float crosses a signature
        raise StrictJsonError(
            f"JSON: {type(value).__name__} di {_place(where) or 'akar'} tidak dapat ditulis"
        )


def dumps(value: Any) -> bytes:
    """Compact, sorted, UTF-8. The same value always gives the same bytes."""
    _check_writable(value, ())
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")
