"""Why one record does not count."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flaw:
    code: str
    what: str
    found: str
    needed: str
