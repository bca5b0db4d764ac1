"""A form of `permohonan formulir` as somebody fills it in: each example that stands in it gets an answer."""

from __future__ import annotations

from pathlib import Path

ANSWERS = {
    "nama-aplikasi": "e-retribusi-pasar",
    "Nama Aplikasi": "e-Retribusi Pasar",
    "Nama Perangkat Daerah": "Dinas Perdagangan",
    "singkatan: singkatan": "singkatan: disperindag",
    "Untuk apa aplikasi ini.": "Mencatat retribusi.",
    "nomor: NOMOR": "nomor: 500.2/118/2026",
    "pengguna-forge": "pengembang-1",
    "pengguna-lain": "peninjau-1",
}


def fill(path: Path) -> None:
    text = path.read_text("utf-8")
    for example, answer in ANSWERS.items():
        text = text.replace(example, answer)
    path.write_text(text, "utf-8")
