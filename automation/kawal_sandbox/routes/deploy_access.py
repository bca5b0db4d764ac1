"""Credentials of a project that belong to no user: deploy keys, deploy tokens, pipeline triggers."""

from __future__ import annotations

import json
import secrets
from typing import Any

from kawal_sandbox.access import MAINTAINER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.entities import user_brief
from kawal_sandbox.errors import bad_parameter, invalid, not_found
from kawal_sandbox.store import Row, Store, now, today

TOKEN_SCOPES = (
    "read_repository",
    "read_registry",
    "write_registry",
    "read_package_registry",
    "write_package_registry",
    "read_virtual_registry",
    "write_virtual_registry",
)


def _key_json(row: Row, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "title": data["title"],
        "key": data["key"],
        "fingerprint": None,
        "created_at": row["created_at"],
        "expires_at": data.get("expires_at"),
        "can_push": data["can_push"],
    }


def _token_json(row: Row, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": data["name"],
        "username": f"gitlab+deploy-token-{row['id']}",
        "expires_at": data.get("expires_at"),
        "revoked": False,
        "expired": _expired(data),
        "scopes": data["scopes"],
    }


def _expired(data: dict[str, Any]) -> bool:
    return bool(data.get("expires_at")) and str(data["expires_at"])[:10] <= today()


def reads_repository(store: Store, project: Row, token: str) -> bool:
    """Whether `token` is a deploy token of this very project that may fetch from it today."""
    sql = "SELECT data FROM deploy_access WHERE project_id = ? AND kind = 'deploy_token'"
    for row in store.all(sql, project["id"]):
        data = json.loads(row["data"])
        if data["once"]["token"] == token:
            return "read_repository" in data["scopes"] and not _expired(data)
    return False


def _trigger_json(ctx: Ctx, row: Row, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "description": data["description"],
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
        "last_used": None,
        "expires_at": None,
        "token": data["token"][:4],
        "owner": user_brief(ctx, data["owner_id"]),
    }


def _shown(ctx: Ctx, kind: str, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    if kind == "trigger":
        return _trigger_json(ctx, row, data)
    return _key_json(row, data) if kind == "deploy_key" else _token_json(row, data)


def _routes(kind: str, path: str, make: Any) -> list[Route]:
    def listing(ctx: Ctx) -> Reply:
        sql = "SELECT * FROM deploy_access WHERE project_id = ? AND kind = ?"
        return ctx.rows(sql, [ctx.project["id"], kind], lambda row: _shown(ctx, kind, row), order="id")

    def get(ctx: Ctx) -> Reply:
        return Reply(_shown(ctx, kind, _find(ctx, kind)))

    def create(ctx: Ctx) -> Reply:
        data = make(ctx)
        id_ = ctx.forge.store.insert(
            "deploy_access", project_id=ctx.project["id"], kind=kind, data=json.dumps(data), created_at=now()
        )
        return created(_shown(ctx, kind, ctx.forge.store.get("deploy_access", id_)) | data.get("once", {}))

    def delete(ctx: Ctx) -> Reply:
        ctx.forge.store.run("DELETE FROM deploy_access WHERE id = ?", _find(ctx, kind)["id"])
        return no_content()

    return [
        Route("GET", path, listing, MAINTAINER),
        Route("POST", path, create, MAINTAINER),
        Route("GET", f"{path}/:entry_id", get, MAINTAINER),
        Route("DELETE", f"{path}/:entry_id", delete, MAINTAINER),
    ]


def _find(ctx: Ctx, kind: str) -> Row:
    sql = "SELECT * FROM deploy_access WHERE project_id = ? AND kind = ? AND id = ?"
    row = ctx.forge.store.one(sql, ctx.project["id"], kind, ctx.id("entry_id"))
    if row is None:
        raise not_found()
    return row


def _key(ctx: Ctx) -> dict[str, Any]:
    key = ctx.p.need("key")
    if not key.startswith(("ssh-", "ecdsa-", "sk-")):
        raise invalid(key="is invalid")
    return {
        "title": ctx.p.need("title"),
        "key": key,
        "can_push": bool(ctx.p.flag("can_push")),
        "expires_at": ctx.p.text("expires_at"),
    }


def _token(ctx: Ctx) -> dict[str, Any]:
    scopes = ctx.p.words("scopes")
    if not scopes:
        raise bad_parameter("scopes is missing")
    if not set(scopes) <= set(TOKEN_SCOPES):
        raise bad_parameter("scopes does not have a valid value")
    return {
        "name": ctx.p.need("name"),
        "scopes": scopes,
        "expires_at": ctx.p.text("expires_at"),
        "once": {"token": f"gldt-{secrets.token_urlsafe(20)}"},
    }


def _trigger(ctx: Ctx) -> dict[str, Any]:
    token = f"glptt-{secrets.token_hex(20)}"
    return {
        "description": ctx.p.need("description"),
        "token": token,
        "owner_id": ctx.user["id"],
        "once": {"token": token},
    }


ROUTES = [
    *_routes("deploy_key", "/projects/:id/deploy_keys", _key),
    *_routes("deploy_token", "/projects/:id/deploy_tokens", _token),
    *_routes("trigger", "/projects/:id/triggers", _trigger),
]
