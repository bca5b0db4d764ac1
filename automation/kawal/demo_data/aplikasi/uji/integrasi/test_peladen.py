"""Peladen sungguhan di port bebas, HTTP sungguhan, basis data sungguhan."""

from __future__ import annotations

import http.client
import json
import re
import tempfile
import threading
import unittest
from pathlib import Path
from urllib.parse import urlencode

from aplikasi.peladen import buat_peladen


class PeladenHidup(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = Path(folder.name)
        self.nyalakan()

    def nyalakan(self) -> None:
        peladen = buat_peladen("127.0.0.1", 0, self.data)
        utas = threading.Thread(target=peladen.serve_forever, kwargs={"poll_interval": 0.02})
        utas.start()
        self.port = peladen.server_port

        def matikan() -> None:
            if utas.is_alive():
                peladen.shutdown()
                utas.join()
                peladen.server_close()
                peladen.get_app().simpanan.tutup()

        self.matikan = matikan
        self.addCleanup(matikan)

    def minta(self, metode: str, jalur: str, isian: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
        sambungan = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(sambungan.close)
        kepala = {"Content-Type": "application/x-www-form-urlencoded"} if isian else {}
        sambungan.request(metode, jalur, urlencode(isian) if isian else None, kepala)
        jawaban = sambungan.getresponse()
        return jawaban.status, dict(jawaban.getheaders()), jawaban.read().decode()

    def bayar(self, pedagang: str) -> int:
        formulir = self.minta("GET", "/bayar")[2]
        cocok = re.search(r'name="token" value="([^"]+)"', formulir)
        self.assertIsNotNone(cocok)
        token = cocok.group(1) if cocok else ""
        isian = {
            "token": token,
            "pasar": "Pasar Ikan",
            "pedagang": pedagang,
            "jenis": "los",
            "luas": "4",
            "hari": "2",
        }
        return self.minta("POST", "/bayar", isian)[0]

    def test_sehat(self) -> None:
        status, _kepala, isi = self.minta("GET", "/sehat")
        self.assertEqual((status, json.loads(isi)), (200, {"status": "ok"}))

    def test_beranda_mengarah_ke_tarif(self) -> None:
        status, kepala, _isi = self.minta("GET", "/")
        self.assertEqual((status, kepala["Location"]), (303, "/tarif"))

    def test_formulir_sampai_rekap(self) -> None:
        self.assertEqual(self.bayar("Pak Budi"), 303)
        self.assertIn("Pak Budi", self.minta("GET", "/rekap")[2])

    def test_data_tetap_ada_setelah_peladen_dinyalakan_ulang(self) -> None:
        self.bayar("Ibu Ani")
        self.matikan()
        self.nyalakan()
        self.assertIn("Ibu Ani", self.minta("GET", "/rekap")[2])

    def test_pembayaran_bersamaan_tercatat_semua(self) -> None:
        utas = [threading.Thread(target=self.bayar, args=(f"Pedagang {nomor}",)) for nomor in range(8)]
        for satu in utas:
            satu.start()
        for satu in utas:
            satu.join()
        self.assertIn("<td>Pasar Ikan</td><td>8</td><td>Rp64.000</td>", self.minta("GET", "/rekap")[2])

    def test_kiriman_terlalu_besar_ditolak(self) -> None:
        status, _kepala, _isi = self.minta("POST", "/bayar", {"token": "x" * 20_000})
        self.assertEqual(status, 413)
