"""Bad input: a clear message with the place or the address, the right exit code, and a ledger as it was before."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kantor import Kantor, Said

BAD_REQUESTS = Path(__file__).parents[1] / "data" / "permohonan_buruk"
APPROVED, ASKED = "surat-satu", "surat-dua"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def letters(kantor: Kantor) -> Path:
    """Two applications: one approved by letter 050/…, one only asked for. The folder with a folder of letters for each."""
    kantor.approved(APPROVED, "--tunda-penyiapan")
    kantor.requested(ASKED)
    return kantor.stage.letters


@pytest.mark.parametrize("name", sorted(path.stem for path in BAD_REQUESTS.glob("*.yml")))
def test_a_bad_request_is_named_where_it_stands(kantor: Kantor, name: str) -> None:
    expected, *lines = (BAD_REQUESTS / f"{name}.pesan.txt").read_text("utf-8").splitlines()
    folder = kantor.request_file("surat-biasa").parent
    file = Path(shutil.copy(BAD_REQUESTS / f"{name}.yml", folder))
    before = kantor.ledger_size()
    said = kantor.kawal("permohonan", "ajukan", str(file), person="p-pemohon")
    assert f"{said.code} {said.codes[0]}" == expected
    for line in lines:
        assert line.format(berkas=file, folder=folder) in said.err
    assert said.envelope["kode_keluar"] == said.code
    assert said.envelope["perintah"] == "permohonan ajukan"
    assert kantor.ledger_size() == before


def letter(kantor: Kantor, app_id: str, file: Path, number: str) -> Said:
    words = ["--surat", str(file), "--nomor", number, "--tanggal", "2026-11-20"]
    return kantor.kawal("setujui", app_id, *words, person="p-tata-kelola")


def submit_with_the_letter_of_another(kantor: Kantor, letters: Path) -> Said:
    file = kantor.request_file("surat-tiga")
    shutil.copy(letters / APPROVED / "surat-dinas.pdf", file.parent)
    return kantor.kawal("permohonan", "ajukan", str(file), person="p-pemohon")


def approve_with_the_same_file(kantor: Kantor, letters: Path) -> Said:
    return letter(kantor, ASKED, letters / APPROVED / "clearance.pdf", "050/lain/KOMINFO/2026")


def approve_with_the_same_number(kantor: Kantor, letters: Path) -> Said:
    """The number and date of the letter that approved the first application, on other bytes and in other spelling."""
    approval = kantor.must("permohonan", "lihat", APPROVED)  # known, so the refusal is about the letter
    assert approval.data["id"] == APPROVED
    words = kantor.letter_words(letters / ASKED)
    kantor.approvals -= 1
    words[3] = f"050 / {kantor.approvals}/kominfo/2026"
    return kantor.kawal("setujui", ASKED, *words, person="p-tata-kelola")


def submit(kantor: Kantor, person: str | None = "p-pemohon", **environ: str) -> Said:
    file = kantor.request_file("surat-empat")
    return kantor.kawal("permohonan", "ajukan", str(file), person=person, **environ)


def wrong_passphrase(kantor: Kantor, _: Path) -> Said:
    file = kantor.stage.home / "sandi-salah.txt"
    file.write_text("bukan frasa sandinya\n", "utf-8")
    return submit(kantor, KAWAL_SANDI_BERKAS=str(file))


def broken_key(kantor: Kantor, _: Path) -> Said:
    (kantor.stage.home / "rusak.pem").write_text("bukan kunci\n", "utf-8")
    return submit(kantor, None, KAWAL_KUNCI="rusak.pem")


def unknown_setting(kantor: Kantor, _: Path) -> Said:
    good = (kantor.stage.home / "kawal.yml").read_text("utf-8")
    (kantor.stage.home / "asing.yml").write_text(good.replace("\ngrup:", "\nkelompok:"), "utf-8")
    return kantor.kawal("status", ASKED, KAWAL_BERKAS=str(kantor.stage.home / "asing.yml"))


def broken_plan(kantor: Kantor, _: Path) -> Said:
    (kantor.stage.home / "rencana.json").write_text('{"aplikasi": \n', "utf-8")
    return kantor.kawal("terapkan", "rencana.json")


def no_plan(kantor: Kantor, _: Path) -> Said:
    (kantor.stage.home / "bukan-rencana.json").write_text("{}", "utf-8")
    return kantor.kawal("terapkan", "bukan-rencana.json")


ROWS: list[tuple[str, int, str, tuple[str, ...], Callable[[Kantor, Path], Said]]] = [
    ("a letter of the request used twice", 3, "REKOM-004", (APPROVED,), submit_with_the_letter_of_another),
    (
        "an approving letter used twice",
        3,
        "REKOM-005",
        (APPROVED, "berkas yang sama"),
        approve_with_the_same_file,
    ),
    (
        "another letter of the same number and date",
        3,
        "REKOM-005",
        (APPROVED, "nomor dan tanggal sama, isi berkas berbeda"),
        approve_with_the_same_number,
    ),
    (
        "an approving letter that does not exist",
        6,
        "INPUT-020",
        ("tidak-ada.pdf tidak terbaca", "tidak ada"),
        lambda k, _: letter(k, ASKED, Path("tidak-ada.pdf"), "1"),
    ),
    (
        "an unreachable forge",
        5,
        "FORGE-001",
        (NOWHERE, "ulangi perintah yang sama"),
        lambda k, _: k.kawal("siapkan", APPROVED, KAWAL_FORGE_URL=NOWHERE),
    ),
    (
        "a wrong token",
        4,
        "FORGE-002",
        ("http://127.0.0.1:", "401", "export KAWAL_TOKEN="),
        lambda k, _: k.kawal("siapkan", APPROVED, KAWAL_TOKEN="salah"),
    ),
    (
        "no token",
        4,
        "FORGE-002",
        ("Tidak ada token untuk http://127.0.0.1:", "KAWAL_TOKEN atau GITLAB_TOKEN"),
        lambda k, _: k.kawal("siapkan", APPROVED, KAWAL_TOKEN=""),
    ),
    (
        "a key that does not exist",
        6,
        "INPUT-012",
        ("tidak-ada.pem tidak terbaca",),
        lambda k, _: submit(k, None, KAWAL_KUNCI="tidak-ada.pem"),
    ),
    ("a key that is none", 4, "IDENT-010", ("rusak.pem",), broken_key),
    ("a wrong passphrase", 4, "IDENT-010", ("frasa sandi salah",), wrong_passphrase),
    (
        "nobody to ask for the passphrase",
        4,
        "IDENT-013",
        ("isi KAWAL_SANDI_BERKAS",),
        lambda k, _: submit(k, KAWAL_SANDI_BERKAS=""),
    ),
    ("no key", 4, "IDENT-014", ("--kunci BERKAS atau KAWAL_KUNCI",), lambda k, _: submit(k, None)),
    (
        "a role that may not",
        3,
        "LANGKAH-023",
        ("Tim Pengembang Aplikasi", "Sub Koordinator Tata Kelola E-Government"),
        lambda k, letters: k.kawal("setujui", ASKED, *k.letter_words(letters / ASKED), person="p-pengembang"),
    ),
    (
        "an unknown application",
        6,
        "INPUT-030",
        (ASKED, "kawal permohonan daftar"),
        lambda k, _: k.kawal("periksa", "tidak-dikenal"),
    ),
    (
        "an id that can be none",
        6,
        "INPUT-031",
        ("'../../etc'",),
        lambda k, _: k.kawal("periksa", "../../etc"),
    ),
    (
        "an unknown profile",
        6,
        "PROFIL-022",
        ("'atlantis' tidak dikenal", "kawal profil daftar"),
        lambda k, _: k.kawal("permohonan", "formulir", "--profil", "atlantis"),
    ),
    ("an unknown setting", 6, "KONF-001", ("asing.yml:8:1: kelompok: kunci tidak dikenal",), unknown_setting),
    (
        "a refusal without a reason",
        6,
        "INPUT-076",
        ("--alasan",),
        lambda k, letters: k.kawal(
            *("sahkan", "persandian", APPROVED, "--rilis", "v1.0.0", "--hasil", "tidak_memenuhi"),
            *("--bukti", str(letters / APPROVED / "clearance.pdf")),
            person="p-persandian",
        ),
    ),
    (
        "a folder that is a file",
        6,
        "KONF-035",
        ("surat-dinas.pdf",),
        lambda k, letters: k.kawal(
            "kunci", "buat", "p-x", "--folder-kunci", str(letters / APPROVED / "surat-dinas.pdf")
        ),
    ),
    (
        "a picture into a folder that is not there",
        6,
        "KONF-035",
        ("/tidak/ada/x.svg", "tidak ada"),
        lambda k, _: k.kawal("profil", "gambar", "batam", "--simpan", "/tidak/ada/x.svg"),
    ),
    (
        "a plan into a folder that is not there",
        6,
        "KONF-035",
        ("/tidak/ada/rencana.json",),
        lambda k, _: k.kawal("rencana", APPROVED, "--simpan", "/tidak/ada/rencana.json"),
    ),
    (
        "a backup into a file",
        6,
        "KONF-035",
        ("surat-dinas.pdf",),
        lambda k, letters: k.kawal("cadangkan", str(letters / APPROVED / "surat-dinas.pdf")),
    ),
    (
        "a port that is none",
        6,
        "KONF-034",
        ("99999",),
        lambda k, _: k.kawal("server", "--alamat", "127.0.0.1:99999"),
    ),
    ("a broken plan file", 6, "INPUT-046", ("rencana.json:2:1: JSON rusak",), broken_plan),
    ("a file that is no plan", 6, "INPUT-046", ("berkas itu bukan rencana kawal",), no_plan),
    ("an unknown plan", 6, "INPUT-045", ("kawal rencana ID",), lambda k, _: k.kawal("terapkan", "ffff")),
]


@pytest.mark.parametrize(
    ("code", "kode", "texts", "act"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_bad_input_is_refused_clearly(
    kantor: Kantor,
    letters: Path,
    code: int,
    kode: str,
    texts: tuple[str, ...],
    act: Callable[[Kantor, Path], Said],
) -> None:
    before = kantor.ledger_size()
    said = act(kantor, letters)
    assert (said.code, said.codes) == (code, [kode])
    for text in texts:
        assert text in said.err
    assert "Traceback" not in said.err
    assert kantor.ledger_size() == before


def test_nothing_is_lost_and_the_same_command_goes_on(kantor: Kantor, letters: Path) -> None:
    """After a forge that did not answer, the repeated command completes."""
    assert kantor.kawal("siapkan", APPROVED, KAWAL_FORGE_URL=NOWHERE).code == 5
    assert kantor.must("siapkan", APPROVED).envelope["status"] == "diterapkan"
    assert kantor.must("siapkan", APPROVED).data["tulis"] == 0


def test_a_withdrawn_letter_lets_the_request_be_mended(kantor: Kantor) -> None:
    folder = kantor.requested("surat-ditarik")
    approval = letter(kantor, "surat-ditarik", folder / "clearance.pdf", "050/ditarik/KOMINFO/2026")
    assert approval.code == 0
    file = str(kantor.request_file("surat-ditarik", lambda wanted: wanted.update(nama="Nama yang benar")))
    assert kantor.kawal("permohonan", "ajukan", file, person="p-pemohon").codes == ["REKOM-003"]

    record = approval.data["catatan"][:8]
    kantor.must("cabut", record, "--alasan", "nama pengguna keliru", person="p-tata-kelola")

    kantor.must("permohonan", "ajukan", file, person="p-pemohon")
    assert kantor.kawal("rencana", "surat-ditarik").code == 3
    again = letter(kantor, "surat-ditarik", folder / "clearance.pdf", "050/ditarik/KOMINFO/2026")
    assert again.data["catatan"] != approval.data["catatan"]
    assert (
        again.envelope["status"] == "menunggu"
    )  # the project is there: its new name waits for somebody's yes


def test_a_letter_is_recorded_although_the_forge_does_not_answer_and_that_is_said(kantor: Kantor) -> None:
    folder = kantor.requested("surat-tanpa-forge")
    words = ("setujui", "surat-tanpa-forge", *kantor.letter_words(folder))
    said = kantor.kawal(*words, person="p-tata-kelola", KAWAL_FORGE_URL=NOWHERE)
    assert said.code == 5
    assert (
        "dicatat untuk surat-tanpa-forge. Proyeknya menyusul dengan: kawal siapkan surat-tanpa-forge"
        in said.err
    )
    assert kantor.must("siapkan", "surat-tanpa-forge").envelope["status"] == "diterapkan"


def test_status_in_detail_names_the_records_as_cabut_takes_them(kantor: Kantor, letters: Path) -> None:
    out = subprocess.run(
        [sys.executable, "-m", "kawal.cli.main", "status", APPROVED, "--rinci"],
        cwd=kantor.stage.home, env=kantor.environ(), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    approval = next(line for line in out.splitlines() if " approval " in line)
    digest = approval.split()[0]
    assert len(digest) == 12
    assert "p-tata-kelola" in approval
    refused = kantor.kawal("cabut", digest, "--alasan", "salah", person="p-pengembang")
    assert refused.codes != ["INPUT-070"]
