"""Verifies the ID token of a CI job. PyJWT checks the signature; algorithm, issuer, audience, age and ref are fixed here."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import jwt
from jwt.algorithms import RSAAlgorithm

from kawal.errors import LoginError
from kawal_seal import strictjson
from kawal_seal.errors import SealError

Audience = Literal["kawal-periksa", "kawal-izin"]
MAX_TOKEN = 16384
SKEW_S = 60
MIN_BITS = 2048
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_JTI = re.compile(r"[A-Za-z0-9_-]{8,128}")
_ID = re.compile(r"[1-9][0-9]{0,15}")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,127}")
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ENVIRONMENT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class Claims:
    """What the forge says about the asking job; each is compared with the API's own answer afterwards."""

    issuer: str
    jti: str
    project_id: int
    pipeline_id: int
    job_id: int
    runner_id: int | None
    ref: str
    ref_type: str
    sha: str
    pipeline_source: str
    environment: str | None


def _no(number: int, why: str) -> LoginError:
    return LoginError(f"IZIN-{number:03d}", f"Token job ditolak: {why}", next_step="jalankan ulang job itu")


def verify_token(
    token: str,
    *,
    audience: Audience,
    issuer: str,
    keys: Callable[[], dict[str, dict[str, Any]]],
    now: datetime,
    max_age_s: int,
) -> Claims:
    """The job's claims, or LoginError IZIN-001 (not such a token) or IZIN-002 (too old, not yet valid).

    `keys` is asked only once the unsigned parts look right. Single use is the ledger's matter.
    """
    header, payload = _segments(token)
    if set(header) - {"alg", "kid", "typ"} or header.get("alg") != "RS256":
        raise _no(1, "kepala token tidak dikenal")
    if header.get("typ", "JWT") != "JWT" or not isinstance(header.get("kid"), str):
        raise _no(1, "kepala token tidak dikenal")
    if payload.get("iss") != issuer:
        raise _no(1, "penerbit lain")
    if type(payload.get("aud")) is not str or payload["aud"] != audience:
        raise _no(1, f"bukan untuk {audience}")
    key = keys().get(header["kid"])
    if key is None:
        raise _no(1, "kunci penandatangan tidak dikenal")
    _verify_signature(token, key, audience, issuer)
    _check_times(payload, int(now.timestamp()), max_age_s)
    return _claims(payload, issuer)


def _segments(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, parsed strictly: PyJWT lets duplicate keys, padding and spare bits pass."""
    if len(token) > MAX_TOKEN or not _TOKEN.fullmatch(token):
        raise _no(1, "bukan JWT")
    parsed = []
    for number, text in enumerate(token.split(".")):
        try:
            data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
                raise SealError("base64url tidak kanonik")
            value = strictjson.loads(data) if number < 2 else {}
        except (SealError, binascii.Error) as error:
            raise _no(1, "bagian token tidak terbaca") from error
        if type(value) is not dict:
            raise _no(1, "bagian token bukan objek")
        parsed.append(value)
    return parsed[0], parsed[1]


def _verify_signature(token: str, key: dict[str, Any], audience: str, issuer: str) -> None:
    if key.get("kty") != "RSA" or key.get("alg", "RS256") != "RS256" or key.get("use", "sig") != "sig":
        raise _no(1, "jenis kunci penerbit tidak diterima")
    try:
        public = RSAAlgorithm.from_jwk({name: key[name] for name in ("kty", "n", "e")})
        if public.key_size < MIN_BITS:
            raise _no(1, "kunci penerbit terlalu pendek")
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
        raise _no(1, f"tanda tangan atau isinya tidak sah ({type(error).__name__})") from error


def _check_times(payload: dict[str, Any], now: int, max_age_s: int) -> None:
    iat, exp, nbf = payload.get("iat"), payload.get("exp"), payload.get("nbf", payload.get("iat"))
    if type(iat) is not int or type(exp) is not int or type(nbf) is not int:
        raise _no(1, "waktu token bukan bilangan")
    if iat > now + SKEW_S or nbf > now + SKEW_S:
        raise _no(2, "belum berlaku")
    if now - iat > max_age_s or exp <= now or exp <= iat:
        raise _no(2, f"lebih tua dari {max_age_s} detik atau sudah lewat")


def _claims(payload: dict[str, Any], issuer: str) -> Claims:
    def text(name: str, pattern: re.Pattern[str]) -> str:
        value = payload.get(name)
        if type(value) is not str or not pattern.fullmatch(value):
            raise _no(1, f"klaim {name} tidak ada atau tidak terbaca")
        return value

    if payload.get("ref_protected") != "true":  # claims of GitLab are strings
        raise _no(4, "ref tidak dilindungi")
    ref, kind = text("ref", _REF), text("ref_type", _SLUG)
    if kind != "tag" or payload.get("ref_path") != f"refs/tags/{ref}":
        raise _no(4, "bukan dari tag rilis")
    runner = payload.get("runner_id")
    if type(runner) is str and _ID.fullmatch(runner):
        runner = int(runner)
    if type(runner) is not int or runner < 1:
        raise _no(1, "klaim runner_id tidak ada")
    environment = payload.get("environment")
    if environment is not None and (type(environment) is not str or not _ENVIRONMENT.fullmatch(environment)):
        raise _no(5, "nama environment tidak dikenal")
    return Claims(
        issuer=issuer,
        jti=text("jti", _JTI),
        project_id=int(text("project_id", _ID)),
        pipeline_id=int(text("pipeline_id", _ID)),
        job_id=int(text("job_id", _ID)),
        runner_id=runner,
        ref=ref,
        ref_type=kind,
        sha=text("sha", _SHA),
        pipeline_source=text("pipeline_source", _SLUG),
        environment=environment,
    )
