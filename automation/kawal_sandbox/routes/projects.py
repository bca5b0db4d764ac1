"""Projects: listing, creating, settings, delayed deletion."""

from __future__ import annotations

import json
import shutil
from typing import Any
from urllib.parse import urlencode

from kawal_sandbox import accounts, pushes, settings
from kawal_sandbox.access import DEVELOPER, GUEST, MAINTAINER, OWNER, REPORTER, trail_ids
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.entities import namespace_of, project_brief, project_json
from kawal_sandbox.errors import ApiError, bad_parameter, forbidden, not_found, refuse
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.repos import Person, valid_ref_name
from kawal_sandbox.store import Row, now, today

VISIBILITIES = ("private", "internal", "public")
LIST = "SELECT p.*, n.trail, n.kind AS ns_kind, n.owner_id AS ns_owner FROM projects p JOIN namespaces n ON n.id = p.namespace_id"
# Memberships of one user on the project itself or on a group above it.
MEMBER = "(n.kind = 'user' AND n.owner_id = ? OR p.id IN (SELECT source_id FROM members"
MEMBER += " WHERE source = 'project' AND user_id = ? AND access_level >= ?)"
MEMBER += " OR EXISTS (SELECT 1 FROM members m JOIN namespaces g ON g.id = m.source_id WHERE m.source = 'group' AND m.user_id = ?"
MEMBER += " AND m.access_level >= ? AND n.trail LIKE g.trail || '%')"
MEMBER += " OR p.id IN (SELECT s.source_id FROM shares s JOIN members m ON m.source = 'group' AND m.source_id = s.group_id"
MEMBER += " WHERE s.source = 'project' AND m.user_id = ? AND min(m.access_level, s.access_level) >= ?))"
ORDERS = {
    "id": "p.id",
    "name": "p.name",
    "path": "p.path",
    "created_at": "p.id",
    "updated_at": "p.updated_at",
    "last_activity_at": "p.last_activity_at",
}


def listing(ctx: Ctx) -> Reply:
    return page(ctx, "1", [])


def page(ctx: Ctx, condition: str, args: list[Any]) -> Reply:
    """One page of the projects the caller can see, filtered by the usual query parameters."""
    where, q = [f"({condition})"], ctx.query
    if ctx.user_id is None:
        where.append("p.visibility = 'public'")
    elif not ctx.is_admin:
        where.append(f"(p.visibility IN ('public', 'internal') OR {MEMBER})")
        args += _member_args(ctx.user_id, GUEST)
    least = q.number("min_access_level") or (
        OWNER if q.flag("owned") else GUEST if q.flag("membership") else None
    )
    if least and ctx.user_id is not None:
        where.append(MEMBER)
        args += _member_args(ctx.user_id, least)
    for name, column in (("id_after", "p.id >"), ("id_before", "p.id <")):
        if (value := q.number(name)) is not None:
            where.append(f"{column} ?")
            args.append(value)
    if search := q.text("search"):
        where.append("(p.name LIKE ? OR p.path LIKE ? OR (? AND p.full_path LIKE ?))")
        args += [f"%{search}%", f"%{search}%", bool(q.flag("search_namespaces")), f"%{search}%"]
    if visibility := q.text("visibility"):
        where.append("p.visibility = ?")
        args.append(visibility)
    if (archived := q.flag("archived")) is not None:
        where.append("p.archived = ?")
        args.append(int(archived))
    sql = f"{LIST} WHERE {' AND '.join(where)}"
    direction = "ASC" if q.text("sort") == "asc" else "DESC"
    if q.text("pagination") == "keyset":
        return _keyset(ctx, sql, args, direction)
    order = ORDERS.get(q.text("order_by", "created_at") or "", "p.id")
    rows: list[Row] = []
    reply = ctx.rows(sql, args, lambda row: rows.append(row), order=f"{order} {direction}, p.id {direction}")
    return Reply(present_many(ctx, rows), headers=reply.headers)


