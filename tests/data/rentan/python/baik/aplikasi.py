"""Layanan arsip, sudah diperbaiki."""

import hashlib
import json
import os
import sqlite3

import requests
import yaml

SANDI = os.environ.get("SANDI", "")


def cari(koneksi: sqlite3.Connection, nama: str) -> list:
    return koneksi.execute("SELECT * FROM arsip WHERE nama = ?", (nama,)).fetchall()


def muat(isi: bytes) -> object:
    return json.loads(isi)


def atur(teks: str) -> object:
    return yaml.safe_load(teks)


def sidik(sandi: str, garam: bytes) -> str:
    return hashlib.scrypt(sandi.encode(), salt=garam, n=2**14, r=8, p=1).hex()


def ambil(alamat: str) -> object:
    return requests.get(alamat, timeout=5)
