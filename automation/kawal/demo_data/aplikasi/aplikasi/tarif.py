"""Tarif retribusi dan perhitungannya: aturan murni, tanpa basis data dan tanpa web."""

from __future__ import annotations

from dataclasses import dataclass


class MasukanSalah(ValueError):
    """Masukan pengguna yang tidak dapat diterima; pesannya ditampilkan apa adanya (sudah berbahasa Indonesia)."""


@dataclass(frozen=True)
class Tarif:
    jenis: str
    nama: str
    per_meter_per_hari: int  # rupiah


TARIF = (
    Tarif("kios", "Kios", 1500),
    Tarif("los", "Los", 1000),
    Tarif("pelataran", "Pelataran", 500),
)

PASAR = ("Pasar Induk", "Pasar Pagi", "Pasar Ikan")

LUAS_TERBESAR = 500
HARI_TERBANYAK = 31
_DISKON_SEBULAN = 10  # persen, untuk pembayaran 30 hari atau lebih


def cari_tarif(jenis: str) -> Tarif:
    for tarif in TARIF:
        if tarif.jenis == jenis:
            return tarif
    raise MasukanSalah("Jenis tempat tidak dikenal.")


def baca_bilangan(teks: str, nama: str, terbesar: int) -> int:
    """Bilangan bulat 1 sampai `terbesar`; hanya angka ASCII."""
    if not (teks.isascii() and teks.isdigit() and len(teks) <= 4 and 1 <= int(teks) <= terbesar):
        raise MasukanSalah(f"{nama} harus bilangan bulat 1 sampai {terbesar}.")
    return int(teks)


def hitung(jenis: str, luas: int, hari: int) -> int:
    """Retribusi dalam rupiah; 30 hari atau lebih mendapat potongan 10 %."""
    penuh = cari_tarif(jenis).per_meter_per_hari * luas * hari
    return penuh * (100 - _DISKON_SEBULAN) // 100 if hari >= 30 else penuh


def baca_pasar(teks: str) -> str:
    if teks not in PASAR:
        raise MasukanSalah("Pasar tidak dikenal.")
    return teks


def baca_pedagang(teks: str) -> str:
    """Nama pedagang: 3 sampai 80 huruf, tanpa karakter kendali."""
    nama = " ".join(teks.split())
    if not 3 <= len(nama) <= 80 or not nama.isprintable():
        raise MasukanSalah("Nama pedagang harus 3 sampai 80 huruf.")
    return nama


def rupiah(jumlah: int) -> str:
    return "Rp" + f"{jumlah:,}".replace(",", ".")
