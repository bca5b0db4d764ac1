"""Each SOP from its first printed step to its last, on the embedded forge, then through the national layer to bytes at the target.

Every decision, refusal and way back of the five is taken once. The project is made exactly at the SOP's step, with its
evidence, and not before.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kantor_sop import KantorSop, free_ports

from forge_latihan import ForgeLatihan
from kawal.services import fleet, steps

SIXTH = Path(__file__).parents[1] / "data" / "profil" / "contoh.yml"
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sop-e2e")]


def office(tmp_path: Path, forge: ForgeLatihan, profile_id: str, **more: Any) -> KantorSop:
    """An office with a door and a production target of its own (see `delivered`)."""
    door, target = (f"http://127.0.0.1:{port}" for port in free_ports(2))
    return KantorSop(tmp_path / profile_id, forge, profile_id, door=door, target=target, **more).open()


def not_yet(at: KantorSop, app: str) -> None:
    """No project may be made, and none is there."""
    assert at.refused("siapkan", app) in ("REKOM-001", "LANGKAH-032")
    assert at.project(app) is None


def test_batam(tmp_path: Path, forge: ForgeLatihan) -> None:
    at, app = office(tmp_path, forge, "batam"), "retribusi"
    at.ask("ditolak-2")
    at.do("ditolak-2", "1", "2:ditolak")
    assert at.status("ditolak-2")["berakhir"] == "ditolak"
    not_yet(at, "ditolak-2")

    at.ask(app)
    not_yet(at, app)
    at.do(app, "1")
    not_yet(at, app)
    at.do(app, "2:disetujui")  # the clearance opens step 3, which provides the repository
    assert at.project(app) is not None
    at.do(app, "3")
    commit = at.develop(app)
    due = at.kawal("tenggat", app)["data"]["tenggat"]
    assert due == [] or due[0]["langkah"] != "4"  # "Sesuai jadwal" has no deadline
    at.do(app, "4")
    due = at.kawal("tenggat", "--peran", "tim_pengembang")["data"]["tenggat"]
    assert ("5", "berjalan") in [(one["langkah"], one["status"]) for one in due]
    assert "3 hari (dihitung hari kerja), jatuh " in due[0]["teks"]
    at.do(app, "5", "6:ya", "7", "8")
    at.sign(app, "uat", commit=commit)
    at.request_release(app, commit)
    assert at.judged(app, expect=3) == ["pengesahan:persandian", "pengesahan:pse"]

    at.sign(app, "persandian", refuse=True)  # 9 leads back to 4
    assert at.status(app)["terbuka"] == "4"
    assert {"langkah:4", "langkah:8"} <= set(at.judged(app, expect=3))
    at.do(app, "4", "5", "6:tidak")  # installed elsewhere this time: 7 and 8 are passed by
    assert at.status(app)["terbuka"] == "9"
    at.sign(app, "persandian")
    at.sign(app, "pse")
    assert at.judged(app) == []
    delivered(at, app)
    assert at.status(app)["berakhir"] == "selesai"
    assert at.untaken() == set()


def release(
    at: KantorSop, app: str, commit: str, kinds: tuple[str, ...] = ("uat", "persandian", "pse")
) -> None:
    """The sign-offs of the national layer and the user's acceptance, then an open gate; before them it is locked."""
    at.request_release(app, commit)
    assert at.judged(app, expect=3) == [f"pengesahan:{kind}" for kind in kinds]
    for kind in kinds:
        at.sign(app, kind)
    assert at.judged(app) == []
    delivered(at, app)


def delivered(at: KantorSop, app: str) -> None:
    """A permit, verified at the target, for exactly the bytes that were packed and judged."""
    package = at.kawal("rilis", "daftar", app)["data"]["rilis"][0]["paket_sha256"]
    with at.served():
        assert at.delivered(app) == package


