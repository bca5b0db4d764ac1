"""The shapes that forges show: JUnit, Code Quality, annotations, workflow commands; hostile text stays text."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kawal_checks import bentuk
from kawal_checks.__main__ import main
from kawal_checks.gates import GATES
from kawal_checks.model import Finding, GateContext, Reason, Result

DATA = Path(__file__).parents[1] / "data" / "checks"
EVIL = 'a"b<c>&%\n::error::x\x1b[31m```'


def judged(name: str) -> tuple[Result, str]:
    gate = GATES[name.partition("/")[0]]
    return gate.judge_bytes((DATA / name).read_bytes(), {}, GateContext()), gate.title


def evil() -> tuple[Result, str]:
    findings = tuple(Finding("tinggi", 79, "", f"a,b:c.php:{line}", "x", EVIL, EVIL) for line in range(1, 31))
    return Result(
        "keamanan_kode",
        "gagal",
        EVIL,
        {},
        (Reason("AMAN-102", EVIL, EVIL, EVIL),),
        findings,
        "x",
        "",
        "0" * 64,
    ), "uji"


def test_junit_has_one_case_per_requirement_and_is_read_by_our_own_reader() -> None:
    results = [
        judged("keamanan_kode/semgrep-temuan.json"),
        judged("rahasia/bersih.json"),
        judged("rahasia/nol-berkas.json"),
    ]
    text = bentuk.junit(results)
    suite = ElementTree.fromstring(text)[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "2", "1")
    assert len({(case.get("classname"), case.get("name")) for case in suite}) == 4
    assert GATES["fungsi"].judge_bytes(text.encode(), {}, GateContext()).counts["tes"] == 4


def test_code_quality_has_unique_fingerprints_and_places_in_the_tree() -> None:
    rows = json.loads(bentuk.codequality([judged("keamanan_kode/semgrep-temuan.json"), evil()]))
    assert len({row["fingerprint"] for row in rows}) == len(rows) > 30
    assert {"path": "index.php", "lines": {"begin": 6}} in [row["location"] for row in rows]
    assert {row["severity"] for row in rows} <= {"info", "minor", "major", "critical", "blocker"}


def test_findings_at_addresses_are_no_places_in_the_tree() -> None:
    assert json.loads(bentuk.codequality([judged("keamanan_aplikasi/wapiti-xss.json")])) == []


def test_annotations_link_to_the_commit() -> None:
    environ = {"CI_PROJECT_URL": "https://gitlab.contoh.go.id/a/b", "CI_COMMIT_SHA": "9f2c"}
    links = json.loads(bentuk.gitlab([judged("keamanan_kode/semgrep-temuan.json")], environ))["Kawal"]
    assert links[0]["external_link"]["url"].startswith("https://gitlab.contoh.go.id/a/b/-/blob/9f2c/")
    assert json.loads(bentuk.gitlab([judged("keamanan_kode/semgrep-temuan.json")], {})) == {"Kawal": []}


def test_a_page_for_people_is_linked_where_the_forge_shows_it() -> None:
    path = "laporan/grafik ku.html"
    job = {"CI_JOB_URL": "https://gitlab.contoh.go.id/a/b/-/jobs/7"}
    (one,) = bentuk.attachments([path], job)
    assert one == (
        "grafik ku.html",
        "https://gitlab.contoh.go.id/a/b/-/jobs/7/artifacts/file/laporan/grafik%20ku.html",
    )
    assert json.loads(bentuk.gitlab([], job, [one])) == {"Kawal": [{"external_link": one._asdict()}]}
    run = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "9"}
    there = bentuk.attachments([path], run)
    line = "Untuk dibaca: grafik ku.html: https://github.com/a/b/actions/runs/9#artifacts"
    assert bentuk.github([], there) == line
    assert line in bentuk.github_summary([], there)
    at_home = bentuk.attachments([path], {})
    assert at_home[0].url == path
    assert json.loads(bentuk.gitlab([], {}, at_home)) == {"Kawal": []}  # no place on the forge to link to


def test_github_gets_ten_of_a_kind_and_nothing_it_would_obey() -> None:
    text = bentuk.github([evil()])
    commands = [line for line in text.splitlines() if line.startswith("::")]
    assert len(commands) == bentuk.GITHUB_PER_KIND
    assert commands[0].startswith("::error file=a%2Cb%3Ac.php,line=1::")
    assert "\x1b" not in text
    summary = bentuk.github_summary([evil()])
    assert summary.count("```") == 2
    assert len(bentuk.github_summary([evil()] * 2000).encode()) <= bentuk.SUMMARY_LIMIT


def test_summary_file_is_appended_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "ringkasan.md"))
    report = str(DATA / "rahasia/bersih.json")
    for _ in range(2):
        assert main(["rahasia", "--laporan", report, "--keluaran", "github"]) == 0
    assert (tmp_path / "ringkasan.md").read_text("utf-8").count("✔ **rahasia") == 2


def test_unknown_shape_is_wrong_use(tmp_path: Path) -> None:
    assert (
        main(["rahasia", "--laporan", str(DATA / "rahasia/bersih.json"), "--simpan", f"pdf={tmp_path / 'a'}"])
        == 2
    )
