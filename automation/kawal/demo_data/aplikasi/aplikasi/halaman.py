"""HTML setiap halaman. Semua nilai dari luar lewat `html.escape`."""

from __future__ import annotations

from html import escape

from .tarif import HARI_TERBANYAK, LUAS_TERBESAR, PASAR, TARIF, rupiah

GAYA = """
body { font-family: sans-serif; margin: 0 auto; max-width: 48rem; padding: 1rem; color: #1b1b1b; }
nav a { margin-right: 1rem; }
table { border-collapse: collapse; }
th, td { border: 1px solid #999; padding: .3rem .6rem; text-align: left; }
label { display: block; margin-top: .6rem; }
.pesan { background: #eef6ee; border-left: 4px solid #2d6a2d; padding: .5rem; }
.salah { background: #fbeeee; border-left: 4px solid #8a1f1f; padding: .5rem; }
"""

_NAVIGASI = (("/tarif", "Tarif"), ("/hitung", "Hitung"), ("/bayar", "Catat pembayaran"), ("/rekap", "Rekap"))


def bingkai(judul: str, isi: str) -> str:
    tautan = "".join(f'<a href="{alamat}">{nama}</a>' for alamat, nama in _NAVIGASI)
    return (
        '<!doctype html><html lang="id"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(judul)} - e-Retribusi Pasar</title><link rel="stylesheet" href="/gaya.css"></head>'
        f"<body><nav>{tautan}</nav><h1>{escape(judul)}</h1>{isi}</body></html>"
    )


def pesan(teks: str, salah: bool = False) -> str:
    return f'<p class="{"salah" if salah else "pesan"}">{escape(teks)}</p>'


def tarif() -> str:
    baris = "".join(f"<tr><td>{escape(t.nama)}</td><td>{rupiah(t.per_meter_per_hari)}</td></tr>" for t in TARIF)
    daftar = "".join(f"<li>{escape(pasar)}</li>" for pasar in PASAR)
    isi = f"<table><tr><th>Jenis tempat</th><th>Per m² per hari</th></tr>{baris}</table><h2>Pasar</h2><ul>{daftar}</ul>"
    return bingkai("Daftar pasar dan tarif", isi)


def hitung(hasil: str = "") -> str:
    isi = f'{hasil}<form method="get" action="/hitung">{_tempat()}<p><button>Hitung</button></p></form>'
    return bingkai("Hitung retribusi", isi)


def bayar(token: str, hasil: str = "") -> str:
    pilihan = "".join(f'<option value="{escape(pasar)}">{escape(pasar)}</option>' for pasar in PASAR)
    isi = (
        f'{hasil}<form method="post" action="/bayar"><input type="hidden" name="token" value="{escape(token)}">'
        f'<label>Pasar <select name="pasar">{pilihan}</select></label>'
        '<label>Nama pedagang <input name="pedagang" required minlength="3" maxlength="80"></label>'
        f"{_tempat()}<p><button>Catat</button></p></form>"
    )
    return bingkai("Catat pembayaran", isi)


def rekap(baris: list[tuple[str, int, int]], terakhir: list[tuple[int, str, str, int]]) -> str:
    per_pasar = "".join(f"<tr><td>{escape(p)}</td><td>{n}</td><td>{rupiah(j)}</td></tr>" for p, n, j in baris)
    kuitansi = "".join(
        f"<tr><td>{nomor}</td><td>{escape(pasar)}</td><td>{escape(nama)}</td><td>{rupiah(jumlah)}</td></tr>"
        for nomor, pasar, nama, jumlah in terakhir
    )
    isi = (
        f"<table><tr><th>Pasar</th><th>Pembayaran</th><th>Jumlah</th></tr>{per_pasar}</table>"
        "<h2>Pembayaran terakhir</h2>"
        f"<table><tr><th>Nomor</th><th>Pasar</th><th>Pedagang</th><th>Jumlah</th></tr>{kuitansi}</table>"
    )
    return bingkai("Rekap penerimaan", isi)


def _tempat() -> str:
    pilihan = "".join(f'<option value="{t.jenis}">{escape(t.nama)}</option>' for t in TARIF)
    return (
        f'<label>Jenis tempat <select name="jenis">{pilihan}</select></label>'
        f'<label>Luas (m²) <input name="luas" type="number" min="1" max="{LUAS_TERBESAR}" value="6" required></label>'
        f'<label>Lama (hari) <input name="hari" type="number" min="1" max="{HARI_TERBANYAK}" value="1" required>'
        "</label>"
    )
