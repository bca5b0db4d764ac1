"""The page of the gates is fresh, and each sample on it is what the gate really says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kawal_checks.gates import GATES, Gate
from kawal_checks.halaman_gerbang import codes, page, sample
from kawal_checks.keluaran import as_text
from kawal_checks.model import GateContext, ReportError

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/checks"
BORROWED = {"unit": "fungsi", "integrasi": "fungsi", "sistem": "fungsi"}


def test_the_page_is_what_the_gates_say_now() -> None:
    assert (ROOT / "docs/dev/gerbang.md").read_text("utf-8") == page(), (
        "python -m kawal_checks.halaman_gerbang > docs/dev/gerbang.md"
    )


def heads(gate: Gate[Any]) -> set[str]:
    """`Verdict: title: CODE` of everything that this gate says about the recorded and bad reports."""
    rows = DATA / BORROWED.get(gate.uji, gate.uji)
    said = set()
    for row in sorted(rows.glob("*.harap.json")):
        expected = json.loads(row.read_text("utf-8"))
        raw = row.with_name(row.name.removesuffix(".harap.json")).read_bytes()
        thresholds = expected.get("ambang", {})
        if gate.uji in BORROWED and thresholds:
            thresholds = {"schema": 1, gate.uji: thresholds[rows.name]}
        context = GateContext(
            target=expected.get("sasaran"), files=tuple(expected.get("berkas", ())) or None, commit="f" * 40
        )
        try:
            text = as_text(gate.judge_bytes(raw, thresholds, context), gate.title)
        except ReportError:
            continue
        said |= set(re.findall(r"(?m)^([^:\n]+: [^:\n]+: [A-Z]+-\d{3}) ", text))
    return said


@pytest.mark.parametrize("gate", GATES.values(), ids=lambda gate: gate.uji)
def test_the_sample_is_a_sentence_of_the_gate(gate: Gate[Any]) -> None:
    verdict, title, rest = sample(gate).split(": ", 2)
    code = rest.split(" ", 1)[0]
    found = heads(gate)
    if gate.uji == "instalasi":  # another package than the one that was judged is known to the caller alone
        raw = (DATA / "instalasi/lulus.json").read_bytes()
        result = gate.judge_bytes(raw, {}, GateContext(package_sha256="d" * 64))
        found.add(": ".join(as_text(result, gate.title).split(": ")[:2]) + f": {result.reasons[0].code}")
    assert f"{verdict}: {title}: {code}" in found
    assert code in codes(gate)
    assert "ditemukan" in rest
    assert "dibutuhkan" in rest
