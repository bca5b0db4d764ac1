"""From nothing to the first project: each command and its screen, run against the embedded forge, as a page of the guide.

`python tests/e2e/layar_pertama.py` writes docs/pengguna/layar-pertama.md and layar-pertama-github.md anew.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from forge_latihan import ForgeLatihan, forge_latihan  # noqa: E402
from kawal.cli.common import Surroundings  # noqa: E402
from kawal.cli.main import run  # noqa: E402
from kawal.demo.pdf import letter_pdf  # noqa: E402
from kawal.demo.prepare import LETTERS  # noqa: E402
from kawal.resources import demo_data_dir  # noqa: E402

GUIDE = ROOT / "docs" / "pengguna"
HOST = "https://git.contoh.go.id"
ORG = "dinas-kominfo"
TODAY = "2026-11-20"


@dataclass(frozen=True)
class Step:
    """What a person types, and what stands before it on the page. `code` is the exit code it ends with."""

    text: str
    command: str
    code: int = 0
    token: bool = True
    before: Callable[[ForgeLatihan], object] = lambda forge: None
    """What a person does on the forge first, by hand."""


@dataclass(frozen=True)
class Tour:
    """One page: its head, its steps, the file it lies in, and the path its project ends at."""

    page: Path
    head: str
    steps: tuple[Step, ...]
    project: str


def _common(first: int) -> tuple[Step, ...]:
    """The same on every forge; the number of the first heading."""
    return (
        Step(
            f"## {first}. Orang, kunci, kepercayaan\n\n`orang.yml` seperti di [panduan](sub-koordinator-pa.md#4-templat-kunci-kepercayaan),"
            " di sini dengan pejabat definitif saja. Untuk berlatih, `--buat-kunci` membuat semua kunci di mesin ini; di kantor sungguhan"
            " setiap pejabat membuat kuncinya sendiri.",
            "kawal kepercayaan buat --orang orang.yml --buat-kunci",
        ),
        Step(
            "Sekarang tidak ada lagi yang GAGAL. PERINGATAN boleh tinggal, asal disadari: di sini pintu dan target belum menyala.",
            "kawal dokter",
        ),
        Step(
            f"## {first + 1}. Permohonan pertama\n\nFormulir diperiksa tanpa mencatat apa pun.",
            "kawal permohonan periksa surat/permohonan.yml",
        ),
        Step("", "kawal permohonan ajukan surat/permohonan.yml --kunci kunci/p-pemohon.pem"),
        Step(
            "Langkah 1 SOP diselesaikan dengan buktinya.",
            "kawal langkah selesai e-retribusi-pasar 1 --bukti rencana_pengembangan_aplikasi=surat/rencana-pengembangan.pdf"
            " --kunci kunci/p-pemohon.pem",
        ),
        Step(
            f"## {first + 2}. Persetujuan membuat proyek\n\nRencananya hanya menambah, jadi proyek langsung dibuat. Kemajuan tampil satu baris per"
            " perubahan (tidak disalin ke sini); Ctrl-C aman, perintah yang sama meneruskan.",
            f"kawal setujui e-retribusi-pasar --surat surat/clearance.pdf --nomor 050/123/KOMINFO/2026 --tanggal {TODAY}"
            " --kunci kunci/p-tata-kelola.pem",
        ),
        Step("Proyek sesuai dengan yang seharusnya: tidak ada rencana.", "kawal rencana e-retribusi-pasar"),
        Step(
            "Kedudukan tiap langkah, dan siapa yang bertindak berikutnya.", "kawal status e-retribusi-pasar"
        ),
    )


GITLAB_STEPS = (
    Step(
        "## 1. Pengaturan\n\nDi folder kantor yang kosong. `pintu`, `target`, dan `runner_pa` yang ditulis di `kawal.yml` adalah contoh:"
        " ganti dengan milik Dinas ([panduan](sub-koordinator-pa.md#3-pengaturan)).",
        f"kawal mulai --forge-url {HOST} --grup aplikasi-opd --profil batam --instansi diskominfo",
        token=False,
    ),
    Step(
        "Tanpa token, dokter menyebut apa yang kurang. Setiap baris GAGAL membawa perbaikannya.",
        "kawal dokter",
        6,
        token=False,
    ),
    Step(
        "## 2. Token dan templat\n\n`export KAWAL_TOKEN=…` dengan token bot (cakupan `api`). Forge dan bot kini dikenal; templat belum ada.",
        "kawal dokter",
        6,
    ),
    Step("Templat pipeline dipasang di grup PA dan dikunci pada satu commit.", "kawal templat pasang"),
    Step(
        "Perintah yang sama sekali lagi tidak menulis apa pun.",
        "kawal templat pasang",
    ),
    *_common(3),
    Step(
        "## 6. Seberapa kuat gerbangnya\n\nDi sini runner PA belum didaftarkan dan target produksi belum menyala. `buktikan` menyebut keduanya:"
        " jalan yang terbuka, siapa yang dapat memakainya, perbaikannya, dan anak tangga 0.",
        "kawal buktikan e-retribusi-pasar",
        3,
    ),
)
GITLAB_HEAD = f"""# Layar demi layar: dari kosong sampai proyek pertama

