"""The thin commands that jobs of the central pipeline run; each does one thing and leaves one file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kawal_checks import keluaran
from kawal_checks.berkas import why
from kawal_checks.model import EXIT_UNREADABLE, ReportError
from kawal_checks.pengurai import Pengurai
from kawal_checks.teks import one_line
from kawal_checks.tempat import make_way

from . import bandit, izin, mutu, paket, pasang, pohon_sumber, saring_tim, satukan, semgrep, situs, ukur, zap
from .http import DoorError


def run_job(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Runs one job command. The environment is read here and nowhere else."""
    options = _parser().parse_args(arguments)
    leaves = getattr(options, "keluar", None)
    try:
        if leaves is not None:
            make_way(leaves)  # what an earlier run left must never be taken for this one's
        action: Callable[[argparse.Namespace, Mapping[str, str]], int] = options.action
        return action(options, environ)
    except ReportError as error:
        print(keluaran.error_text(error), file=sys.stderr)
        return EXIT_UNREADABLE
    except DoorError as error:
        print(one_line(str(error), 2000), file=sys.stderr)
        return error.exit_code
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"Tidak terbaca: {one_line(f'{place}{why(error)}')}", file=sys.stderr)
        return EXIT_UNREADABLE


def _parser() -> argparse.ArgumentParser:
    parser = Pengurai(prog="kawal-checks")
    commands = parser.add_subparsers(required=True, metavar="PERINTAH")

    def command(
        name: str, text: str, action: Callable[[argparse.Namespace, Mapping[str, str]], int]
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(action=action)
        return sub

    pack = command("kemas", "Mengemas commit sekali; --unggah menaruhnya di registri paket.", paket.pack)
    pack.add_argument("--sumber", type=Path, required=True, help="repositori git aplikasi")
    pack.add_argument("--berkas", type=Path, required=True, help="paket yang dibuat")
    pack.add_argument("--keluar", type=Path, required=True, help="tanda terima (JSON)")
    pack.add_argument("--unggah", action="store_true", help="unggah ke registri paket generik proyek")

    fetch = command("ambil-paket", "Mengambil paket sebuah commit dari registri paket.", paket.fetch)
    fetch.add_argument("--keluar", type=Path, required=True, help="berkas paket")
    fetch.add_argument("--commit", help="commit; bawaan: CI_COMMIT_SHA")
    fetch.add_argument("--sesuai", type=Path, help="tanda terima kemas yang sha256-nya harus sama")

    install = command(
        "pasang-uji", "Memasang paket di target uji (token: KAWAL_TOKEN_UJI).", pasang.install_test
    )
    install.add_argument("--target", required=True, help="pintu target uji")
    install.add_argument("--berkas", type=Path, required=True, help="paket")
    install.add_argument("--keluar", type=Path, required=True, help="tanda terima (JSON)")

    gate = command(
        "gerbang", "Menanyakan syarat rilis dan menampilkannya; tidak pernah membuka apa pun.", izin.explain
    )
    gate.add_argument("--pintu", required=True, help="pintu kawal")
    gate.add_argument("--keluar", type=Path, required=True, help="jawaban (JSON)")

    permit = command("minta-izin", "Meminta izin rilis untuk satu target.", izin.ask)
    permit.add_argument("--pintu", required=True, help="pintu kawal")
    permit.add_argument("--target-id", required=True, help="id target produksi")
    permit.add_argument("--keluar", type=Path, required=True, help="izin dan kepercayaan (JSON)")

    send = command("kirim", "Mengirim paket beserta izinnya ke target produksi.", pasang.release)
    send.add_argument("--target", required=True, help="pintu target produksi")
    send.add_argument("--izin", type=Path, required=True, help="berkas dari minta-izin")
    send.add_argument("--berkas", type=Path, required=True, help="paket")
    send.add_argument("--keluar", type=Path, required=True, help="tanda terima (JSON)")

    scan = command(
        "jalankan-bandit", "Menjalankan Bandit dengan konfigurasi kawal, bukan milik repositori.", bandit.scan
    )
    scan.add_argument("--sumber", type=Path, required=True, help="pohon sumber")
    scan.add_argument("--keluar", type=Path, required=True, help="laporan Bandit (JSON)")

    scan = command(
        "jalankan-semgrep",
        "Menjalankan Semgrep dengan aturan kawal atas PHP, JavaScript, TypeScript (KAWAL_SEMGREP atau PATH).",
        semgrep.scan,
    )
    scan.add_argument("--sumber", type=Path, required=True, help="pohon sumber")
    scan.add_argument(
        "--keluar",
        type=Path,
        required=True,
        help="laporan Semgrep (JSON); tidak dibuat bila tidak ada berkasnya",
    )

    one = command("satukan", "Menyatukan laporan pemindai kode menjadi satu berkas bukti.", satukan.combine)
    one.add_argument(
        "--dari", type=Path, nargs="+", required=True, help="laporan pemindai; yang tidak ada dilewati"
    )
    one.add_argument("--sumber", type=Path, required=True, help="pohon sumber, untuk mencari pembungkam")
    one.add_argument("--keluar", type=Path, required=True, help="kumpulan laporan (JSON)")

    tree = command(
        "periksa-pohon",
        "Mencari rahasia, dependensi tanpa kunci, pustaka yang ikut, dan dokumen.",
        pohon_sumber.inspect,
    )
    tree.add_argument("--sumber", type=Path, required=True, help="pohon sumber")
    tree.add_argument("--keluar", type=Path, required=True, help="laporan (JSON)")
    tree.add_argument(
        "--dokumen", action="append", metavar="F", help="dokumen yang diperiksa; boleh berulang"
    )

    quality = command(
        "mutu", "Menyatukan temuan beberapa gerbang menjadi satu berkas Code Quality.", mutu.merge
    )
    quality.add_argument(
        "--dari", nargs="+", required=True, metavar="UJI=F", help="laporan dan gerbang pembacanya"
    )
    quality.add_argument("--keluar", type=Path, required=True, help="Code Quality (JSON)")

    team = command(
        "saring-tim", "Menyaring pekerjaan milik tim sebelum jalan sebagai pipeline anak.", saring_tim.screen
    )
    team.add_argument("--sumber", type=Path, required=True, help="berkas pekerjaan tim")
    team.add_argument("--keluar", type=Path, required=True, help="pipeline anak")

    site = command("periksa-situs", "Menguji situs statis: setiap halaman satu kasus uji.", situs.inspect)
    site.add_argument("--sumber", type=Path, required=True, help="pohon sumber")
    site.add_argument("--keluar", type=Path, required=True, help="laporan (JUnit)")

    measure = command(
        "ukur-alat", "Menaruh sha256 alat yang baru saja jalan ke dalam laporannya.", ukur.attach
    )
    measure.add_argument("--alat", choices=sorted(ukur.PACKAGES), required=True, help="alat")
    measure.add_argument("--di", type=Path, required=True, help="laporan yang ditulisnya (JSON)")

    plan = command("rencana-zap", "Menulis rencana Automation Framework ZAP untuk sebuah sasaran.", zap.plan)
    plan.add_argument("--jenis", choices=zap.KINDS, required=True, help="rencana")
    plan.add_argument("--sasaran", required=True, metavar="URL", help="aplikasi di target uji")
    plan.add_argument("--keluar", type=Path, required=True, help="rencana (YAML)")

    zap_scan = command(
        "pindai-zap",
        "Memindai dengan ZAP lewat Docker (KAWAL_CITRA_ZAP, KAWAL_RENCANA_ZAP); tanpa citra itu tidak ada yang dilakukan.",
        zap.scan,
    )
    zap_scan.add_argument("--sasaran", required=True, metavar="URL", help="aplikasi di target uji")
    zap_scan.add_argument("--keluar", type=Path, required=True, help="laporan ZAP (JSON)")
    return parser
