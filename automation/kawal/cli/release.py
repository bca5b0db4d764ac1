"""Verbs of a release: rilis, periksa, izin, sahkan, catat, cabut."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kawal.bahasa import t
from kawal.cli.common import AliasGroup, command
from kawal.cli.open import at, key_file, office
from kawal.cli.procedure import DAY, KEY
from kawal.errors import InputError
from kawal.outcome import Outcome

if TYPE_CHECKING:
    from kawal.services.letters import Letter

VERSION = click.option(
    "--rilis", "rilis", metavar="VERSI", required=True, help="Versi rilis, misalnya v1.0.0."
)
EVIDENCE = click.option(
    "--bukti", multiple=True, type=click.Path(path_type=Path), help="Berkas laporan; boleh berulang."
)
SAVE = click.option(
    "--simpan",
    type=click.Path(path_type=Path),
    help="Simpan catatan bertanda tangan ke berkas, jangan dicatat.",
)
LETTER = click.option(
    "--surat",
    type=click.Path(path_type=Path),
    help="Surat pejabat yang disalin dua orang; pejabatnya tidak perlu masuk.",
)
OFFICIAL = click.option("--pejabat", metavar="ORANG", help="Penanda tangan surat (dengan --surat).")


def _letter(surat: Path | None, pejabat: str | None) -> Letter | None:
    from kawal.services.letters import Letter

    if (surat is None) != (pejabat is None):
        raise click.UsageError(t("Sebut --surat dan --pejabat bersama-sama."))
    return None if surat is None or pejabat is None else Letter(at(surat), pejabat)


def register(root: click.Group) -> None:
    _releases(root)
    _signoffs(root)
    _records(root)


def _releases(root: click.Group) -> None:
    group = AliasGroup("rilis", help="Rilis produksi.")
    group.alias = "release"
    root.add_command(group)

    @command(
        group,
        "minta",
        alias="request",
        example="kawal rilis minta e-retribusi-pasar v1.0.0 --commit 9f2c1ab",
        writes=True,
    )
    @click.argument("id_")
    @click.argument("versi")
    @click.option(
        "--commit",
        metavar="SHA",
        help="Commit di cabang utama; boleh kosong bila rilis ini sudah pernah diminta.",
    )
    @KEY
    def request(id_: str, versi: str, commit: str | None, kunci: Path | None) -> Outcome:
        """Meminta rilis: bot membuat tag terlindung; diminta lagi = pipeline rilis dijalankan lagi."""
        from kawal.services import release

        with office() as here:
            return release.request(here, id_, versi, commit, key_file(kunci))

    @command(group, "daftar", alias="list", example="kawal rilis daftar e-retribusi-pasar")
    @click.argument("id_")
    def listing(id_: str) -> Outcome:
        """Menampilkan rilis yang pernah diminta."""
        from kawal.services import release

        with office() as here:
            return release.listing(here, id_)

    @command(root, "periksa", alias="check", example="kawal periksa e-retribusi-pasar --rilis v1.0.0")
    @click.argument("id_")
    @click.option("--rilis", metavar="VERSI", help="Versi rilis; bawaan: yang terakhir diminta.")
    def check(id_: str, rilis: str | None) -> Outcome:
        """Menilai semua syarat rilis sekarang; keluar 3 selama ada yang kurang."""
        from kawal.services import check as service

        with office() as here:
            return service.check(here, id_, version=rilis)

    @command(
        root,
        "izin",
        alias="permit",
        example="kawal izin e-retribusi-pasar --target produksi-1 --token-berkas token.jwt",
        writes=True,
    )
    @click.argument("id_")
    @click.option("--target", required=True, help="Id target.")
    @click.option(
        "--token-berkas",
        required=True,
        type=click.Path(path_type=Path),
        help="Berkas berisi ID token job rilis.",
    )
    @click.option("--simpan", type=click.Path(path_type=Path), help="Tulis izin ke berkas.")
    def permit(id_: str, target: str, token_berkas: Path, simpan: Path | None) -> Outcome:
        """Meminta izin rilis dengan tangan, tanpa server; penolakan juga dicatat."""
        from kawal.services import permits

        with office() as here:
            return permits.by_hand(here, id_, target, at(token_berkas), at(simpan) if simpan else None)


def _signoffs(root: click.Group) -> None:
    group = AliasGroup("sahkan", help="Pengesahan oleh pejabat, dengan kuncinya sendiri.")
    group.alias = "sign"
    root.add_command(group)

    @command(
        group,
        "persandian",
        alias=None,
        example="kawal sahkan persandian e-retribusi-pasar --rilis v1.0.0 --bukti pemeriksaan.pdf",
        writes=True,
    )
    @click.argument("id_")
    @VERSION
    @click.option(
        "--hasil",
        type=click.Choice(["memenuhi", "memenuhi_dengan_catatan", "tidak_memenuhi"]),
        default="memenuhi",
        show_default=True,
        help="Hasil pemeriksaan.",
    )
    @click.option(
        "--temuan", metavar="TINGKAT=JUMLAH", multiple=True, help="Misalnya sedang=2; boleh berulang."
    )
    @click.option("--catatan", help="Catatan pemeriksaan.")
    @click.option("--alasan", help="Wajib bila tidak memenuhi.")
    @EVIDENCE
    @LETTER
    @OFFICIAL
    @SAVE
    @KEY
    def persandian(
        id_: str,
        rilis: str,
        hasil: str,
        temuan: tuple[str, ...],
        catatan: str | None,
        alasan: str | None,
        bukti: tuple[Path, ...],
        surat: Path | None,
        pejabat: str | None,
        simpan: Path | None,
        kunci: Path | None,
    ) -> Outcome:
        """Mengesahkan hasil pemeriksaan keamanan untuk tepat satu rilis."""
        from kawal.services import signoff

        with office() as here:
            return signoff.persandian(
                here,
                id_,
                rilis,
                key_file(kunci),
                result=hasil,
                findings={name: _number(value) for name, value in map(_pair, temuan)},
                evidence=[at(one) for one in bukti],
                note=catatan,
                reason=alasan,
                save=at(simpan) if simpan else None,
                letter=_letter(surat, pejabat),
            )

    @command(
        group,
        "uat",
        alias=None,
        example="kawal sahkan uat e-retribusi-pasar --rilis v1.0.0 --commit 9f2c1ab --bukti ba-uat.pdf",
        writes=True,
    )
    @click.argument("id_")
    @VERSION
    @click.option("--commit", metavar="SHA", help="Commit yang diuji, bila rilisnya belum diminta.")
    @click.option(
        "--tolak",
        metavar="SKENARIO=ALASAN",
        multiple=True,
        help="Skenario yang tidak diterima; boleh berulang.",
    )
    @EVIDENCE
    @LETTER
    @OFFICIAL
    @SAVE
    @KEY
    def uat(
        id_: str,
        rilis: str,
        commit: str | None,
        tolak: tuple[str, ...],
        bukti: tuple[Path, ...],
        surat: Path | None,
        pejabat: str | None,
        simpan: Path | None,
        kunci: Path | None,
    ) -> Outcome:
        """Menerima skenario UAT atas paket yang terpasang di target uji."""
        from kawal.services import signoff

        with office() as here:
            return signoff.uat(
                here,
                id_,
                rilis,
                key_file(kunci),
                commit=commit,
                refused=dict(map(_pair, tolak)),
                evidence=[at(one) for one in bukti],
                save=at(simpan) if simpan else None,
                letter=_letter(surat, pejabat),
            )


def _records(root: click.Group) -> None:
    group = AliasGroup("catat", help="Mencatat bukti dan catatan yang ditandatangani di tempat lain.")
    group.alias = "record"
    root.add_command(group)

    @command(
        group,
        "pentest",
        alias=None,
        example="kawal catat pentest e-retribusi-pasar --bukti laporan.pdf --penguji CSIRT --tanggal 2026-11-20",
        writes=True,
    )
    @click.argument("id_")
    @click.option(
        "--bukti", required=True, type=click.Path(path_type=Path), help="Berkas laporan atau pernyataan."
    )
    @click.option("--penguji", help="Tim atau lembaga penguji, bukan nama orang.")
    @click.option("--tanggal", type=DAY, help="Tanggal pengujian; bawaan: hari ini.")
    @click.option(
        "--hasil",
        type=click.Choice(["memenuhi", "memenuhi_dengan_catatan", "tidak_memenuhi"]),
        default="memenuhi",
        show_default=True,
        help="Hasil pemeriksaan.",
    )
    @click.option(
        "--temuan", metavar="TINGKAT=JUMLAH", multiple=True, help="Misalnya sedang=2; boleh berulang."
    )
    @click.option(
        "--ulang",
        type=click.Choice(["tidak_perlu", "menunggu", "selesai"]),
        default="tidak_perlu",
        show_default=True,
        help="Keadaan uji ulang.",
    )
    @click.option(
        "--tidak-tersedia", is_flag=True, help="Nyatakan pentest tidak tersedia, dengan alasan dan batasnya."
    )
    @click.option("--alasan", help="Alasan pentest tidak tersedia.")
    @click.option("--sampai", type=DAY, help="Tanggal berakhirnya pernyataan tidak tersedia.")
    @KEY
    def pentest(
        id_: str,
        bukti: Path,
        penguji: str | None,
        tanggal: datetime | None,
        hasil: str,
        temuan: tuple[str, ...],
        ulang: str,
        tidak_tersedia: bool,
        alasan: str | None,
        sampai: datetime | None,
        kunci: Path | None,
    ) -> Outcome:
        """Mencatat laporan uji penetrasi, atau pernyataan bahwa uji itu tidak tersedia."""
        from kawal.services import pentest as service

        with office() as here:
            if tidak_tersedia:
                until = sampai.date() if sampai else None
                return service.unavailable(here, id_, key_file(kunci), at(bukti), reason=alasan, until=until)
            if not penguji:
                raise click.UsageError(t("Sebut --penguji, atau --tidak-tersedia."))
            return service.report(
                here,
                id_,
                key_file(kunci),
                at(bukti),
                tester=penguji,
                tested_on=tanggal.date() if tanggal else None,
                result=hasil,
                findings={name: _number(value) for name, value in map(_pair, temuan)},
                retest=ulang,
            )

    @command(
        group,
        "pse",
        alias=None,
        example="kawal catat pse e-retribusi-pasar --bukti bukti-pendataan.pdf --nomor 0042 --tanggal 2026-11-20",
        writes=True,
    )
    @click.argument("id_")
    @click.option(
        "--bukti",
        required=True,
        type=click.Path(path_type=Path),
        help="Berkas bukti pendataan atau tanda daftar.",
    )
    @click.option("--nomor", help="Nomor sebagaimana tertulis (teks bebas).")
    @click.option("--tanggal", type=DAY, help="Tanggal pendaftaran; bawaan: hari ini.")
    @click.option(
        "--jenis",
        type=click.Choice(["bukti_pendataan", "tanda_daftar_pse"]),
        default="bukti_pendataan",
        show_default=True,
        help="Jenis bukti.",
    )
    @LETTER
    @OFFICIAL
    @SAVE
    @KEY
    def pse(
        id_: str,
        bukti: Path,
        nomor: str | None,
        tanggal: datetime | None,
        jenis: str,
        surat: Path | None,
        pejabat: str | None,
        simpan: Path | None,
        kunci: Path | None,
    ) -> Outcome:
        """Mencatat pendataan atau pendaftaran PSE aplikasi."""
        from kawal.services import signoff

        with office() as here:
            return signoff.pse(
                here,
                id_,
                key_file(kunci),
                at(bukti),
                number=nomor,
                registered_on=tanggal.date() if tanggal else None,
                kind=jenis,
                save=at(simpan) if simpan else None,
                letter=_letter(surat, pejabat),
            )

    @command(group, "impor", alias="import", example="kawal catat impor persandian.json", writes=True)
    @click.argument("berkas", type=click.Path(path_type=Path))
    def import_(berkas: Path) -> Outcome:
        """Menerima catatan yang ditandatangani di tempat lain (--simpan)."""
        from kawal.services import signoff

        with office() as here:
            return signoff.import_record(here, at(berkas))

    @command(
        root, "cabut", alias="revoke", example="kawal cabut 3fa85f64 --alasan 'laporan keliru'", writes=True
    )
    @click.argument("rekaman")
    @click.option("--alasan", required=True, help="Mengapa dicabut.")
    @click.option("--akar", is_flag=True, help="Dicabut dengan kunci akar: berlaku untuk catatan apa pun.")
    @click.option(
        "--folder-kunci",
        type=click.Path(path_type=Path),
        default=Path("kunci"),
        show_default=True,
        help="Folder kunci.",
    )
    @KEY
    def withdraw(rekaman: str, alasan: str, akar: bool, folder_kunci: Path, kunci: Path | None) -> Outcome:
        """Mencabut sebuah catatan dengan catatan baru."""
        from kawal.services import signoff

        with office() as here:
            if akar:
                return signoff.withdraw(here, rekaman, None, alasan, root_folder=at(folder_kunci))
            return signoff.withdraw(here, rekaman, key_file(kunci), alasan)


def _pair(word: str) -> tuple[str, str]:
    name, eq, value = word.partition("=")
    if not eq or not name or not value:
        raise InputError("INPUT-051", f"{word!r} tidak terbaca", needed="NAMA=NILAI")
    return name, value


def _number(text: str) -> int:
    if not text.isdecimal():
        raise InputError("INPUT-051", f"{text!r} bukan jumlah", needed="bilangan bulat nol atau lebih")
    return int(text)
