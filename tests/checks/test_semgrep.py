"""Semgrep with kawal's own rules, really run: every rule on its examples, planted flaws by file and line, the traps of ignoring.

Needs Semgrep in an environment of its own: KAWAL_SEMGREP, or `semgrep` on PATH.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from kawal_checks import bssn
from kawal_checks.__main__ import main
from kawal_checks.gates import GATES
from kawal_checks.model import GateContext, Result
from kawal_checks.pohon import list_files
from kawal_checks.readers import semgrep

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data"
RULES: dict[str, dict[str, Any]] = {
    rule["id"]: rule
    for path in sorted((ROOT / "checks/kawal_checks/data/semgrep").glob("*.yml"))
    for rule in yaml.safe_load(path.read_text("utf-8"))["rules"]
}
PROGRAM = os.environ.get("KAWAL_SEMGREP") or shutil.which("semgrep")
needs_semgrep = pytest.mark.skipif(
    PROGRAM is None, reason="semgrep tidak terpasang: taruh di PATH atau sebut di KAWAL_SEMGREP"
)


def planted(folder: Path) -> set[tuple[str, str]]:
    """(file:line, rule) of every line marked `TEMUAN RULE`; in tests/data/semgrep the folder names the rule."""
    found = set()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for mark in line.split("TEMUAN")[1:]:
                words = mark.split()
                rule = words[0] if words and words[0] not in ("--}}", "-->") else path.parent.name
                found.add((f"{path.relative_to(folder).as_posix()}:{number}", rule))
    return found


def judge(tree: Path, folder: Path) -> Result:
    """The jobs' commands, then the gate over the one file that is evidence."""
    bandit, report, evidence = (
        str(folder / name) for name in ("bandit.json", "semgrep.json", "keamanan-kode.json")
    )
    assert main(["jalankan-bandit", "--sumber", str(tree), "--keluar", bandit]) == 0
    assert main(["jalankan-semgrep", "--sumber", str(tree), "--keluar", report]) == 0
    assert main(["satukan", "--dari", bandit, report, "--sumber", str(tree), "--keluar", evidence]) == 0
    context = GateContext(files=list_files(tree))
    return GATES["keamanan_kode"].judge_bytes(Path(evidence).read_bytes(), {}, context)


@needs_semgrep
def test_every_rule_finds_its_bad_example_and_leaves_the_good_one(tmp_path: Path) -> None:
    report = tmp_path / "semgrep.json"
    tree = DATA / "semgrep"
    assert main(["jalankan-semgrep", "--sumber", str(tree), "--keluar", str(report)]) == 0
    scan = semgrep.read(report.read_bytes())
    assert scan.errors == ()
    assert set(scan.files or ()) == set(list_files(tree))
    found = {(finding.place, finding.rule) for finding in scan.findings}
    assert {pair for pair in found if pair[0].split("/")[0] == pair[1]} == planted(tree)
    assert [pair for pair in found if "/baik." in pair[0]] == []
    assert [finding.rule for finding in scan.findings if finding.group == bssn.OTHER] == []


def test_every_rule_has_a_bad_and_a_good_example_and_a_cwe() -> None:
    assert sorted(RULES) == sorted(path.name for path in (DATA / "semgrep").iterdir())
    for rule in RULES:
        names = {path.name.split(".")[0] for path in (DATA / "semgrep" / rule).iterdir()}
        assert names == {"buruk", "baik"}, rule
    for content in RULES.values():
        assert content["metadata"]["cwe"].startswith("CWE-")
        assert content["severity"] in ("ERROR", "WARNING", "INFO")


@pytest.mark.parametrize("language", ["php", "js"])
def test_the_rules_of_a_language_reach_every_group_of_the_regulation(language: str) -> None:
    """All thirteen groups, a to m; a rule outside them would count, but nobody could say against which group."""
    rules = [rule for rule in RULES.values() if rule["id"].startswith(f"kawal-{language}-")]
    groups = {bssn.group_of(int(rule["metadata"]["cwe"].removeprefix("CWE-")), None) for rule in rules}
    assert sorted(group[0] for group in groups) == list("abcdefghijklm")


@pytest.mark.parametrize("language", ["php", "javascript", "python"])
def test_planted_flaws_are_found_by_file_and_line(language: str, tmp_path: Path) -> None:
    if language != "python" and PROGRAM is None:
        pytest.skip("semgrep tidak terpasang: taruh di PATH atau sebut di KAWAL_SEMGREP")
    tree = DATA / "rentan" / language / "rentan"
    result = judge(tree, tmp_path)
    assert result.verdict == "gagal"
    found = {(finding.place, finding.rule) for finding in result.findings}
    assert planted(tree) <= found
    assert {pair for pair in found if pair[1] != "pembungkam"} == planted(tree)