def test_kaltara(tmp_path: Path, forge: ForgeLatihan) -> None:
    at, app = office(tmp_path, forge, "kaltara"), "perizinan"
    for other, last in (("tidak-perlu", "B6:tidak_perlu"), ("ditolak-b7", "B7:ditolak")):
        at.ask(other)
        at.do(other, "B1", "B2", "B3", "B4:lengkap", "B5", *(["B6:perlu"] if "B7" in last else []), last)
        assert at.status(other)["berakhir"] == "ditolak"
        not_yet(at, other)

    asked = at.ask(app)
    assert {(one["kode"], one["siapa"]) for one in asked["temuan"]} == {("DOK-010", "Pemohon (OPD)")}
    lacking = at.kawal("permohonan", "periksa", f"{app}.yml", expect=3)
    assert [one["judul"] for one in lacking["temuan"]] == [one["judul"] for one in asked["temuan"]]
    assert "Identifikasi kebutuhan fungsional: i. uraian lainnya" in [
        one["judul"] for one in lacking["temuan"]
    ]
    at.do(app, "B1", "B2", "B3", "B4:tidak_lengkap")
    assert at.status(app)["terbuka"] == "B1"
    at.do(app, "B1", "B2", "B3", "B4:lengkap", "B5", "B6:perlu")
    not_yet(at, app)
    at.do(app, "B7:disetujui")  # the recommendation opens B8
    assert at.project(app) is not None
    at.do(app, "B8", "B9")
    commit = at.develop(app)
    at.do(app, "B10")
    paper = str(at.document(app, "laporan_pentest"))
    words = ["catat", "pentest", app, "--bukti", paper, "--penguji", "CSIRT Provinsi", "--temuan", "rendah=2"]
    at.kawal(*words, role="tim_teknis")
    at.kawal("langkah", "selesai", app, "B11", role="tim_teknis")  # the record stands for the paper
    assert at.refused("langkah", "selesai", app, "B13", role="tim_teknis") == "LANGKAH-022"
    release(at, app, commit)
    at.do(app, "B12", "B13", "B14")
    assert at.status(app)["berakhir"] == "selesai"
    assert at.untaken() == set()
    _evaluated_again(at, app)


def _evaluated_again(at: KantorSop, app: str) -> None:
    """B13 repeats: its issue opens when the year is nearly over, once; recorded, it is closed."""
    next_one = "Evaluasi berkala ke-2: Pemeliharaan dan evaluasi"
    assert at.refused("langkah", "selesai", app, "B13", role="pemohon") == "LANGKAH-036"
    row = at.kawal("tenggat", app)["data"]["tenggat"][0]
    assert (row["langkah"], row["judul"], row["status"]) == ("B13", "Evaluasi berkala ke-2", "direncanakan")
    at.kawal("selaraskan")
    assert next_one not in at.issues(app)
    with at.after(days=345) as office:
        assert fleet.align(office).data["diselaraskan"] == [app]
        assert list(at.issues(app).items())[-1] == (next_one, "opened")
        since = at.forge.last_request()
        assert fleet.align(office).data["diselaraskan"] == []
        assert at.forge.writes(since) == []
        paper = at.document(app, "laporan_evaluasi")
        key = at.folder / "kunci" / "p-pemohon.pem"
        said = steps.complete(office, app, "B13", key, [f"laporan_evaluasi={paper}"])
        assert said.status == "selesai"
        fleet.align(office)
        assert at.issues(app)[next_one] == "closed"
    assert at.status(app)["berakhir"] == "selesai"


def test_bolmut(tmp_path: Path, forge: ForgeLatihan) -> None:
    at, app = office(tmp_path, forge, "bolmut"), "arsip"
    at.ask("tertunda")
    at.do("tertunda", "1", "2", "3", "4", "5", "6:tidak_tersedia", "7")
    assert at.status("tertunda")["berakhir"] == "ditunda"
    not_yet(at, "tertunda")

    at.ask(app)
    not_yet(at, app)
    at.do(app, "1")  # the order is there, step 8 is not open
    not_yet(at, app)
    at.do(app, "2", "3", "4", "5")
    not_yet(at, app)
    opened = at.kawal("langkah", "selesai", app, "6", "--keputusan", "tersedia", role="kabid_aptika")
    at.taken.add(("6", "tersedia"))
    assert opened["data"]["penyiapan"]["status"] == "diterapkan"  # step 8 is open, the order is recorded
    assert at.project(app) is not None
    _project_later(at, "menyusul")
    at.do(app, "8", "9", "10", "11:tidak_setuju")
    assert at.status(app)["terbuka"] == "9"
    at.do(app, "9", "10", "11:setuju", "12")
    commit = at.develop(app)
    paper = str(at.document(app, "pernyataan"))
    words = ["catat", "pentest", app, "--bukti", paper, "--tidak-tersedia", "--alasan", "Belum ada penguji."]
    assert at.refused(*words, role="kadis") == "PENTEST-021"  # no end
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    assert at.refused(*words, "--sampai", until, role="tim_pengembang") == "IDENT-022"
    at.do(app, "13", "14", "15:perlu_perbaikan")
    assert at.status(app)["terbuka"] == "12"
    at.do(app, "12", "13", "14", "15:diterima", "16", "17", "18")
    assert at.status(app)["berakhir"] == "selesai"
    at.request_release(app, commit)
    assert "pentest" in at.judged(app, expect=3)  # the paper of step 13 is not the record
    at.kawal(*words, "--sampai", until, role="kadis")
    release(at, app, commit)
    screen = at.kawal("periksa", app)
    assert screen["status"] == "terbuka"
    assert at.untaken() == set()


