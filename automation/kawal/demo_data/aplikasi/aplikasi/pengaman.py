"""Token CSRF dan kepala keamanan setiap jawaban."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

UMUR_TOKEN = 3600  # detik

KEPALA = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; script-src 'none'; "
        "object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


class Penjaga:
    """Membuat dan memeriksa token formulir; kuncinya hidup selama proses."""

    def __init__(self) -> None:
        self._kunci = secrets.token_bytes(32)

    def token(self, sekarang: float | None = None) -> str:
        waktu = str(int(time.time() if sekarang is None else sekarang))
        acak = secrets.token_urlsafe(12)
        return f"{waktu}.{acak}.{self._tanda(waktu, acak)}"

    def sah(self, token: str, sekarang: float | None = None) -> bool:
        """Token buatan proses ini dan belum kedaluwarsa."""
        bagian = token.split(".")
        if len(bagian) != 3 or not token.isascii() or not (bagian[0].isdigit() and len(bagian[0]) <= 12):
            return False
        if not hmac.compare_digest(self._tanda(bagian[0], bagian[1]), bagian[2]):
            return False
        umur = (time.time() if sekarang is None else sekarang) - int(bagian[0])
        return -5 <= umur <= UMUR_TOKEN

    def _tanda(self, waktu: str, acak: str) -> str:
        return hmac.new(self._kunci, f"{waktu}.{acak}".encode(), hashlib.sha256).hexdigest()
