"""Members of projects and groups, direct and inherited."""

from __future__ import annotations

from typing import Any

from kawal_sandbox import accounts
from kawal_sandbox.access import GUEST, MAINTAINER, OWNER, level_from
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.entities import namespace_of, user_brief
from kawal_sandbox.errors import bad_parameter, forbidden, not_found, refuse
from kawal_sandbox.store import Row


def member_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    return (user_brief(ctx, row["user_id"]) or {}) | {
        "access_level": row["access_level"],
        "created_at": row["created_at"],
        "created_by": user_brief(ctx, row["created_by"]),
        "expires_at": row["expires_at"],
        "membership_state": "active",
    }


def _source(ctx: Ctx) -> tuple[str, int]:
    return ("project", ctx.project["id"]) if ctx._project else ("group", ctx.group["id"])


def listing(ctx: Ctx) -> Reply:
    sql, args = (
        "SELECT m.* FROM members m JOIN users u ON u.id = m.user_id WHERE m.source = ? AND m.source_id = ?",
        [*_source(ctx)],
    )
    if query := ctx.query.text("query"):
        sql += " AND (u.username LIKE ? OR u.name LIKE ?)"
        args += [f"%{query}%", f"%{query}%"]
    return ctx.rows(sql, args, lambda row: member_json(ctx, row), order="user_id")


def everyone(ctx: Ctx) -> Reply:
    return ctx.items(_all(ctx), lambda row: member_json(ctx, row))


def one_of_all(ctx: Ctx) -> Reply:
    user_id = ctx.id("user_id")
    for row in _all(ctx):
        if row["user_id"] == user_id:
            return Reply(member_json(ctx, row))
    raise not_found()


def _all(ctx: Ctx) -> list[Row]:
    source, id_ = _source(ctx)
    namespace = namespace_of(ctx, ctx.project["namespace_id"]) if source == "project" else ctx.group
    return ctx.forge.access.members(source, id_, namespace)


def get(ctx: Ctx) -> Reply:
    return Reply(member_json(ctx, _member(ctx)))


def add(ctx: Ctx) -> Reply:
    level = level_from(ctx.p.get("access_level"))
    ids = ctx.p.numbers("user_id")
    store = ctx.forge.store
    if not ids and (name := ctx.p.text("username")):
        ids = [row["id"] for row in store.all("SELECT id FROM users WHERE username = ?", name)]
    elif not ids:
        raise bad_parameter("user_id, username are missing, exactly one parameter must be provided")
    source, source_id = _source(ctx)
    _check_grant(ctx, level)
    for user_id in ids or [0]:
        if store.one("SELECT 1 FROM users WHERE id = ?", user_id) is None:
            raise not_found("User")
        if store.one(
            "SELECT 1 FROM members WHERE source = ? AND source_id = ? AND user_id = ?",
            source,
            source_id,
            user_id,
        ):
            raise refuse(409, "Member already exists")
        inherited = next((row for row in _all(ctx) if row["user_id"] == user_id), None)
        if inherited is not None and inherited["access_level"] > level:
            raise refuse(
                400,
                {
                    "access_level": [
                        f"should be greater than or equal to inherited membership from group ({inherited['access_level']})"
                    ]
                },
            )
        id_ = accounts.add_member(
            store, source, source_id, user_id, level, by=ctx.user["id"], expires_at=ctx.p.text("expires_at")
        )
    return created(member_json(ctx, store.get("members", id_)))


def change(ctx: Ctx) -> Reply:
    row = _member(ctx)
    level = level_from(ctx.p.get("access_level"))
    _check_grant(ctx, max(level, row["access_level"]))
    values: dict[str, Any] = {"access_level": level}
    if "expires_at" in ctx.p:
        values["expires_at"] = ctx.p.text("expires_at") or None
    ctx.forge.store.update("members", row["id"], **values)
    return Reply(member_json(ctx, ctx.forge.store.get("members", row["id"])))


def remove(ctx: Ctx) -> Reply:
    row = _member(ctx)
    if row["user_id"] != ctx.user["id"]:
        _check_grant(ctx, row["access_level"])
    ctx.forge.store.run("DELETE FROM members WHERE id = ?", row["id"])
    return no_content()


def _check_grant(ctx: Ctx, level: int) -> None:
    """Nobody hands out more than they have."""
    if level > ctx.level:
        raise forbidden()


def _member(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM members WHERE source = ? AND source_id = ? AND user_id = ?",
        *_source(ctx),
        ctx.id("user_id"),
    )
    if row is None:
        raise not_found("Member")
    return row


ROUTES = [
    route
    for kind, writer in (("projects", MAINTAINER), ("groups", OWNER))
    for route in (
        Route("GET", f"/{kind}/:id/members", listing, GUEST),
        Route("GET", f"/{kind}/:id/members/all", everyone, GUEST),
        Route("GET", f"/{kind}/:id/members/all/:user_id", one_of_all, GUEST),
        Route("GET", f"/{kind}/:id/members/:user_id", get, GUEST),
        Route("POST", f"/{kind}/:id/members", add, writer),
        Route("PUT", f"/{kind}/:id/members/:user_id", change, writer),
        Route("DELETE", f"/{kind}/:id/members/:user_id", remove, GUEST),
    )
]
