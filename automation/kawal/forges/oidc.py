"""OpenID discovery of a forge's token issuer: a public document, read without any token of ours."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.request
from typing import Any

from kawal.errors import InputError, TemporaryError
from kawal.forges.jsonview import View
from kawal.forges.operations import TokenIssuer

PATH = "/.well-known/openid-configuration"
LIMIT = 64 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def discover(issuer: str, *, timeout: float, ca: str | None) -> TokenIssuer:
    """What stands at `issuer`, in its own words: whether it calls itself so is the caller's to compare."""
    url = issuer.rstrip("/") + PATH
    if not url.startswith(("https://", "http://")):
        raise InputError("FORGE-006", f"Alamat penerbit token bukan http(s): {issuer}")
    context = ssl.create_default_context(cafile=ca)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), _NoRedirect(), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(url, timeout=timeout) as answer:
            raw = json.loads(answer.read(LIMIT))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise TemporaryError(
            "FORGE-001",
            f"Penerbit token pekerjaan tidak terbaca: {url}",
            found=type(error).__name__,
            next_step="periksa alamat forge dan jaringannya, lalu ulangi",
        ) from error
    if not isinstance(raw, dict):
        raise InputError("FORGE-006", f"Jawaban forge tidak dapat dipahami: {url}", found="bukan objek")
    v = View(raw, url)
    return TokenIssuer(v.text("issuer"), v.text("jwks_uri"))
