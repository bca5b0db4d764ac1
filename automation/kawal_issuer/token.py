"""Verifies the ID token of a CI job. PyJWT checks the signature; algorithm, issuer, audience and age are fixed here, claims beside it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import jwt
from jwt.algorithms import RSAAlgorithm

from kawal_issuer.claims import Claims as Claims
from kawal_issuer.claims import ClaimsReader, refuse
from kawal_issuer.claims_gitlab import gitlab_claims
from kawal_seal import strictjson
from kawal_seal.errors import SealError

Audience = Literal["kawal-periksa", "kawal-izin"]
MAX_TOKEN = 16384
SKEW_S = 60
MIN_BITS = 2048
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def verify_token(
    token: str,
    *,
    audience: Audience,
    issuer: str,
    keys: Callable[[], dict[str, dict[str, Any]]],
    now: datetime,
    max_age_s: int,
    read: ClaimsReader = gitlab_claims,
) -> Claims:
    """The job's claims as `read` understands this forge's; LoginError IZIN-001 (not such a token) or IZIN-002 (its time).

    `keys` is asked only once the unsigned parts look right. Single use is the ledger's matter.
    """
    header, payload = _segments(token)
    # x5t: GitHub's headers name their certificate; nothing is looked up by it.
    if set(header) - {"alg", "kid", "typ", "x5t"} or header.get("alg") != "RS256":
        raise refuse(1, "kepala token tidak dikenal")
    if header.get("typ", "JWT") != "JWT" or not isinstance(header.get("kid"), str):
        raise refuse(1, "kepala token tidak dikenal")
    if payload.get("iss") != issuer:
        raise refuse(1, "penerbit lain")
    if type(payload.get("aud")) is not str or payload["aud"] != audience:
        raise refuse(1, f"bukan untuk {audience}")
    key = keys().get(header["kid"])
    if key is None:
        raise refuse(1, "kunci penandatangan tidak dikenal")
    _verify_signature(token, key, audience, issuer)
    _check_times(payload, int(now.timestamp()), max_age_s)
    return read(payload, issuer)


def _segments(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, parsed strictly: PyJWT lets duplicate keys, padding and spare bits pass."""
    if len(token) > MAX_TOKEN or not _TOKEN.fullmatch(token):
        raise refuse(1, "bukan JWT")
    parsed = []
    for number, text in enumerate(token.split(".")):
        try:
            data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
                raise SealError("base64url tidak kanonik")
            value = strictjson.loads(data) if number < 2 else {}
        except (SealError, binascii.Error) as error:
            raise refuse(1, "bagian token tidak terbaca") from error
        if type(value) is not dict:
            raise refuse(1, "bagian token bukan objek")
        parsed.append(value)
    return parsed[0], parsed[1]


def _verify_signature(token: str, key: dict[str, Any], audience: str, issuer: str) -> None:
    if key.get("kty") != "RSA" or key.get("alg", "RS256") != "RS256" or key.get("use", "sig") != "sig":
        raise refuse(1, "jenis kunci penerbit tidak diterima")
    try:
        public = RSAAlgorithm.from_jwk({name: key[name] for name in ("kty", "n", "e")})
        if public.key_size < MIN_BITS:
            raise refuse(1, "kunci penerbit terlalu pendek")
        jwt.decode(
            token,
            public,  # type: ignore[arg-type]
            algorithms=["RS256"],
            audience=audience,
            issuer=issuer,
            options={
                "require": ["exp", "iat", "iss", "aud", "jti", "sub"],
                "strict_aud": True,
                "enforce_minimum_key_length": True,
                # Times are checked below, by type and against the clock that is given.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
        raise refuse(1, f"tanda tangan atau isinya tidak sah ({type(error).__name__})") from error


def _check_times(payload: dict[str, Any], now: int, max_age_s: int) -> None:
    iat, exp, nbf = payload.get("iat"), payload.get("exp"), payload.get("nbf", payload.get("iat"))
    if type(iat) is not int or type(exp) is not int or type(nbf) is not int:
        raise refuse(1, "waktu token bukan bilangan")
    if iat > now + SKEW_S or nbf > now + SKEW_S:
        raise refuse(2, "belum berlaku")
    if now - iat > max_age_s or exp <= now or exp <= iat:
        raise refuse(2, f"lebih tua dari {max_age_s} detik atau sudah lewat")
