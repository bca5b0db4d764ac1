"""kawal's judge against an independent model, on generated cases: no false yes, no false no, the same reasons.

`KAWAL_ORAKEL` is the number of cases (make malam: 1,000,000), asked in parts, so that several workers share them.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from oracle.cases import ordinary
from oracle.deviations import DEVIATIONS
from oracle.mix import BY_CODE, case_of, turns
from oracle.model import decide
from oracle.values import THRESHOLDS, asked_of_kawal

SEED = 20261122
PARTS = 10
ORDINARY = 130_000
SIZE = int(os.environ.get("KAWAL_ORAKEL", ORDINARY)) // PARTS
OFTEN = min(1000 // PARTS, turns(SIZE) // len(BY_CODE))
"""How often a code is the only reason, in each part: 1,000 times in all."""


@pytest.fixture(scope="module")
def tally() -> Iterator[Counter[str]]:
    """What the parts of this worker saw: for the line that `make malam` keeps."""
    seen = Counter[str]()
    yield seen
    cases, allowed = seen.pop("kasus", 0), seen.pop("diizinkan", 0)
    print(f"\n{cases} kasus, {allowed} diizinkan, {len(seen)} kode sebagai satu-satunya sebab", end="")
    print(f", paling jarang {min(seen.values(), default=0)}; 0 salah izin, 0 salah tolak")


@pytest.mark.parametrize("part", range(PARTS))
def test_judge_and_model_agree_on_every_case(
    part: int, tally: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = THRESHOLDS  # every case has the same thresholds; digesting them anew took half of the time
    monkeypatch.setattr("kawal.ledger.records.Thresholds.sha256", lambda _: digest)
    rng = random.Random(SEED + part)
    allowed, sole = 0, Counter[str]()
    for number in range(SIZE):
        case = case_of(number, rng)
        wanted, found = decide(case), asked_of_kawal(case)
        assert found == wanted, (part, number, case)
        allowed += not wanted
        if len(wanted) == 1:
            sole.update(wanted)
    assert allowed >= 0.2 * SIZE
    assert sole.keys() == BY_CODE.keys()
    assert not {code: count for code, count in sole.items() if count < OFTEN}
    tally.update({"kasus": SIZE, "diizinkan": allowed, **sole})


def test_the_cases_reach_the_codes_of_the_rules() -> None:
    """A code that no deviation reaches any more would leave the oracle silently."""
    assert len(BY_CODE) >= 100
    assert turns(ORDINARY // PARTS) // len(BY_CODE) >= 1000 // PARTS


@pytest.mark.parametrize("number", range(len(DEVIATIONS)))
def test_each_deviation_locks_an_otherwise_good_release(number: int) -> None:
    rng = random.Random(SEED + number)
    for _ in range(5):
        case = DEVIATIONS[number](ordinary(rng), rng)
        assert decide(case)
        assert asked_of_kawal(case) == decide(case)


def test_the_model_imports_nothing_from_kawal() -> None:
    code = "import oracle.model, sys; print([m for m in sys.modules if m.startswith('kawal')])"
    folder = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
