"""All rows of the bypass suite, numbers first, then what only GitHub has (G), then the traps of the forge (X)."""

from __future__ import annotations

from bypass_baris import Row

from bypass_rows import buku, forge, github, isi, laporan, nanti, orang, pintu, sasaran


def _order(row: Row) -> tuple[str, int]:
    letter = row.id.rstrip("0123456789")
    return letter, int(row.id.removeprefix(letter))


ROWS: tuple[Row, ...] = tuple(
    sorted(
        (
            *pintu.ROWS,
            *isi.ROWS,
            *laporan.ROWS,
            *orang.ROWS,
            *sasaran.ROWS,
            *buku.ROWS,
            *forge.ROWS,
            *github.ROWS,
            *nanti.ROWS,
        ),
        key=_order,
    )
)
