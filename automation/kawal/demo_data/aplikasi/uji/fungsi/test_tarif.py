"""Aturan tarif dan masukan."""

from __future__ import annotations

import unittest

from aplikasi.tarif import MasukanSalah, baca_bilangan, baca_pasar, baca_pedagang, cari_tarif, hitung, rupiah


class Perhitungan(unittest.TestCase):
    def test_kios_satu_hari(self) -> None:
        self.assertEqual(hitung("kios", 6, 1), 9000)

    def test_29_hari_tanpa_potongan(self) -> None:
        self.assertEqual(hitung("los", 10, 29), 290_000)

    def test_30_hari_mendapat_potongan_sepuluh_persen(self) -> None:
        self.assertEqual(hitung("los", 10, 30), 270_000)

    def test_jenis_tidak_dikenal_ditolak(self) -> None:
        with self.assertRaises(MasukanSalah):
            cari_tarif("ruko")

    def test_rupiah_memakai_titik_ribuan(self) -> None:
        self.assertEqual(rupiah(1_250_000), "Rp1.250.000")


class Masukan(unittest.TestCase):
    def test_bilangan_di_dalam_batas_diterima(self) -> None:
        self.assertEqual(baca_bilangan("31", "Lama", 31), 31)

    def test_bilangan_di_luar_batas_ditolak(self) -> None:
        for teks in ("0", "32", "-1", "1.5", "", "٣", "1e1", "99999999"):
            with self.subTest(teks), self.assertRaises(MasukanSalah):
                baca_bilangan(teks, "Lama", 31)

    def test_pasar_harus_terdaftar(self) -> None:
        self.assertEqual(baca_pasar("Pasar Pagi"), "Pasar Pagi")
        with self.assertRaises(MasukanSalah):
            baca_pasar("Pasar Malam")

    def test_nama_pedagang_dirapikan(self) -> None:
        self.assertEqual(baca_pedagang("  Ibu   Sari "), "Ibu Sari")

    def test_nama_pedagang_terlalu_pendek_atau_panjang_ditolak(self) -> None:
        for teks in ("ab", "x" * 81, "nama\u202ebalik"):
            with self.subTest(teks), self.assertRaises(MasukanSalah):
                baca_pedagang(teks)
