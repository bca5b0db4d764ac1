"""Who signs a paper where the SOP names its signatories: the roles are part of the record, the signatures lie on the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal.errors import BlockedError, InputError
from kawal.model import RoleId
from kawal.sop.procedure import Procedure

Signed = Mapping[str, Sequence[RoleId]]
"""Kind of document -> roles whose signature it bears."""


def read_signed(procedure: Procedure, words: Sequence[str]) -> dict[str, tuple[RoleId, ...]]:
    """`KIND=ROLE,ROLE` of the command line. InputError INPUT-052 for a kind or role that the profile does not know."""
    found: dict[str, tuple[RoleId, ...]] = {}
    for word in words:
        kind, _, names = word.partition("=")
        roles = tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
        if kind not in procedure.documents or not roles or set(roles) - set(procedure.roles):
            raise InputError(
                "INPUT-052",
                f"Penanda tangan {word!r} tidak dikenal",
                needed=f"JENIS=PERAN,PERAN; peran dari: {', '.join(procedure.roles)}",
                next_step=f"kawal profil lihat {procedure.id}",
            )
        found[kind] = (*found.get(kind, ()), *roles)
    return found


def check_signed(procedure: Procedure, kinds: Sequence[str], signed: Signed, command: str) -> None:
    """Raises BlockedError LANGKAH-034 for the first of these papers that lacks a signature. `command` makes it good."""
    for kind in kinds:
        wanted = procedure.signatories.get(kind, ())
        lacking = tuple(role for role in wanted if role not in signed.get(kind, ()))
        if lacking:
            given = tuple(role for role in wanted if role not in lacking)
            raise BlockedError(
                "LANGKAH-034",
                f"{procedure.documents[kind]} belum ditandatangani semua pihak",
                found=f"tanda tangan {procedure.role_names(given)}"
                if given
                else "tanda tangan tidak disebut",
                needed=f"tanda tangan {procedure.role_names(lacking)}",
                next_step=command,
            )


def signed_words(procedure: Procedure, kinds: Sequence[str]) -> str:
    """The options that name the signatories of these papers, with a leading space; empty where the SOP names none."""
    return "".join(
        f" --ditandatangani {kind}={','.join(procedure.signatories[kind])}"
        for kind in kinds
        if kind in procedure.signatories
    )
