"""Turns what GitHub answers into kawal's own errors, with the address and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kawal.errors import InputError, KawalError, LoginError, NotFoundError, TemporaryError
from kawal.forges.github_pace import SECONDARY_S
from kawal.forges.gitlab_errors import TRANSIENT, nonsense, short_list, unreachable
from kawal.forges.port import NotPossibleHere
from kawal.forges.refusals import changed_meanwhile, rejected

__all__ = ["nonsense", "short_list", "unreachable"]
SCOPES = "token akun bot dengan hak repo, workflow, admin:org"
"""Of a user: a GitHub App's installation token cannot say who it is (`GET /user`), and whose commits and merges are the bot's is
decided by that."""
_EXISTS = ("already exists", "already_exists", "already taken", "name already")


def message_of(data: Any) -> str:
    """`message`, and what `errors[]` adds to it."""
    if not isinstance(data, dict):
        return str(data or "")[:200]
    parts = [str(data.get("message", ""))]
    for one in data.get("errors") or []:
        if isinstance(one, dict):
            parts.append(" ".join(str(one[key]) for key in ("field", "code", "message") if one.get(key)))
        else:
            parts.append(str(one))
    return "; ".join(part for part in parts if part)[:400]


def is_limited(status: int, data: Any, headers: Mapping[str, str]) -> bool:
    """Primary and secondary rate limits: 429, or 403 with its sign."""
    if status == 429:
        return True
    said = message_of(data).lower()
    return status == 403 and (
        headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers or "rate limit" in said
    )


def seconds_to_wait(
    data: Any, headers: Mapping[str, str], now: float, otherwise: float, attempt: int = 1
) -> float:
    """As GitHub asks: Retry-After, else until the limit is filled again, else a minute and longer after a secondary limit."""
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if after.isdigit():
        return float(after)
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(float(reset) - now, 0.0)
    if "secondary rate limit" in message_of(data).lower():
        return SECONDARY_S * 2.0 ** (attempt - 1)
    return otherwise


def held_back(verb: str, url: str, wait: float) -> TemporaryError:
    return TemporaryError(
        "FORGE-005",
        f"Forge membatasi jumlah permintaan: {verb} {url}",
        found=f"belum boleh selama {wait:.0f} detik lagi",
        next_step="tunggu sampai batasnya pulih, lalu ulangi perintah yang sama",
    )


def not_json(verb: str, url: str) -> InputError:
    return InputError(
        "FORGE-006",
        f"Jawaban {verb} {url} bukan JSON dari GitHub",
        found="halaman masuk atau proxy?",
        needed="alamat dasar GitHub, tanpa halaman masuk di depannya",
        next_step="perbaiki forge.url di kawal.yml, lalu kawal dokter",
    )


def from_status(
    status: int, data: Any, headers: Mapping[str, str], verb: str, url: str, tries: int
) -> KawalError:
    said, where = message_of(data), f"{verb} {url}"
    if is_limited(status, data, headers):
        return TemporaryError(
            "FORGE-005",
            f"Forge membatasi jumlah permintaan: {where}",
            found=f"{status} {said} (percobaan {tries})",
            next_step="tunggu sampai batasnya pulih, lalu ulangi perintah yang sama",
        )
    if status == 401:
        return LoginError(
            "FORGE-002",
            f"Token ditolak oleh forge: {where}",
            found=f"401 {said}",
            needed=SCOPES,
            next_step="export KAWAL_TOKEN=… (token yang berlaku), lalu ulangi perintah yang sama",
        )
    if status == 403 and "Upgrade to" in said:
        return NotPossibleHere(
            "FORGE-015",
            f"Paket GitHub ini tidak menyediakannya: {where}",
            found=f"403 {said}",
            needed="paket Team ke atas untuk repositori privat",
            next_step="kawal buktikan menyebut gerbang yang karenanya hanya dianjurkan",
        )
    if status == 403:
        return LoginError(
            "FORGE-003",
            f"Hak token tidak cukup: {where}",
            found=f"403 {said}",
            needed="hak bot: Owner organisasi, atau admin repositori",
            next_step="beri hak itu, lalu ulangi perintah yang sama",
        )
    if status in (404, 410):
        return NotFoundError(
            "FORGE-004",
            f"Tidak ditemukan di forge, atau tersembunyi dari token ini: {where}",
            found=f"{status} {said}",
            next_step="periksa alamat dan hak bot: kawal dokter",
        )
    if status in TRANSIENT:
        return unreachable(verb, url, tries, f"{status} {said}"[:120])
    if status in (405, 409) or (status == 422 and any(text in said for text in _EXISTS)):
        return changed_meanwhile(where, f"{status} {said}")
    return rejected(where, f"{status} {said}")
