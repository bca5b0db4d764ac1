"""The account by which GitHub itself commits: merges by its button, files by its contents API, signed with GitHub's own key."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox.api import Ctx
from kawal_sandbox.github.base import account_json
from kawal_sandbox.repos import Person
from kawal_sandbox.store import now

LOGIN, ID = "web-flow", 19864447
COMMITTER = Person("GitHub", "noreply@github.com")
"""Anybody can type this into git's settings; only GitHub can sign for it."""
_KIND = "by_github"


def sign(ctx: Ctx, *shas: str | None) -> None:
    """Remember that GitHub made these commits: from now on they are shown as verified."""
    for sha in filter(None, shas):
        ctx.forge.store.insert(
            "gh_things", project_id=ctx.project["id"], kind=_KIND, name=sha, data={}, created_at=now()
        )


def verification(ctx: Ctx, sha: str) -> dict[str, Any]:
    if _KIND not in ctx.memo:
        sql = "SELECT name FROM gh_things WHERE project_id = ? AND kind = ?"
        rows = ctx.forge.store.all(sql, ctx.project["id"], _KIND)
        ctx.memo[_KIND] = frozenset(str(row["name"]) for row in rows)
    if sha not in ctx.memo[_KIND]:
        nothing = {"signature": None, "payload": None, "verified_at": None}
        return {"verified": False, "reason": "unsigned", **nothing}
    return {
        "verified": True,
        "reason": "valid",
        "signature": "-----BEGIN PGP SIGNATURE-----\n(forge latihan)\n-----END PGP SIGNATURE-----\n",
        "payload": json.dumps({"sha": sha}),
        "verified_at": "2026-01-01T00:00:00Z",
    }


def account_of(ctx: Ctx, email: str) -> dict[str, Any] | None:
    """By the address alone, signed or not: so does GitHub."""
    return account_json(ctx, LOGIN, ID) if email.lower() == COMMITTER.email else None
