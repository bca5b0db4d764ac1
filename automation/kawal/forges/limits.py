"""How much one account may create on a forge: declared here, measured by the plan."""

from __future__ import annotations

from urllib.parse import urlsplit

GITHUB_COM = ("github.com", "api.github.com")
GITHUB_COM_AN_HOUR = 500
"""docs.github.com, "Rate limits for the REST API": 80 content-generating requests a minute, 500 an hour. GitHub Enterprise Server and
self-managed GitLab have no such limit unless their administrator sets one; then kawal.yml says it (`forge.batas_per_jam`)."""


def creations_an_hour(kind: str, url: str, stated: int | None = None) -> int | None:
    """Creations (issues, labels, milestones) that this forge takes in an hour; None: as many as one likes."""
    if stated is not None:
        return stated
    host = urlsplit(url).hostname or ""
    return GITHUB_COM_AN_HOUR if kind == "github" and host in GITHUB_COM else None
