"""Buku tamu pasar yang menyala. Sengaja rentan: dipakai menguji pemindai, jangan dipasang."""

import sqlite3
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

TAMU = []
DEPAN = """<html><body><a href="/cari?nama=budi">cari</a> <a href="/berkas?nama=aturan.txt">aturan</a>
<a href="/cetak?nama=budi">cetak</a> <a href="/pindah?ke=/tamu">pindah</a> <a href="/tamu">tamu</a></body></html>"""


def tabel() -> sqlite3.Connection:
    koneksi = sqlite3.connect(":memory:")
    koneksi.execute("CREATE TABLE tamu (nama TEXT)")
    return koneksi


class Layanan(BaseHTTPRequestHandler):
    def jawab(self, isi: str, status: int = 200, **kepala: str) -> None:
        badan = isi.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(badan)))
        self.send_header("Set-Cookie", "sesi=1")
        for nama, nilai in kepala.items():
            self.send_header(nama, nilai)
        self.end_headers()
        self.wfile.write(badan)

    def do_GET(self) -> None:
        alamat = urlsplit(self.path)
        isian = {kunci: nilai[0] for kunci, nilai in parse_qs(alamat.query).items()}
        nama = isian.get("nama", "")
        if alamat.path == "/cari":
            try:
                tabel().execute("SELECT * FROM tamu WHERE nama = '" + nama + "'").fetchall()
                self.jawab("<p>Hasil untuk " + nama + "</p>")
            except sqlite3.Error as galat:
                self.jawab("sqlite3.OperationalError: " + str(galat), 500)
        elif alamat.path == "/berkas":
            try:
                self.jawab(Path("berkas", nama).read_text("utf-8", "replace"))
            except (OSError, ValueError):
                self.jawab("tidak ada", 404)
        elif alamat.path == "/cetak":
            hasil = subprocess.run("echo " + nama.replace("\0", ""), shell=True, capture_output=True)
            self.jawab(hasil.stdout.decode("utf-8", "replace"))
        elif alamat.path == "/pindah":
            self.jawab("pindah", 302, Location=isian.get("ke", "/"))
        elif alamat.path == "/tamu":
            formulir = '<form method="post" action="/tamu"><input name="pesan"><input type="submit"></form>'
            self.jawab("<html><body>" + formulir + "".join(f"<p>{satu}</p>" for satu in TAMU) + "</body></html>")
        else:
            self.jawab(DEPAN)

    def do_POST(self) -> None:
        isian = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        TAMU.append(isian.get("pesan", [""])[0])
        self.jawab("terima kasih", 303, Location="/tamu")

    def log_message(self, *_: object) -> None: ...


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Layanan).serve_forever()
