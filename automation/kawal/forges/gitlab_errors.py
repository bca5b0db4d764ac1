"""Turns what python-gitlab and requests raise into kawal's own errors, with the URL and what to do next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kawal.errors import InputError, KawalError, LoginError, NotFoundError, TemporaryError
from kawal.forges.refusals import changed_meanwhile, rejected

TRANSIENT = frozenset({500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
SCOPE_WANTED = "token bot dengan cakupan (scope) api"
_EXISTS = (
    "already being used",
    "already been taken",
    "already exists",
    "already a member",
    "has already been",
    "Failed to save group",
)


def message_of(body: bytes) -> str:
    """The forge's own words, out of the four shapes of GitLab's error bodies."""
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return " ".join(body.decode("utf-8", "replace").split())[:200]
    if isinstance(parsed, dict):
        said = parsed.get("message", parsed.get("error", parsed))
        if parsed.get("error_description"):
            said = f"{said}: {parsed['error_description']}"
        return _flat(said)[:400]
    return _flat(parsed)[:400]


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_flat(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(part) for part in value)
    return str(value)


def unreachable(verb: str, url: str, tries: int, reason: str) -> TemporaryError:
    return TemporaryError(
        "FORGE-001",
        f"Forge tidak dapat dihubungi: {verb} {url} ({reason}, percobaan {tries} dari {tries})",
        needed="forge yang menjawab di alamat itu",
        next_step="periksa alamat dan jaringan, lalu ulangi perintah yang sama (kawal dokter memeriksa sambungan)",
    )


def short_list(url: str, came: int, counted: int, what: str = "baris") -> TemporaryError:
    return TemporaryError(
        "FORGE-001",
        f"Daftar dari forge tidak lengkap: GET {url}",
        found=f"{came} dari {counted} {what}",
        needed="semua baris, supaya tidak ada yang dibuat dua kali",
        next_step="ulangi perintah yang sama",
    )


def not_json(verb: str, url: str, content_type: str) -> InputError:
    return InputError(
        "FORGE-006",
        f"Jawaban {verb} {url} bukan JSON dari GitLab",
        found=f"jenis isi {content_type or 'tidak disebut'} (halaman masuk atau proxy?)",
        needed="alamat dasar GitLab, tanpa halaman masuk di depannya",
        next_step="perbaiki forge.url di kawal.yml, lalu kawal dokter",
    )


def nonsense(url: str, what: str) -> InputError:
    return InputError(
        "FORGE-006",
        f"Jawaban forge tidak dapat dipahami: {url}",
        found=what,
        needed="bentuk jawaban GitLab REST v4",
        next_step="kawal dokter",
    )


def may_not_merge(iid: int) -> LoginError:
    """GitLab says 401 to a good token whose user may not merge into the branch; the same token has just read the request."""
    return LoginError(
        "FORGE-003",
        f"Bot tidak boleh menggabungkan merge request !{iid}",
        needed="bot sebagai Owner grup aplikasi, dan perlindungan cabang seperti yang dipasang kawal",
        next_step="kawal buktikan (menyebut perlindungan yang berbeda), lalu ulangi perintah yang sama",
    )


def from_status(status: int, body: bytes, verb: str, url: str, tries: int) -> KawalError:
    """Our error for an answer that is not 2xx."""
    said = message_of(body)
    where = f"{verb} {url}"
    if status == 401:
        return LoginError(
            "FORGE-002",
            f"Token ditolak oleh forge: {where}",
            found=f"401 {said}",
            needed=SCOPE_WANTED,
            next_step="export KAWAL_TOKEN=… (token yang berlaku, cakupan api), lalu ulangi perintah yang sama",
        )
    if status == 403:
        scope = "insufficient_scope" in said
        return LoginError(
            "FORGE-003",
            f"Hak token tidak cukup: {where}",
            found=f"403 {said}",
            needed=SCOPE_WANTED
            if scope
            else "hak bot di grup aplikasi (Owner); pemilik grup atau admin forge dapat memberinya",
            next_step="beri hak itu, lalu ulangi perintah yang sama",
        )
    if status == 404:
        return NotFoundError(
            "FORGE-004",
            f"Tidak ditemukan di forge, atau tersembunyi dari token ini: {where}",
            found=f"404 {said}",
            next_step="periksa alamat dan hak bot: kawal dokter",
        )
    if status == 429:
        return TemporaryError(
            "FORGE-005",
            f"Forge membatasi jumlah permintaan: {where}",
            found=f"429 {said} (percobaan {tries} dari {tries})",
            next_step="tunggu beberapa menit, lalu ulangi perintah yang sama",
        )
    if status in TRANSIENT or (status == 409 and "Resource lock" in said):
        return unreachable(verb, url, tries, f"{status} {said}"[:120])
    exists = status in (400, 422) and any(text in said for text in _EXISTS)
    # 405, 406 or 422, by version: a merge request that cannot be merged as things stand.
    unmergeable = status == 422 and verb == "PUT" and url.endswith("/merge")
    if status in (405, 406, 409) or exists or unmergeable:
        return changed_meanwhile(where, f"{status} {said}")
    return rejected(where, f"{status} {said}")
