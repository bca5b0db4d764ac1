"""Halaman dan formulir, langsung pada aplikasi WSGI."""

from __future__ import annotations

import io
import json
import tempfile
import unittest
from pathlib import Path
from urllib.parse import urlencode

from aplikasi.simpan import Simpanan
from aplikasi.web import Aplikasi


class Halaman(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        simpanan = Simpanan(Path(folder.name) / "uji.sqlite3")
        self.addCleanup(simpanan.tutup)
        self.aplikasi = Aplikasi(simpanan)

    def minta(self, metode: str, jalur: str, isian: dict[str, str] | None = None) -> tuple[str, dict[str, str], str]:
        isi = urlencode(isian or {})
        lingkungan = {
            "REQUEST_METHOD": metode,
            "PATH_INFO": jalur,
            "QUERY_STRING": isi if metode == "GET" else "",
            "CONTENT_LENGTH": str(len(isi)),
            "wsgi.input": io.BytesIO(isi.encode()),
        }
        catatan: list[tuple[str, dict[str, str]]] = []
        potongan = self.aplikasi(lingkungan, lambda status, kepala: catatan.append((status, dict(kepala))))
        return catatan[0][0], catatan[0][1], b"".join(potongan).decode()

    def isian_bayar(self, **lain: str) -> dict[str, str]:
        isian = {"pasar": "Pasar Pagi", "pedagang": "Ibu Sari", "jenis": "kios", "luas": "6", "hari": "1"}
        return isian | {"token": self.aplikasi.penjaga.token()} | lain

    def test_tarif_menampilkan_semua_jenis(self) -> None:
        status, _kepala, isi = self.minta("GET", "/tarif")
        self.assertEqual(status, "200 OK")
        for kata in ("Kios", "Los", "Pelataran", "Rp1.500", "Pasar Induk"):
            self.assertIn(kata, isi)

    def test_api_tarif_berisi_json(self) -> None:
        _status, kepala, isi = self.minta("GET", "/api/tarif")
        self.assertEqual(kepala["Content-Type"], "application/json; charset=utf-8")
        self.assertEqual(json.loads(isi)["tarif"][0]["per_meter_per_hari"], 1500)

    def test_hitung_menampilkan_jumlah(self) -> None:
        _status, _kepala, isi = self.minta("GET", "/hitung", {"jenis": "kios", "luas": "6", "hari": "2"})
        self.assertIn("Rp18.000", isi)

    def test_hitung_menolak_luas_salah(self) -> None:
        status, _kepala, isi = self.minta("GET", "/hitung", {"jenis": "kios", "luas": "0", "hari": "2"})
        self.assertEqual(status, "400 Bad Request")
        self.assertIn("Luas harus bilangan bulat", isi)

    def test_pembayaran_masuk_rekap(self) -> None:
        status, kepala, _isi = self.minta("POST", "/bayar", self.isian_bayar())
        self.assertEqual((status, kepala["Location"]), ("303 See Other", "/rekap"))
        self.assertIn("Rp9.000", self.minta("GET", "/rekap")[2])

    def test_pembayaran_tanpa_token_ditolak(self) -> None:
        status, _kepala, _isi = self.minta("POST", "/bayar", self.isian_bayar(token="1.a.b"))
        self.assertEqual(status, "403 Forbidden")
        self.assertEqual(self.aplikasi.simpanan.rekap(), [])

    def test_token_kedaluwarsa_ditolak(self) -> None:
        penjaga = self.aplikasi.penjaga
        self.assertTrue(penjaga.sah(penjaga.token(1000), 1000 + 3600))
        self.assertFalse(penjaga.sah(penjaga.token(1000), 1000 + 3601))

    def test_nama_pedagang_ditampilkan_sebagai_teks(self) -> None:
        self.minta("POST", "/bayar", self.isian_bayar(pedagang="<script>alert(1)</script>"))
        isi = self.minta("GET", "/rekap")[2]
        self.assertNotIn("<script>", isi)
        self.assertIn("&lt;script&gt;", isi)

    def test_setiap_jawaban_membawa_kepala_keamanan(self) -> None:
        for jalur in ("/tarif", "/tidak-ada", "/sehat"):
            kepala = self.minta("GET", jalur)[1]
            self.assertIn("default-src 'none'", kepala["Content-Security-Policy"])
            self.assertEqual(kepala["X-Content-Type-Options"], "nosniff")

    def test_halaman_dan_metode_lain_ditolak(self) -> None:
        self.assertEqual(self.minta("GET", "/tidak-ada")[0], "404 Not Found")
        self.assertEqual(self.minta("POST", "/tarif")[0], "405 Method Not Allowed")
