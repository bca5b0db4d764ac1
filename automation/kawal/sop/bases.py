"""On what each claim rests: a step of the SOP, a rule of the national layer, a decision of the Dinas."""

from __future__ import annotations

from kawal.model import Basis
from kawal.sop.layers import AuthorityPolicy, LayerBasis
from kawal.sop.schema import Profile
from kawal.sop.words import day_text

REVIEW = Basis(
    "kebijakan_dinas",
    "kebijakan dinas (tinjauan oleh orang di luar penulis; tidak disebut SOP maupun peraturan)",
)
"""Where `kebijakan.yml` does not name the review: the Dinas asks for it by working with kawal, and no decision is cited."""
ACTOR_BY_DINAS = "kebijakan dinas"


def sop_basis(profile: Profile, citation: str, *, actor: str | None = None) -> Basis:
    return Basis("sop", f"{profile.sop.phrase} langkah {citation}", actor=actor)


def layer_basis(one: LayerBasis) -> Basis:
    """A basis of the national layer; one that no longer holds says so wherever it is cited."""
    text = one.text if one.state == "berlaku" else f"{one.text} ({one.state})"
    return Basis(one.kind, text, one.state)


def dinas_basis(local: AuthorityPolicy, *, actor: str | None = None) -> Basis:
    if local.decided is None:
        return Basis("kebijakan_dinas", "kebijakan dinas", actor=actor)
    number, day = local.decided.number, day_text(local.decided.date)
    return Basis("kebijakan_dinas", f"kebijakan dinas {number} tanggal {day}", actor=actor)


def review_basis(local: AuthorityPolicy) -> Basis:
    """No SOP and no national rule asks that changes be reviewed: it is the Dinas' own policy everywhere."""
    return dinas_basis(local) if local.review else REVIEW
