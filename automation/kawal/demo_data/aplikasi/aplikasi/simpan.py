"""Penyimpanan pembayaran di SQLite."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

_SKEMA = """
CREATE TABLE IF NOT EXISTS pembayaran (
  nomor INTEGER PRIMARY KEY AUTOINCREMENT,
  pasar TEXT NOT NULL,
  pedagang TEXT NOT NULL,
  jenis TEXT NOT NULL,
  luas INTEGER NOT NULL CHECK (luas > 0),
  hari INTEGER NOT NULL CHECK (hari > 0),
  jumlah INTEGER NOT NULL CHECK (jumlah > 0),
  dicatat TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
)
"""


@dataclass(frozen=True)
class Pembayaran:
    pasar: str
    pedagang: str
    jenis: str
    luas: int
    hari: int
    jumlah: int


class Simpanan:
    """Satu sambungan dipakai bergantian oleh semua utas."""

    def __init__(self, berkas: Path) -> None:
        self._kunci = threading.Lock()
        self._basis = sqlite3.connect(berkas, check_same_thread=False)
        with self._kunci, self._basis:
            self._basis.execute("PRAGMA journal_mode = WAL")
            self._basis.execute(_SKEMA)

    def catat(self, bayar: Pembayaran) -> int:
        """Nomor kuitansi pembayaran yang baru dicatat."""
        nilai = (bayar.pasar, bayar.pedagang, bayar.jenis, bayar.luas, bayar.hari, bayar.jumlah)
        perintah = "INSERT INTO pembayaran (pasar, pedagang, jenis, luas, hari, jumlah) VALUES (?, ?, ?, ?, ?, ?)"
        with self._kunci, self._basis:
            return int(self._basis.execute(perintah, nilai).lastrowid or 0)

    def rekap(self) -> list[tuple[str, int, int]]:
        """(pasar, banyaknya pembayaran, jumlah rupiah), menurut nama pasar."""
        perintah = "SELECT pasar, COUNT(*), SUM(jumlah) FROM pembayaran GROUP BY pasar ORDER BY pasar"
        with self._kunci:
            return self._basis.execute(perintah).fetchall()

    def terakhir(self, banyak: int = 10) -> list[tuple[int, str, str, int]]:
        """(nomor, pasar, pedagang, jumlah), terbaru dahulu."""
        perintah = "SELECT nomor, pasar, pedagang, jumlah FROM pembayaran ORDER BY nomor DESC LIMIT ?"
        with self._kunci:
            return self._basis.execute(perintah, (banyak,)).fetchall()

    def tutup(self) -> None:
        with self._kunci:
            self._basis.close()