def _keyset(ctx: Ctx, sql: str, args: list[Any], direction: str) -> Reply:
    if (ctx.query.text("order_by") or "id") != "id":
        raise ApiError(405, {"error": "Keyset pagination is not yet available for this type of request"})
    per_page = min(ctx.query.number("per_page", 20) or 20, 100)
    rows = ctx.forge.store.all(f"{sql} ORDER BY p.id {direction} LIMIT ?", *args, per_page)
    headers = {}
    if len(rows) == per_page:
        cursor = {"id_after" if direction == "ASC" else "id_before": rows[-1]["id"]}
        query = {**ctx.query, **cursor}
        headers["Link"] = f'<{ctx.base_url}{ctx.path}?{urlencode(query)}>; rel="next"'
    return Reply(present_many(ctx, rows), headers=headers)


def present_many(ctx: Ctx, rows: list[Row]) -> list[dict[str, Any]]:
    """Projects with the caller's permissions: memberships, namespaces and shares are each read once for the whole page."""
    if ctx.query.flag("simple") or ctx.user_id is None:
        return [project_brief(ctx, row) for row in rows]
    mine = {
        (row["source"], row["source_id"]): row["access_level"]
        for row in ctx.forge.store.all(
            "SELECT source, source_id, access_level FROM members WHERE user_id = ? AND (expires_at IS NULL OR expires_at > ?)",
            ctx.user_id,
            today(),
        )
    }
    return [_present(ctx, row, mine) for row in rows]


def _present(ctx: Ctx, row: Row, mine: dict[tuple[str, int], int]) -> dict[str, Any]:
    namespace = namespace_of(ctx, row["namespace_id"])
    direct = mine.get(("project", row["id"]), 0)
    inherited = max((mine.get(("group", id_), 0) for id_ in trail_ids(namespace)), default=0)
    if namespace["kind"] == "user" and namespace["owner_id"] == ctx.user_id:
        direct = OWNER
    level = OWNER if ctx.is_admin else max(direct, inherited)
    permissions = {
        "project_access": {"access_level": direct, "notification_level": 3} if direct else None,
        "group_access": {"access_level": inherited, "notification_level": 3} if inherited else None,
    }
    return project_json(ctx, row, level, permissions)


def _member_args(user_id: int, level: int) -> list[int]:
    return [user_id, user_id, level, user_id, level, user_id, level]


def get(ctx: Ctx) -> Reply:
    project, store = ctx.project, ctx.forge.store
    ctx.memo["open", project["id"]] = store.value(
        "SELECT count(*) FROM issues WHERE project_id = ? AND state = 'opened'", project["id"]
    )
    ctx.memo["shares", project["id"]] = [
        {
            "group_id": row["group_id"],
            "group_name": row["name"],
            "group_full_path": row["full_path"],
            "group_access_level": row["access_level"],
            "expires_at": row["expires_at"],
        }
        for row in store.all(
            "SELECT s.*, n.name, n.full_path FROM shares s JOIN namespaces n ON n.id = s.group_id WHERE source = 'project' AND source_id = ?",
            project["id"],
        )
    ]
    return Reply(present_many(ctx, [project])[0])