Halaman ini direkam dari satu jalan terhadap **forge latihan** (GitLab CE tiruan di mesin ini), bukan GitLab sungguhan; sebuah uji menjalankannya
kembali dan membandingkan setiap layar (`tests/e2e/test_first_screens.py`). Alamat diganti `{HOST}`, tanggal, nomor commit, dan ukuran diganti
contoh. Penjelasan tiap langkah, akun bot, runner, dan layanan: [sub-koordinator-pa.md](sub-koordinator-pa.md).

Untuk mengikutinya sendiri tanpa GitLab: `kawal demo --sampai 2` menyalakan forge latihan dengan bot, dua orang tim, dan templat. Siapkan kantor di
sampingnya, lalu ketik perintah di bawah ini; `https://git.contoh.go.id` diganti alamat yang dicetak `grep`, dan token sudah diisi baris kedua
(karena itu, dan karena demo punya runner, dokter pertama dan `buktikan` lebih hijau). Selesai: `kawal demo --berhenti`.

    mkdir kantor-saya && cd kantor-saya
    . ../demo/kantor/lingkungan.sh
    grep url: ../demo/kantor/kawal.yml
    cp ../demo/kantor/orang.yml . && mkdir surat
    for f in surat rencana_pengembangan_aplikasi rencana-pengembangan clearance; do echo "contoh $f" > surat/$f.pdf; done
    kawal permohonan formulir --profil batam --simpan surat/permohonan.yml

Isi formulirnya sebelum bagian 4: id `e-retribusi-pasar`, `pengembang: [pengembang-1]`, `peninjau: [peninjau-1]`, selebihnya bebas.
"""


GITHUB_HEAD = f"""# Layar demi layar di GitHub

