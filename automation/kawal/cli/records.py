"""Verbs about whole ledgers: ekspor, verifikasi."""

from __future__ import annotations

from pathlib import Path

import click

from kawal.cli.common import command
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
