"""kawal.yml as its reader sees it: where each value came from, which folder of profiles counts, and what is refused before any request."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from kawal.cli.common import Surroundings
from kawal.cli.main import run
from kawal.sop.loader import BUILTIN

FILE = """schema: 1
instansi: diskominfo
profil: kabku
profil_dir: profil
forge: {url: https://git.contoh.go.id}
grup: aplikasi-opd
runner_pa: [2]
"""


def kawal(folder: Path, *words: str, **environ: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command line in `folder`, without a terminal."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(words), Surroundings({"KAWAL_TANPA_TANYA": "1", **environ}, folder, False))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with kawal.yml, whose SOP does not come with kawal."""
    (tmp_path / "kawal.yml").write_text(FILE, "utf-8")
    (tmp_path / "profil").mkdir()
    own = (BUILTIN / "bali.yml").read_text("utf-8").replace("id: bali\n", "id: kabku\n")
    (tmp_path / "profil" / "kabku.yml").write_text(own, "utf-8")
    return tmp_path


# --- profil_dir -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("profil", "daftar"),
        ("profil", "lihat", "kabku"),
        ("profil", "gambar", "kabku"),
        ("profil", "gambar", "--semua", "gambar"),
        ("permohonan", "formulir", "--profil", "kabku"),
    ],
)
def test_profiles_of_the_folder_in_kawal_yml_are_known_without_saying_so_again(
    office: Path, words: tuple[str, ...]
) -> None:
    code, out, err = kawal(office, *words)

    assert (code, err) == (0, "")
    assert "kabku" in out or (office / "gambar" / "kabku.svg").exists() or "Bali" in out


def test_the_folder_said_on_the_command_line_wins(office: Path) -> None:
    (office / "lain").mkdir()

    code, _, err = kawal(office, "profil", "lihat", "kabku", "--profil-dir", "lain")

    assert code == 6
    assert "profil 'kabku' tidak dikenal" in err


def test_several_authorities_share_the_folder(office: Path) -> None:
    one = "{{instansi: {0}, profil: kabku, grup: {0}}}"
    (office / "kawal.yml").write_text(
        "schema: 1\nforge: {url: https://git.contoh.go.id}\nprofil_dir: profil\notoritas:\n"
        f"  satu: {one.format('satu')}\n  dua: {one.format('dua')}\n",
        "utf-8",
    )

    assert kawal(office, "profil", "lihat", "kabku")[0] == 0


def test_without_kawal_yml_there_are_the_profiles_of_kawal(tmp_path: Path) -> None:
    code, out, _ = kawal(tmp_path, "profil", "daftar")

    assert code == 0
    assert "kabku" not in out


def test_mulai_takes_a_folder_of_profiles_and_the_office_works_by_it(tmp_path: Path, office: Path) -> None:
    home = tmp_path / "kantor"
    home.mkdir()
    shutil.copytree(office / "profil", home / "profil")
    words = ["--forge-url", "https://git.contoh.go.id", "--grup", "aplikasi-opd", "--instansi", "diskominfo"]

    code, _, err = kawal(home, "mulai", *words, "--profil", "kabku", "--profil-dir", "profil")

    assert (code, err) == (0, "")
    assert kawal(home, "permohonan", "formulir", "--profil", "kabku")[0] == 0
    assert "profil_dir                 profil" in kawal(home, "konfigurasi", "tampil")[1]


# --- what `mulai` refuses -------------------------------------------------------------------------------------------

ANSWERS = {
    "--forge-url": "https://git.contoh.go.id",
    "--grup": "aplikasi-opd",
    "--profil": "batam",
    "--instansi": "diskominfo",
}


def answered(**other: str) -> list[str]:
    given = ANSWERS | {f"--{key.replace('_', '-')}": value for key, value in other.items()}
    return [word for pair in given.items() for word in pair]


@pytest.mark.parametrize(
    ("option", "value", "place", "needed"),
    [
        (
            "forge_url",
            "foo",
            "jawaban untuk kawal.yml:7:8: forge.url: ditemukan 'foo'",
            "alamat lengkap, misalnya https://",
        ),
        ("forge_url", "https://", "jawaban untuk kawal.yml:7:8: forge.url:", "alamat lengkap"),
        (
            "forge_url",
            "https://git.contoh.go.id:banyak",
            "jawaban untuk kawal.yml:7:8: forge.url:",
            "alamat lengkap",
        ),
        ("grup", "a b", "jawaban untuk kawal.yml:8:7: grup: ditemukan 'a b'", "jalur grup di forge"),
        (
            "instansi",
            "X Y",
            "jawaban untuk kawal.yml:3:11: instansi: ditemukan 'X Y'",
            "huruf kecil, angka, tanda hubung",
        ),
        ("instansi", "a: b", "jawaban untuk kawal.yml:3:", ""),
    ],
)
def test_an_answer_that_cannot_work_is_refused_before_anything_is_written(
    tmp_path: Path, option: str, value: str, place: str, needed: str
) -> None:
    code, _, err = kawal(tmp_path, "mulai", *answered(**{option: value}))

    assert code == 6
    assert place in err
    assert needed in err
    assert list(tmp_path.iterdir()) == []


