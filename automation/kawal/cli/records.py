"""Verbs about whole ledgers: ekspor, verifikasi, cadangkan, pulihkan."""

from __future__ import annotations

from pathlib import Path

import click

from kawal.cli.common import AliasGroup, command
from kawal.cli.open import at, office
from kawal.outcome import Outcome


def register(root: click.Group) -> None:
    @command(root, "ekspor", alias="export", example="kawal ekspor bundel-2026-11", writes=True)
    @click.argument("folder", type=click.Path(path_type=Path))
    def export(folder: Path) -> Outcome:
        """Mengekspor seluruh buku catatan ke folder baru, untuk saksi dan pemeriksa."""
        from kawal.services import records_io

        with office() as here:
            return records_io.export(here, at(folder))

    @command(root, "verifikasi", alias="verify", example="kawal verifikasi bundel-2026-11 --akar akar.pub")
    @click.argument("bundel", type=click.Path(path_type=Path))
    @click.option(
        "--akar",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Kunci publik akar yang dikenal; boleh berulang.",
    )
    def verify(bundel: Path, akar: tuple[Path, ...]) -> Outcome:
        """Memeriksa bundel ekspor tanpa jaringan dan tanpa kunci."""
        from kawal.services import records_io

        return records_io.verify(at(bundel), tuple(at(one) for one in akar))

    @command(
        root,
        "cadangkan",
        alias="backup",
        example="kawal cadangkan cadangan-2026-11 --dengan-kunci",
        writes=True,
    )
    @click.argument("folder", type=click.Path(path_type=Path))
    @click.option("--dengan-kunci", is_flag=True, help="Sertakan kunci layanan; folder menjadi rahasia.")
    def backup(folder: Path, dengan_kunci: bool) -> Outcome:
        """Menyalin buku catatan, berkas bukti, kepercayaan dan pengaturan ke folder baru."""
        from kawal.services import backup as service

        with office() as here:
            return service.back_up(here, at(folder), with_keys=dengan_kunci)

    @command(
        root,
        "pulihkan",
        alias="restore",
        example="kawal pulihkan cadangan-2026-11 --saksi bundel-saksi --akar kunci/akar.pub",
        writes=True,
    )
    @click.argument("cadangan", type=click.Path(path_type=Path))
    @click.option(
        "--saksi", multiple=True, type=click.Path(path_type=Path), help="Bundel ekspor saksi; boleh berulang."
    )
    @click.option(
        "--akar",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Kunci publik akar yang dikenal; boleh berulang.",
    )
    @click.option("--epoch", help="Buka pohon baru yang ditandatangani akar; isinya alasannya.")
    @click.option(
        "--folder-kunci",
        type=click.Path(path_type=Path),
        default=Path("kunci"),
        show_default=True,
        help="Folder kunci.",
    )
    def restore(
        cadangan: Path, saksi: tuple[Path, ...], akar: tuple[Path, ...], epoch: str | None, folder_kunci: Path
    ) -> Outcome:
        """Membangun kembali buku catatan di mesin baru dari cadangan dan saksi."""
        from kawal.services import backup as service

        with office() as here:
            return service.restore(
                here,
                [at(cadangan), *(at(one) for one in saksi)],
                [at(one) for one in akar],
                epoch=epoch,
                key_folder=at(folder_kunci),
            )

    repairs = AliasGroup("koreksi", help="Perbaikan buku catatan, ditandatangani kunci akar.")
    repairs.alias = "correct"
    root.add_command(repairs)

    @command(
        repairs,
        "jam",
        alias="clock",
        example="kawal koreksi jam --alasan 'jam server maju sehari'",
        writes=True,
    )
    @click.option("--alasan", required=True, help="Apa yang terjadi dengan jamnya.")
    @click.option(
        "--folder-kunci",
        type=click.Path(path_type=Path),
        default=Path("kunci"),
        show_default=True,
        help="Folder kunci.",
    )
    def clock(alasan: str, folder_kunci: Path) -> Outcome:
        """Menyatakan waktu catatan terakhir keliru; catatan berikutnya boleh lebih awal daripadanya."""
        from kawal.services import backup as service

        with office() as here:
            return service.correct_clock(here, alasan, at(folder_kunci))