def _project_later(at: KantorSop, app: str) -> None:
    """The decision stands although the forge could not be asked; step 8 stays shut until the project is there."""
    at.ask(app)
    at.do(app, "1", "2", "3", "4", "5")
    words = ["langkah", "selesai", app, "6", "--keputusan", "tersedia"]
    said = at.kawal(*words, role="kabid_aptika", token="salah", expect=4)
    assert said["data"]["langkah"] == "6"
    assert said["temuan"][0]["kode"] == "FORGE-002"
    assert at.project(app) is None
    assert at.status(app)["terbuka"] == "8"
    assert at.refused("langkah", "selesai", app, "8", role="kasie_egov") == "LANGKAH-033"
    at.kawal("siapkan", app)
    at.do(app, "8")


def test_katingan(tmp_path: Path, forge: ForgeLatihan) -> None:
    at, app = office(tmp_path, forge, "katingan", acting=("kadis",)), "pajak"
    assert at.ask(app)["temuan"] == []
    at.do(app, "1")
    taken = at.kawal("langkah", "selesai", app, "2", role="kadis")
    assert taken["data"]["jabatan"] == "Plt. Kepala Dinas"
    at.do(app, "3", "4:tidak_lengkap")
    assert at.status(app)["terbuka"] == "1"
    at.do(app, "1", "2", "3", "4:lengkap", "5")
    words = ["langkah", "selesai", app, "6", "--bukti", f"berita_acara={at.document(app, 'berita_acara')}"]
    assert at.refused(*words, role="kadis") == "LANGKAH-034"
    one = [*words, "--ditandatangani", "berita_acara=kadis"]
    lacking = at.kawal(*one, role="kadis", expect=3)["temuan"][0]
    assert lacking["diperlukan"] == "tanda tangan Unit Kerja Pemohon"
    assert "--ditandatangani berita_acara=pemohon,kadis" in lacking["perbaikan"]
    at.do(app, "6")
    not_yet(at, app)
    at.do(app, "7")  # berita acara of 6 and the surat tugas
    assert at.project(app) is not None
    at.do(app, "8")
    commit = at.develop(app)
    found = at.kawal("kumpulkan", app)["data"][
        "uji"
    ]  # the SOP prints both tests, so the repository began with their folders
    assert [(found[uji]["status"], found[uji]["kelas"]) for uji in ("unit", "sistem")] == [
        ("lulus", "dilaporkan")
    ] * 2
    at.do(app, "9", "10", "11", "11bis", "12")
    assert at.status(app)["terbuka"] == "n-rilis"  # 13 "Selesai" is no activity
    release(at, app, commit)
    at.do(app, "n-rilis", "n-evaluasi")
    assert at.status(app)["berakhir"] == "selesai"
    assert at.untaken() == set()


def test_bali(tmp_path: Path, forge: ForgeLatihan) -> None:
    at, app = office(tmp_path, forge, "bali"), "wisata"
    at.ask("dengan-surat-tugas")
    at.do("dengan-surat-tugas", "1", "2", "3", "4:lengkap", "5", "6")
    at.approve("dengan-surat-tugas", kind="surat_tugas", wait=True)  # the other of "dan/atau"
    assert at.kawal("rencana", "dengan-surat-tugas")["data"]["perubahan"]

    at.ask(app)
    at.do(app, "1", "2", "3", "4:belum_lengkap")
    assert at.status(app)["terbuka"] == "4"
    at.do(app, "4:lengkap", "5", "6")
    not_yet(at, app)
    paper = at.document(app, "berita_acara_pembangunan")
    words = ["setujui", app, "--surat", str(paper), "--nomor", "050/1/BA/2026", "--tanggal", "2026-11-20"]
    half = [*words, "--ditandatangani", "berita_acara_pembangunan=kadis"]
    assert at.refused(*half, role="kadis") == "LANGKAH-034"  # the head of the PD signs it too
    assert at.refused(*words, "--tolak", "Lingkup belum jelas.", role="kadis") == "LANGKAH-035"
    not_yet(at, app)
    at.do(app, "7")
    assert at.project(app) is not None
    at.do(app, "n-implementasi")
    commit = at.develop(app)
    at.do(app, "n-uji", "n-serah-terima")
    release(at, app, commit)
    at.do(app, "n-rilis", "n-evaluasi")
    assert at.status(app)["berakhir"] == "selesai"
    assert at.untaken() == set()


