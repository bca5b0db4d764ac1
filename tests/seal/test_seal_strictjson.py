"""Strict JSON reads one meaning or nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kawal_seal.strictjson import MAX_INT, StrictJsonError, dumps, loads

REFUSED = [
    (b'{"a":1,"a":2}', "kunci ganda 'a'"),
    (b'{"x":{"a":1,"\\u0061":2}}', "kunci ganda 'a'"),
    (b"NaN", "NaN"),
    (b"[-Infinity]", "-Infinity"),
    (b"1e999", "1e999"),
    (b"[-1e999]", "-1e999"),
    (b"9007199254740992", "2^53-1"),
    (b"-" + b"9" * 5000, "2^53-1"),
    (b"[" * 41 + b"]" * 41, "40 tingkat di bita 40"),
    (b"[" * 30000, "40 tingkat"),
    (b'"\\ud800"', "surrogate"),
    (b'{"a":["\\uDFFF"]}', "surrogate tunggal di a[0]"),
    (b'{"\\udc00":1}', "surrogate"),
    (b"\xef\xbb\xbf1", "BOM"),
    (b'"\xff"', "bukan UTF-8 di bita 1"),
    ('{"é":x}'.encode(), "di bita 6"),
    (b"1" * 65537, "65537 bita"),
    ("1".encode("utf-16"), "bukan UTF-8"),
    (b'"a\nb"', "tidak terbaca"),
    (b"[1,]", "tidak terbaca"),
    (b"{} {}", "tidak terbaca"),
    (b"", "tidak terbaca"),
    (b'"' + b'\\"' * 32000, "tidak terbaca"),
]


@pytest.mark.parametrize(("data", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_refuses_and_says_what_and_where(data: bytes, message: str) -> None:
    with pytest.raises(StrictJsonError) as caught:
        loads(data)
    assert message in str(caught.value)


def test_brackets_inside_strings_are_not_depth() -> None:
    assert loads(dumps(["[" * 100, '\\"[[' * 50])) == ["[" * 100, '\\"[[' * 50]


def test_forty_levels_are_read() -> None:
    text = b"[" * 40 + b"]" * 40
    assert dumps(loads(text)) == text


def test_many_brackets_side_by_side_are_no_depth() -> None:
    text = b"[" + b",".join([b"[]"] * 60) + b"]"
    assert dumps(loads(text)) == text
    with pytest.raises(StrictJsonError, match="bersarang lebih dari 40 tingkat di bita 40"):
        loads(b"[" * 41 + b"]" * 41)


def test_surrogate_pair_is_one_letter() -> None:
    assert loads(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_finite_floats_are_read_but_never_written() -> None:
    assert loads(b"[1.5]") == [1.5]
    with pytest.raises(StrictJsonError, match=r"float di a\[0\]"):
        dumps({"a": [1.5]})


@pytest.mark.parametrize("value", [{1: 2}, {"a": MAX_INT + 1}, {"a": "\ud800"}, {"\ud800": 1}, b"x", {1}])
def test_refuses_to_write_what_it_would_not_read(value: object) -> None:
    with pytest.raises(StrictJsonError):
        dumps(value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INT, MAX_INT)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé\U0001f600"), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_writing_and_reading_gives_the_value_and_the_same_bytes(value: object) -> None:
    data = dumps(value)
    assert loads(data) == value
    assert dumps(loads(data)) == data


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0dD8f1e.-+ NaInfty', max_size=40).map(str.encode))
def test_whatever_it_accepts_means_the_same_to_the_plain_parser(data: bytes) -> None:
    try:
        value = loads(data)
    except StrictJsonError:
        return
    assert json.loads(data) == value
