"""The marks by which kawal finds its own things in a forge again. A mark identifies; it is never a reason to trust."""

from __future__ import annotations

import re

PROJECT = "kawal:"
PREPARING = " (sedang disiapkan)"
_ISSUE = re.compile(r"^<!-- kawal:[^\n]* -->$")


def project_marker(instance: str, app_id: str) -> str:
    return f"{PROJECT}{instance}/{app_id}"


def marker_line(text: str) -> str | None:
    """The mark in the last line of an issue body or project description, without the note that it is being prepared."""
    last = text.rstrip().rsplit("\n", 1)[-1].strip()
    if last.startswith(PROJECT):
        return last.removesuffix(PREPARING.strip()).strip()
    return last if _ISSUE.match(last) else None
