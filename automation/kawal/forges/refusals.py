"""Refusals that every forge's adapter words the same: what was not taken as it was asked for, what changed, what is plainly wrong."""

from __future__ import annotations

from kawal.errors import ConflictError, InputError


def protection_not_taken(pattern: str, stands: object, wanted: object) -> InputError:
    """Read back after writing: forges drop what their plan does not have without a word."""
    return InputError(
        "FORGE-011",
        f"Perlindungan '{pattern}' tidak diterima forge seperti diminta",
        found=str(stands),
        needed=str(wanted),
        next_step="kawal dokter",
    )


def changed_meanwhile(where: str, found: str) -> ConflictError:
    return ConflictError(
        "FORGE-007",
        f"Forge menolak karena sudah ada atau sudah berubah: {where}",
        found=found,
        next_step="ulangi perintah yang sama; keadaan di forge dibaca ulang",
    )


def rejected(where: str, found: str) -> InputError:
    return InputError(
        "FORGE-008",
        f"Forge menolak permintaan: {where}",
        found=found,
        next_step="perbaiki nilai yang disebut, atau laporkan ini bersama keluaran KAWAL_DEBUG=api",
    )
