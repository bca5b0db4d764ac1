"""Rows whose surface does not exist yet, or that another suite holds."""

from __future__ import annotations

from bypass_baris import Row

ROWS = (
    Row(
        "51",
        "Dependensi gerbang dibobol",
        "jaringan",
        "pemeriksa di target satu berkas tanpa paket; penerbit izin proses kecil tersendiri",
        note="diuji di tests/issuer (impor), tests/target (satu berkas) dan import-linter; pemasangan wheel dengan hash belum ada permukaannya",
    ),
    Row(
        "52",
        "Akses langsung ke produksi (SSH pengembang)",
        "pengembang",
        "di luar pipeline: laporan selisih digest yang berjalan dengan izin terakhir",
        note="belum ada permukaannya",
    ),
    Row(
        "X2",
        "Variabel bercakupan environment tanpa dilindungi",
        "pengembang",
        "tidak ada kredensial produksi di forge, maka cakupan environment tidak memberi apa pun",
        note="belum ada permukaannya",
    ),
)
