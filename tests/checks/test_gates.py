"""What the rows of test_reports.py cannot say: figures, wording, merging, and that thresholds move the verdict."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kawal_checks import bssn, readers
from kawal_checks.__main__ import main
from kawal_checks.gates import GATES, find_gate
from kawal_checks.gates.keamanan_kode import languages
from kawal_checks.model import KINDS, Finding, GateContext, ReportError
from kawal_checks.readers import strict
from kawal_checks.readers.beban import Row
from kawal_checks.teks import angka, decimal_text, escape

DATA = Path(__file__).parents[1] / "data" / "checks"
AMBANG: dict[str, Any] = json.loads((DATA / "beban/lulus.json.harap.json").read_text("utf-8"))["ambang"]


def test_load_result_shows_both_numbers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(AMBANG), "utf-8")
    arguments = ["beban", "--ambang", str(tmp_path / "a.json"), "--laporan"]

    assert main([*arguments, str(DATA / "beban/lulus.json")]) == 0
    assert capsys.readouterr().out == "Lulus: uji beban: p95 420 ms ≤ 800 ms, galat 0 % ≤ 1 %.\n"
    assert main([*arguments, str(DATA / "beban/p95-terlewati.json")]) == 3
    assert capsys.readouterr().out == (
        "Gagal: uji beban: BEBAN-102 p95 GET /tarif: ditemukan 910 ms; dibutuhkan paling lama 800 ms.\n"
        "  Berikutnya: percepat titik itu, lalu dorong lagi; ambang hanya berubah lewat permohonan.\n"
    )


def test_a_result_says_by_what_it_was_judged() -> None:
    raw = (DATA / "keamanan_kode/bersih.json").read_bytes()
    shown = (
        GATES["keamanan_kode"]
        .judge_bytes(raw, {"schema": 1, "keamanan_kode": {"sedang": 2}}, GateContext())
        .as_dict()
    )
    assert shown["kelas"] == "diamati"
    assert shown["ambang"] == {"sedang": 2}
    assert shown["laporan_sha256"] == hashlib.sha256(raw).hexdigest()
    assert len(str(shown["konfigurasi_sha256"])) == 64
    team = GATES["fungsi"].judge_bytes((DATA / "fungsi/lulus.xml").read_bytes(), {}, GateContext())
    assert (team.class_, team.config_sha256) == ("dilaporkan", "")


def test_every_gate_but_packing_is_a_kind_of_test_and_the_rest_is_recorded_by_people() -> None:
    assert set(GATES) - set(KINDS) == {"kemas"}
    assert set(KINDS) - set(GATES) == {"kegunaan", "pentest", "tinjauan"}


def test_threshold_moves_the_verdict() -> None:
    raw = (DATA / "beban/lulus.json").read_bytes()
    stricter = json.loads(json.dumps(AMBANG))
    stricter["beban"]["titik"][0]["p95_ms"] = 419
    assert GATES["beban"].judge_bytes(raw, AMBANG, GateContext()).verdict == "lulus"
    assert GATES["beban"].judge_bytes(raw, stricter, GateContext()).verdict == "gagal"


def test_counts_hold_no_float_and_are_stable() -> None:
    raw = (DATA / "beban/galat.json").read_bytes()
    first, second = (GATES["beban"].judge_bytes(raw, AMBANG, GateContext()) for _ in range(2))
    assert first.as_dict() == second.as_dict()
    assert all(type(value) in (int, str) for value in first.counts.values())
    assert first.counts["galat_persen"] == "2"
    assert first.counts["p95_ms"] == 420


@pytest.mark.parametrize(
    ("histogram", "share", "expected"),
    [(((10, 95), (20, 5)), 95, 10), (((10, 94), (20, 6)), 95, 20), (((7, 1),), 99, 7), ((), 95, 0)],
)
def test_percentile_is_the_least_time_that_the_share_did_not_exceed(
    histogram: tuple[tuple[int, int], ...], share: int, expected: int
) -> None:
    row = Row("a", "GET", 0, 0, 0, histogram, 0.0, 0.0)
    assert row.percentile(share) == expected


def test_findings_in_two_reports_count_together() -> None:
    raw = (DATA / "keamanan_kode/shell-true.json").read_bytes()
    one = {"schema": 1, "keamanan_kode": {"tinggi": 1}}
    assert GATES["keamanan_kode"].judge_many([raw], one, GateContext()).verdict == "lulus"
    assert GATES["keamanan_kode"].judge_many([raw, raw], one, GateContext()).verdict == "gagal"


def test_unset_thresholds_still_refuse_from_sedang_up() -> None:
    raw = (DATA / "keamanan_aplikasi/wapiti-xss.json").read_bytes()
    result = GATES["keamanan_aplikasi"].judge_bytes(raw, {}, GateContext())
    assert result.verdict == "gagal"
    assert result.counts["sedang"] == 1


@pytest.mark.parametrize(
    "thresholds",
    [
        {"schema": 2},
        {"keamanan_kode": {}},
        {"schema": 1, "keamanan_kode": {"tinggii": 3}},
        {"schema": 1, "keamanan_kode": {"tinggi": -1}},
        {"schema": 1, "keamanan_kode": {"tinggi": True}},
        {"schema": 1, "keamanan_kode": {"tinggi": "0"}},
        {"schema": 1, "keamanan_kode": []},
    ],
)
def test_bad_thresholds_are_an_error_never_a_pass(thresholds: dict[str, Any]) -> None:
    raw = (DATA / "keamanan_kode/bersih.json").read_bytes()
    with pytest.raises(ReportError):
        GATES["keamanan_kode"].judge_bytes(raw, thresholds, GateContext())


def test_receipts_are_compared_with_what_the_caller_knows() -> None:
    raw = (DATA / "kemas/lulus.json").read_bytes()
    good = GateContext(commit="a" * 40, tree="b" * 40, package_sha256="c" * 64)
    assert GATES["kemas"].judge_bytes(raw, {}, good).verdict == "lulus"
    for wrong in (
        good._replace(commit="d" * 40),
        good._replace(tree="d" * 40),
        good._replace(package_sha256="d" * 64),
    ):
        result = GATES["kemas"].judge_bytes(raw, {}, wrong)
        assert [reason.code for reason in result.reasons] == ["SUBJEK-101"]
    installed = (DATA / "instalasi/lulus.json").read_bytes()
    assert GATES["instalasi"].judge_bytes(installed, {}, good).verdict == "lulus"
    other = GATES["instalasi"].judge_bytes(installed, {}, good._replace(package_sha256="d" * 64))
    assert [reason.code for reason in other.reasons] == ["INSTAL-102"]


def test_missing_report_is_not_a_crash_and_not_a_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fungsi", "--laporan", str(tmp_path / "tidak-ada.xml")]) == 3
    assert capsys.readouterr().out.startswith("Tidak dapat dinilai: uji fungsi: BUKTI-101 ")


def test_only_a_test_that_need_not_be_there_may_be_left_out_with_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = ["--laporan", str(tmp_path / "x.xml"), "--bila-ada", str(tmp_path / "uji")]
    assert main(["unit", *absent]) == 0
    assert "tidak ada yang dinilai" in capsys.readouterr().out
    for gate in sorted({*GATES} - {"unit", "sistem"}):
        with pytest.raises(SystemExit) as stop:
            main([gate, *absent])
        assert stop.value.code == 2, gate
    (tmp_path / "uji").mkdir()
    assert main(["unit", *absent]) == 3  # the folder is there: then a report has to be, too
    (tmp_path / "uji").rmdir()
    (tmp_path / "x.xml").write_bytes((DATA / "fungsi/satu-gagal.xml").read_bytes())
    assert main(["unit", *absent]) == 3  # a report without its folder is judged all the same


def test_missing_thresholds_file_is_unreadable(tmp_path: Path) -> None:
    arguments = [
        "fungsi",
        "--laporan",
        str(DATA / "fungsi/lulus.xml"),
        "--ambang",
        str(tmp_path / "tidak-ada"),
    ]
    assert main(arguments) == 6


def test_unknown_test_is_wrong_use() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["nyali", "--laporan", "x"])
    assert stop.value.code == 2
    assert find_gate("nyali") is None


def test_format_of_another_gate_is_refused() -> None:
    with pytest.raises(ReportError):
        GATES["beban"].judge_bytes((DATA / "fungsi/lulus.xml").read_bytes(), AMBANG, GateContext())


def test_formats_are_told_apart_by_content() -> None:
    names = {
        "fungsi/lulus.xml": "junit",
        "keamanan_kode/bersih.json": "bandit",
        "keamanan_kode/semgrep-bersih.json": "semgrep",
        "keamanan_kode/sarif-bersih.json": "sarif",
        "keamanan_kode/gitlab-sast.json": "gitlab-sast",
        "keamanan_kode/kumpulan-bersih.json": "keamanan-kode",
        "keamanan_aplikasi/gitlab-dast-bersih.json": "gitlab-dast",
        "rahasia/bersih.json": "pohon",
        "rahasia/detect-secrets.json": "detect-secrets",
        "keamanan_aplikasi/wapiti-bersih.json": "wapiti",
        "keamanan_aplikasi/zap-bersih.json": "zap-json",
        "keamanan_aplikasi/zap-bersih.xml": "zap-xml",
        "beban/lulus.json": "beban",
        "kemas/lulus.json": "kemas",
        "instalasi/lulus.json": "instalasi",
        "dependensi/pip-audit-bersih.json": "pip-audit",
        "uat/lulus.yml": "uat",
    }
    assert {name: readers.detect((DATA / name).read_bytes()) for name in names} == names
    assert set(names.values()) == set(readers.FORMATS)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": "\\ud800"}',
        b"[1]",
        b"\xff{}",
        b'{"a": ' + b"9" * 30 + b"}",
        b'{"a": -Infinity}',
        b'{"' + b'\\"' * 200_000,  # an open string full of escapes: linear, then refused
    ],
)
def test_hostile_json_is_refused(raw: bytes) -> None:
    with pytest.raises(ReportError):
        strict.json_object(raw)


def test_work_of_json_and_xml_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict, "MAX_TOKENS", 100)
    monkeypatch.setattr(strict, "MAX_ELEMENTS", 100)
    with pytest.raises(ReportError, match="token"):
        strict.json_object(b'{"a": [' + b"1," * 200 + b"1]}")
    with pytest.raises(ReportError, match="elemen"):
        strict.xml_stream(b"<a>" + b"<b/>" * 200 + b"</a>", strict.XmlEvents())
    monkeypatch.setattr(strict, "MAX_BYTES", 10)
    with pytest.raises(ReportError, match="byte"):
        strict.json_object(b'{"a": 12345678}')


def test_bandit_rule_wins_over_cwe_and_unmapped_findings_keep_a_group() -> None:
    assert bssn.group_of(78, "B602") == "d validasi_input"
    assert bssn.group_of(79, None) == "d validasi_input"
    assert bssn.group_of(94, "B201") == "m konfigurasi"
    assert bssn.group_of(99999, None) == bssn.OTHER


def test_fingerprint_survives_a_moved_line() -> None:
    one = Finding("tinggi", 78, "d", "a.py:5", "bandit", "B602", "teks")
    assert one.fingerprint == one._replace(place="a.py:9").fingerprint
    assert one.fingerprint != one._replace(place="b.py:5").fingerprint


def test_languages_are_read_from_names_alone() -> None:
    assert languages(["a.py", "web/index.PHP", "x.tsx", "README", "a.b/Makefile", "run.sh"]) == {
        "PHP": 1,
        "Python": 1,
        "TypeScript": 1,
    }


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("section_start:1:x", "section\\_start:1:x"),
        ("::set-output name=a::b", ":\\:set-output name=a::b"),
        ("a\x1b[31mb\u202ec\r", "a\\u001b[31mb\\u202ec\\u000d"),
        ("biasa: 12 ≤ 13\n", "biasa: 12 ≤ 13\n"),
    ],
)
def test_what_others_wrote_cannot_command_the_runner(raw: str, shown: str) -> None:
    assert escape(raw) == shown


def test_numbers_are_written_as_read_here() -> None:
    assert angka(Fraction(1, 5)) == "0,2"
    assert decimal_text(Fraction(1999, 1000)) == "2"
    assert decimal_text(Fraction(-1, 3)) == "-0.33"


def test_judging_imports_nothing_heavy() -> None:
    code = "import sys, kawal_checks.__main__; print(*(m for m in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {
        "pydantic",
        "click",
        "urllib.request",
        "dataclasses",
        "subprocess",
        "yaml",
        "kawal",
        "cryptography",
    }
    assert not heavy & set(loaded)