@pytest.mark.parametrize("language", ["php", "javascript", "python"])
def test_the_repaired_twin_passes(language: str, tmp_path: Path) -> None:
    if language != "python" and PROGRAM is None:
        pytest.skip("semgrep tidak terpasang: taruh di PATH atau sebut di KAWAL_SEMGREP")
    result = judge(DATA / "rentan" / language / "baik", tmp_path)
    assert (result.verdict, result.reasons) == ("lulus", ())
    assert result.tool in ("bandit", "semgrep")
    assert all(digest and len(digest) == 64 for digest in result.tools.values())
    assert result.version == (version("bandit") if language == "python" else "1.182.0")


def test_a_tree_without_its_languages_leaves_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    report = tmp_path / "semgrep.json"
    report.write_text("{}")  # what the team committed under this name must be gone
    assert main(["jalankan-semgrep", "--sumber", str(tmp_path), "--keluar", str(report)]) == 0
    assert not report.exists()
    assert "tidak dijalankan" in capsys.readouterr().out


def test_without_semgrep_the_job_fails_and_the_gate_cannot_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("KAWAL_SEMGREP", raising=False)
    tree = DATA / "rentan/php/baik"
    assert main(["jalankan-semgrep", "--sumber", str(tree), "--keluar", str(tmp_path / "s.json")]) == 6
    evidence = tmp_path / "k.json"
    assert (
        main(
            ["satukan", "--dari", str(tmp_path / "s.json"), "--sumber", str(tree), "--keluar", str(evidence)]
        )
        == 0
    )
    result = GATES["keamanan_kode"].judge_bytes(
        evidence.read_bytes(), {}, GateContext(files=list_files(tree))
    )
    assert (result.verdict, result.exit_code) == ("tidak_dapat_dinilai", 3)
    assert {"AMAN-101", "AMAN-103"} == {reason.code for reason in result.reasons}


def moved(file: Path, folder: Path) -> None:
    folder.mkdir()
    file.rename(folder / file.name)


Trap = Callable[[Path], object]
TRAPS: dict[str, Trap] = {
    "semgrepignore": lambda tree: (tree / ".semgrepignore").write_text("*\n"),
    "gitignore": lambda tree: (tree / ".gitignore").write_text("*.php\n"),
    "nosemgrep": lambda tree: (tree / "a.php").write_text("<?php\neval($x); // nosemgrep\n"),
    "vendor": lambda tree: moved(tree / "a.php", tree / "vendor"),
    "tests": lambda tree: moved(tree / "a.php", tree / "tests"),
    "besar": lambda tree: (tree / "a.php").write_text("<?php\neval($x);\n" + "// isi\n" * 200_000),
    "rahasia": lambda tree: (tree / ".semgrep.yml").write_text("rules: []\n"),
    "nama-bergaris": lambda tree: (tree / "a.php").rename(tree / "--help.php"),
}


@needs_semgrep
def test_no_file_of_the_team_hides_a_finding(tmp_path: Path) -> None:
    """All traps as one tree each, in one run: a folder per trap."""
    tree = tmp_path / "pohon"
    for name, trap in TRAPS.items():
        (tree / name).mkdir(parents=True)
        (tree / name / "a.php").write_text("<?php\neval($x);\n")
        trap(tree / name)
    result = judge(tree, tmp_path)
    found = {
        finding.place.split("/")[0]
        for finding in result.findings
        if finding.rule == "kawal-php-kode-dari-data"
    }
    assert found == set(TRAPS)
    hushes = {finding.place for finding in result.findings if finding.rule == "pembungkam"}
    assert {"semgrepignore/.semgrepignore", "nosemgrep/a.php:2"} <= hushes


@needs_semgrep
def test_links_and_broken_files_are_not_taken_for_scanned(tmp_path: Path) -> None:
    tree = tmp_path / "pohon"
    tree.mkdir()
    (tree / "a.php").write_text("<?php\n$a = 1;\n")
    (tree / "b.php").symlink_to("/etc/hostname")
    result = judge(tree, tmp_path)
    assert result.verdict == "tidak_dapat_dinilai"
    assert "b.php" in " ".join(reason.found for reason in result.reasons)


def test_the_recorded_report_says_which_semgrep_wrote_it() -> None:
    recorded = json.loads((DATA / "checks/keamanan_kode/semgrep-temuan.json").read_text("utf-8"))
    assert recorded["version"] == "1.182.0"
