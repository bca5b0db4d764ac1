"""`kawal-checks semua --lokal` over the demo application and over a copy with one flaw."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from demo_application import SOURCE
from kawal_checks.__main__ import main

DATA = Path(__file__).parents[1] / "data"


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


@pytest.fixture
def php_tree(tmp_path: Path) -> Path:
    """A small PHP application whose `vendor/bin/phpunit` is our stand-in: real PHP runs real tests, but it is not PHPUnit."""
    tree = tmp_path / "php"
    for name in ("fungsi", "integrasi"):
        (tree / "uji" / name).mkdir(parents=True)
    (tree / "vendor/bin").mkdir(parents=True)
    shutil.copyfile(DATA / "pengganti-phpunit.php", tree / "vendor/bin/phpunit")
    passing = "<?php\nclass HitungTest { function testJumlah() { if (1 + 1 !== 2) throw new Exception('salah'); } }\n"
    failing = "<?php\nclass TarifTest { function testTarif() { throw new Exception('tarif 0'); } }\n"
    (tree / "uji/fungsi/HitungTest.php").write_text(passing, "utf-8")
    (tree / "uji/integrasi/TarifTest.php").write_text(failing, "utf-8")
    return tree


@pytest.mark.skipif(shutil.which("php") is None, reason="php tidak terpasang")
def test_tests_of_a_php_application_are_run_by_its_phpunit_and_judged(
    php_tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["semua", "--lokal", "--sumber", str(php_tree), "--keluaran", "json"]) == 3
    found = {row["data"]["uji"]: row for row in json.loads(capsys.readouterr().out)}
    assert (found["fungsi"]["status"], found["fungsi"]["data"]["ringkasan"]) == (
        "lulus",
        "1 dari 1 tes lulus",
    )
    assert found["integrasi"]["status"] == "gagal"
    assert found["integrasi"]["temuan"][0]["kode"] == "INTEG-102"
    assert "testTarif" in found["integrasi"]["temuan"][0]["ditemukan"]


def test_without_php_it_says_so_and_cannot_judge(
    php_tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "kosong"))
    assert main(["semua", "--lokal", "--sumber", str(php_tree)]) == 3
    shown = capsys.readouterr()
    assert "uji fungsi ... php tidak terpasang; tidak dapat dinilai" in shown.err
    assert "Tidak dapat dinilai: uji fungsi: BUKTI-101" in shown.out
