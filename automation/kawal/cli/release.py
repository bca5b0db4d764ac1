"""Verbs of a release: rilis, periksa, izin."""

from __future__ import annotations

from pathlib import Path

import click

from kawal.cli.common import AliasGroup, command
from kawal.cli.open import at, key_file, office
from kawal.cli.procedure import KEY
from kawal.outcome import Outcome


def register(root: click.Group) -> None:
    from kawal.cli import recording, signoffs

    _releases(root)
    signoffs.register(root)
    recording.register(root)


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
    @click.option(
        "--ukuran",
        type=click.IntRange(1),
        help="Banyaknya catatan ledger yang terakhir dilihat target (kawal-target status).",
    )
    def permit(id_: str, target: str, token_berkas: Path, simpan: Path | None, ukuran: int | None) -> Outcome:
        """Meminta izin rilis dengan tangan, tanpa server; penolakan juga dicatat."""
        from kawal.services import permits

        with office() as here:
            save = at(simpan) if simpan else None
            return permits.by_hand(here, id_, target, at(token_berkas), save, seen=ukuran)
