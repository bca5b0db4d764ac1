"""Whatever comes from outside: a parser reads it or says why not, in bounded work, twice the same.

Work is counted in calls and bytes, never in milliseconds; a watchdog of processor time stops what would not end.
`KAWAL_MASUKAN` is the number of examples a parser (make malam: 10,000).
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any

import pytest
from daftar_pengurai import GROUPS, Parser, archive, of_group, parsers
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("KAWAL_MASUKAN", "24"))
WATCHDOG_S = 30
MIB = 1 << 20
HOSTILE = [
    *(
        b'"',
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"\n",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"&a ",
        b"*a",
        b"<<: ",
    ),
    *(
        b"null",
        b"true",
        b"-1",
        b"1e999",
        b"NaN",
        b"9" * 25,
        b'"\\ud800"',
        b"!!python/object",
        b"---\n",
        b"\t",
        b"<",
        b">",
    ),
    *(
        "\u202e".encode(),
        "\u200b".encode(),
        "é".encode(),
        b"<!DOCTYPE a>",
        b"&amp;",
        b"]]>",
        b"%00",
        b"../",
        b"\r\n",
    ),
]


class TooLong(Exception):
    """The watchdog's; no parser may catch it as its own."""


@contextmanager
def watchdog(seconds: float) -> Iterator[None]:
    """Ends after that much processor time what a parser does not end itself."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@st.composite
def inputs(draw: st.DrawFn, samples: tuple[bytes, ...]) -> bytes:
    """Bytes of any kind, or a sound sample with up to four places cut, doubled or replaced."""
    if not samples or draw(st.integers(0, 4)) == 0:
        return draw(st.binary(max_size=200) | st.lists(st.sampled_from(HOSTILE), max_size=30).map(b"".join))
    data = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.sampled_from((0, 1, 2, 8, 60))))
        put = draw(
            st.sampled_from((b"", data[at:end] * 2)) | st.sampled_from(HOSTILE) | st.binary(max_size=3)
        )
        data = data[:at] + put + data[end:]
    return data


def answer(parser: Parser, data: bytes) -> Any:
    """What it read, or its refusal as text; anything else that it raises fails the test."""
    try:
        return "terbaca", repr(parser.read(data))
    except parser.raises as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("group", GROUPS)
def test_whatever_comes_is_read_or_refused_twice_the_same(group: str) -> None:
    tried = [twice_the_same(parser) for parser in of_group(group)]
    assert min(tried) >= 4
    print(f"{sum(tried)} masukan untuk {len(tried)} pengurai {group}")


def twice_the_same(parser: Parser) -> int:
    """Number of examples asked for."""
    wanted = max(4, EXAMPLES // parser.share)

    @settings(
        max_examples=wanted,
        deadline=None,
        database=None,
        derandomize=EXAMPLES < 1000,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )
    @given(inputs(parser.samples))
    def check(data: bytes) -> None:
        assert answer(parser, data) == answer(parser, data)

    with watchdog(max(WATCHDOG_S, wanted)):
        check()
    return wanted


def test_each_sample_is_read_but_those_that_only_show_a_shape() -> None:
    refused = {one.name for one in parsers() for data in one.samples if answer(one, data)[0] != "terbaca"}
    assert refused <= {"target: darurat", "target: konfigurasi", "kalender", "pipeline"}
    assert {one.group for one in parsers()} == set(GROUPS)


# --- bombs: small inputs that ask for much work -----------------------------------------------------------------------


def _lines(text: str, times: int) -> bytes:
    return "".join(text.format(number=number) for number in range(times)).encode()


LAUGHS = b"a0: &a0 [x]\n" + _lines("a{number}: &b{number} [*a0, *a0, *a0]\n", 200)


@cache
def bombs() -> dict[str, bytes]:
    return {
        "JSON dalam": b"[" * 60_000,
        "JSON objek dalam": b'{"a":' * 12_000,
        "JSON kunci ganda di akhir": b"{"
        + b",".join(b'"k%d":1' % n for n in range(60_000))
        + b',"k59999":1}',
        "JSON kunci ganda kecil": b"{" + b",".join(b'"k%d":1' % n for n in range(5000)) + b',"k0":1}',
        "JSON kutip terbuka": b'"' + b'\\"' * 150_000,
        "JSON angka panjang": b"[" + b"9" * 60_000 + b"]",
        "JSON banyak koma": b"[" + b"1," * 150_000 + b"1]",
        "YAML tawa": LAUGHS,
        "YAML dalam": b"[" * 5000,
        "YAML gabung": b"a: &a {b: 1}\nc:\n" + b"  <<: *a\n" * 5000,
        "YAML baris panjang": b"a: [" + b"b, " * 20_000 + b"]",
        "YAML banyak kunci": _lines("k{number}: 1\n", 6000),
        "YAML kunci ganda": b"a: 1\n" * 10_000,
        "XML entitas": b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 1000 + b'">]><a>' + b"&b;" * 10_000 + b"</a>",
        "XML entitas UTF-16": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode(
            "utf-16"
        ),
        "XML dalam": b"<testsuite>" * 20_000,
        "XML banyak atribut": b"<testsuite " + b" ".join(b'a%d=""' % n for n in range(20_000)) + b"/>",
        "JWT panjang": b"a" * 20_000 + b".b.c",
        "bukan apa-apa": bytes(200_000),
        "zip bom": archive(("laporan.json", bytes(80 * MIB)), method=zipfile.ZIP_DEFLATED),
        "zip banyak anggota": archive(*((f"n{n}", b"") for n in range(3000))),
    }


def calls(parser: Parser, data: bytes) -> int:
    """Calls, of Python and of C, that reading makes."""
    counted = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        answer(parser, data)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("group", GROUPS)
def test_a_bomb_costs_no_more_than_its_bytes(group: str) -> None:
    """At most 60 calls a byte up to 64 KiB of it, then three, and never 64 MiB beside the input."""
    for parser in of_group(group):
        for name, data in chosen(parser).items():
            with watchdog(WATCHDOG_S):
                made = calls(parser, data)
                peak = memory(parser, data)
            assert made <= 2000 + 60 * min(len(data), 1 << 16) + 3 * len(data), (parser.name, name)
            assert peak <= 64 * MIB + 12 * len(data), (parser.name, name)


def chosen(parser: Parser) -> dict[str, bytes]:
    """In CI three bombs of the parser's own language and one other: parsers of one language share what guards them."""
    own = {"YAML": "YAML", "arsip": "zip", "JWT": "JWT"}.get(parser.group, "JSON")
    own = {"zap-xml": "XML", "junit": "XML", "uat": "YAML"}.get(parser.name, own)
    names = sorted(bombs())
    if EXAMPLES < 1000:
        rng = random.Random(parser.name)
        mine = [name for name in names if name.startswith(own)]
        names = [*rng.sample(mine, min(3, len(mine))), rng.choice(names)]
    return {name: bombs()[name] for name in names}


def memory(parser: Parser, data: bytes) -> int:
    """Bytes at most held while reading, beside the input."""
    tracemalloc.start()
    try:
        answer(parser, data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_counter_sees_work_that_grows() -> None:
    """Otherwise the limits above would hold for anything."""
    yaml = next(one for one in parsers() if one.name == "kalender")
    small, large = (b"schema: 1\nlibur: [" + b"a, " * n + b"]\n" for n in (10, 300))
    answer(yaml, large)  # what is imported at the first call is no work of the second
    assert calls(yaml, large) > 5 * calls(yaml, small)


def test_the_watchdog_bites() -> None:
    with pytest.raises(TooLong), watchdog(0.05):
        for _ in iter(int, 1):
            pass
