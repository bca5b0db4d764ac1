"""Verbs about keys and trust: kunci, kepercayaan."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from kawal.cli.common import AliasGroup, command
from kawal.cli.open import at, new_passphrase, office
from kawal.outcome import Outcome

FOLDER = click.option(
    "--folder-kunci",
    type=click.Path(path_type=Path),
    default=Path("kunci"),
    show_default=True,
    help="Folder kunci.",
)


DRAFT = click.option(
    "--simpan",
    type=click.Path(path_type=Path),
    help="Tulis rancangan bertanda tangan ke berkas, untuk pemegang kunci akar yang lain.",
)


def register(root: click.Group) -> None:
    keys = AliasGroup("kunci", help="Kunci tanda tangan orang.")
    keys.alias = "key"
    root.add_command(keys)
    trust = AliasGroup("kepercayaan", help="Berkas kepercayaan: siapa boleh menandatangani apa.")
    trust.alias = "trust"
    root.add_command(trust)

    @command(keys, "buat", alias="create", example="kawal kunci buat p-persandian", writes=True)
    @click.argument("orang")
    @FOLDER
    def create_key(orang: str, folder_kunci: Path) -> Outcome:
        """Membuat pasangan kunci seseorang, berfrasa sandi."""
        from kawal.services import keys as service

        return service.create(at(folder_kunci), orang, new_passphrase)

    @command(keys, "daftar", alias="list", example="kawal kunci daftar")
    @FOLDER
    def list_keys(folder_kunci: Path) -> Outcome:
        """Menampilkan kunci publik di satu folder."""
        from kawal.services import keys as service

        return service.listing(at(folder_kunci))

    @command(keys, "ganti", alias="replace", example="kawal kunci ganti p-persandian", writes=True)
    @click.argument("orang")
    @FOLDER
    def replace_key(orang: str, folder_kunci: Path) -> Outcome:
        """Membuat kunci baru bagi orang yang kuncinya hilang atau bocor; yang lama disisihkan."""
        from kawal.services import handover

        return handover.replace_key(at(folder_kunci), orang, new_passphrase)

    @command(
        trust,
        "serah-terima",
        alias="handover",
        example="kawal kepercayaan serah-terima subkoor_persandian --dari p-persandian --kepada p-baru --mulai 2026-12-01",
        writes=True,
    )
    @click.argument("peran")
    @click.option("--dari", required=True, metavar="ORANG", help="Pemegang peran sekarang.")
    @click.option("--kepada", required=True, metavar="ORANG", help="Pemegang peran berikutnya.")
    @click.option(
        "--mulai", required=True, type=click.DateTime(formats=["%Y-%m-%d"]), help="Tanggal serah terima."
    )
    @click.option(
        "--status",
        type=click.Choice(["definitif", "plt", "plh"]),
        default="definitif",
        show_default=True,
        help="Definitif, pelaksana tugas, atau pelaksana harian.",
    )
    @DRAFT
    @FOLDER
    def hand_over(
        peran: str,
        dari: str,
        kepada: str,
        mulai: datetime,
        status: str,
        simpan: Path | None,
        folder_kunci: Path,
    ) -> Outcome:
        """Memindahkan sebuah peran kepada orang lain mulai suatu tanggal; ditandatangani kunci akar."""
        from kawal.services import handover

        with office() as here:
            return handover.hand_over(
                here,
                peran,
                dari,
                kepada,
                mulai.date(),
                at(folder_kunci),
                status=status,
                draft=at(simpan) if simpan else None,
            )

    @command(
        trust,
        "buat",
        alias="create",
        example="kawal kepercayaan buat --orang orang.yml --buat-kunci",
        writes=True,
    )
    @click.option(
        "--orang", required=True, type=click.Path(path_type=Path), help="Daftar orang dan perannya (YAML)."
    )
    @click.option("--buat-kunci", is_flag=True, help="Buat kunci akar dan kunci orang yang belum ada.")
    @FOLDER
    def create_trust(orang: Path, buat_kunci: bool, folder_kunci: Path) -> Outcome:
        """Membuat kepercayaan versi 1, kunci layanan, dan buku catatan."""
        from kawal.services import trust as service

        with office() as here:
            return service.create(here, at(orang), at(folder_kunci), make_missing=buat_kunci)

    @command(trust, "ubah", alias="change", example="kawal kepercayaan ubah --orang orang.yml", writes=True)
    @click.option(
        "--orang",
        type=click.Path(path_type=Path),
        help="Daftar orang baru; tanpa ini hanya kebijakan yang diperbarui.",
    )
    @click.option(
        "--kunci-baru",
        metavar="ORANG",
        multiple=True,
        help="Pakai kunci publik baru orang ini dari folder kunci; boleh berulang.",
    )
    @DRAFT
    @FOLDER
    def change_trust(
        orang: Path | None, kunci_baru: tuple[str, ...], simpan: Path | None, folder_kunci: Path
    ) -> Outcome:
        """Membuat versi berikutnya, ditandatangani kunci akar."""
        from kawal.services import trust as service

        with office() as here:
            draft = at(simpan) if simpan else None
            persons = at(orang) if orang else None
            return service.change(here, persons, at(folder_kunci), new_keys=kunci_baru, draft=draft)

    @command(
        trust,
        "tandatangani",
        alias="sign",
        example="kawal kepercayaan tandatangani versi-2.json --folder-kunci /media/flashdisk",
        writes=True,
    )
    @click.argument("berkas", type=click.Path(path_type=Path))
    @FOLDER
    def sign_trust(berkas: Path, folder_kunci: Path) -> Outcome:
        """Menampilkan apa yang berubah dalam rancangan, lalu menambah tanda tangan kunci akar yang ada."""
        from kawal.services import trust_draft

        with office() as here:
            return trust_draft.sign(here, at(berkas), at(folder_kunci))

    @command(trust, "pasang", alias="install", example="kawal kepercayaan pasang versi-2.json", writes=True)
    @click.argument("berkas", type=click.Path(path_type=Path))
    def install_trust(berkas: Path) -> Outcome:
        """Mencatat rancangan yang sudah cukup ditandatangani kunci akar."""
        from kawal.services import trust_draft

        with office() as here:
            return trust_draft.install(here, at(berkas))

    @command(trust, "lihat", alias="show", example="kawal kepercayaan lihat")
    def show_trust() -> Outcome:
        """Menampilkan versi yang berlaku."""
        from kawal.services import trust as service

        with office() as here:
            return service.show(here)
