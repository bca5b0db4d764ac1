"""The survey's file: every finding over the foreign application is judged, and the page says what the file holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SURVEYS = sorted((ROOT / "tests/data/survei").glob("*.json"))
PAGE = ROOT / "docs/dev/survei-semgrep.md"
RULES = {
    rule["id"]
    for path in (ROOT / "checks/kawal_checks/data/semgrep").glob("*.yml")
    for rule in yaml.safe_load(path.read_text("utf-8"))["rules"]
}


def read(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return value


def test_there_is_a_survey() -> None:
    assert [path.stem for path in SURVEYS] == ["dokuwiki"]


@pytest.mark.parametrize("path", SURVEYS, ids=lambda path: path.stem)
def test_every_finding_has_a_verdict_with_its_reason(path: Path) -> None:
    survey = read(path)
    assert re.fullmatch(r"[0-9a-f]{64}", survey["sha256"])
    assert survey["temuan"]
    for one in survey["temuan"]:
        assert set(one) == {"tempat", "aturan", "putusan", "alasan"}
        assert re.fullmatch(r"\S+:\d+", one["tempat"])
        assert one["aturan"] in RULES
        assert one["putusan"] in ("benar", "salah")
        assert len(one["alasan"].split()) >= 5


@pytest.mark.parametrize("path", SURVEYS, ids=lambda path: path.stem)
def test_the_page_says_the_figures_of_the_file(path: Path) -> None:
    survey = read(path)
    right = sum(one["putusan"] == "benar" for one in survey["temuan"])
    total = len(survey["temuan"])
    text = PAGE.read_text("utf-8")
    assert f"{survey['berkas']} files scanned, {total} findings: {right} right, {total - right} wrong" in text
    assert f"{survey['paket']} {survey['versi']}" in text
