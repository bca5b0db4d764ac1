"""Layanan arsip. Sengaja rentan: dipakai menguji pemindai, jangan dipasang."""

import hashlib
import pickle  # TEMUAN B403
import sqlite3
import subprocess  # TEMUAN B404

import requests
import yaml

SANDI = "Arsip#2026"
password = "Arsip#2026"  # TEMUAN B105


def cari(koneksi: sqlite3.Connection, nama: str) -> list:
    return koneksi.execute("SELECT * FROM arsip WHERE nama = '%s'" % nama).fetchall()  # TEMUAN B608


def cetak(berkas: str) -> None:
    subprocess.call("lp " + berkas, shell=True)  # TEMUAN B602


def muat(isi: bytes) -> object:
    return pickle.loads(isi)  # TEMUAN B301


def atur(teks: str) -> object:
    return yaml.load(teks)  # TEMUAN B506


def hitung(rumus: str) -> object:
    return eval(rumus)  # TEMUAN B307


def sidik(sandi: str) -> str:
    return hashlib.md5(sandi.encode()).hexdigest()  # TEMUAN B324


def ambil(alamat: str) -> object:
    return requests.get(alamat, verify=False, timeout=5)  # nosec TEMUAN B501
