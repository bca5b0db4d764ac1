"""Which bytes of a tool ran: measured where it is started, carried in the report, said to be unknown where nobody measured."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from kawal_checks.__main__ import main
from kawal_checks.gates import GATES, GateContext
from kawal_checks.jobs.ukur import behind, digest_of, sidecar
from kawal_checks.model import ReportError, Result
from kawal_load.alat import tool_digest

DATA = Path(__file__).parents[1] / "data" / "checks"
SPEC = find_spec("bandit")
assert SPEC is not None
assert SPEC.origin is not None
BANDIT = Path(SPEC.origin).parent


def judged(uji: str, raw: bytes) -> Result:
    return GATES[uji].judge_bytes(raw, {}, GateContext())


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A tool in a virtual environment, as PA's runner has it: `bin/pindai` and its package."""
    folder = tmp_path / "alat/lib/python3.11/site-packages/pindai"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("BENAR = True\n", "utf-8")
    (folder.parent / "pindai_alat-1.4.dist-info").mkdir()
    (folder.parent / "pindai_alat-1.4.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: pindai-alat\nVersion: 1.4\n", "utf-8"
    )
    (tmp_path / "alat/bin").mkdir()
    (tmp_path / "alat/bin/pindai").write_text("#!/bin/sh\n", "utf-8")
    return folder


def test_the_same_files_elsewhere_have_the_same_digest(package: Path, tmp_path: Path) -> None:
    shutil.copytree(package, tmp_path / "lain")
    (tmp_path / "lain/__pycache__").mkdir()
    (tmp_path / "lain/__pycache__/x.cpython-311.pyc").write_bytes(b"disusun di mesin ini")
    assert digest_of(tmp_path / "lain") == digest_of(package)


def test_a_changed_an_added_and_a_renamed_file_each_give_another(package: Path) -> None:
    seen = {digest_of(package)}
    (package / "__init__.py").write_text("BENAR = False\n", "utf-8")
    seen.add(digest_of(package))
    (package / "sisipan.py").write_text("", "utf-8")
    seen.add(digest_of(package))
    (package / "sisipan.py").rename(package / "sisipan2.py")
    seen.add(digest_of(package))
    assert len(seen) == 4


def test_behind_a_command_is_the_package_of_its_environment_not_the_little_script(package: Path) -> None:
    program = package.parents[3] / "bin/pindai"
    tool = behind(program, "pindai", "pindai-alat", "pindai")
    assert tool == ("pindai", "1.4", digest_of(package))


def test_a_command_in_no_environment_is_measured_itself(package: Path) -> None:
    program = package.parents[3] / "bin/pindai"
    shutil.rmtree(package)
    tool = behind(program, "pindai", "pindai-alat", "pindai")
    assert (tool.version, len(tool.sha256)) == ("", 64)


def test_load_and_code_scanner_are_measured_alike() -> None:
    assert tool_digest("bandit") == digest_of(BANDIT)


def test_the_digest_goes_from_the_scan_to_the_result(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", "utf-8")
    report, whole = tmp_path / "bandit.json", tmp_path / "keamanan-kode.json"
    assert main(["jalankan-bandit", "--sumber", str(tmp_path), "--keluar", str(report)]) == 0
    words = ["satukan", "--dari", str(report), "--sumber", str(tmp_path), "--keluar", str(whole)]
    assert main(words) == 0
    result = judged("keamanan_kode", whole.read_bytes())
    assert (result.verdict, result.tool, result.version) == ("lulus", "bandit", version("bandit"))
    assert result.as_dict()["alat_sha256"] == {"bandit": digest_of(BANDIT)}


def test_a_measure_that_the_team_committed_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing for Semgrep here: a measure beside the report would be the team's word. A link there must not be written through."""
    (tmp_path / "laporan").mkdir()
    report = tmp_path / "laporan/semgrep.json"
    sidecar(report).write_text(json.dumps({"alat": [{"nama": "semgrep", "versi": "9", "sha256": "0" * 64}]}))
    outside = tmp_path.parent / f"{tmp_path.name}-luar"
    outside.write_text("utuh", "utf-8")
    sidecar(report).with_name(sidecar(report).name + ".sebagian").symlink_to(outside)
    monkeypatch.chdir(tmp_path)
    assert main(["jalankan-semgrep", "--sumber", str(tmp_path), "--keluar", "laporan/semgrep.json"]) == 0
    assert list((tmp_path / "laporan").iterdir()) == []
    assert outside.read_text("utf-8") == "utuh"


def test_wapiti_gets_its_measure_into_its_own_report(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package.rename(package.with_name("wapitiCore"))
    command = package.parents[3] / "bin/pindai"
    command.rename(command.with_name("wapiti")).chmod(0o755)
    monkeypatch.setenv("PATH", str(command.parent))
    report = tmp_path / "dast.json"
    words = ["ukur-alat", "--alat", "wapiti", "--di", str(report)]
    assert main(words) == 0
    assert "tidak diukur" in capsys.readouterr().out
    shutil.copyfile(DATA / "keamanan_aplikasi/wapiti-bersih.json", report)
    before = judged("keamanan_aplikasi", report.read_bytes())
    assert main(words) == 0
    after = judged("keamanan_aplikasi", report.read_bytes())
    assert (before.tools, after.tools) == (
        {"wapiti": None},
        {"wapiti": digest_of(package.with_name("wapitiCore"))},
    )
    assert (before.verdict, before.findings, before.version) == (after.verdict, after.findings, after.version)


@pytest.mark.parametrize(
    ("uji", "report", "tools"),
    [
        ("fungsi", "fungsi/lulus.xml", {"junit": None}),
        ("keamanan_kode", "keamanan_kode/semgrep-bersih.json", {"semgrep": None}),
        ("keamanan_aplikasi", "keamanan_aplikasi/zap-bersih.json", {"zap": None}),
    ],
)
def test_a_report_from_elsewhere_says_that_nobody_measured(
    uji: str, report: str, tools: dict[str, None]
) -> None:
    assert judged(uji, (DATA / report).read_bytes()).as_dict()["alat_sha256"] == tools


@pytest.mark.parametrize("sha256", ["", "ABC", "0" * 63, "Ａ" * 64])
def test_a_measure_that_is_no_digest_is_unreadable(sha256: str) -> None:
    tools = [{"nama": "bandit", "versi": "1", "sha256": sha256}]
    raw = json.dumps({"schema": 1, "laporan": [], "pembungkam": [], "alat": tools}).encode()
    with pytest.raises(ReportError, match="sha256"):
        judged("keamanan_kode", raw)
