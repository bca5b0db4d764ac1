"""Accepted risks in a job: they let it go on, until their end, for exactly what they name; a file that cannot be read stops it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kawal_checks.__main__ import main
from kawal_checks.gates import GATES
from kawal_checks.model import GateContext

DATA = Path(__file__).parents[1] / "data" / "checks"
REPORT = DATA / "keamanan_kode/shell-true.json"
FOUND = GATES["keamanan_kode"].judge_bytes(REPORT.read_bytes(), {}, GateContext()).findings
(HIGH,) = [one for one in FOUND if one.severity == "tinggi"]


def rows(**changes: Any) -> dict[str, Any]:
    row = {
        "uji": "keamanan_kode",
        "sidik": HIGH.fingerprint,
        "tingkat": "tinggi",
        "jumlah": 1,
        "sampai": "2099-01-01T00:00:00Z",
    }
    return {"schema": 1, "daftar": [{**row, **changes}]}


def run(tmp_path: Path, document: object, *reports: Path) -> int:
    (tmp_path / "p.json").write_text(json.dumps(document), "utf-8")
    words = ["keamanan-kode", "--laporan", *map(str, reports or (REPORT,))]
    return main([*words, "--pengecualian", str(tmp_path / "p.json")])


def test_without_acceptance_the_report_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, {"schema": 1, "daftar": []}) == 3


def test_an_accepted_finding_is_named_and_lets_the_job_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, rows()) == 0
    assert "1 tinggi" in (shown := capsys.readouterr().out)
    assert "(1 dikecualikan pejabat)" in shown


@pytest.mark.parametrize(
    "changes",
    [
        {"sampai": "2020-01-01T00:00:00Z"},
        {"uji": "keamanan_aplikasi"},
        {"tingkat": "sedang"},
        {"sidik": "0" * 64},
    ],
    ids=["ended", "another test", "another severity", "another finding"],
)
def test_what_was_not_accepted_stops_the_job(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert run(tmp_path, rows(**changes)) == 3


def test_one_acceptance_is_not_for_two_findings(tmp_path: Path) -> None:
    assert run(tmp_path, rows(), REPORT, REPORT) == 3
    assert run(tmp_path, rows(jumlah=2), REPORT, REPORT) == 0
    twice = rows()
    twice["daftar"] *= 2
    assert run(tmp_path, twice, REPORT, REPORT) == 3


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"schema": 2, "daftar": []},
        {"schema": 1, "daftar": [], "lain": 1},
        rows(sampai="besok"),
        rows(jumlah=0),
        rows(sidik="pendek"),
        rows(alasan="x"),
    ],
)
def test_a_list_that_cannot_be_read_is_an_error_never_a_pass(tmp_path: Path, document: object) -> None:
    assert run(tmp_path, document) == 6


def test_the_runner_names_the_file_in_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "p.json").write_text(json.dumps(rows()), "utf-8")
    monkeypatch.setenv("KAWAL_PENGECUALIAN", str(tmp_path / "p.json"))
    assert main(["keamanan-kode", "--laporan", str(REPORT)]) == 0
    monkeypatch.setenv("KAWAL_PENGECUALIAN", str(tmp_path / "tidak-ada.json"))
    assert main(["keamanan-kode", "--laporan", str(REPORT)]) == 6


def test_a_scan_that_read_nothing_is_not_made_good(tmp_path: Path) -> None:
    assert run(tmp_path, rows(), DATA / "keamanan_kode/nol-baris.json") == 3
