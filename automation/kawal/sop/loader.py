"""Reads profiles, the national layer, decisions of the Dinas and local calendars; complete values or one error."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from kawal.errors import InputError
from kawal.sop.layers import DinasPolicy, LocalCalendar, Overlay
from kawal.sop.lint import check_policy, lint_profile
from kawal.sop.schema import Profile
from kawal.sop.yamlsafe import MAX_BYTES_PROFILE, Document, load_document, load_model

PROFILE_CODE = "PROFIL-001"
BUILTIN = Path(__file__).parent / "data"
"""Profiles and layers that come with kawal."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Loaded(Generic[M]):
    """A data file with the digest by which policy and records name it."""

    value: M
    sha256: str
    document: Document

    @property
    def name(self) -> str:
        return self.document.name


def load_profile(source: Path | bytes, name: str | None = None) -> Loaded[Profile]:
    """Raises DocumentError PROFIL-001 that lists everything wrong, with file:line:col."""
    value, document = load_model(
        source,
        Profile,
        name,
        code=PROFILE_CODE,
        limit=MAX_BYTES_PROFILE,
        check=lambda profile: lint_profile(profile, load_overlay().value),
    )
    return _loaded(value, document)


def load_overlay(source: Path | bytes | None = None, name: str | None = None) -> Loaded[Overlay]:
    """The national layer; without an argument the one that comes with kawal."""
    if source is None:
        return _shipped_overlay()
    value, document = load_model(source, Overlay, name, code=PROFILE_CODE, limit=MAX_BYTES_PROFILE)
    return _loaded(value, document)


def load_dinas_policy(
    source: Path | bytes, profiles: Sequence[Profile], name: str | None = None
) -> Loaded[DinasPolicy]:
    """`kebijakan.yml`, checked against the profiles it speaks of."""
    value, document = load_model(
        source,
        DinasPolicy,
        name,
        code="KONF-001",
        check=lambda policy: check_policy(policy, profiles, load_overlay().value),
    )
    return _loaded(value, document)


def load_calendar_file(source: Path | bytes, name: str | None = None) -> Loaded[LocalCalendar]:
    value, document = load_model(source, LocalCalendar, name, code="KONF-001")
    return _loaded(value, document)


def load_profiles(extra: Sequence[Path] = ()) -> dict[str, Loaded[Profile]]:
    """All profiles by id: those that come with kawal, then those of each folder in `extra`, which may replace them."""
    found = dict(_shipped_profiles())
    for folder in extra:
        found |= _in_folder(folder)
    return found


def _in_folder(folder: Path) -> dict[str, Loaded[Profile]]:
    if not folder.is_dir():
        raise InputError(PROFILE_CODE, f"folder profil {folder} tidak ada")
    loaded = [load_profile(path) for path in sorted(folder.glob("*.yml")) if _kind(path) == "profil-sop"]
    return {one.value.authority.id: one for one in loaded}


@cache
def _shipped_profiles() -> dict[str, Loaded[Profile]]:
    """Read once a process: what comes with kawal does not change while it runs."""
    return _in_folder(BUILTIN)


@cache
def _shipped_overlay() -> Loaded[Overlay]:
    return load_overlay(BUILTIN / "nasional.yml")


def profile_of(profiles: dict[str, Loaded[Profile]], profile_id: str) -> Loaded[Profile]:
    """The profile with this id, or a refusal that names those there are."""
    try:
        return profiles[profile_id]
    except KeyError:
        raise InputError(
            "PROFIL-022",
            f"profil '{profile_id}' tidak dikenal",
            needed=f"salah satu dari: {', '.join(sorted(profiles))}",
            next_step="kawal profil daftar",
        ) from None


def _kind(path: Path) -> object:
    document = load_document(path, code=PROFILE_CODE, limit=MAX_BYTES_PROFILE)
    return document.value.get("jenis") if isinstance(document.value, dict) else None


def _loaded(value: M, document: Document) -> Loaded[M]:
    return Loaded(value, hashlib.sha256(document.data).hexdigest(), document)
