"""Every row of the bypass suite: seeded attacks are stopped, the legitimate twin passes, without the rule an attack succeeds.

`KAWAL_BYPASS=semua` plays every variant (make bypass does so as well and writes docs/bypass.md).
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest
from bypass_baris import Row, Variant
from bypass_jalankan import DOCS, RESIDUAL, play_off, play_twin, play_variant
from bypass_rows import ROWS

SEED = 20261122
PER_ROW = 10**6 if os.environ.get("KAWAL_BYPASS") == "semua" else 2
LIVE = [row for row in ROWS if row.variants]


def chosen() -> list[tuple[Row, Variant]]:
    """Some variants of each row, the same ones in each run: every row is attacked, in a minute."""
    picked = []
    for row in LIVE:
        some = random.Random(f"{SEED}-{row.id}").sample(row.variants, min(PER_ROW, len(row.variants)))
        picked += [(row, variant) for variant in some]
    return picked


CHOSEN = chosen()


@pytest.mark.xdist_group("bypass")
@pytest.mark.parametrize(("row", "variant"), CHOSEN, ids=[f"{row.id}-{one.name}"[:60] for row, one in CHOSEN])
def test_the_attack_is_stopped_and_leaves_its_reason(row: Row, variant: Variant, tmp_path: Path) -> None:
    assert play_variant(row, variant, tmp_path) is None


@pytest.mark.xdist_group("bypass")
@pytest.mark.parametrize("row", LIVE, ids=[row.id for row in LIVE])
def test_the_legitimate_twin_is_installed(row: Row, tmp_path: Path) -> None:
    assert play_twin(row, tmp_path) is None


@pytest.mark.xdist_group("bypass")
@pytest.mark.parametrize("row", LIVE, ids=[row.id for row in LIVE])
def test_with_its_rule_switched_off_an_attack_succeeds(row: Row, tmp_path: Path) -> None:
    assert play_off(row, tmp_path) is not None


def test_all_52_rows_the_seven_traps_and_the_five_of_github_are_listed_once() -> None:
    ids = [row.id for row in ROWS]
    printed = [*(str(n) for n in range(1, 53)), *(f"X{n}" for n in range(1, 8))]
    assert sorted(ids) == sorted([*printed, *(f"G{n}" for n in range(1, 6))])
    assert all(row.variants or row.note for row in ROWS)
    assert sum(len(row.variants) for row in ROWS) >= 100


def test_names_of_variants_are_unique_within_a_row() -> None:
    for row in ROWS:
        names = [one.name for one in row.variants]
        assert len(set(names)) == len(names), row.id


def test_the_page_is_the_one_that_make_bypass_would_write() -> None:
    """Rows, counts and the list of residual bypasses; the codes are checked when the command plays the rows."""
    text = DOCS.read_text("utf-8")
    assert RESIDUAL in text
    found = {}
    for line in text.splitlines():
        if match := re.match(r"\| ([XG]?\d+) \| (.*?) \| .*? \| (\d+|–) \|", line):
            found[match[1]] = match[3]
    assert found == {row.id: str(len(row.variants)) if row.variants else "–" for row in ROWS}
