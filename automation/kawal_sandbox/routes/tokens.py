"""Access tokens of users, projects and groups. A token's text is shown once, at creation."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kawal_sandbox import accounts
from kawal_sandbox.access import MAINTAINER, OWNER, level_from
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.errors import bad_parameter, forbidden, not_found, refuse
from kawal_sandbox.store import Row, today


def token_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    body = {
        "id": row["id"],
        "name": row["name"],
        "revoked": bool(row["revoked"]),
        "created_at": row["created_at"],
        "description": None,
        "scopes": row["scopes"].split(),
        "user_id": row["user_id"],
        "last_used_at": None,
        "active": not row["revoked"] and (not row["expires_at"] or row["expires_at"] > today()),
        "expires_at": row["expires_at"],
    }
    if row["source"] != "user":
        body["access_level"] = ctx.forge.store.value(
            "SELECT access_level FROM members WHERE source = ? AND source_id = ? AND user_id = ?",
            row["source"],
            row["source_id"],
            row["user_id"],
        )
    return body


def created_token(ctx: Ctx, user_id: int, source: str, source_id: int | None) -> Reply:
    """Make a token from the request's `name`, `scopes`, `expires_at` and show it."""
    name, scopes = ctx.p.need("name"), ctx.p.words("scopes")
    if not scopes:
        raise bad_parameter("scopes is missing")
    if not set(scopes) <= set(accounts.SCOPES):
        raise bad_parameter("scopes does not have a valid value")
    id_, text = accounts.create_token(
        ctx.forge.store, user_id, name, scopes, expires_at=_expiry(ctx), source=source, source_id=source_id
    )
    return created(token_json(ctx, ctx.forge.store.get("tokens", id_)) | {"token": text})


def own(ctx: Ctx) -> Reply:
    if ctx.identity is None or ctx.identity.token_id is None:
        raise not_found()
    return Reply(token_json(ctx, ctx.forge.store.get("tokens", ctx.identity.token_id)))


def revoke_own(ctx: Ctx) -> Reply:
    if ctx.identity is None or ctx.identity.token_id is None:
        raise not_found()
    ctx.forge.store.update("tokens", ctx.identity.token_id, revoked=1)
    return no_content()


def personal(ctx: Ctx) -> Reply:
    user_id = ctx.query.number("user_id")
    if user_id is not None and user_id != ctx.user["id"] and not ctx.is_admin:
        raise forbidden()
    sql, args = "SELECT * FROM tokens WHERE source = 'user'", []
    if user_id is not None or not ctx.is_admin:
        sql += " AND user_id = ?"
        args.append(user_id or ctx.user["id"])
    return ctx.rows(sql, args, lambda row: token_json(ctx, row), order="id")


def get_personal(ctx: Ctx) -> Reply:
    return Reply(token_json(ctx, _personal(ctx)))


def revoke_personal(ctx: Ctx) -> Reply:
    ctx.forge.store.update("tokens", _personal(ctx)["id"], revoked=1)
    return no_content()


def rotate_personal(ctx: Ctx) -> Reply:
    row = _personal(ctx)
    store = ctx.forge.store
    store.update("tokens", row["id"], revoked=1)
    id_, text = accounts.create_token(
        store, row["user_id"], row["name"], row["scopes"].split(), expires_at=_expiry(ctx)
    )
    return Reply(token_json(ctx, store.get("tokens", id_)) | {"token": text})


def _personal(ctx: Ctx) -> Row:
    row = ctx.forge.store.one("SELECT * FROM tokens WHERE id = ?", ctx.id("token_id"))
    if row is None or (row["user_id"] != ctx.user["id"] and not ctx.is_admin):
        raise not_found()
    return row


def _expiry(ctx: Ctx) -> str:
    """GitLab gives every token an end: at most, and by default, 365 days."""
    given = ctx.p.text("expires_at")
    last = datetime.now(UTC).date() + timedelta(days=365)
    if not given:
        return last.isoformat()
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise bad_parameter("expires_at is invalid") from None
    if day > last + timedelta(days=35):
        raise refuse(400, {"expires_at": ["must be before " + (last + timedelta(days=35)).isoformat()]})
    return given


# Tokens of a project or group: a bot user that is a member of it.


def _source(ctx: Ctx) -> tuple[str, int]:
    return ("project", ctx.project["id"]) if ctx._project else ("group", ctx.group["id"])


def bots(ctx: Ctx) -> Reply:
    source, id_ = _source(ctx)
    sql = "SELECT * FROM tokens WHERE source = ? AND source_id = ?"
    return ctx.rows(sql, [source, id_], lambda row: token_json(ctx, row), order="id")


def create_bot(ctx: Ctx) -> Reply:
    source, id_ = _source(ctx)
    level = level_from(ctx.p.get("access_level", MAINTAINER))
    if level > ctx.level:
        raise refuse(
            400,
            "Access level of the token can't be greater the access level of the user who created the token",
        )
    suffix = secrets.token_hex(8)
    username = f"{source}_{id_}_bot_{suffix}"
    store = ctx.forge.store
    bot = accounts.create_user(store, username, ctx.p.need("name"), f"{username}@noreply.localhost", bot=True)
    accounts.add_member(store, source, id_, bot, level, by=ctx.user["id"])
    return created_token(ctx, bot, source, id_)


def get_bot(ctx: Ctx) -> Reply:
    return Reply(token_json(ctx, _bot(ctx)))


def revoke_bot(ctx: Ctx) -> Reply:
    row = _bot(ctx)
    store = ctx.forge.store
    store.update("tokens", row["id"], revoked=1)
    store.run(
        "DELETE FROM members WHERE source = ? AND source_id = ? AND user_id = ?",
        row["source"],
        row["source_id"],
        row["user_id"],
    )
    return no_content()


def rotate_bot(ctx: Ctx) -> Reply:
    row = _bot(ctx)
    store = ctx.forge.store
    store.update("tokens", row["id"], revoked=1)
    id_, text = accounts.create_token(
        store,
        row["user_id"],
        row["name"],
        row["scopes"].split(),
        expires_at=_expiry(ctx),
        source=row["source"],
        source_id=row["source_id"],
    )
    return Reply(token_json(ctx, store.get("tokens", id_)) | {"token": text})


def _bot(ctx: Ctx) -> Row:
    source, id_ = _source(ctx)
    row = ctx.forge.store.one(
        "SELECT * FROM tokens WHERE id = ? AND source = ? AND source_id = ?", ctx.id("token_id"), source, id_
    )
    if row is None:
        raise not_found("Token")
    return row


ROUTES = [
    Route("GET", "/personal_access_tokens/self", own),
    Route("DELETE", "/personal_access_tokens/self", revoke_own),
    Route("GET", "/personal_access_tokens", personal),
    Route("GET", "/personal_access_tokens/:token_id", get_personal),
    Route("DELETE", "/personal_access_tokens/:token_id", revoke_personal),
    Route("POST", "/personal_access_tokens/:token_id/rotate", rotate_personal),
    *(
        route
        for kind, level in (("projects", MAINTAINER), ("groups", OWNER))
        for route in (
            Route("GET", f"/{kind}/:id/access_tokens", bots, level),
            Route("POST", f"/{kind}/:id/access_tokens", create_bot, level),
            Route("GET", f"/{kind}/:id/access_tokens/:token_id", get_bot, level),
            Route("DELETE", f"/{kind}/:id/access_tokens/:token_id", revoke_bot, level),
            Route("POST", f"/{kind}/:id/access_tokens/:token_id/rotate", rotate_bot, level),
        )
    ),
]
