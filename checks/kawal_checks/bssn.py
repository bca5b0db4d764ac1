"""Which group of Peraturan BSSN 4/2021 a finding belongs to. The mapping is data; a Bandit rule wins over its CWE."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

OTHER = "lainnya"  # still counted against the thresholds

_DATA = Path(__file__).parent / "data" / "bssn-4-2021.json"


@cache
def _groups() -> tuple[dict[int, str], dict[str, str]]:
    by_cwe: dict[int, str] = {}
    by_rule: dict[str, str] = {}
    for group in json.loads(_DATA.read_text("utf-8"))["kelompok"]:
        name = f"{group['huruf']} {group['id']}"
        by_cwe.update(dict.fromkeys(group["cwe"], name))
        by_rule.update(dict.fromkeys(group["bandit"], name))
    return by_cwe, by_rule


def group_of(cwe: int | None, bandit_rule: str | None) -> str:
    """Letter and id of the group, e.g. "d validasi_input", or `OTHER`."""
    by_cwe, by_rule = _groups()
    if bandit_rule in by_rule:
        return by_rule[bandit_rule]
    return by_cwe.get(cwe, OTHER) if cwe is not None else OTHER
