"""kawal's judge against an independent model, on generated cases: no false yes, no false no, the same reasons.

`KAWAL_ORAKEL` is the number of cases (make malam: 1,000,000).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from oracle.cases import DEVIATIONS, THRESHOLDS, asked_of_kawal, good_case, random_case, whole_persons
from oracle.model import decide

SEED = 20261122
CASES = int(os.environ.get("KAWAL_ORAKEL", "30000"))


def test_judge_and_model_agree_on_every_case(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = THRESHOLDS  # every case has the same thresholds; digesting them anew took half of the time
    monkeypatch.setattr("kawal.ledger.records.Thresholds.sha256", lambda _: digest)
    rng = random.Random(SEED)
    allowed, sole = 0, Counter[str]()
    for number in range(CASES):
        case = random_case(rng)
        wanted, found = decide(case), asked_of_kawal(case)
        assert found == wanted, (number, case)
        allowed += not wanted
        if len(wanted) == 1:
            sole.update(wanted)
    assert allowed >= 0.2 * CASES
    rare = {code: count for code, count in sole.items() if count < CASES / 1000}
    assert not rare
    assert len(sole) >= 70
    print(
        f"{CASES} kasus, {allowed} diizinkan, {len(sole)} kode sebagai satu-satunya sebab, paling jarang {min(sole.values())}"
    )


@pytest.mark.parametrize("number", range(len(DEVIATIONS)))
def test_each_deviation_locks_an_otherwise_good_release(number: int) -> None:
    rng = random.Random(SEED + number)
    for _ in range(5):
        case = whole_persons(DEVIATIONS[number](good_case(rng), rng))
        assert decide(case)
        assert asked_of_kawal(case) == decide(case)


def test_the_model_imports_nothing_from_kawal() -> None:
    code = "import oracle.model, sys; print([m for m in sys.modules if m.startswith('kawal')])"
    folder = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