def test_issues_come_stage_by_stage_where_the_forge_takes_few(tmp_path: Path, forge: ForgeLatihan) -> None:
    at, app = KantorSop(tmp_path / "sempit", forge, "batam", limit=500).open(), "antrean"
    at.ask(app)
    at.do(app, "1")
    at.approve(app, wait=True)
    (note,) = at.kawal("rencana", app)["data"]["catatan"]
    assert "sekarang: Penyiapan repositori; nanti: Implementasi, Serah terima, Uji instalasi" in note
    at.kawal("siapkan", app)
    made = ["Ikhtisar SOP Batam 774/2023", "Langkah 3: Penyiapan repositori dan daftar kebutuhan aplikasi"]
    assert list(at.issues(app)) == made
    since = at.forge.last_request()
    at.do(app, "3")  # the stage is done: the next one's issues come with it
    assert {one.split("/")[-1] for one in at.forge.writes(since)} == {"labels", "milestones", "issues"}
    made.append("Langkah 4: Pengembangan aplikasi")
    assert list(at.issues(app)) == made
    at.sign(app, "pse")  # early, as the SOP lets it be: its stage comes with the record
    assert list(at.issues(app)) == [*made, "Langkah 10: Pendataan Sistem Elektronik"]
    at.do(app, "4", "5")
    at.kawal("selaraskan")
    opened = [title[:9] for title, state in at.issues(app).items() if state == "opened"]
    assert opened == ["Ikhtisar ", "Langkah 6", "Langkah 7"]
    since = at.forge.last_request()
    at.kawal("selaraskan")
    assert at.forge.writes(since) == []


def test_a_sixth_government_is_one_file(tmp_path: Path, forge: ForgeLatihan) -> None:
    folder = tmp_path / "profil"
    folder.mkdir()
    shutil.copyfile(SIXTH, folder / "contoh.yml")
    decided = {
        "otoritas": "contoh",
        "ditetapkan": {"nomor": "050/7/2026", "tanggal": "2026-01-05"},
        "matikan": [{"pengesahan": "persandian", "alasan": "Diperiksa provinsi."}],
    }
    at, app = office(tmp_path, forge, "contoh", profile_dir=folder, decisions=(decided,)), "surat"
    at.ask("tolak")
    at.do("tolak", "1", "2:tolak")
    assert at.status("tolak")["berakhir"] == "ditolak"
    at.ask(app)
    at.do(app, "1")
    not_yet(at, app)
    at.do(app, "2:setuju")
    assert at.project(app) is not None
    commit = at.develop(app)
    at.do(app, "3")
    _revise(at, app, folder / "contoh.yml")
    release(at, app, commit, ("uat", "pse"))
    assert at.status(app)["tidak_diminta"] == ["pengesahan persandian"]  # never out of sight
    at.do(app, "4")
    assert at.status(app)["berakhir"] == "selesai"


def _revise(at: KantorSop, app: str, profile: Path) -> None:
    """The SOP is revised while the application is under way: it goes on under the old one until it is moved."""
    text = profile.read_text("utf-8")
    profile.write_text(text.replace("asli: 1 hari kerja, iso: P1D", "asli: 2 hari kerja, iso: P2D"), "utf-8")
    shown = at.kawal("profil", "pindah", app)
    assert shown["data"]["perubahan"] == ["~ langkah 2, waktu: 1 hari kerja -> 2 hari kerja"]
    words = ["profil", "pindah", app, "--alasan", "SOP direvisi"]
    assert at.refused(*words, role="tim") == "IDENT-023"
    assert at.kawal(*words, role="kadis")["data"]["perubahan"] == shown["data"]["perubahan"]
    assert at.refused(*words, role="kadis") == "PROFIL-034"
    at.kawal("kepercayaan", "ubah")
    assert at.status(app)["terbuka"] == "4"  # what was done stays done