def test_all_wrong_answers_are_named_at_once(tmp_path: Path) -> None:
    _, _, err = kawal(tmp_path, "mulai", *answered(forge_url="foo", grup="a b", instansi="X Y"))

    assert "3 masalah" in err


@pytest.mark.parametrize("missing", ANSWERS)
def test_without_a_terminal_no_example_becomes_a_setting(tmp_path: Path, missing: str) -> None:
    words = [word for key, value in ANSWERS.items() if key != missing for word in (key, value)]

    code, _, err = kawal(tmp_path, "mulai", *words)

    assert code == 2
    assert f"sebut {missing}." in err
    assert list(tmp_path.iterdir()) == []


def test_github_has_an_address_that_need_not_be_said(tmp_path: Path) -> None:
    words = [word for key, value in ANSWERS.items() if key != "--forge-url" for word in (key, value)]

    assert kawal(tmp_path, "mulai", "--jenis", "github", *words)[0] == 0


@pytest.mark.parametrize("address", ["bukan-url", "ftp://git.contoh.go.id", "https://git contoh"])
def test_an_address_in_the_environment_that_is_none_is_refused_without_asking_it(
    office: Path, address: str
) -> None:
    code, out, err = kawal(office, "dokter", KAWAL_FORGE_URL=address, KAWAL_TOKEN="t")

    assert (code, out) == (6, "")
    assert "KONF-008 KAWAL_FORGE_URL bukan alamat forge" in err
    assert f"ditemukan:  {address}" in err


# --- where a value came from ----------------------------------------------------------------------------------------


def settings(folder: Path, **environ: str) -> dict[str, Any]:
    code, out, _ = kawal(folder, "konfigurasi", "tampil", "--asal", "--keluaran", "json", **environ)
    assert code == 0
    found: dict[str, Any] = json.loads(out)["data"]["pengaturan"]
    return found


def test_each_value_names_its_line_its_variable_or_that_nobody_said_it(office: Path) -> None:
    file = office / "kawal.yml"

    shown = settings(office, KAWAL_FORGE="github", GH_TOKEN="t")

    assert {key: one["asal"] for key, one in shown.items()} == {
        "schema": f"{file}:1",
        "instansi": f"{file}:2",
        "profil": f"{file}:3",
        "profil_dir": f"{file}:4",
        "forge.jenis": "KAWAL_FORGE",
        "forge.url": f"{file}:5",
        "forge.batas_per_jam": "-",
        "forge.perlindungan": "bawaan",
        "grup": f"{file}:6",
        "grup_pa": "bawaan",
        "data": "bawaan",
        "kebijakan": "-",
        "pintu": "-",
        "target.uji": "-",
        "target.produksi": "-",
        "runner_pa": f"{file}:7",
        "kalender": "-",
        "token": "GH_TOKEN",
        "batas_waktu": "bawaan",
    }


def test_a_time_limit_from_the_environment_is_called_so(office: Path) -> None:
    assert settings(office, KAWAL_BATAS_WAKTU="5")["batas_waktu"] == {
        "nilai": 5.0,
        "asal": "KAWAL_BATAS_WAKTU",
    }


def test_of_several_authorities_the_own_line_counts_before_the_shared_one(office: Path) -> None:
    file = office / "kawal.yml"
    file.write_text(
        "schema: 1\nforge: {url: https://git.contoh.go.id}\ngrup_pa: pa\nrunner_pa: [1]\notoritas:\n"
        "  satu:\n    instansi: satu\n    profil: batam\n    grup: satu\n    runner_pa: [2, 3]\n",
        "utf-8",
    )

    shown = settings(office)

    assert shown["runner_pa"] == {"nilai": [2, 3], "asal": f"{file}:10"}
    assert shown["grup_pa"]["asal"] == f"{file}:3"
    assert shown["data"] == {"nilai": "data/satu", "asal": "bawaan"}


def test_people_see_dashes_and_lists_not_the_spelling_of_python(office: Path) -> None:
    _, out, _ = kawal(office, "konfigurasi", "tampil", "--asal")

    assert "None" not in out
    assert "runner_pa                  2   (" in out
    assert "batas_waktu                30   (bawaan)" in out
