"""What our own git hooks and tests ask; not part of GitLab's API."""

import hmac

from kawal_sandbox import pushes
from kawal_sandbox.api import Ctx, Reply, Route
from kawal_sandbox.errors import forbidden
from kawal_sandbox.store import Row


def pre_receive(ctx: Ctx) -> Reply:
    project, user = _who(ctx)
    found = pushes.refusals(ctx.forge, project, user, _updates(ctx), web=False)
    return Reply({"ok": not found, "messages": [f"GitLab: {reason}" for reason in dict.fromkeys(found)]})


def post_receive(ctx: Ctx) -> Reply:
    project, user = _who(ctx)
    pushes.record(ctx.forge, project, user["id"], _updates(ctx), ctx.p.get("options") or [])
    return Reply({"ok": True, "messages": []})


def _who(ctx: Ctx) -> tuple[Row, Row]:
    if not hmac.compare_digest(ctx.headers.get("x-kawal-hook", ""), ctx.forge.hook_secret):
        raise forbidden()
    store = ctx.forge.store
    return store.get("projects", ctx.p["project_id"]), store.get("users", ctx.p["user_id"])


def _updates(ctx: Ctx) -> list[pushes.RefUpdate]:
    return [
        pushes.RefUpdate(item["ref"], item["before"], item["after"], item["forced"])
        for item in ctx.p["updates"]
    ]


def requests(ctx: Ctx) -> Reply:
    """Requests answered so far, newest last; `since` = the highest `seq` already seen."""
    return Reply(ctx.forge.requests.since(ctx.query.number("since", 0) or 0))


ROUTES = [
    Route("POST", "!/-/kawal/git/pre-receive", pre_receive, anonymous=True, read_only=True),
    Route("POST", "!/-/kawal/git/post-receive", post_receive, anonymous=True),
    Route("GET", "/kawal_latihan/requests", requests, admin=True),
]
