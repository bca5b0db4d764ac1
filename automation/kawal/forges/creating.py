"""Creations that find their own earlier attempt after a lost answer, the same on every forge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kawal.errors import ConflictError, TemporaryError
from kawal.forges.jsonview import View

Json = dict[str, Any]


def create_once(post: Callable[[], Json], find: Callable[[], Json | None]) -> Json:
    """POSTs once. After a lost answer or "already exists" the thing of ours is looked for and adopted."""
    try:
        return post()
    except (TemporaryError, ConflictError):
        found = find()
        if found is None:
            raise
        return found


def sticky_note(
    notes: Callable[[], Iterable[Json]],
    post: Callable[[Json], Json],
    change: Callable[[int, Json], object],
    *,
    author: str,
    bot: int,
    marker: str,
    body: str,
) -> None:
    """One note per marker and bot: created once, changed in place. `author`: under which key a note names its writer."""
    wanted = {"body": body if marker in body else f"{body}\n\n{marker}"}

    def find() -> Json | None:
        for row in notes():
            note = View(row, "notes")
            if note.view(author).number("id") == bot and marker in note.text("body"):
                return row
        return None

    note = find() or create_once(lambda: post(wanted), find)
    if note.get("body") != wanted["body"]:
        change(View(note, "notes").number("id"), wanted)
