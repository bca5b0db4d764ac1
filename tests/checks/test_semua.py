"""`kawal-checks semua --lokal` over the demo application and over a copy with one flaw."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from demo_application import SOURCE
from kawal_checks.__main__ import main


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".ruff_cache")
    return Path(shutil.copytree(SOURCE, tmp_path / "pohon", ignore=ignore))


def test_the_demo_application_passes_everything_a_laptop_can_check(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "junit.xml"
    assert main(["semua", "--lokal", "--sumber", str(tree), "--simpan", f"junit={report}"]) == 0
    shown = capsys.readouterr()
    assert [line.split(":")[0] for line in shown.out.splitlines()] == ["Lulus"] * 7
    assert "[3/7] uji keamanan kode ... lulus" in shown.err
    assert "Hanya di pipeline: " in shown.err
    assert '<testsuite name="kawal" tests="7" failures="0" errors="0">' in report.read_text("utf-8")


def test_one_flaw_and_one_missing_test_folder_are_told_apart(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "aplikasi/cetak.py").write_text("def cetak(x: str) -> object:\n    return eval(x)\n", "utf-8")
    shutil.rmtree(tree / "uji/integrasi")
    assert main(["semua", "--lokal", "--sumber", str(tree), "--keluaran", "json"]) == 3
    found = {row["data"]["uji"]: row["status"] for row in json.loads(capsys.readouterr().out)}
    assert found["keamanan_kode"] == "gagal"
    assert found["integrasi"] == "tidak_dapat_dinilai"
    assert found["fungsi"] == "lulus"


@pytest.mark.skipif(shutil.which("node") is None, reason="node tidak terpasang")
def test_tests_of_a_node_application_are_run_by_node(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("unit", "fungsi"):
        (tmp_path / "uji" / name).mkdir(parents=True)
        script = "import test from 'node:test';\ntest('satu', () => {});\ntest('dua', () => {});\n"
        (tmp_path / "uji" / name / "hitung.test.mjs").write_text(script, "utf-8")
    assert main(["semua", "--lokal", "--sumber", str(tmp_path), "--keluaran", "json"]) == 3
    found = {row["data"]["uji"]: row for row in json.loads(capsys.readouterr().out)}
    assert {uji: found[uji]["data"]["angka"]["lulus"] for uji in ("unit", "fungsi")} == {
        "unit": 2,
        "fungsi": 2,
    }
    assert found["integrasi"]["status"] == "tidak_dapat_dinilai"
    assert "sistem" not in found
