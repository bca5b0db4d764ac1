"""Buku tamu pasar yang menyala, sudah diperbaiki."""

import html
import secrets
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

TAMU = []
DEPAN = """<html><body><a href="/cari?nama=budi">cari</a> <a href="/berkas?nama=aturan.txt">aturan</a>
<a href="/cetak?nama=budi">cetak</a> <a href="/pindah?ke=/tamu">pindah</a> <a href="/tamu">tamu</a></body></html>"""
KEPALA = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Referrer-Policy": "no-referrer",
}


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
        self.send_header("Set-Cookie", f"sesi={secrets.token_hex(8)}; HttpOnly; Secure; SameSite=Lax")
        for nama, nilai in (KEPALA | kepala).items():
            self.send_header(nama, nilai)
        self.end_headers()
        self.wfile.write(badan)

    def do_GET(self) -> None:
        alamat = urlsplit(self.path)
        isian = {kunci: nilai[0] for kunci, nilai in parse_qs(alamat.query).items()}
        nama = isian.get("nama", "")
        if alamat.path == "/cari":
            tabel().execute("SELECT * FROM tamu WHERE nama = ?", [nama]).fetchall()
            self.jawab("<p>Hasil untuk " + html.escape(nama) + "</p>")
        elif alamat.path == "/berkas":
            berkas = {"aturan.txt": Path("berkas/aturan.txt")}.get(nama)
            self.jawab(html.escape(berkas.read_text("utf-8")) if berkas else "tidak ada", 200 if berkas else 404)
        elif alamat.path == "/cetak":
            self.jawab(html.escape(nama))
        elif alamat.path == "/pindah":
            self.jawab("pindah", 302, Location="/tamu")
        elif alamat.path == "/tamu":
            formulir = '<form method="post" action="/tamu"><input name="pesan"><input type="submit"></form>'
            pesan = "".join(f"<p>{html.escape(satu)}</p>" for satu in TAMU)
            self.jawab("<html><body>" + formulir + pesan + "</body></html>")
        else:
            self.jawab(DEPAN)

    def do_POST(self) -> None:
        isian = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        TAMU.append(isian.get("pesan", [""])[0])
        self.jawab("terima kasih", 303, Location="/tamu")

    def log_message(self, *_: object) -> None: ...


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Layanan).serve_forever()