Halaman ini direkam dari satu jalan terhadap **wajah GitHub forge latihan** di mesin ini, bukan github.com; sebuah uji menjalankannya kembali dan
membandingkan setiap layar (`tests/e2e/test_first_screens.py`). Alamat diganti `{HOST}`, tanggal, nomor commit, dan ukuran diganti contoh. Yang
berbeda dari GitLab: [github.md](github.md). Penjelasan tiap langkah: [sub-koordinator-pa.md](sub-koordinator-pa.md).
"""


def _organisation(forge: ForgeLatihan) -> None:
    forge.ok("POST", "/groups", {"path": ORG, "name": ORG}, token=forge.user("bot-kawal")[1])


def _team_and_runner(forge: ForgeLatihan) -> None:
    forge.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": ORG, "paket": "team"})
    runner = {"organisasi": ORG, "id": 2, "name": "pa", "labels": ["self-hosted", "pa"]}
    forge.ok("POST", "/kawal_latihan/github/runners", runner)


GITHUB_STEPS = (
    Step(
        "## 1. Pengaturan\n\nDi folder kantor yang kosong. `--jenis` boleh ditinggalkan untuk `https://github.com`. `pintu`, `target`,"
        " dan `runner_pa` yang ditulis di `kawal.yml` adalah contoh: ganti dengan milik Dinas ([panduan](sub-koordinator-pa.md#3-pengaturan)).",
        f"kawal mulai --jenis github --forge-url {HOST} --grup {ORG} --profil batam --instansi diskominfo",
        token=False,
    ),
    Step("", "kawal konfigurasi tampil", token=False),
    Step(
        "## 2. Akun bot dan organisasi\n\n`export KAWAL_TOKEN=…` dengan token akun bot (hak `repo`, `workflow`, `admin:org`). Organisasi dibuat"
        " orang: GitHub tidak punya API untuk itu, dan dokter menyebutnya.",
        "kawal dokter",
        6,
    ),
    Step(
        "Organisasi dibuat di GitHub (Your organizations › New organization) dan bot menjadi Owner. Dokter membaca paketnya: di Free,"
        " repositori privat tidak terlindung.",
        "kawal dokter",
        6,
        before=_organisation,
    ),
    Step(
        "## 3. Paket, runner, templat\n\nDi sini organisasi pindah ke paket Team, dan runner berlabel `pa` didaftarkan (Settings organisasi ›"
        " Actions › Runners). Yang tinggal di Free menulis `perlindungan: dianjurkan` ([github.md](github.md#paket-free-repositori-privat)).",
        "kawal templat pasang",
        before=_team_and_runner,
    ),
    *_common(4),
    Step(
        "## 7. Seberapa kuat gerbangnya\n\nDi sini runner PA belum dibatasi pada alur kerja templat dan target produksi belum menyala."
        " `buktikan` menyebut jalan yang terbuka, siapa yang dapat memakainya, perbaikannya, dan anak tangga 0.",
        "kawal buktikan e-retribusi-pasar",
        3,
    ),
)
TOURS = {
    "gitlab": Tour(
        GUIDE / "layar-pertama.md", GITLAB_HEAD, GITLAB_STEPS, "aplikasi-opd/disperindag/e-retribusi-pasar"
    ),
    "github": Tour(GUIDE / "layar-pertama-github.md", GITHUB_HEAD, GITHUB_STEPS, f"{ORG}/e-retribusi-pasar"),
}


@contextlib.contextmanager
def office(folder: Path) -> Iterator[tuple[Path, ForgeLatihan]]:
    """An empty office beside a forge that has a bot and two people of the team."""
    with forge_latihan(folder / "forge") as forge:
        for name in ("bot-kawal", "pengembang-1", "peninjau-1"):
            forge.user(name)
        home = folder / "kantor"
        (home / "surat").mkdir(parents=True)
        shutil.copyfile(demo_data_dir() / "orang.yml", home / "orang.yml")
        shutil.copyfile(demo_data_dir() / "permohonan.yml", home / "surat" / "permohonan.yml")
        for name, lines in LETTERS.items():
            (home / "surat" / name).write_bytes(letter_pdf(lines))
        (home / "sandi.txt").write_text("frasa sandi untuk latihan saja\n", "utf-8")
        yield home, forge


def screens(tour: Tour, home: Path, forge: ForgeLatihan) -> Iterator[tuple[Step, int, str]]:
    """Each step, the exit code it really ended with, and its screen made comparable."""
    environ = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "KAWAL_SANDI_BERKAS": str(home / "sandi.txt"),
        "KAWAL_TANPA_TANYA": "1",
    }
    for step in tour.steps:
        step.before(forge)
        words = shlex.split(
            step.command.replace(HOST, forge.url).replace(TODAY, f"{datetime.now(UTC):%Y-%m-%d}")
        )[1:]
        around = Surroundings(
            environ | ({"KAWAL_TOKEN": forge.user("bot-kawal")[1]} if step.token else {}),
            home,
            is_terminal=False,
        )
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(words, around)
        yield step, code, comparable(out.getvalue() or err.getvalue(), home, forge)


def comparable(text: str, home: Path, forge: ForgeLatihan) -> str:
    """Without what differs between two runs: addresses, days, object names, sizes."""
    this = datetime.now(UTC).year
    for pattern, instead in (
        (re.escape(forge.url), HOST),
        (re.escape(f"{home}/"), ""),
        (r"\b20\d\d-\d\d-\d\d \d\d:\d\d(:\d\d)?", f"{TODAY} 09:00"),
        (r"\b20\d\d-\d\d-\d\d\b", TODAY),
        (r"\b\d{1,2} [A-Z][a-z]{2,8} 20\d\d\b", "20 November 2026"),
        (rf"(?<=berlaku s\.d\. ){TODAY}", "2027-11-20"),
        (rf"(?<=kalender ){this}\b|(?<=kalender tahun ){this}\b", "2026"),
        (rf"(?<=kalender ){this + 1}\b|(?<=kalender tahun ){this + 1}\b", "2027"),
        (r"(?<=[Tt]emplat v)\d+\.\d+\.\d+|(?<=[Tt]emplat pipeline v)\d+\.\d+\.\d+", "0.1.0"),
        (r"(?<= v)\d+\.\d+\.\d+(?= pada )", "0.1.0"),
        (r"\b[0-9a-f]{40}\b", "9f2c1ab4d0e7" + "0" * 28),
        (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12}\b", "9f2c1ab4d0e7"),
        (
            r"\b(?=[0-9a-f]*\d)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
            "00000000-0000-4000-8000-000000000000",
        ),
        (r"\b\d+ MB", "20000 MB"),
        (r"(?<=selisih )\d+(?= detik)", "0"),
        (r"(?<=[Rr]encana )[0-9a-f]{4,}\b", "7f3a"),
        (r"(?<=dalam )\d+(?= detik)", "2"),
    ):
        text = re.sub(pattern, instead, text)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def page(tour: Tour, shown: list[tuple[Step, int, str]]) -> str:
    parts = [tour.head]
    for step, code, screen in shown:
        if step.text:
            parts.append(f"{step.text}\n")
        ending = f"\n\nKode keluar {code}." if code else ""
        parts.append(f"```text\n$ {step.command}\n{screen}\n```{ending}\n")
    return "\n".join(parts)


def main() -> None:
    for tour in TOURS.values():
        with tempfile.TemporaryDirectory() as folder, office(Path(folder)) as (home, forge):
            tour.page.write_text(page(tour, list(screens(tour, home, forge))), "utf-8")
        print(tour.page)


if __name__ == "__main__":
    main()
