"""What the judge says to each of the oracle's cases, word for word (kebijakan_refusals.py writes the golden file)."""

from __future__ import annotations

import pytest
from kebijakan_refusals import CHANGES, GOLDEN, PARTS, answers
from oracle.mix import BY_CODE

LINES = GOLDEN.read_text("utf-8").splitlines()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_answer_of_a_rule_is_as_it_was_reviewed(part: int) -> None:
    wanted = [line for line in LINES if int(line.partition(":")[0]) % PARTS == part]
    assert list(answers(part)) == wanted


def test_every_change_and_every_code_of_the_oracle_has_a_line() -> None:
    assert {int(line.partition(":")[0]) for line in LINES} == set(range(len(CHANGES)))
    assert {code for code in BY_CODE if not any(f" {code} | " in line for line in LINES)} == set()
