"""Protected branches and tags by role level, as CE offers them."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox.access import ADMIN, DEVELOPER, MAINTAINER, NONE, level_description
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.errors import bad_parameter, not_found, refuse
from kawal_sandbox.params import Params
from kawal_sandbox.store import Row

LEVELS = (NONE, DEVELOPER, MAINTAINER, ADMIN)


def branch_json(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "push_access_levels": _levels(row, row["push_level"]),
        "merge_access_levels": [_level(row["id"], row["merge_level"])],
        "allow_force_push": bool(row["allow_force_push"]),
    }


def tag_json(row: Row) -> dict[str, Any]:
    return {"name": row["name"], "create_access_levels": _levels(row, row["create_level"])}


def _levels(row: Row, level: int) -> list[dict[str, Any]]:
    """The role, and each deploy key that was let in beside it: those say level 40 too."""
    keys = json.loads(row["deploy_keys"])
    return [
        _level(row["id"], level),
        *(
            _level(row["id"], MAINTAINER) | {"access_level_description": "Deploy key", "deploy_key_id": key}
            for key in keys
        ),
    ]


def _level(id_: int, level: int) -> dict[str, Any]:
    return {
        "id": id_,
        "access_level": level,
        "access_level_description": level_description(level),
        "deploy_key_id": None,
    }


def branches(ctx: Ctx) -> Reply:
    sql, args = "SELECT * FROM protections WHERE project_id = ? AND kind = 'branch'", [ctx.project["id"]]
    if search := ctx.query.text("search"):
        sql += " AND name LIKE ?"
        args.append(f"%{search}%")
    return ctx.rows(sql, args, branch_json, order="name")


def branch(ctx: Ctx) -> Reply:
    return Reply(branch_json(_find(ctx, "branch")))


def protect_branch(ctx: Ctx) -> Reply:
    name = ctx.p.need("name")
    if _exists(ctx, "branch", name):
        raise refuse(409, f"Protected branch '{name}' already exists")
    id_ = ctx.forge.store.insert(
        "protections",
        project_id=ctx.project["id"],
        kind="branch",
        name=name,
        push_level=_asked(ctx, "push_access_level", "allowed_to_push"),
        merge_level=_asked(ctx, "merge_access_level", "allowed_to_merge"),
        allow_force_push=int(bool(ctx.p.flag("allow_force_push"))),
        deploy_keys=_keys(ctx, "allowed_to_push"),
    )
    return created(branch_json(ctx.forge.store.get("protections", id_)))


def change_branch(ctx: Ctx) -> Reply:
    """On CE only `allow_force_push`; levels need a new protection."""
    row = _find(ctx, "branch")
    force = ctx.p.flag("allow_force_push")
    if force is not None:
        ctx.forge.store.update("protections", row["id"], allow_force_push=int(force))
    return Reply(branch_json(ctx.forge.store.get("protections", row["id"])))


def tags(ctx: Ctx) -> Reply:
    sql = "SELECT * FROM protections WHERE project_id = ? AND kind = 'tag'"
    return ctx.rows(sql, [ctx.project["id"]], tag_json, order="name")


def tag(ctx: Ctx) -> Reply:
    return Reply(tag_json(_find(ctx, "tag")))


def protect_tag(ctx: Ctx) -> Reply:
    name = ctx.p.need("name")
    if _exists(ctx, "tag", name):
        raise refuse(409, f"Protected tag '{name}' already exists")
    level = _asked(ctx, "create_access_level", "allowed_to_create")
    id_ = ctx.forge.store.insert(
        "protections",
        project_id=ctx.project["id"],
        kind="tag",
        name=name,
        create_level=level,
        deploy_keys=_keys(ctx, "allowed_to_create"),
    )
    return created(tag_json(ctx.forge.store.get("protections", id_)))


def unprotect(ctx: Ctx) -> Reply:
    row = _find(ctx, "branch" if "/protected_branches/" in ctx.path else "tag")
    ctx.forge.store.run("DELETE FROM protections WHERE id = ?", row["id"])
    return no_content()


def _asked(ctx: Ctx, name: str, premium: str) -> int:
    """The role level. Entries for users or groups are Premium and dropped; a plain level inside `allowed_to_…` counts."""
    level = ctx.p.number(name)
    entries = ctx.p.get(premium)
    if level is None and isinstance(entries, list):
        plain = [
            entry.get("access_level")
            for entry in entries
            if isinstance(entry, dict) and entry.get("access_level") is not None
        ]
        level = Params(first=plain[0]).number("first") if plain else None
    if level is None:
        return MAINTAINER
    if level not in LEVELS:
        raise bad_parameter(f"{name} does not have a valid value")
    return level


def _keys(ctx: Ctx, name: str) -> list[int]:
    """Deploy keys of this project named in `allowed_to_…`; on CE a person lets them in on the web page."""
    entries = ctx.p.get(name)
    ids = [
        entry["deploy_key_id"]
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("deploy_key_id"), int)
    ]
    sql = "SELECT 1 FROM deploy_access WHERE project_id = ? AND kind = 'deploy_key' AND id = ?"
    if not all(ctx.forge.store.one(sql, ctx.project["id"], id_) for id_ in ids):
        raise bad_parameter(f"{name} does not have a valid value")
    return ids


def _exists(ctx: Ctx, kind: str, name: str) -> bool:
    return (
        ctx.forge.store.one(
            "SELECT 1 FROM protections WHERE project_id = ? AND kind = ? AND name = ?",
            ctx.project["id"],
            kind,
            name,
        )
        is not None
    )


def _find(ctx: Ctx, kind: str) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM protections WHERE project_id = ? AND kind = ? AND name = ?",
        ctx.project["id"],
        kind,
        ctx.params["name"],
    )
    if row is None:
        raise not_found()
    return row


ROUTES = [
    Route("GET", "/projects/:id/protected_branches", branches, DEVELOPER),
    Route("POST", "/projects/:id/protected_branches", protect_branch, MAINTAINER),
    Route("GET", "/projects/:id/protected_branches/:name", branch, DEVELOPER),
    Route("PATCH", "/projects/:id/protected_branches/:name", change_branch, MAINTAINER),
    Route("DELETE", "/projects/:id/protected_branches/:name", unprotect, MAINTAINER),
    Route("GET", "/projects/:id/protected_tags", tags, DEVELOPER),
    Route("POST", "/projects/:id/protected_tags", protect_tag, MAINTAINER),
    Route("GET", "/projects/:id/protected_tags/:name", tag, DEVELOPER),
    Route("DELETE", "/projects/:id/protected_tags/:name", unprotect, MAINTAINER),
]
