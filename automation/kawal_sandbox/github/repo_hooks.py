"""Hooks that a repository has registered."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.github.base import (
    ADMIN,
    api,
    invalid,
    not_found,
    page,
    repo_routes,
    stamp,
)
from kawal_sandbox.store import Row, now


def _hook(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    url = f"{api(ctx)}/hooks/{row['id']}"
    secret = {"secret": "********"} if data["config"].get("secret") else {}
    return {
        "type": "Repository",
        "id": row["id"],
        "name": "web",
        "active": data["active"],
        "events": data["events"],
        "config": data["config"] | secret,
        "updated_at": stamp(row["created_at"]),
        "created_at": stamp(row["created_at"]),
        "url": url,
        "test_url": f"{url}/tests",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": {"code": None, "status": "unused", "message": None},
    }


def _hooks(ctx: Ctx) -> list[Row]:
    return ctx.forge.store.all(
        "SELECT * FROM gh_things WHERE project_id = ? AND kind = 'hook' ORDER BY id", ctx.project["id"]
    )


def hooks(ctx: Ctx) -> Reply:
    return page(ctx, _hooks(ctx), lambda row: _hook(ctx, row))


def create_hook(ctx: Ctx) -> Reply:
    config = ctx.p.get("config")
    if not isinstance(config, dict) or not config.get("url"):
        raise invalid("Hook", "config", "missing_field")
    wanted = {"content_type": "form", "insecure_ssl": "0"} | config
    events = ctx.p.words("events") or ["push"]
    for row in _hooks(ctx):
        have = json.loads(row["data"])
        same = {k: v for k, v in have["config"].items() if k != "secret"} == {
            k: v for k, v in wanted.items() if k != "secret"
        }
        if same and set(have["events"]) & set(events):
            raise invalid("Hook", "config", "custom", "Hook already exists on this repository")
    data = {"config": wanted, "events": events, "active": ctx.p.flag("active", True)}
    id_ = ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="hook", name="web", data=data, created_at=now()
    )
    return created(_hook(ctx, ctx.forge.store.get("gh_things", id_)))


def _one_hook(ctx: Ctx) -> Row:
    found = [row for row in _hooks(ctx) if row["id"] == ctx.id("hook_id")]
    if not found:
        raise not_found()
    return found[0]


def hook(ctx: Ctx) -> Reply:
    return Reply(_hook(ctx, _one_hook(ctx)))


def change_hook(ctx: Ctx) -> Reply:
    row = _one_hook(ctx)
    data = json.loads(row["data"])
    if isinstance(ctx.p.get("config"), dict):
        data["config"] = {"content_type": "form", "insecure_ssl": "0"} | ctx.p["config"]
    data["events"] = ctx.p.words("events") or data["events"]
    data["active"] = ctx.p.flag("active", data["active"])
    ctx.forge.store.update("gh_things", row["id"], data=data)
    return Reply(_hook(ctx, ctx.forge.store.get("gh_things", row["id"])))


def delete_hook(ctx: Ctx) -> Reply:
    ctx.forge.store.run("DELETE FROM gh_things WHERE id = ?", _one_hook(ctx)["id"])
    return no_content()


ROUTES: list[Route] = [
    *repo_routes("GET", "/hooks", hooks, ADMIN),
    *repo_routes("POST", "/hooks", create_hook, ADMIN),
    *repo_routes("GET", "/hooks/:hook_id", hook, ADMIN),
    *repo_routes("PATCH", "/hooks/:hook_id", change_hook, ADMIN),
    *repo_routes("DELETE", "/hooks/:hook_id", delete_hook, ADMIN),
]
