"""Merge requests: list, create, change, delete."""

from __future__ import annotations

from typing import Any

from kawal_sandbox import labeling, merging
from kawal_sandbox.access import DEVELOPER, OWNER, PLANNER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.errors import bad_parameter, forbidden, refuse
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.routes.merge_request_view import find, many, one
from kawal_sandbox.store import Row, now

SORTS = {"created_at": "m.id", "updated_at": "m.updated_at", "title": "m.title", "merged_at": "m.merged_at"}


def listing(ctx: Ctx) -> Reply:
    return _list(ctx, ["m.project_id = ?"], [ctx.project["id"]])


def of_group(ctx: Ctx) -> Reply:
    inside = "m.project_id IN (SELECT p.id FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE n.trail LIKE ?)"
    return _list(ctx, [inside], [ctx.group["trail"] + "%"])


def _list(ctx: Ctx, where: list[str], args: list[Any]) -> Reply:
    q = ctx.query
    if (state := q.choice("state", ("opened", "closed", "locked", "merged", "all"), "all")) != "all":
        where.append("m.state = ?")
        args.append(state)
    for name in ("source_branch", "target_branch"):
        if branch := q.text(name):
            where.append(f"m.{name} = ?")
            args.append(branch)
    if iids := q.numbers("iids"):
        where.append(f"m.iid IN ({', '.join('?' * len(iids))})")
        args += iids
    if (author := q.number("author_id")) is not None:
        where.append("m.author_id = ?")
        args.append(author)
    for name in q.words("labels") or []:
        where.append(
            "EXISTS (SELECT 1 FROM label_links k JOIN labels l ON l.id = k.label_id WHERE k.target = 'mr' AND k.target_id = m.id AND l.name = ?)"
        )
        args.append(name)
    if search := q.text("search"):
        where.append("(m.title LIKE ? OR m.description LIKE ?)")
        args += [f"%{search}%", f"%{search}%"]
    for name, comparison in (
        ("created_after", "m.created_at >="),
        ("updated_after", "m.updated_at >="),
        ("updated_before", "m.updated_at <="),
    ):
        if moment := q.text(name):
            where.append(f"{comparison} ?")
            args.append(moment)
    order = SORTS.get(q.text("order_by", "created_at") or "", "m.id")
    direction = "ASC" if q.text("sort") == "asc" else "DESC"
    rows: list[Row] = []
    sql = f"SELECT m.* FROM merge_requests m WHERE {' AND '.join(where)}"  # noqa: S608
    reply = ctx.rows(sql, args, lambda row: rows.append(row), order=f"{order} {direction}, m.id {direction}")
    return Reply(many(ctx, rows), headers=reply.headers)


def get(ctx: Ctx) -> Reply:
    return Reply(one(ctx, find(ctx)))


def create(ctx: Ctx) -> Reply:
    source, target, title = ctx.p.need("source_branch"), ctx.p.need("target_branch"), ctx.p.need("title")
    store, project, repo = ctx.forge.store, ctx.project, ctx.repo
    if (other := ctx.p.number("target_project_id")) is not None and other != project["id"]:
        raise refuse(422, ["Target project is not a fork of the source project"])
    if source == target:
        raise refuse(422, ["You can't use same project/branch for source and target"])
    twin = store.one(
        "SELECT iid FROM merge_requests WHERE project_id = ? AND state = 'opened' AND source_branch = ? AND target_branch = ?",
        project["id"],
        source,
        target,
    )
    if twin:
        raise refuse(
            409, [f"Another open merge request already exists for this source branch: !{twin['iid']}"]
        )
    head = repo.ref_sha(f"refs/heads/{source}")
    if head == ZERO:
        raise refuse(400, {"source_branch": [f'"{source}" does not exist']})
    if repo.ref_sha(f"refs/heads/{target}") == ZERO:
        raise refuse(400, {"target_branch": [f'"{target}" does not exist']})
    id_ = store.insert(
        "merge_requests",
        project_id=project["id"],
        iid=store.next_iid(project["id"], "merge_request"),
        title=title,
        description=ctx.p.text("description"),
        source_branch=source,
        target_branch=target,
        author_id=ctx.user["id"],
        created_at=now(),
        updated_at=now(),
        **_values(ctx),
    )
    merging.add_version(ctx.forge, repo, store.get("merge_requests", id_), head)
    labeling.apply(ctx, "mr", id_, project)
    row = store.get("merge_requests", id_)
    merging.tell(ctx.forge, row, ctx.user["id"], "open")
    return created(one(ctx, row))


