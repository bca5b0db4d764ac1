"""Who may work on a repository: collaborators, their permission, invitations."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox import accounts
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.github.base import (
    ADMIN,
    PERMISSIONS,
    PREFIX,
    READ,
    ROLES,
    WRITE,
    invalid,
    not_found,
    page,
    repo_routes,
    route,
    stamp,
    user_json,
)
from kawal_sandbox.github.repos import repo_json
from kawal_sandbox.store import Row, now


def permission_word(level: int) -> str:
    return max((name for name, least in PERMISSIONS.items() if level >= least), key=PERMISSIONS.__getitem__)


def _collaborator(ctx: Ctx, user_id: int, level: int) -> dict[str, Any]:
    return (user_json(ctx, user_id) or {}) | {
        "permissions": {name: level >= least for name, least in PERMISSIONS.items()},
        "role_name": ROLES[permission_word(level)],
    }


def collaborators(ctx: Ctx) -> Reply:
    store, project = ctx.forge.store, ctx.project
    if ctx.query.text("affiliation") == "direct":
        rows = store.all(
            "SELECT * FROM members WHERE source = 'project' AND source_id = ? ORDER BY user_id", project["id"]
        )
    else:
        namespace = store.get("namespaces", project["namespace_id"])
        rows = ctx.forge.access.members("project", project["id"], namespace)
    shown = [row for row in rows if row["access_level"] >= READ]
    return page(ctx, shown, lambda row: _collaborator(ctx, row["user_id"], row["access_level"]))


def permission(ctx: Ctx) -> Reply:
    row = _user(ctx)
    level = ctx.forge.access.effective(ctx.forge.access.project_level(ctx.project, row), row)
    if level < READ:
        return Reply({"permission": "none", "role_name": "none", "user": user_json(ctx, row["id"])})
    word = ROLES[permission_word(level)]
    coarse = {"maintain": "write", "triage": "read"}.get(word, word)
    return Reply({"permission": coarse, "role_name": word, "user": _collaborator(ctx, row["id"], level)})


def add_collaborator(ctx: Ctx) -> Reply:
    """204 for who is in already; for anybody else an invitation that has to be accepted."""
    store, row = ctx.forge.store, _user(ctx)
    word = ctx.p.text("permission") or "push"
    if word not in PERMISSIONS:
        raise invalid("Repository", "permission", "invalid")
    level = PERMISSIONS[word]
    sql = "SELECT * FROM members WHERE source = 'project' AND source_id = ? AND user_id = ?"
    present = store.one(sql, ctx.project["id"], row["id"])
    if present:
        store.update("members", present["id"], access_level=level)
        return no_content()
    namespace = store.get("namespaces", ctx.project["namespace_id"])
    if ctx.forge.access.group_level(namespace, row) > 0:
        accounts.add_member(store, "project", ctx.project["id"], row["id"], level, by=ctx.user["id"])
        return no_content()
    data = {"user_id": row["id"], "permission": word}
    same = store.one(
        "SELECT * FROM gh_things WHERE project_id = ? AND kind = 'invitation' AND name = ?",
        ctx.project["id"],
        row["username"],
    )
    if same:
        store.update("gh_things", same["id"], data=data)
        return created(_invitation(ctx, store.get("gh_things", same["id"])))
    id_ = store.insert(
        "gh_things",
        project_id=ctx.project["id"],
        kind="invitation",
        name=row["username"],
        data=data,
        created_at=now(),
    )
    return created(_invitation(ctx, store.get("gh_things", id_)))


def remove_collaborator(ctx: Ctx) -> Reply:
    row = _user(ctx)
    ctx.forge.store.run(
        "DELETE FROM members WHERE source = 'project' AND source_id = ? AND user_id = ?",
        ctx.project["id"],
        row["id"],
    )
    return no_content()


def _user(ctx: Ctx) -> Row:
    row = ctx.forge.store.one("SELECT * FROM users WHERE username = ?", ctx.params["username"])
    if row is None:
        raise not_found()
    return row


def _invitation(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    project = ctx.forge.store.get("projects", row["project_id"])
    return {
        "id": row["id"],
        "node_id": f"RI_{row['id']}",
        "repository": repo_json(ctx, project),
        "invitee": user_json(ctx, data["user_id"]),
        "inviter": None,
        "permissions": ROLES[data["permission"]],
        "created_at": stamp(row["created_at"]),
        "url": f"{ctx.base_url}{PREFIX}/user/repository_invitations/{row['id']}",
        "html_url": f"{ctx.base_url}/{project['full_path']}/invitations",
    }


def invitations(ctx: Ctx) -> Reply:
    sql = "SELECT * FROM gh_things WHERE project_id = ? AND kind = 'invitation' ORDER BY id"
    return page(ctx, ctx.forge.store.all(sql, ctx.project["id"]), lambda row: _invitation(ctx, row))


def my_invitations(ctx: Ctx) -> Reply:
    sql = "SELECT * FROM gh_things WHERE kind = 'invitation' AND name = ? ORDER BY id"
    return page(ctx, ctx.forge.store.all(sql, ctx.user["username"]), lambda row: _invitation(ctx, row))


def accept_invitation(ctx: Ctx) -> Reply:
    store = ctx.forge.store
    sql = "SELECT * FROM gh_things WHERE kind = 'invitation' AND name = ? AND id = ?"
    row = store.one(sql, ctx.user["username"], ctx.id("invitation_id"))
    if row is None:
        raise not_found()
    level = PERMISSIONS[json.loads(row["data"])["permission"]]
    accounts.add_member(store, "project", row["project_id"], ctx.user["id"], level, by=None)
    store.run("DELETE FROM gh_things WHERE id = ?", row["id"])
    return no_content()


ROUTES: list[Route] = [
    route("GET", "/user/repository_invitations", my_invitations),
    route("PATCH", "/user/repository_invitations/:invitation_id", accept_invitation),
    *repo_routes("GET", "/collaborators", collaborators, WRITE),
    *repo_routes("GET", "/collaborators/:username/permission", permission),
    *repo_routes("PUT", "/collaborators/:username", add_collaborator, ADMIN),
    *repo_routes("DELETE", "/collaborators/:username", remove_collaborator, ADMIN),
    *repo_routes("GET", "/invitations", invitations, ADMIN),
]