def create(ctx: Ctx) -> Reply:
    name = ctx.p.text("name") or ctx.p.text("path")
    if not name:
        raise bad_parameter("name, path are missing, at least one parameter must be provided")
    path = ctx.p.text("path") or "".join(c if c.isalnum() or c in "_-." else "-" for c in name.lower())
    namespace = _namespace(ctx)
    _check_new(ctx, namespace, name, path)
    visibility = ctx.p.choice("visibility", VISIBILITIES, "private") or "private"
    _check_visibility(namespace, visibility)
    branch = ctx.p.text("default_branch") or "main"
    if not valid_ref_name(branch):
        raise bad_parameter("default_branch is invalid")
    store = ctx.forge.store
    moment = now()
    id_ = store.insert(
        "projects",
        namespace_id=namespace["id"],
        name=name,
        path=path,
        full_path=f"{namespace['full_path']}/{path}",
        visibility=visibility,
        default_branch=branch,
        creator_id=ctx.user["id"],
        settings=settings.changed(ctx.p),
        created_at=moment,
        updated_at=moment,
        last_activity_at=moment,
    )
    store.run("DELETE FROM redirects WHERE full_path = ?", f"{namespace['full_path']}/{path}")
    if namespace["kind"] == "group":
        # The creator keeps owner rights when the group itself does not give them.
        if ctx.forge.access.group_level(namespace, ctx.user) < MAINTAINER and not ctx.is_admin:
            accounts.add_member(store, "project", id_, ctx.user["id"], MAINTAINER, by=ctx.user["id"])
    else:
        accounts.add_member(store, "project", id_, ctx.user["id"], OWNER, by=ctx.user["id"])
    repo = ctx.forge.repo(id_)
    shutil.rmtree(repo.path, ignore_errors=True)  # left by a create that was rolled back
    repo.create(branch)
    if ctx.p.flag("initialize_with_readme"):
        person = Person(ctx.user["name"], ctx.user["email"])
        tree = repo.change_tree(None, [("README.md", "100644", repo.write_blob(f"# {name}\n".encode()))])
        sha = repo.commit_tree(tree, [], "Initial commit\n", person)
        repo.update_ref(f"refs/heads/{branch}", sha, ZERO)
        pushes.record(
            ctx.forge,
            store.get("projects", id_),
            ctx.user["id"],
            [pushes.RefUpdate(f"refs/heads/{branch}", ZERO, sha)],
        )
    return created(present_many(ctx, [store.get("projects", id_)])[0])


def _namespace(ctx: Ctx) -> Row:
    store = ctx.forge.store
    id_ = ctx.p.number("namespace_id")
    if id_ is None:
        own = store.one("SELECT * FROM namespaces WHERE kind = 'user' AND owner_id = ?", ctx.user["id"])
        if own is None:
            raise not_found("Namespace")
        return own
    namespace = store.one("SELECT * FROM namespaces WHERE id = ?", id_)
    if namespace is None:
        raise refuse(400, {"namespace": ["is not valid"]})
    if namespace["kind"] == "user":
        if namespace["owner_id"] != ctx.user["id"] and not ctx.is_admin:
            raise refuse(400, {"namespace": ["is not valid"]})
        return namespace
    level = ctx.forge.access.effective(ctx.forge.access.group_level(namespace, ctx.user), ctx.user)
    needed = {"noone": 100, "owner": OWNER, "developer": DEVELOPER}.get(
        json.loads(namespace["data"]).get("project_creation_level", ""), MAINTAINER
    )
    if level < needed:
        raise forbidden() if level >= GUEST else refuse(400, {"namespace": ["is not valid"]})
    return namespace


def _check_new(ctx: Ctx, namespace: Row, name: str, path: str, besides: int = 0) -> None:
    if not accounts.valid_path(path):
        text = "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-', end in '.git' or end in '.atom'"
        raise refuse(400, {"path": [text]})
    if not name[:1].isalnum() and name[:1] != "_":
        raise refuse(400, {"name": ["must start with a letter, digit, emoji, or underscore"]})
    store, taken = ctx.forge.store, "has already been taken"
    errors: dict[str, list[str]] = {}
    full = f"{namespace['full_path']}/{path}"
    if store.one(
        "SELECT 1 FROM projects WHERE namespace_id = ? AND name = ? AND id <> ?",
        namespace["id"],
        name,
        besides,
    ):
        errors["project_namespace.name"] = [taken]
        errors["name"] = [taken]
    if store.one("SELECT 1 FROM projects WHERE full_path = ? AND id <> ?", full, besides) or store.one(
        "SELECT 1 FROM namespaces WHERE full_path = ?", full
    ):
        errors["path"] = [taken]
    if errors:
        raise refuse(400, errors)


