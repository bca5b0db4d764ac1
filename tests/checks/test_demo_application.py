"""The demo application through the real tools: its own tests, Bandit, a planted flaw; Wapiti where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_application import SOURCE, running
from kawal_checks.__main__ import main


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy, so that nothing is written into the package."""
    ignore = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    return Path(shutil.copytree(SOURCE, tmp_path / "aplikasi", ignore=ignore))


def pytest_report(tree: Path, folder: str) -> Path:
    """What the template's job runs, in a process of its own."""
    report = tree / "laporan" / f"{folder}.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        f"uji/{folder}",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
    ]
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))}
    subprocess.run(command, cwd=tree, env=environ, capture_output=True, check=False, timeout=120)
    return report


@pytest.mark.parametrize(("folder", "least"), [("fungsi", 15), ("integrasi", 6)])
def test_own_tests_pass_the_gate(folder: str, least: int, tree: Path, tmp_path: Path) -> None:
    ambang = tmp_path / "ambang.json"
    ambang.write_text(f'{{"schema": 1, "{folder}": {{"min": {least}}}}}', "utf-8")
    report = pytest_report(tree, folder)
    assert main([folder, "--laporan", str(report), "--ambang", str(ambang)]) == 0


def test_a_broken_rule_fails_the_functional_gate(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = tree / "aplikasi/tarif.py"
    rules.write_text(rules.read_text("utf-8").replace("hari >= 30", "hari > 30"), "utf-8")
    assert main(["fungsi", "--laporan", str(pytest_report(tree, "fungsi"))]) == 3
    assert "test_30_hari_mendapat_potongan_sepuluh_persen" in capsys.readouterr().out


def test_removed_tests_cannot_be_judged(tree: Path) -> None:
    for path in (tree / "uji/fungsi").glob("test_*.py"):
        path.unlink()
    assert main(["fungsi", "--laporan", str(pytest_report(tree, "fungsi"))]) == 3


def scan(tree: Path) -> int:
    report = tree.parent / "bandit.json"
    assert main(["jalankan-bandit", "--sumber", str(tree), "--keluar", str(report)]) == 0
    return main(["keamanan-kode", "--laporan", str(report), "--sumber", str(tree)])


def test_bandit_finds_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan(tree) == 0
    assert "Bandit 0 kritis ≤ 0, 0 tinggi ≤ 0, 0 sedang ≤ 0" in capsys.readouterr().out


@pytest.mark.parametrize("suppression", ["", "  # nosec", "  # nosec B602"])
def test_planted_flaw_is_named_by_file_and_line(
    suppression: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / ".bandit").write_text("[bandit]\nskips: B602\nexclude: /aplikasi\n", "utf-8")
    (tree / "aplikasi/cetak.py").write_text(
        f'import subprocess\n\n\ndef cetak(nama: str) -> None:\n    subprocess.call("lp " + nama, shell=True){suppression}\n',
        "utf-8",
    )
    assert scan(tree) == 3
    assert "aplikasi/cetak.py:5 B602" in capsys.readouterr().out


def test_a_php_page_without_scanner_cannot_be_judged(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "cetak.php").write_text("<?php system($_GET['x']);\n", "utf-8")
    assert scan(tree) == 3
    assert "AMAN-103 bahasa PHP tanpa pemindai" in capsys.readouterr().out


@pytest.fixture
def application(tmp_path: Path) -> Iterator[str]:
    with running(tmp_path / "data") as url:
        yield url


@pytest.mark.skipif(
    not (os.environ.get("KAWAL_WAPITI") or shutil.which("wapiti")),
    reason="wapiti tidak terpasang: taruh di PATH atau sebut di KAWAL_WAPITI",
)
def test_wapiti_finds_nothing_on_the_running_application(
    application: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "wapiti.json"
    command = [
        os.environ.get("KAWAL_WAPITI") or "wapiti",
        "-u",
        f"{application}/",
        "-m",
        "csp,http_headers,xss",
        "-f",
        "json",
    ]
    for option in ("--store-session", "--store-config"):
        folder = tmp_path / option.strip("-")
        folder.mkdir()
        command += [option, str(folder)]
    command += ["--flush-session", "--max-scan-time", "30", "--no-bugreport", "-o", str(report)]
    subprocess.run(command, capture_output=True, check=True, timeout=90)
    assert main(["keamanan-aplikasi", "--laporan", str(report), "--sasaran", application]) == 0
    assert "0 sedang ≤ 0" in capsys.readouterr().out