def _values(ctx: Ctx) -> dict[str, Any]:
    """Fields common to create and update. Free takes one assignee and one reviewer."""
    values: dict[str, Any] = {}
    for name in ("assignee_ids", "reviewer_ids"):
        if name in ctx.p:
            values[name] = (ctx.p.numbers(name) or [])[:1]
    if "assignee_id" in ctx.p:
        values["assignee_ids"] = [id_] if (id_ := ctx.p.number("assignee_id")) else []
    if "milestone_id" in ctx.p:
        values["milestone_id"] = ctx.p.number("milestone_id") or None
    if "squash" in ctx.p:
        values["squash"] = int(bool(ctx.p.flag("squash")))
    if "remove_source_branch" in ctx.p:
        values["remove_source_branch"] = int(bool(ctx.p.flag("remove_source_branch")))
    return values


def change(ctx: Ctx) -> Reply:
    row, store = find(ctx), ctx.forge.store
    if ctx.level < PLANNER and row["author_id"] != ctx.user["id"]:
        raise forbidden()
    values = _values(ctx)
    if "title" in ctx.p:
        values["title"] = ctx.p.need("title")
    if "description" in ctx.p:
        values["description"] = ctx.p.text("description")
    if (target := ctx.p.text("target_branch")) and row["state"] == "opened":
        values["target_branch"] = target
    event, action = ctx.p.choice("state_event", ("close", "reopen")), "update"
    if event == "close" and row["state"] == "opened":
        values |= {"state": "closed", "closed_by": ctx.user["id"], "closed_at": now()}
        action = "close"
    elif event == "reopen" and row["state"] == "closed":
        values |= {"state": "opened", "closed_by": None, "closed_at": None}
        action = "reopen"
    labelled = any(name in ctx.p for name in ("labels", "add_labels", "remove_labels"))
    if not values and not labelled and event is None:
        raise bad_parameter(
            "assignee_id, description, labels, state_event, target_branch, title are missing, at least one parameter must be provided"
        )
    store.update("merge_requests", row["id"], **values, updated_at=now())
    changes: dict[str, Any] = {
        name: {"previous": row[name], "current": value}
        for name, value in values.items()
        if row[name] != value
    }
    labels = labeling.apply(ctx, "mr", row["id"], ctx.project)
    if labels:
        changes["labels"] = {
            side: [labeling.label_json(label, project=True) for label in found]
            for side, found in labels.items()
        }
    fresh = store.get("merge_requests", row["id"])
    if action == "reopen" and (head := merging.head_of(ctx.repo, fresh)) and head != row["head_sha"]:
        merging.add_version(ctx.forge, ctx.repo, fresh, head)
    note = {"close": "closed", "reopen": "reopened"}.get(action)
    merging.tell(ctx.forge, row, ctx.user["id"], action, note=note, changes=changes)
    return Reply(one(ctx, store.get("merge_requests", row["id"])))


def delete(ctx: Ctx) -> Reply:
    row, store = find(ctx), ctx.forge.store
    for table, column in (("mr_versions", "mr_id"), ("approvals", "mr_id")):
        store.run(f"DELETE FROM {table} WHERE {column} = ?", row["id"])  # noqa: S608
    store.run("DELETE FROM notes WHERE target = 'mr' AND target_id = ?", row["id"])
    store.run("DELETE FROM merge_requests WHERE id = ?", row["id"])
    return no_content()


_ONE = "/projects/:id/merge_requests/:iid"
ROUTES = [
    Route("GET", "/projects/:id/merge_requests", listing, REPORTER),
    Route("GET", "/groups/:id/merge_requests", of_group, REPORTER),
    Route("POST", "/projects/:id/merge_requests", create, DEVELOPER),
    Route("GET", _ONE, get, REPORTER),
    Route("PUT", _ONE, change, REPORTER),
    Route("DELETE", _ONE, delete, OWNER),
]
