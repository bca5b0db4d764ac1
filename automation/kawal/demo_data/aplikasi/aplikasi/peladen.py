"""Peladen HTTP berutas dari pustaka baku; TLS diurus proksi di depannya."""

from __future__ import annotations

from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from .simpan import Simpanan
from .web import Aplikasi


class Peladen(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class Penangan(WSGIRequestHandler):
    server_version = "e-retribusi"
    sys_version = ""  # versi Python tidak diumumkan
    timeout = 30  # detik: sambungan yang diam dilepas

    def log_message(self, format: str, *args: object) -> None:
        """Tanpa log per permintaan: alamat pengunjung tidak disimpan."""

    def address_string(self) -> str:
        return str(self.client_address[0])


def buat_peladen(alamat: str, port: int, data: Path) -> Peladen:
    """Peladen yang sudah mengikat portnya (0 = port bebas) dan siap `serve_forever`."""
    data.mkdir(parents=True, exist_ok=True)
    peladen = Peladen((alamat, port), Penangan)
    peladen.set_app(Aplikasi(Simpanan(data / "retribusi.sqlite3")))
    return peladen
