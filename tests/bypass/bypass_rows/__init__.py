"""All rows of the bypass suite, numbers first, then the traps of the forge (X)."""

from __future__ import annotations

from bypass_baris import Row

from bypass_rows import buku, forge, isi, laporan, nanti, orang, pintu, sasaran


def _order(row: Row) -> tuple[bool, int]:
    return row.id.startswith("X"), int(row.id.removeprefix("X"))


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
            *nanti.ROWS,
        ),
        key=_order,
    )
)
