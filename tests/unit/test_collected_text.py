"""What a report of the team says becomes text that a record takes: a name is no way to stay out of the ledger."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from kawal.ledger.fields import Line, Text
from kawal.services.collect import MOST_COUNTS, MOST_REASONS, REASON_BYTES, counts_of, reasons_of
from kawal_checks.gates import find_gate
from kawal_checks.model import GAGAL, GateContext, Reason, Result
from kawal_checks.teks import escape, one_line

NAMES = {
    "zero width": "test_\u200bx",
    "bidi": "test_\u202ex",
    "not NFC": "e\u0301",
    "escape that composes": "\u202a\u0301",
    "unassigned": "test_\u0378",
    "private": "\ue000",
    "tag": "\U000e0041",
    "C1": "a\u0085b",
    "line separator": "a\u2028b",
    "space at the end": "a\u00a0",
    "long": ("x" * 10 + " ") * 400,
}
any_text = st.text(st.characters(exclude_categories=()), max_size=400)


@settings(max_examples=500, deadline=None)
@given(any_text, st.sampled_from([1, 2, 40, 300]))
def test_any_text_in_one_line_is_taken_by_the_ledger(text: str, limit: int) -> None:
    shown = one_line(text, limit)
    assert len(shown) <= limit
    if shown:
        assert TypeAdapter(Text).validate_python(shown) == shown
        assert TypeAdapter(Line).validate_python(shown) == shown


@settings(max_examples=300, deadline=None)
@given(any_text)
def test_nothing_invisible_is_left_and_lines_stay(text: str) -> None:
    shown = escape(text)
    assert {unicodedata.category(one) for one in shown} - {"Cc"} <= {
        *("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No"),
        *("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs"),
    }
    assert [one for one in shown if unicodedata.category(one) == "Cc"] == [
        one for one in text if one in "\n\t"
    ]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_failed_test_of_any_name_is_a_reason_that_can_be_recorded(name: str) -> None:
    raw = (
        '<testsuites><testsuite name="t" tests="1" failures="1">'
        f'<testcase classname="uji" name="{name}"><failure message="x">y</failure></testcase>'
        "</testsuite></testsuites>"
    ).encode()
    gate = find_gate("fungsi")
    assert gate is not None

    (reason,) = reasons_of(gate.judge_bytes(raw, {}, GateContext()))

    assert reason.code == "FUNGSI-102"


def failed(*reasons: Reason, **counts: int | str) -> Result:
    return Result("fungsi", GAGAL, "", counts, reasons, (), "", "", "")


def test_a_report_with_more_reasons_than_a_record_holds_keeps_the_first() -> None:
    long = [Reason("FUNGSI-102", f"{n} " + "é" * 3000, "1", "0") for n in range(300)]
    kept = reasons_of(failed(*long))
    assert kept[0].text.startswith("0 ")
    assert 1 < len(kept) < 10
    assert sum(len(one.text) for one in kept) < REASON_BYTES
    assert len(reasons_of(failed(*(one._replace(text="x") for one in long)))) == MOST_REASONS


def test_figures_that_no_record_takes_are_left_out() -> None:
    figures: dict[str, int | str] = {"tes": 2**60, "gagal": -1, "Nama": 1, "lulus": 7, "p95": "1e5"}
    assert counts_of(failed(**figures)) == {"lulus": 7}
    assert len(counts_of(failed(**{f"n{n}": n for n in range(300)}))) == MOST_COUNTS