def _check_visibility(namespace: Row, visibility: str) -> None:
    """A project is never easier to see than its group."""
    group = namespace["visibility"]
    if namespace["kind"] == "group" and VISIBILITIES.index(visibility) > VISIBILITIES.index(group):
        raise refuse(400, {"visibility_level": [f"{visibility} is not allowed in a {group} group."]})


def change(ctx: Ctx) -> Reply:
    project, store = ctx.project, ctx.forge.store
    options = json.loads(project["settings"]) | settings.changed(ctx.p)
    values: dict[str, Any] = {"settings": options, "updated_at": now()}
    name, path = (
        ctx.p.text("name", project["name"]) or project["name"],
        ctx.p.text("path", project["path"]) or project["path"],
    )
    if (name, path) != (project["name"], project["path"]):
        _rename(ctx, project, name, path)
    if visibility := ctx.p.choice("visibility", VISIBILITIES):
        _check_visibility(store.get("namespaces", project["namespace_id"]), visibility)
        values["visibility"] = visibility
    if branch := ctx.p.text("default_branch"):
        repo = ctx.forge.repo(project["id"])
        if not project["empty"] and repo.ref_sha(f"refs/heads/{branch}") == ZERO:
            raise refuse(400, {"base": [f"Could not change HEAD: branch '{branch}' does not exist"]})
        repo.set_head(branch)
        values["default_branch"] = branch
    store.update("projects", project["id"], **values)
    return Reply(present_many(ctx, [store.get("projects", project["id"])])[0])


def _rename(ctx: Ctx, project: Row, name: str, path: str) -> None:
    store = ctx.forge.store
    namespace = store.get("namespaces", project["namespace_id"])
    _check_new(ctx, namespace, name, path, besides=project["id"])
    full = f"{namespace['full_path']}/{path}"
    if full != project["full_path"]:
        store.run("INSERT OR REPLACE INTO redirects VALUES (?, ?)", project["full_path"], project["id"])
        store.run("DELETE FROM redirects WHERE full_path = ?", full)
    store.update("projects", project["id"], name=name, path=path, full_path=full)


def transfer(ctx: Ctx) -> Reply:
    store, project = ctx.forge.store, ctx.project
    key = ctx.p.text("namespace") or ""
    target = store.one(
        "SELECT * FROM namespaces WHERE id = ? OR full_path = ?", int(key) if key.isdigit() else -1, key
    )
    if target is None:
        raise not_found("Namespace")
    if ctx.forge.access.effective(ctx.forge.access.group_level(target, ctx.user), ctx.user) < MAINTAINER:
        raise forbidden()
    _check_new(ctx, target, project["name"], project["path"], besides=project["id"])
    store.run("INSERT OR REPLACE INTO redirects VALUES (?, ?)", project["full_path"], project["id"])
    store.update(
        "projects",
        project["id"],
        namespace_id=target["id"],
        full_path=f"{target['full_path']}/{project['path']}",
    )
    return Reply(present_many(ctx, [store.get("projects", project["id"])])[0])


def delete(ctx: Ctx) -> Reply:
    """Delayed since 18.0: the project is renamed and read-only; a second call with `permanently_remove` purges it."""
    project, store = ctx.project, ctx.forge.store
    if ctx.p.flag("permanently_remove"):
        if not project["marked_for_deletion_on"]:
            raise ApiError(400, {"error": "Project must be marked for deletion first."})
        if ctx.p.text("full_path") != project["full_path"]:
            raise ApiError(
                400, {"error": "`full_path` is incorrect. You must enter the complete path for the project."}
            )
        purge(ctx, project)
        return Reply({"message": "202 Accepted"}, 202)
    if project["marked_for_deletion_on"]:
        raise refuse(400, "Project has been already marked for deletion")
    suffix = f"-deletion_scheduled-{project['id']}"
    _rename(ctx, project, project["name"] + suffix, project["path"] + suffix)
    store.run("DELETE FROM redirects WHERE project_id = ?", project["id"])
    store.update("projects", project["id"], marked_for_deletion_on=today())
    return Reply({"message": "202 Accepted"}, 202)


