"""The verb about acceptance by the requester: uat. Giving it is `sahkan uat`."""

from __future__ import annotations

import click

from kawal.cli.common import command
from kawal.cli.open import office
from kawal.outcome import Outcome


def register(root: click.Group) -> None:
    @command(root, "uat", alias="acceptance", example="kawal uat e-retribusi-pasar --cermin", writes=True)
    @click.argument("id_")
    @click.option("--rilis", metavar="VERSI", help="Versi rilis; bawaan: paket terakhir di target uji.")
    @click.option("--cermin", is_flag=True, help="Tulis daftarnya sebagai isu; hanya untuk dibaca.")
    def uat_(id_: str, rilis: str | None, cermin: bool) -> Outcome:
        """Menampilkan skenario UAT wajib dan mana yang sudah diterima untuk paket itu."""
        from kawal.services import uat as service

        with office() as here:
            return service.show(here, id_, version=rilis, mirror=cermin)
