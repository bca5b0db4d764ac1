"""Damaged reports: whatever stands in them, a gate answers with a Result or a ReportError, never with a crash."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from kawal_checks.gates import GATES, GateContext
from kawal_checks.model import ReportError, Result

DATA = Path(__file__).parents[1] / "data" / "checks"
ROWS = sorted(
    path for path in DATA.rglob("*.harap.json") if json.loads(path.read_text("utf-8"))["keluar"] != 6
)
STRANGE: list[Any] = [
    None,
    True,
    -1,
    0,
    10**15,
    1.5,
    "",
    "x",
    "\u202e\x1b[31m",
    "http://[::",
    [],
    {},
    [None],
    {"a": None},
]
ROUNDS = 60


def judge(path: Path, raw: bytes) -> Result | None:
    expected = json.loads(path.read_text("utf-8"))
    context = GateContext(target=expected.get("sasaran"), files=tuple(expected.get("berkas", ())) or None)
    try:
        return GATES[path.parent.name].judge_bytes(raw, expected.get("ambang", {}), context)
    except ReportError:
        return None


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for key, child in children for found in places(child, (*path, key)))]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    document = copy.deepcopy(document)
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return document


def report_of(expectation: Path) -> Path:
    return expectation.with_name(expectation.name.removesuffix(".harap.json"))


@pytest.mark.parametrize("path", ROWS, ids=lambda path: str(report_of(path).relative_to(DATA)))
def test_damaged_reports_never_crash_a_gate(path: Path) -> None:
    rng = random.Random(str(report_of(path).relative_to(DATA)))
    raw = report_of(path).read_bytes()
    if path.name.endswith(".json.harap.json"):
        document = json.loads(raw)
        known = places(document)
        for _ in range(ROUNDS):
            damaged = replaced(document, rng.choice(known), rng.choice(STRANGE))
            result = judge(path, json.dumps(damaged).encode())
            assert result is None or json.dumps(result.as_dict())
    for _ in range(ROUNDS):
        start = rng.randrange(len(raw) + 1)
        piece = bytes(rng.randrange(256) for _ in range(rng.randrange(4)))
        result = judge(path, raw[:start] + piece + raw[start + rng.randrange(9) :])
        assert result is None or json.dumps(result.as_dict())
