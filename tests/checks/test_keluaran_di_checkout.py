"""Outputs in a checkout that the team filled: what is committed at a report's place neither passes for it nor leads elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from kawal_checks.__main__ import main
from kawal_checks.jobs import run_job
from kawal_load.__main__ import main as load

OUTSIDE = "milik runner PA\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job's folder with one commit, as working folder; `luar` beside it belongs to the runner."""
    luar, tree = tmp_path / "luar", tmp_path / "pohon"
    luar.mkdir()
    (luar / "profil").write_text(OUTSIDE, "utf-8")
    tree.mkdir()
    (tree / "a.txt").write_text("isi\n", "utf-8")
    monkeypatch.chdir(tree)
    return tree


def inspect() -> int:
    return run_job(["periksa-pohon", "--sumber", ".", "--keluar", "laporan/pohon.json"], {})


def report(tree: Path) -> dict[str, object]:
    value: dict[str, object] = json.loads((tree / "laporan/pohon.json").read_text("utf-8"))
    return value


def test_a_linked_folder_is_cut_before_the_report_is_written(checkout: Path) -> None:
    (checkout / "laporan").symlink_to("../luar")
    assert inspect() == 0
    assert not (checkout / "laporan").is_symlink()
    assert report(checkout)["berkas"] == 1
    assert sorted(path.name for path in (checkout / "../luar").iterdir()) == ["profil"]


@pytest.mark.parametrize("name", ["pohon.json", "pohon.json.sebagian"])
def test_a_linked_report_is_not_written_through(name: str, checkout: Path) -> None:
    (checkout / "laporan").mkdir()
    (checkout / "laporan" / name).symlink_to("../../luar/profil")
    assert inspect() == 0
    assert (checkout / "../luar/profil").read_text("utf-8") == OUTSIDE
    assert report(checkout)["schema"] == 1


@pytest.mark.parametrize("name", ["pohon.json", "pohon.json.sebagian"])
def test_a_folder_at_the_reports_place_stays_and_stops_the_job(name: str, checkout: Path) -> None:
    (checkout / "laporan" / name / "dalam").mkdir(parents=True)
    assert inspect() == 6
    assert (checkout / "laporan" / name / "dalam").is_dir()


def test_what_a_gate_saves_beside_its_verdict_goes_through_no_link(checkout: Path) -> None:
    assert inspect() == 0
    (checkout / "laporan/rahasia.xml").symlink_to("../../luar/profil")
    words = ["rahasia", "--laporan", "laporan/pohon.json", "--simpan", "junit=laporan/rahasia.xml"]
    assert main(words) == 0
    assert (checkout / "../luar/profil").read_text("utf-8") == OUTSIDE
    assert "<testsuite" in (checkout / "laporan/rahasia.xml").read_text("utf-8")


def test_packing_does_not_write_through_a_committed_link(checkout: Path) -> None:
    (checkout / "paket.tar").symlink_to("../luar/profil")
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    identity = ["-c", "user.name=Pengembang", "-c", "user.email=p@contoh.go.id"]
    for words in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "awal"]):
        subprocess.run(["git", *words], cwd=checkout, env=environ, check=True)
    pack = ["kemas", "--sumber", ".", "--berkas", "paket.tar", "--keluar", "laporan/kemas.json"]
    assert run_job(pack, {}) == 0
    assert (checkout / "../luar/profil").read_text("utf-8") == OUTSIDE
    assert (checkout / "paket.tar").stat().st_size == json.loads(Path("laporan/kemas.json").read_text())[
        "ukuran"
    ]


def test_the_load_report_goes_through_no_linked_folder(checkout: Path) -> None:
    (checkout / "laporan").symlink_to("../luar")
    words = ["--url", "http://127.0.0.1:9", "--skenario", "load.yml", "--ambang", "{}", "--keluar"]
    assert load([*words, "laporan/beban.json"]) == 6  # there is no scenario here
    assert (checkout / "laporan").is_dir()
    assert not (checkout / "laporan").is_symlink()
