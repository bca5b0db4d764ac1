"""Who may hold which role: acting officials (Plt., Plh.) where the profile lets them, two roles in one person where a letter allows it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kawal.sop.schema import Role
from kawal.sop.yamlsafe import Problem

REVIEWER = "peninjau"
"""The one role of kawal's own: no SOP prints it."""
TITLES = {"plt": "Plt.", "plh": "Plh."}


@dataclass(frozen=True)
class Held:
    """One dated role of one person, at its place in the list of persons."""

    person: int
    place: int
    role: str
    status: Literal["definitif", "plt", "plh"]
    start: date
    end: date | None
    """Last day; None = until further notice."""
    letter: str | None
    """The letter that allows it, as text."""

    def overlaps(self, other: Held) -> bool:
        return self.start <= (other.end or date.max) and other.start <= (self.end or date.max)


def problems(held: Sequence[Held], roles: Sequence[Role]) -> Iterator[Problem]:
    """What a list of persons says that the SOP's roles do not allow. Roles that no profile names (peninjau) are free."""
    known = {role.id: role for role in roles}
    for index, one in enumerate(held):
        at = ("orang", one.person, "peran", one.place)
        role = known.get(one.role)
        if role is None:
            continue
        if one.status != "definitif" and not role.plt_plh:
            yield Problem(
                (*at, "status"), f"{role.name} tidak dapat dijabat {TITLES[one.status]} menurut profil"
            )
        before = [other for other in held[:index] if other.person == one.person and other.role in known]
        doubled = next((other for other in before if other.role != one.role and other.overlaps(one)), None)
        if doubled and not one.letter:
            yield Problem(
                (*at,),
                f"{role.name} dirangkap dengan {known[doubled.role].name}; surat: wajib diisi (surat yang membolehkannya)",
            )


def unknown(held: Sequence[Held], known: Collection[str]) -> Iterator[Problem]:
    """Roles that neither the SOP nor the national layer knows: nothing of this procedure waits for them, so most are misspelt."""
    names = sorted({*known, REVIEWER})
    for one in held:
        if one.role not in names:
            close = difflib.get_close_matches(one.role, names, 1)
            hint = f"maksud Anda '{close[0]}'?" if close else f"yang dikenal: {', '.join(names)}"
            yield Problem(
                ("orang", one.person, "peran", one.place, "peran"),
                f"peran '{one.role}' tidak dikenal SOP; {hint}",
            )


def titled(name: str, status: str) -> str:
    """Plt. Kepala Dinas"""
    return f"{TITLES[status]} {name}" if status in TITLES else name
