"""The pinned issuer's signing keys: no redirects, no proxies, five seconds, bounded; kept for a few minutes and never longer."""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from kawal.errors import TemporaryError
from kawal_seal import strictjson
from kawal_seal.errors import SealError

TIMEOUT_S = 5.0
LIMIT = 65536


KEPT_S = 60.0
"""A withdrawn key opens nothing for longer than that, and a new one is known as soon; a stranger's token makes no requests."""

Keys = dict[str, dict[str, Any]]


class KeyCache:
    """The keys of the newest good answer, by issuer. A failed answer is not remembered, and never keeps old keys alive."""

    def __init__(self, fetch: Callable[[str], Keys], now: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._now = now
        self._found: dict[str, tuple[float, Keys]] = {}

    def __call__(self, issuer: str) -> Keys:
        at, found = self._found.get(issuer, (float("-inf"), {}))
        if self._now() - at > KEPT_S:
            self._found.clear()  # there is one pinned issuer; another one means another policy
            found = self._fetch(issuer)
            self._found[issuer] = (self._now(), found)
        return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def fetch_keys(issuer: str, ca_file: str | None = None) -> Keys:
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
        keys: Keys = {}
        for one in found:
            kid = one.get("kid") if isinstance(one, dict) else None
            if not isinstance(kid, str) or not kid or kid in keys:
                raise SealError("kunci penerbit token tanpa kid, atau kid ganda")
            keys[kid] = one
    except (SealError, OSError, urllib.error.URLError, http.client.HTTPException, ValueError) as error:
        raise TemporaryError(
            "FORGE-031", f"Kunci penerbit token {issuer} tidak dapat dibaca: {error}"
        ) from error
    return keys


def _get(opener: urllib.request.OpenerDirector, url: str) -> dict[str, Any]:
    if not url.startswith(("https://", "http://")):
        raise SealError("alamat penerbit token bukan http(s)")
    try:
        opened = opener.open(url, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:  # also an answer, with a connection of its own
        error.close()
        raise
    with opened as answer:
        if answer.status != 200:
            raise SealError(f"jawaban {answer.status} dari {url}")
        value = strictjson.loads(answer.read(LIMIT + 1), limit=LIMIT)
    if not isinstance(value, dict):
        raise SealError(f"{url}: bukan objek JSON")
    return value