def purge(ctx: Ctx, project: Row) -> None:
    store, id_ = ctx.forge.store, project["id"]
    for table in (
        "merge_requests",
        "issues",
        "notes",
        "hooks",
        "packages",
        "statuses",
        "environments",
        "deployments",
        "releases",
        "protections",
        "redirects",
    ):
        store.run(f"DELETE FROM {table} WHERE project_id = ?", id_)  # noqa: S608 - constants
    for table in ("members", "labels", "milestones", "variables", "shares"):
        store.run(f"DELETE FROM {table} WHERE source = 'project' AND source_id = ?", id_)  # noqa: S608
    store.run("DELETE FROM projects WHERE id = ?", id_)
    ctx.forge.publish("project_deleted", id_, ctx.user["id"])
    store.after_commit(lambda: shutil.rmtree(ctx.forge.repo(id_).path, ignore_errors=True))


def restore(ctx: Ctx) -> Reply:
    project, store = ctx.project, ctx.forge.store
    if not project["marked_for_deletion_on"]:
        raise refuse(400, "Project has not been marked for deletion")
    suffix = f"-deletion_scheduled-{project['id']}"
    store.update("projects", project["id"], marked_for_deletion_on=None)
    _rename(ctx, project, project["name"].removesuffix(suffix), project["path"].removesuffix(suffix))
    return created(present_many(ctx, [store.get("projects", project["id"])])[0])


def archive(ctx: Ctx) -> Reply:
    ctx.forge.store.update("projects", ctx.project["id"], archived=int(ctx.path.endswith("/archive")))
    return created(present_many(ctx, [ctx.forge.store.get("projects", ctx.project["id"])])[0])


def share(ctx: Ctx) -> Reply:
    guest = ctx.forge.store.one(
        "SELECT * FROM namespaces WHERE kind = 'group' AND id = ?", ctx.p.number("group_id")
    )
    if guest is None:
        raise not_found("Group")
    level = ctx.p.number("group_access") or 0
    if ctx.forge.store.one(
        "SELECT 1 FROM shares WHERE source = 'project' AND source_id = ? AND group_id = ?",
        ctx.project["id"],
        guest["id"],
    ):
        raise refuse(409, ["The group is already shared with this project"])
    id_ = ctx.forge.store.insert(
        "shares",
        source="project",
        source_id=ctx.project["id"],
        group_id=guest["id"],
        access_level=level,
        expires_at=ctx.p.text("expires_at"),
    )
    return created(
        {
            "id": id_,
            "project_id": ctx.project["id"],
            "group_id": guest["id"],
            "group_access": level,
            "expires_at": ctx.p.text("expires_at"),
        }
    )


def unshare(ctx: Ctx) -> Reply:
    gone = ctx.forge.store.run(
        "DELETE FROM shares WHERE source = 'project' AND source_id = ? AND group_id = ?",
        ctx.project["id"],
        ctx.id("group_id"),
    )
    if not gone:
        raise not_found("Group Link")
    return no_content()


def languages(_: Ctx) -> Reply:
    return Reply({})


ROUTES = [
    Route("GET", "/projects", listing, anonymous=True),
    Route("POST", "/projects", create),
    Route("GET", "/projects/:id", get, job_token=True),
    Route("PUT", "/projects/:id", change, MAINTAINER),
    Route("DELETE", "/projects/:id", delete, OWNER),
    Route("POST", "/projects/:id/restore", restore, OWNER),
    Route("PUT", "/projects/:id/transfer", transfer, OWNER),
    Route("POST", "/projects/:id/archive", archive, OWNER),
    Route("POST", "/projects/:id/unarchive", archive, OWNER),
    Route("POST", "/projects/:id/share", share, MAINTAINER),
    Route("DELETE", "/projects/:id/share/:group_id", unshare, MAINTAINER),
    Route("GET", "/projects/:id/languages", languages, REPORTER),
]
