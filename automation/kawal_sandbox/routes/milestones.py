"""Milestones of projects and groups."""

from __future__ import annotations

from typing import Any

from kawal_sandbox.access import GUEST, PLANNER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.dates import day
from kawal_sandbox.errors import invalid, not_found
from kawal_sandbox.store import Row, now, today


def milestone_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    body = {
        "id": row["id"],
        "iid": row["iid"],
        f"{row['source']}_id": row["source_id"],
        "title": row["title"],
        "description": row["description"] or "",
        "state": row["state"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "due_date": row["due_date"],
        "start_date": row["start_date"],
        "expired": bool(row["due_date"] and row["due_date"] < today()),
    }
    if ctx._project and row["source"] == "project":
        body["web_url"] = f"{ctx.base_url}/{ctx.project['full_path']}/-/milestones/{row['iid']}"
    return body


def of_id(ctx: Ctx, id_: int | None) -> dict[str, Any] | None:
    """A milestone as shown inside issues and merge requests."""
    if id_ is None:
        return None
    key = ("milestone", id_)
    if key not in ctx.memo:
        row = ctx.forge.store.one("SELECT * FROM milestones WHERE id = ?", id_)
        ctx.memo[key] = None if row is None else milestone_json(ctx, row)
    found: dict[str, Any] | None = ctx.memo[key]
    return found


def _source(ctx: Ctx) -> tuple[str, int]:
    return ("project", ctx.project["id"]) if ctx._project else ("group", ctx.group["id"])


def listing(ctx: Ctx) -> Reply:
    where, args = ["source = ?", "source_id = ?"], [*_source(ctx)]
    for name in ("title", "state"):
        if value := ctx.query.text(name):
            where.append(f"{name} = ?")
            args.append(value)
    if iids := ctx.query.numbers("iids"):
        where.append(f"iid IN ({', '.join('?' * len(iids))})")
        args += iids
    if search := ctx.query.text("search"):
        where.append("(title LIKE ? OR description LIKE ?)")
        args += [f"%{search}%", f"%{search}%"]
    return ctx.rows(
        f"SELECT * FROM milestones WHERE {' AND '.join(where)}",  # noqa: S608
        args,
        lambda row: milestone_json(ctx, row),
    )


def get(ctx: Ctx) -> Reply:
    return Reply(milestone_json(ctx, _find(ctx)))


def create(ctx: Ctx) -> Reply:
    title, (source, source_id), store = ctx.p.need("title"), _source(ctx), ctx.forge.store
    _check_title(ctx, title)
    # Group milestones count on their own; negative keys keep them apart from projects.
    iid = store.next_iid(source_id if source == "project" else -source_id, "milestone")
    id_ = store.insert(
        "milestones",
        source=source,
        source_id=source_id,
        iid=iid,
        title=title,
        description=ctx.p.text("description"),
        due_date=day(ctx.p, "due_date"),
        start_date=day(ctx.p, "start_date"),
        created_at=now(),
        updated_at=now(),
    )
    return created(milestone_json(ctx, store.get("milestones", id_)))


def change(ctx: Ctx) -> Reply:
    row, store = _find(ctx), ctx.forge.store
    values: dict[str, Any] = {"updated_at": now()}
    if (title := ctx.p.text("title")) and title != row["title"]:
        _check_title(ctx, title)
        values["title"] = title
    if "description" in ctx.p:
        values["description"] = ctx.p.text("description")
    values |= {name: day(ctx.p, name) for name in ("due_date", "start_date") if name in ctx.p}
    event = ctx.p.choice("state_event", ("close", "activate"))
    if event:
        values["state"] = "closed" if event == "close" else "active"
    store.update("milestones", row["id"], **values)
    return Reply(milestone_json(ctx, store.get("milestones", row["id"])))


def delete(ctx: Ctx) -> Reply:
    row, store = _find(ctx), ctx.forge.store
    store.run("UPDATE issues SET milestone_id = NULL WHERE milestone_id = ?", row["id"])
    store.run("UPDATE merge_requests SET milestone_id = NULL WHERE milestone_id = ?", row["id"])
    store.run("DELETE FROM milestones WHERE id = ?", row["id"])
    return no_content()


def _check_title(ctx: Ctx, title: str) -> None:
    if ctx.forge.store.one(
        "SELECT 1 FROM milestones WHERE source = ? AND source_id = ? AND title = ?", *_source(ctx), title
    ):
        raise invalid(title="already being used for another group or project milestone.")


def _find(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM milestones WHERE source = ? AND source_id = ? AND id = ?",
        *_source(ctx),
        ctx.id("milestone_id"),
    )
    if row is None:
        raise not_found("Milestone")
    return row


ROUTES = [
    route
    for kind in ("projects", "groups")
    for route in (
        Route("GET", f"/{kind}/:id/milestones", listing, GUEST),
        Route("POST", f"/{kind}/:id/milestones", create, PLANNER),
        Route("GET", f"/{kind}/:id/milestones/:milestone_id", get, GUEST),
        Route("PUT", f"/{kind}/:id/milestones/:milestone_id", change, PLANNER),
        Route("DELETE", f"/{kind}/:id/milestones/:milestone_id", delete, PLANNER),
    )
]
