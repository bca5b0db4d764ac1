"""Labels of projects and groups, and the log of who set which label."""

from __future__ import annotations

import re
from typing import Any

from kawal_sandbox import labeling
from kawal_sandbox.access import GUEST, PLANNER, REPORTER, trail_ids
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.entities import user_brief
from kawal_sandbox.errors import bad_parameter, not_found, refuse
from kawal_sandbox.store import Row


def _own(ctx: Ctx) -> tuple[str, int]:
    return ("project", ctx.project["id"]) if ctx._project else ("group", ctx.group["id"])


def _places(ctx: Ctx) -> list[tuple[str, int]]:
    if ctx._project:
        return labeling.sources(ctx, ctx.project)
    return [("group", id_) for id_ in reversed(trail_ids(ctx.group))]


def _json(ctx: Ctx, row: Row) -> dict[str, Any]:
    return labeling.label_json(row, project=ctx._project is not None)


def listing(ctx: Ctx) -> Reply:
    places = _places(ctx) if ctx.query.flag("include_ancestor_groups", True) else [_own(ctx)]
    rows = labeling.of_sources(ctx, places)
    if search := (ctx.query.text("search") or "").lower():
        rows = [
            row
            for row in rows
            if search in row["name"].lower() or search in (row["description"] or "").lower()
        ]
    counts = _counts(ctx, rows) if ctx.query.flag("with_counts") else {}
    return ctx.items(rows, lambda row: _json(ctx, row) | counts.get(row["id"], {}))


def _counts(ctx: Ctx, rows: list[Row]) -> dict[int, dict[str, int]]:
    found = {
        row["id"]: {"open_issues_count": 0, "closed_issues_count": 0, "open_merge_requests_count": 0}
        for row in rows
    }
    sql = "SELECT k.label_id, i.state, count(*) AS n FROM label_links k JOIN issues i ON i.id = k.target_id AND k.target = 'issue'"
    for row in ctx.forge.store.all(sql + " GROUP BY k.label_id, i.state"):
        if row["label_id"] in found:
            found[row["label_id"]][
                "open_issues_count" if row["state"] == "opened" else "closed_issues_count"
            ] = row["n"]
    return found


def get(ctx: Ctx) -> Reply:
    return Reply(_json(ctx, _find(ctx.params["label"], labeling.of_sources(ctx, _places(ctx)))))


def create(ctx: Ctx) -> Reply:
    name, colour = ctx.p.need("name"), _colour(ctx.p.need("color"))
    if any(row["name"] == name for row in labeling.of_sources(ctx, _places(ctx))):
        raise refuse(409, "Label already exists")
    source, source_id = _own(ctx)
    id_ = ctx.forge.store.insert(
        "labels",
        source=source,
        source_id=source_id,
        name=name,
        color=colour,
        description=ctx.p.text("description"),
        priority=ctx.p.number("priority"),
    )
    return created(_json(ctx, ctx.forge.store.get("labels", id_)))


def change(ctx: Ctx) -> Reply:
    row = _target(ctx)
    values: dict[str, Any] = {}
    if new := ctx.p.text("new_name"):
        if new != row["name"] and any(
            other["name"] == new for other in labeling.of_sources(ctx, [_own(ctx)])
        ):
            raise refuse(400, {"title": ["has already been taken"]})
        values["name"] = new
    if colour := ctx.p.text("color"):
        values["color"] = _colour(colour)
    if "description" in ctx.p:
        values["description"] = ctx.p.text("description")
    if "priority" in ctx.p:
        values["priority"] = ctx.p.number("priority")
    if not values:
        raise bad_parameter(
            "new_name, color, description, priority, archived are missing, at least one parameter must be provided"
        )
    ctx.forge.store.update("labels", row["id"], **values)
    return Reply(_json(ctx, ctx.forge.store.get("labels", row["id"])))


def delete(ctx: Ctx) -> Reply:
    row, store = _target(ctx), ctx.forge.store
    store.run("DELETE FROM label_links WHERE label_id = ?", row["id"])
    store.run("DELETE FROM labels WHERE id = ?", row["id"])
    return no_content()


def _target(ctx: Ctx) -> Row:
    """The label of the path, or (old form, still what python-gitlab sends) of `name` or `label_id`."""
    key = ctx.params.get("label") or ctx.p.text("name") or ctx.p.text("label_id")
    if not key:
        raise bad_parameter("label_id, name are missing, exactly one parameter must be provided")
    return _find(key, labeling.of_sources(ctx, [_own(ctx)]))


def _find(key: str, rows: list[Row]) -> Row:
    """By id first (so a label titled "12" is shadowed by the id 12), then by title."""
    by_id = [row for row in rows if key.isdigit() and row["id"] == int(key)]
    by_title = [row for row in rows if row["name"] == key]
    if not by_id and not by_title:
        raise not_found("Label")
    return (by_id or by_title)[0]


def _colour(text: str) -> str:
    colour = labeling.NAMED_COLOURS.get(text.lower(), text)
    if not re.fullmatch(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})", colour):
        raise refuse(400, {"color": ["must be a valid color code"]})
    return colour


def events(ctx: Ctx) -> Reply:
    """Append-only; `label` is null once the label is gone."""
    target = "issue" if "/issues/" in ctx.path else "mr"
    table = "issues" if target == "issue" else "merge_requests"
    row = ctx.forge.store.one(
        f"SELECT id FROM {table} WHERE project_id = ? AND iid = ?",  # noqa: S608
        ctx.project["id"],
        ctx.id("iid"),
    )
    if row is None:
        raise not_found()
    sql = "SELECT * FROM label_events WHERE target = ? AND target_id = ?"
    return ctx.rows(sql, [target, row["id"]], lambda event: _event(ctx, event, target), order="id")


def _event(ctx: Ctx, row: Row, target: str) -> dict[str, Any]:
    label = ctx.forge.store.one("SELECT * FROM labels WHERE id = ?", row["label_id"])
    return {
        "id": row["id"],
        "user": user_brief(ctx, row["user_id"]),
        "created_at": row["created_at"],
        "resource_type": "Issue" if target == "issue" else "MergeRequest",
        "resource_id": row["target_id"],
        "label": None
        if label is None
        else {
            "id": label["id"],
            "name": label["name"],
            "color": label["color"],
            "description": label["description"],
        },
        "action": row["action"],
    }


ROUTES = [
    *(
        route
        for kind in ("projects", "groups")
        for route in (
            Route("GET", f"/{kind}/:id/labels", listing, GUEST),
            Route("POST", f"/{kind}/:id/labels", create, PLANNER),
            Route("PUT", f"/{kind}/:id/labels", change, PLANNER),
            Route("DELETE", f"/{kind}/:id/labels", delete, PLANNER),
            Route("GET", f"/{kind}/:id/labels/:label", get, GUEST),
            Route("PUT", f"/{kind}/:id/labels/:label", change, PLANNER),
            Route("DELETE", f"/{kind}/:id/labels/:label", delete, PLANNER),
        )
    ),
    Route("GET", "/projects/:id/issues/:iid/resource_label_events", events, GUEST),
    Route("GET", "/projects/:id/merge_requests/:iid/resource_label_events", events, REPORTER),
]
