"""Fetches the pinned issuer's signing keys: no redirects, no proxies, five seconds, bounded, never cached."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from kawal.errors import TemporaryError
from kawal_seal import strictjson
from kawal_seal.errors import SealError

TIMEOUT_S = 5.0
LIMIT = 65536


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def fetch_keys(issuer: str, ca_file: str | None = None) -> dict[str, dict[str, Any]]:
    """The issuer's JWKS by kid. TemporaryError FORGE-031 for anything but a sound answer of that very host."""
    context = ssl.create_default_context(cafile=ca_file)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), _NoRedirect(), urllib.request.HTTPSHandler(context=context)
    )
    try:
        config = _get(opener, issuer.rstrip("/") + "/.well-known/openid-configuration")
        if config.get("issuer") != issuer:
            raise SealError(f"penerbit token menyebut dirinya {ascii(config.get('issuer'))[:100]}")
        address = config.get("jwks_uri")
        if not isinstance(address, str) or urlsplit(address)[:2] != urlsplit(issuer)[:2]:
            raise SealError("alamat kunci penerbit token ada di tempat lain")
        found = _get(opener, address).get("keys")
        if not isinstance(found, list) or not 1 <= len(found) <= 50:
            raise SealError("penerbit token tidak memberi kunci")
        keys: dict[str, dict[str, Any]] = {}
        for one in found:
            kid = one.get("kid") if isinstance(one, dict) else None
            if not isinstance(kid, str) or not kid or kid in keys:
                raise SealError("kunci penerbit token tanpa kid, atau kid ganda")
            keys[kid] = one
    except (SealError, OSError, urllib.error.URLError, http.client.HTTPException, ValueError) as error:
        raise TemporaryError(
            "FORGE-031", f"Kunci penerbit token {issuer} tidak dapat dibaca: {error}", next_step="ulangi job"
        ) from error
    return keys


def _get(opener: urllib.request.OpenerDirector, url: str) -> dict[str, Any]:
    if not url.startswith(("https://", "http://")):
        raise SealError("alamat penerbit token bukan http(s)")
    with opener.open(url, timeout=TIMEOUT_S) as answer:
        if answer.status != 200:
            raise SealError(f"jawaban {answer.status} dari {url}")
        value = strictjson.loads(answer.read(LIMIT + 1), limit=LIMIT)
    if not isinstance(value, dict):
        raise SealError(f"{url}: bukan objek JSON")
    return value
