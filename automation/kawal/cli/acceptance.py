"""Verbs about accepted risks: pengecualian lihat, pengecualian catat."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from kawal.cli.common import AliasGroup, command
from kawal.cli.open import at, key_file, office
from kawal.cli.procedure import DAY, KEY
from kawal.outcome import Outcome

MR = click.option("--mr", type=int, help="Temuan merge request ini, sebelum digabung.")


def register(root: click.Group) -> None:
    group = AliasGroup("pengecualian", help="Temuan pemindai, dan risiko yang diterima pejabat.")
    group.alias = "waiver"
    root.add_command(group)

    @command(group, "lihat", alias="show", example="kawal pengecualian lihat e-retribusi-pasar")
    @click.argument("id_")
    @MR
    def show(id_: str, mr: int | None) -> Outcome:
        """Menampilkan temuan yang menahan aplikasi, dengan sidiknya."""
        from kawal.services import acceptance

        with office() as here:
            return acceptance.show(here, id_, iid=mr)

    @command(
        group,
        "catat",
        alias="record",
        example="kawal pengecualian catat e-retribusi-pasar keamanan-kode --temuan 3fa85f64c1d2 --alasan 'hanya jaringan dalam' --sampai 2026-12-31",
        writes=True,
    )
    @click.argument("id_")
    @click.argument("uji")
    @click.option(
        "--temuan",
        "temuan",
        multiple=True,
        required=True,
        metavar="SIDIK",
        help="Sidik temuan; boleh berulang.",
    )
    @click.option("--alasan", required=True, help="Mengapa risikonya diterima.")
    @click.option("--sampai", type=DAY, required=True, help="Tanggal berakhirnya pengecualian.")
    @click.option("--bukti", type=click.Path(path_type=Path), help="Berkas keputusannya.")
    @MR
    @KEY
    def accept(
        id_: str,
        uji: str,
        temuan: tuple[str, ...],
        alasan: str,
        sampai: datetime,
        bukti: Path | None,
        mr: int | None,
        kunci: Path | None,
    ) -> Outcome:
        """Menerima risiko temuan tertentu satu aplikasi sampai tanggal tertentu."""
        from kawal.services import acceptance

        with office() as here:
            return acceptance.accept(
                here,
                id_,
                uji,
                temuan,
                key_file(kunci),
                reason=alasan,
                until=sampai.date(),
                document=at(bukti) if bukti else None,
                iid=mr,
            )

    @command(group, "kirim", alias="send", example="kawal pengecualian kirim e-retribusi-pasar", writes=True)
    @click.argument("id_")
    def send(id_: str) -> Outcome:
        """Memberikan daftar risiko yang berlaku kepada pekerjaan CI aplikasi."""
        from kawal.services import acceptance

        with office() as here:
            return acceptance.send(here, id_)
