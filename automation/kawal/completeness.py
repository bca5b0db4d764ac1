"""What a request still lacks of the items that its SOP asks for, and who supplies each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kawal.model import RoleId
from kawal.sop.schema import Profile, RequestItem

Answer = str | Mapping[str, str]
"""The text of an item, or the texts of its parts by letter."""


@dataclass(frozen=True)
class Missing:
    """One item, or one lettered part of it, that nobody handed in."""

    item: str
    name: str
    part: str | None
    """The part as printed, e.g. "d. bentuk pelaporan/output"; None = the whole item."""
    supplied_by: RoleId

    def text(self) -> str:
        return self.name if self.part is None else f"{self.name}: {self.part}"


def letters(item: RequestItem) -> dict[str, str]:
    """Letter -> part as printed. Where the SOP prints no letters, a, b, c ... in its order."""
    found = {}
    for index, part in enumerate(item.items):
        head, dot, _ = part.partition(".")
        found[head if dot and len(head) == 1 else chr(ord("a") + index)] = part
    return found


def missing(profile: Profile, documents: Sequence[str], answers: Mapping[str, Answer]) -> tuple[Missing, ...]:
    """Item by item in the SOP's order. A document of the item's kind holds all its parts; a text answers only itself."""
    found: list[Missing] = []
    for item in profile.request:
        if not item.required or item.id in documents:
            continue
        answer, parts = answers.get(item.id, ""), letters(item)
        if isinstance(answer, str):
            if not answer.strip() or parts:
                found += [Missing(item.id, item.name, part, item.supplied_by) for part in parts.values()]
                found += [] if parts else [Missing(item.id, item.name, None, item.supplied_by)]
            continue
        found += [
            Missing(item.id, item.name, part, item.supplied_by)
            for letter, part in parts.items()
            if not answer.get(letter, "").strip()
        ]
        found += [] if parts else [Missing(item.id, item.name, None, item.supplied_by)]
    return tuple(found)


def unknown(profile: Profile, answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """Keys that the SOP does not ask for, so that a typing error is not taken for an answer."""
    known = {item.id: letters(item) for item in profile.request}
    found = [key for key in answers if key not in known]
    for key, answer in answers.items():
        if key in known and not isinstance(answer, str):
            found += [f"{key}.{letter}" for letter in answer if letter not in known[key]]
    return tuple(found)
