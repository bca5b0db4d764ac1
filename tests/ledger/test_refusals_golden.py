"""What the ledger refuses has one code and one wording; the golden file is written by tests/ledger/buku_refusals.py."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import pytest
from buku_refusals import GOLDEN, GROUPS, answers


@pytest.mark.parametrize("name", GROUPS)
def test_each_refusal_of_the_ledger_says_what_it_said(name: str, tmp_path: Path) -> None:
    """Line by line: a mutant is found at its first line."""
    wanted = [line for line in GOLDEN.read_text("utf-8").splitlines() if line.startswith(f"{name}: ")]
    for line, golden in zip_longest(answers(name, tmp_path), wanted):
        assert line == golden


def test_every_golden_line_is_of_a_group() -> None:
    lines = GOLDEN.read_text("utf-8").splitlines()
    assert {line.partition(": ")[0] for line in lines} == set(GROUPS)
