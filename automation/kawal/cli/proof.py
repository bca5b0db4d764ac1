"""Verbs that look at all projects or at the whole installation: buktikan, selaraskan, bundel."""

from __future__ import annotations

from pathlib import Path

import click

from kawal.cli.common import command
from kawal.cli.open import at, office
from kawal.outcome import Outcome


def register(root: click.Group) -> None:
    @command(root, "buktikan", alias="prove", example="kawal buktikan e-retribusi-pasar --html bukti.html")
    @click.argument("id_", required=False)
    @click.option("--perbaiki", is_flag=True, help="Susun rencana perbaikan; tidak menjalankannya.")
    @click.option("--html", type=click.Path(path_type=Path), help="Tulis juga halaman HTML.")
    def prove(id_: str | None, perbaiki: bool, html: Path | None) -> Outcome:
        """Membuktikan per gerbang: ditegakkan, dianjurkan, atau dapat dilewati oleh siapa lewat jalan apa."""
        from kawal.services import prove as service

        with office() as here:
            return service.run(here, id_, repair=perbaiki, page=at(html) if html else None)

    @command(root, "selaraskan", alias="align", example="kawal selaraskan --hanya-menambah", writes=True)
    @click.option("--hanya-menambah", is_flag=True, help="Rencana yang mengubah menunggu kawal terapkan.")
    def align(hanya_menambah: bool) -> Outcome:
        """Memulihkan semua proyek otoritas ini ke keadaan yang seharusnya; tidak menghapus apa pun."""
        from kawal.services import fleet

        with office() as here:
            return fleet.align(here, only_adds=hanya_menambah)

    @command(root, "bundel", alias="bundle", example="kawal bundel kawal-luring", writes=True)
    @click.argument("folder", type=click.Path(path_type=Path))
    @click.option(
        "--roda", type=click.Path(path_type=Path), help="Pakai wheel di folder ini, tanpa bertanya pada pip."
    )
    def bundle(folder: Path, roda: Path | None) -> Outcome:
        """Mengumpulkan roda, templat, dan jumlah periksa untuk pemasangan tanpa internet."""
        from kawal.services import offline

        return offline.bundle(at(folder), wheels=at(roda) if roda else None)
