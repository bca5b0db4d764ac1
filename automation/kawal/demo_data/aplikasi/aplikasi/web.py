"""Aplikasi WSGI: dari permintaan ke jawaban. Satu fungsi per halaman."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from . import halaman
from .pengaman import KEPALA, Penjaga
from .simpan import Pembayaran, Simpanan
from .tarif import (
    HARI_TERBANYAK,
    LUAS_TERBESAR,
    TARIF,
    MasukanSalah,
    baca_bilangan,
    baca_pasar,
    baca_pedagang,
    cari_tarif,
    hitung,
    rupiah,
)

ISI_TERBESAR = 16 * 1024
_STATUS = {
    200: "OK",
    303: "See Other",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
}


class Jawaban(NamedTuple):
    status: int
    isi: str
    jenis: str = "text/html; charset=utf-8"
    kepala: tuple[tuple[str, str], ...] = ()


class Aplikasi:
    def __init__(self, simpanan: Simpanan) -> None:
        self.simpanan = simpanan
        self.penjaga = Penjaga()
        self._halaman: dict[tuple[str, str], Callable[[dict[str, str]], Jawaban]] = {
            ("GET", "/"): lambda _isian: Jawaban(303, "", kepala=(("Location", "/tarif"),)),
            ("GET", "/sehat"): lambda _isian: _json({"status": "ok"}),
            ("GET", "/gaya.css"): lambda _isian: Jawaban(200, halaman.GAYA, "text/css; charset=utf-8"),
            ("GET", "/tarif"): lambda _isian: Jawaban(200, halaman.tarif()),
            ("GET", "/api/tarif"): lambda _isian: _json({"tarif": [tarif.__dict__ for tarif in TARIF]}),
            ("GET", "/hitung"): self.hitung,
            ("GET", "/bayar"): lambda _isian: Jawaban(200, halaman.bayar(self.penjaga.token())),
            ("POST", "/bayar"): self.bayar,
            ("GET", "/rekap"): self.rekap,
        }

    def __call__(self, lingkungan: dict[str, Any], mulai: Callable[..., Any]) -> Iterable[bytes]:
        jawaban = self.jawab(lingkungan)
        isi = jawaban.isi.encode("utf-8")
        kepala = [
            ("Content-Type", jawaban.jenis),
            ("Content-Length", str(len(isi))),
            *KEPALA,
            *jawaban.kepala,
        ]
        mulai(f"{jawaban.status} {_STATUS[jawaban.status]}", kepala)
        return [] if lingkungan["REQUEST_METHOD"] == "HEAD" else [isi]

    def jawab(self, lingkungan: dict[str, Any]) -> Jawaban:
        metode, jalur = lingkungan["REQUEST_METHOD"], lingkungan.get("PATH_INFO", "/")
        metode = "GET" if metode == "HEAD" else metode
        tujuan = self._halaman.get((metode, jalur))
        if tujuan is None:
            ada = any(kunci[1] == jalur for kunci in self._halaman)
            return _galat(405, "Metode tidak diizinkan.") if ada else _galat(404, "Halaman tidak ditemukan.")
        panjang = lingkungan.get("CONTENT_LENGTH") or "0"
        if not panjang.isdigit() or int(panjang[:9]) > ISI_TERBESAR:
            return _galat(413, "Kiriman terlalu besar.")
        mentah = lingkungan["wsgi.input"].read(int(panjang)) if metode == "POST" else b""
        teks = mentah.decode("utf-8", "replace") if metode == "POST" else lingkungan.get("QUERY_STRING", "")
        try:
            isian = {nama: nilai[0] for nama, nilai in parse_qs(teks, max_num_fields=20).items()}
            return tujuan(isian)
        except MasukanSalah as salah:
            return _galat(400, str(salah))
        except ValueError:  # parse_qs: terlalu banyak isian
            return _galat(400, "Isian tidak dapat dibaca.")

    def hitung(self, isian: dict[str, str]) -> Jawaban:
        if "jenis" not in isian:
            return Jawaban(200, halaman.hitung())
        _tempat, jumlah = _baca_tempat(isian)
        return Jawaban(200, halaman.hitung(halaman.pesan(f"Retribusi: {rupiah(jumlah)}")))

    def bayar(self, isian: dict[str, str]) -> Jawaban:
        if not self.penjaga.sah(isian.get("token", "")):
            return _galat(403, "Formulir kedaluwarsa. Muat ulang halaman lalu kirim lagi.")
        (jenis, luas, hari), jumlah = _baca_tempat(isian)
        pasar, pedagang = baca_pasar(isian.get("pasar", "")), baca_pedagang(isian.get("pedagang", ""))
        self.simpanan.catat(Pembayaran(pasar, pedagang, jenis, luas, hari, jumlah))
        return Jawaban(303, "", kepala=(("Location", "/rekap"),))

    def rekap(self, _isian: dict[str, str]) -> Jawaban:
        return Jawaban(200, halaman.rekap(self.simpanan.rekap(), self.simpanan.terakhir()))


def _baca_tempat(isian: dict[str, str]) -> tuple[tuple[str, int, int], int]:
    jenis = cari_tarif(isian.get("jenis", "")).jenis
    luas = baca_bilangan(isian.get("luas", ""), "Luas", LUAS_TERBESAR)
    hari = baca_bilangan(isian.get("hari", ""), "Lama", HARI_TERBANYAK)
    return (jenis, luas, hari), hitung(jenis, luas, hari)


def _galat(status: int, teks: str) -> Jawaban:
    return Jawaban(status, halaman.bingkai("Tidak dapat diproses", halaman.pesan(teks, salah=True)))


def _json(data: object) -> Jawaban:
    return Jawaban(200, json.dumps(data, ensure_ascii=False), "application/json; charset=utf-8")
