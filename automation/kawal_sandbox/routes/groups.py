"""Groups, subgroups and the projects in them."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox import accounts
from kawal_sandbox.access import MAINTAINER, OWNER
from kawal_sandbox.api import Ctx, Reply, Route, created
from kawal_sandbox.entities import group_json
from kawal_sandbox.errors import ApiError, forbidden, not_found, refuse
from kawal_sandbox.routes import projects
from kawal_sandbox.store import Row, today

VISIBILITIES = ("private", "internal", "public")
OPTIONS = ("description", "project_creation_level", "subgroup_creation_level", "default_branch_protection")
SEES = "(visibility IN ('public', 'internal') OR EXISTS (SELECT 1 FROM members m JOIN namespaces g ON g.id = m.source_id"
SEES += " WHERE m.source = 'group' AND m.user_id = ? AND namespaces.trail LIKE g.trail || '%'))"


def listing(ctx: Ctx) -> Reply:
    where, args = ["kind = 'group'"], list[Any]()
    if ctx.query.flag("top_level_only"):
        where.append("parent_id IS NULL")
    return _list(ctx, where, args)


def subgroups(ctx: Ctx) -> Reply:
    return _list(ctx, ["kind = 'group'", "parent_id = ?"], [ctx.group["id"]])


def descendants(ctx: Ctx) -> Reply:
    return _list(
        ctx, ["kind = 'group'", "trail LIKE ?", "id <> ?"], [ctx.group["trail"] + "%", ctx.group["id"]]
    )


def _list(ctx: Ctx, where: list[str], args: list[Any]) -> Reply:
    if ctx.user_id is None:
        where.append("visibility = 'public'")
    elif not ctx.is_admin:
        where.append(SEES)
        args.append(ctx.user_id)
    if ctx.query.flag("owned") or (level := ctx.query.number("min_access_level")):
        wanted = OWNER if ctx.query.flag("owned") else level
        where.append(
            "EXISTS (SELECT 1 FROM members m JOIN namespaces g ON g.id = m.source_id WHERE m.source = 'group' AND m.user_id = ?"
        )
        where[-1] += " AND m.access_level >= ? AND namespaces.trail LIKE g.trail || '%')"
        args += [ctx.user_id, wanted]
    if search := ctx.query.text("search"):
        where.append("(name LIKE ? OR full_path LIKE ?)")
        args += [f"%{search}%", f"%{search}%"]
    order = {"id": "id", "path": "path", "name": "name"}.get(ctx.query.text("order_by", "name") or "", "name")
    direction = "DESC" if ctx.query.text("sort") == "desc" else "ASC"
    sql = f"SELECT * FROM namespaces WHERE {' AND '.join(where)}"  # noqa: S608
    return ctx.rows(sql, args, lambda row: group_json(ctx, row), order=f"{order} {direction}, id")


def get(ctx: Ctx) -> Reply:
    body = group_json(ctx, ctx.group)
    body["shared_with_groups"] = []
    if ctx.query.flag("with_projects", True):
        rows = ctx.forge.store.all(
            "SELECT * FROM projects WHERE namespace_id = ? ORDER BY id LIMIT 100", ctx.group["id"]
        )
        body["projects"] = projects.present_many(ctx, rows)
        body["shared_projects"] = []
    return Reply(body)


def create(ctx: Ctx) -> Reply:
    name, path = ctx.p.need("name"), ctx.p.need("path")
    parent_id, full = ctx.p.number("parent_id"), path
    store = ctx.forge.store
    visibility = ctx.p.choice("visibility", VISIBILITIES, "private") or "private"
    if parent_id is not None:
        parent = store.one("SELECT * FROM namespaces WHERE kind = 'group' AND id = ?", parent_id)
        if parent is None:
            raise not_found("Group")
        level = ctx.forge.access.effective(ctx.forge.access.group_level(parent, ctx.user), ctx.user)
        if level < MAINTAINER:
            raise forbidden()
        full = f"{parent['full_path']}/{path}"
        if VISIBILITIES.index(visibility) > VISIBILITIES.index(parent["visibility"]):
            raise _failed(
                {
                    "visibility_level": [
                        f"{visibility} is not allowed since the parent group has a {parent['visibility']} visibility."
                    ]
                }
            )
    if not accounts.valid_path(path):
        raise _failed({"path": ["can only include non-accented letters, digits, '_', '-' and '.'."]})
    if _taken(ctx, full):
        raise _failed({"path": ["has already been taken"]})
    id_ = accounts.create_namespace(
        store,
        "group",
        name,
        path,
        parent_id=parent_id,
        owner_id=None,
        visibility=visibility,
        data=_options(ctx),
    )
    accounts.add_member(store, "group", id_, ctx.user["id"], OWNER, by=ctx.user["id"])
    return created(group_json(ctx, store.get("namespaces", id_)))


def change(ctx: Ctx) -> Reply:
    row, store = ctx.group, ctx.forge.store
    data = json.loads(row["data"]) | _options(ctx)
    store.update(
        "namespaces",
        row["id"],
        name=ctx.p.text("name", row["name"]),
        visibility=ctx.p.choice("visibility", VISIBILITIES, row["visibility"]),
        data=data,
    )
    path = ctx.p.text("path", row["path"]) or row["path"]
    if path != row["path"]:
        _move(ctx, row, path)
    return Reply(group_json(ctx, store.get("namespaces", row["id"])))


def _move(ctx: Ctx, row: Row, path: str) -> None:
    old = row["full_path"]
    new = old[: len(old) - len(row["path"])] + path
    if _taken(ctx, new):
        raise refuse(400, {"path": ["has already been taken"]})
    store = ctx.forge.store
    store.update("namespaces", row["id"], path=path)
    for project in store.all("SELECT id, full_path FROM projects WHERE full_path LIKE ?", f"{old}/%"):
        store.run("INSERT OR REPLACE INTO redirects VALUES (?, ?)", project["full_path"], project["id"])
        store.update("projects", project["id"], full_path=new + project["full_path"][len(old) :])
    for group in store.all("SELECT id, full_path FROM namespaces WHERE trail LIKE ?", row["trail"] + "%"):
        store.update("namespaces", group["id"], full_path=new + group["full_path"][len(old) :])


def delete(ctx: Ctx) -> Reply:
    """Delayed like projects; only subgroups can be purged at once."""
    row, store = ctx.group, ctx.forge.store
    if ctx.p.flag("permanently_remove"):
        if row["parent_id"] is None:
            raise ApiError(400, {"error": "`permanently_remove` option is only available for subgroups."})
        if not row["marked_for_deletion_on"]:
            raise ApiError(400, {"error": "Group must be marked for deletion first."})
        if ctx.p.text("full_path") != row["full_path"]:
            raise ApiError(
                400, {"error": "`full_path` is incorrect. You must enter the complete path for the subgroup."}
            )
        for project in store.all("SELECT * FROM projects WHERE full_path LIKE ?", row["full_path"] + "/%"):
            projects.purge(ctx, project)
        store.run("DELETE FROM namespaces WHERE trail LIKE ?", row["trail"] + "%")
        return Reply({"message": "202 Accepted"}, 202)
    if row["marked_for_deletion_on"]:
        raise refuse(400, "Group has been already marked for deletion")
    store.update("namespaces", row["id"], marked_for_deletion_on=today())
    _move(ctx, row, f"{row['path']}-deletion_scheduled-{row['id']}")
    return Reply({"message": "202 Accepted"}, 202)


def restore(ctx: Ctx) -> Reply:
    row, store = ctx.group, ctx.forge.store
    suffix = f"-deletion_scheduled-{row['id']}"
    store.update("namespaces", row["id"], marked_for_deletion_on=None)
    if row["path"].endswith(suffix):
        _move(ctx, row, row["path"].removesuffix(suffix))
    return created(group_json(ctx, store.get("namespaces", row["id"])))


def group_projects(ctx: Ctx) -> Reply:
    """The projects of a group, with all settings the caller may see."""
    if ctx.query.flag("include_subgroups"):
        where, args = "n.trail LIKE ?", [ctx.group["trail"] + "%"]
    else:
        where, args = "p.namespace_id = ?", [ctx.group["id"]]
    return projects.page(ctx, where, args)


def share(ctx: Ctx) -> Reply:
    level = ctx.p.number("group_access") or 0
    guest = ctx.forge.store.one(
        "SELECT * FROM namespaces WHERE kind = 'group' AND id = ?", ctx.p.number("group_id")
    )
    if guest is None:
        raise not_found("Group")
    ctx.forge.store.run(
        "INSERT OR REPLACE INTO shares (source, source_id, group_id, access_level, expires_at) VALUES ('group', ?, ?, ?, ?)",
        ctx.group["id"],
        guest["id"],
        level,
        ctx.p.text("expires_at"),
    )
    return created(
        group_json(ctx, ctx.group)
        | {"shared_with_groups": [{"group_id": guest["id"], "group_access_level": level}]}
    )


def _options(ctx: Ctx) -> dict[str, Any]:
    return {name: ctx.p[name] for name in OPTIONS if name in ctx.p}


def _taken(ctx: Ctx, full_path: str) -> bool:
    store = ctx.forge.store
    return bool(
        store.one("SELECT 1 FROM namespaces WHERE full_path = ?", full_path)
        or store.one("SELECT 1 FROM projects WHERE full_path = ?", full_path)
    )


def _failed(fields: dict[str, list[str]]) -> ApiError:
    """GitLab inspects the Ruby hash into one string here."""
    inside = ", ".join(
        f":{name}=>[{', '.join(json.dumps(text) for text in texts)}]" for name, texts in fields.items()
    )
    return refuse(400, f"Failed to save group {{{inside}}}")


ROUTES = [
    Route("GET", "/groups", listing, anonymous=True),
    Route("POST", "/groups", create),
    Route("GET", "/groups/:id", get),
    Route("PUT", "/groups/:id", change, OWNER),
    Route("DELETE", "/groups/:id", delete, OWNER),
    Route("POST", "/groups/:id/restore", restore, OWNER),
    Route("GET", "/groups/:id/projects", group_projects),
    Route("GET", "/groups/:id/subgroups", subgroups),
    Route("GET", "/groups/:id/descendant_groups", descendants),
    Route("POST", "/groups/:id/share", share, OWNER),
]
