"""What the stock tools call a success when they tested nothing: every row must block here, by its gate and exit code.

The rows are those of the team's survey of vacuous passes; beside each stands what the tool itself exits with.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from kawal_checks.__main__ import main

DATA = Path(__file__).parents[1] / "data/checks"


class Row(NamedTuple):
    situation: str
    tool_exit: int
    gate: str
    report: str | None  # None: the tool left none
    verdict: str


NOT, BAD = "tidak_dapat_dinilai", "gagal"
ROWS = (
    Row("Locust: no request was sent", 0, "beban", "beban/nol-permintaan.json", NOT),
    Row("Locust: without a host, or -u 0: no request either", 0, "beban", "beban/nol-permintaan.json", NOT),
    Row("Locust: users that stop in on_start", 0, "beban", "beban/titik-wajib-tidak-diuji.json", NOT),
    Row("Locust: stopped after a second", 0, "beban", "beban/satu-detik.json", NOT),
    Row("Locust: the only worker died", 0, "beban", "beban/pekerja-hilang.json", NOT),
    Row("Locust: fewer users than asked", 0, "beban", "beban/pengguna-kurang.json", NOT),
    Row("Locust: tasks raised, ratio passes", 0, "beban", "beban/pengecualian.json", NOT),
    Row("Locust: another target", 0, "beban", "beban/sasaran-lain.json", NOT),
    Row("Bandit: file with a syntax error", 0, "keamanan-kode", "keamanan_kode/salah-sintaks.json", NOT),
    Row("Bandit: empty or missing folder", 0, "keamanan-kode", "keamanan_kode/nol-baris.json", NOT),
    Row("Bandit: a tree of PHP alone", 0, "keamanan-kode", "keamanan_kode/pohon-php.json", NOT),
    Row("Bandit: nosec and .bandit", 0, "keamanan-kode", "keamanan_kode/dibungkam.json", NOT),
    Row("Semgrep: nothing scanned", 0, "keamanan-kode", "keamanan_kode/semgrep-nol-berkas.json", NOT),
    Row(
        "Semgrep: syntax error in a file", 0, "keamanan-kode", "keamanan_kode/semgrep-salah-sintaks.json", NOT
    ),
    Row("Semgrep: file over the size limit", 0, "keamanan-kode", "keamanan_kode/semgrep-dilewati.json", NOT),
    Row("Semgrep: nosemgrep in the code", 0, "keamanan-kode", "keamanan_kode/semgrep-nosem.json", NOT),
    Row("Semgrep: crashed at import", 1, "keamanan-kode", None, NOT),
    Row("SARIF: the tool says it failed", 0, "keamanan-kode", "keamanan_kode/sarif-gagal-jalan.json", NOT),
    Row(
        "Semgrep: rules of another language", 0, "keamanan-kode", "keamanan_kode/semgrep-nol-berkas.json", NOT
    ),
    Row("A combined report of no scanner", 0, "keamanan-kode", "keamanan_kode/kumpulan-kosong.json", NOT),
    Row("Wapiti: target dead", 0, "keamanan-aplikasi", "keamanan_aplikasi/wapiti-sasaran-mati.json", NOT),
    Row("Wapiti: has findings", 0, "keamanan-aplikasi", "keamanan_aplikasi/wapiti-xss.json", BAD),
    Row("Wapiti: another target", 0, "keamanan-aplikasi", "keamanan_aplikasi/wapiti-sasaran-lain.json", NOT),
    Row("ZAP: spider found nothing", 0, "keamanan-aplikasi", "keamanan_aplikasi/zap-tanpa-situs.json", NOT),
    Row(
        "DAST of GitLab: no page",
        0,
        "keamanan-aplikasi",
        "keamanan_aplikasi/gitlab-dast-nol-halaman.json",
        NOT,
    ),
    Row("JUnit: failures, script exited 0", 0, "fungsi", "fungsi/satu-gagal.xml", BAD),
    Row("JUnit: no test collected", 5, "fungsi", "fungsi/tanpa-tes.xml", NOT),
    Row("JUnit: everything skipped", 0, "fungsi", "fungsi/semua-dilewati.xml", NOT),
    Row("JUnit: no report at all", 0, "integrasi", None, NOT),
    Row("pip-audit: packages it could not audit", 0, "dependensi", "dependensi/pip-audit-dilewati.json", NOT),
    Row("pip-audit: no package", 0, "dependensi", "dependensi/pip-audit-kosong.json", NOT),
    Row("uat.yml without a scenario", 0, "uat", "uat/kosong.yml", NOT),
    Row("Secrets: nothing read", 0, "rahasia", "rahasia/nol-berkas.json", NOT),
    Row("detect-secrets: no file named", 0, "rahasia", "rahasia/detect-secrets-kosong.json", NOT),
)


@pytest.mark.parametrize("row", ROWS, ids=[row.situation for row in ROWS])
def test_a_run_that_tested_nothing_never_passes(
    row: Row, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = DATA / row.report if row.report else tmp_path / "tidak-ada.json"
    arguments = [row.gate, "--laporan", str(report), "--keluaran", "json"]
    expected = report.with_name(report.name + ".harap.json")
    wanted = json.loads(expected.read_text("utf-8")) if expected.is_file() else {}
    if "ambang" in wanted:
        (tmp_path / "ambang.json").write_text(json.dumps(wanted["ambang"]))
        arguments += ["--ambang", str(tmp_path / "ambang.json")]
    if "sasaran" in wanted:
        arguments += ["--sasaran", wanted["sasaran"]]
    if "berkas" in wanted:
        for name in wanted["berkas"]:
            (tmp_path / "pohon" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "pohon" / name).write_text("")
        arguments += ["--sumber", str(tmp_path / "pohon")]
    assert main(arguments) == 3
    assert json.loads(capsys.readouterr().out)["status"] == row.verdict


def test_an_empty_pipeline_cannot_be_read(tmp_path: Path) -> None:
    """check-jsonschema accepts `{}`; a pipeline without jobs is nothing to judge."""
    (tmp_path / "p.yml").write_text("{}\n")
    assert main(["lint", str(tmp_path / "p.yml")]) == 6


def test_a_gate_that_github_may_skip_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A required check whose job was skipped by `if:` counts as success on GitHub: only the linter can see it."""
    text = (DATA.parents[2] / "pipeline-templates/github/kawal.yml").read_text("utf-8")
    head, gate, rest = text.partition("\n  gerbang:\n")
    condition = next(line for line in rest.splitlines() if line.startswith("    if:"))
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    skipping = rest.replace(condition, "    if: github.actor != 'x'", 1)
    (folder / "kawal.yml").write_text(head + gate + skipping, "utf-8")
    assert main(["lint", str(folder / "kawal.yml")]) == 3
    assert "gerbang-dapat-dilewati" in capsys.readouterr().out


def test_a_pipeline_whose_jobs_never_ran_is_no_evidence() -> None:
    """gitlab-ci-local exits 0 when no job matched: kawal asks for each declared job by name, and a missing one is a refusal."""
    from kawal.services.collect import Row as Collected
    from kawal.services.collect import _row_data

    assert (
        _row_data(Collected("beban", "beban", None, False, "job tidak ada di pipeline #7"))["status"] == NOT
    )
