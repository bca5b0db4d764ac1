"""Verbs that record what lies on paper, and take a record back: catat, cabut."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kawal.bahasa import t
from kawal.cli.common import AliasGroup, command
from kawal.cli.giving import given
from kawal.cli.open import at, key_file, office
from kawal.cli.procedure import DAY, KEY
from kawal.cli.signoffs import number, pair
from kawal.outcome import Outcome

if TYPE_CHECKING:
    from kawal.services.office import Office
    from kawal.services.signing import Giver


def register(root: click.Group) -> None:
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
                findings={name: number(value) for name, value in map(pair, temuan)},
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
    @click.option(
        "--kategori",
        type=click.Choice(["strategis", "tinggi", "rendah"]),
        help="Kategori sistem elektronik menurut bukti itu.",
    )
    @click.option(
        "--tautan", metavar="URL", help="Bukti terbuka, misalnya https://pse.layanan.go.id/sealid/1."
    )
    @given
    def pse(
        here: Office,
        giver: Giver,
        id_: str,
        bukti: Path,
        nomor: str | None,
        tanggal: datetime | None,
        jenis: str,
        kategori: str | None,
        tautan: str | None,
    ) -> Outcome:
        """Mencatat pendataan atau pendaftaran PSE aplikasi."""
        from kawal.services import signoff

        return signoff.pse(
            here,
            id_,
            giver,
            at(bukti),
            number=nomor,
            registered_on=tanggal.date() if tanggal else None,
            kind=jenis,
            category=kategori,
            seal_url=tautan,
        )

    @command(group, "impor", alias="import", example="kawal catat impor persandian.json", writes=True)
    @click.argument("berkas", type=click.Path(path_type=Path))
    def import_(berkas: Path) -> Outcome:
        """Menerima catatan yang ditandatangani di tempat lain (--simpan)."""
        from kawal.services import withdraw as service

        with office() as here:
            return service.import_record(here, at(berkas))

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
        from kawal.services import withdraw as service

        with office() as here:
            if akar:
                return service.withdraw(here, rekaman, None, alasan, root_folder=at(folder_kunci))
            return service.withdraw(here, rekaman, key_file(kunci), alasan)
