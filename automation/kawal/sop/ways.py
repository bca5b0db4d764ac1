"""Ways to production beside the ordinary release, each only where the Dinas decided it: back, patch, break-glass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kawal.model import Basis, RoleId
from kawal.sop.layers import LocalWays, Overlay


@dataclass(frozen=True)
class Rollback:
    """Who may send production back to a release that was open before."""

    roles: tuple[RoleId, ...]
    max_age_days: int


@dataclass(frozen=True)
class BreakGlass:
    """Who may together open production for a while without tests and sign-offs."""

    roles: tuple[RoleId, ...]
    persons: int
    minutes: int


@dataclass(frozen=True)
class Patch:
    """When a re-examination does for a small change."""

    days: int
    count: int
    dependencies: tuple[str, ...]
    sensitive: tuple[str, ...]


@dataclass(frozen=True)
class Ways:
    rollback: Rollback | None
    break_glass: BreakGlass | None
    patch: Patch | None
    basis: Basis


def ways_of(local: LocalWays | None, overlay: Overlay, basis: Basis) -> Ways:
    """What the Dinas decided. Files that always need a full examination come from the national layer; it may add more."""
    if local is None:
        return Ways(None, None, None, basis)
    back, glass, patch = local.rollback, local.break_glass, local.patch
    files = overlay.patch_files
    return Ways(
        Rollback(back.roles, back.max_age_days) if back else None,
        BreakGlass(glass.roles, glass.persons, glass.minutes) if glass else None,
        Patch(
            patch.days,
            patch.count,
            (*files.dependencies, *patch.dependencies),
            (*files.sensitive, *patch.sensitive),
        )
        if patch
        else None,
        basis,
    )


def compiled(ways: Ways, basis: dict[str, Any]) -> dict[str, Any]:
    """The three fields of the policy (docs/formats.md §10)."""
    back, glass, patch = ways.rollback, ways.break_glass, ways.patch
    return {
        "rollback": None
        if back is None
        else {
            "kind": "rollback",
            "roles": list(back.roles),
            "grades": ["key", "surat"],
            "persons": 1,
            "max_age_days": back.max_age_days,
            "step": None,
            "number": None,
            "reject": None,
            "basis": basis,
        },
        "break_glass": None
        if glass is None
        else {
            "roles": list(glass.roles),
            "persons": glass.persons,
            "minutes": glass.minutes,
            "basis": basis,
        },
        "patch": None
        if patch is None
        else {
            "days": patch.days,
            "count": patch.count,
            "dependencies": list(patch.dependencies),
            "sensitive": list(patch.sensitive),
            "basis": basis,
        },
    }
