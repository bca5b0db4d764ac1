"""Labels, milestones, issues, comments."""

from __future__ import annotations

import re
from typing import Any

from kawal_sandbox import labeling, noting
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.github.base import (
    READ,
    WRITE,
    api,
    invalid,
    not_found,
    numbered,
    page,
    refuse,
    repo_routes,
    stamp,
    text,
    user_json,
)
from kawal_sandbox.store import Row, now

COLOUR = re.compile(r"[0-9a-fA-F]{6}")
NUMBERS = "github"


def next_number(ctx: Ctx) -> int:
    """Issues and pull requests share one row of numbers."""
    store, project = ctx.forge.store, ctx.project["id"]
    last = max(
        store.value("SELECT max(iid) FROM issues WHERE project_id = ?", project) or 0,
        store.value("SELECT max(iid) FROM merge_requests WHERE project_id = ?", project) or 0,
        store.value("SELECT last FROM iids WHERE project_id = ? AND kind = ?", project, NUMBERS) or 0,
    )
    for kind in ("issue", "merge_request", NUMBERS):
        store.run("INSERT OR REPLACE INTO iids VALUES (?, ?, ?)", project, kind, last + 1)
    return int(last + 1)


# --- labels


def _labels(ctx: Ctx) -> list[Row]:
    return ctx.forge.store.all(
        "SELECT * FROM labels WHERE source = 'project' AND source_id = ? ORDER BY name", ctx.project["id"]
    )


def label_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "node_id": f"LA_{row['id']}",
        "url": f"{api(ctx)}/labels/{row['name']}",
        "name": row["name"],
        "color": row["color"].lstrip("#").lower(),
        "default": False,
        "description": row["description"] or None,
    }


def labels(ctx: Ctx) -> Reply:
    return page(ctx, _labels(ctx), lambda row: label_json(ctx, row))


def _label(ctx: Ctx) -> Row:
    found = [row for row in _labels(ctx) if row["name"].lower() == ctx.params["name"].lower()]
    if not found:
        raise not_found()
    return found[0]


def label(ctx: Ctx) -> Reply:
    return Reply(label_json(ctx, _label(ctx)))


def _checked(ctx: Ctx) -> dict[str, Any]:
    colour, description = ctx.p.text("color"), ctx.p.text("description")
    if colour is not None and not COLOUR.fullmatch(colour):
        raise invalid("Label", "color", "invalid")
    if description is not None and len(description) > 100:
        raise invalid("Label", "description", "custom", "description is too long (maximum is 100 characters)")
    values: dict[str, Any] = {} if colour is None else {"color": f"#{colour}"}
    return values | ({} if description is None else {"description": description})


def create_label(ctx: Ctx) -> Reply:
    name = text(ctx, "Label", "name")
    if any(row["name"].lower() == name.lower() for row in _labels(ctx)):
        raise invalid("Label", "name", "already_exists")
    values = {"color": "#ededed"} | _checked(ctx)
    id_ = ctx.forge.store.insert("labels", source="project", source_id=ctx.project["id"], name=name, **values)
    return created(label_json(ctx, ctx.forge.store.get("labels", id_)))


def change_label(ctx: Ctx) -> Reply:
    row = _label(ctx)
    ctx.forge.store.update("labels", row["id"], **_checked(ctx), name=ctx.p.text("new_name") or row["name"])
    return Reply(label_json(ctx, ctx.forge.store.get("labels", row["id"])))


def delete_label(ctx: Ctx) -> Reply:
    row = _label(ctx)
    ctx.forge.store.run("DELETE FROM label_links WHERE label_id = ?", row["id"])
    ctx.forge.store.run("DELETE FROM labels WHERE id = ?", row["id"])
    return no_content()


# --- milestones


def milestone_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    url = f"{api(ctx)}/milestones/{row['iid']}"
    return {
        "id": row["id"],
        "node_id": f"MI_{row['id']}",
        "number": row["iid"],
        "title": row["title"],
        "description": row["description"],
        "state": "open" if row["state"] == "active" else "closed",
        "due_on": f"{row['due_date']}T08:00:00Z" if row["due_date"] else None,
        "creator": None,
        "open_issues": 0,
        "closed_issues": 0,
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["updated_at"]),
        "closed_at": None,
        "url": url,
        "html_url": f"{ctx.base_url}/{ctx.project['full_path']}/milestone/{row['iid']}",
        "labels_url": f"{url}/labels",
    }


def _milestones(ctx: Ctx) -> list[Row]:
    return ctx.forge.store.all(
        "SELECT * FROM milestones WHERE source = 'project' AND source_id = ? ORDER BY iid", ctx.project["id"]
    )


def milestones(ctx: Ctx) -> Reply:
    state = ctx.query.text("state", "open")
    rows = [
        row for row in _milestones(ctx) if state == "all" or (row["state"] == "active") == (state == "open")
    ]
    return page(ctx, rows, lambda row: milestone_json(ctx, row))


def _milestone(ctx: Ctx, number: int) -> Row:
    found = [row for row in _milestones(ctx) if row["iid"] == number]
    if not found:
        raise not_found()
    return found[0]


def milestone(ctx: Ctx) -> Reply:
    return Reply(milestone_json(ctx, _milestone(ctx, ctx.id("number"))))


def _due(ctx: Ctx) -> dict[str, Any]:
    if "due_on" not in ctx.p:
        return {}
    value = ctx.p.text("due_on")
    return {"due_date": value[:10] if value else None}


def create_milestone(ctx: Ctx) -> Reply:
    title = text(ctx, "Milestone", "title")
    if any(row["title"] == title for row in _milestones(ctx)):
        raise invalid("Milestone", "title", "already_exists")
    id_ = ctx.forge.store.insert(
        "milestones",
        source="project",
        source_id=ctx.project["id"],
        iid=max((row["iid"] for row in _milestones(ctx)), default=0) + 1,
        title=title,
        description=ctx.p.text("description"),
        created_at=now(),
        updated_at=now(),
        **_due(ctx),
    )
    return created(milestone_json(ctx, ctx.forge.store.get("milestones", id_)))


def change_milestone(ctx: Ctx) -> Reply:
    row = _milestone(ctx, ctx.id("number"))
    values = _due(ctx) | {key: ctx.p.text(key) for key in ("title", "description") if key in ctx.p}
    if state := ctx.p.text("state"):
        values["state"] = "active" if state == "open" else "closed"
    ctx.forge.store.update("milestones", row["id"], **values, updated_at=now())
    return Reply(milestone_json(ctx, ctx.forge.store.get("milestones", row["id"])))


# --- issues and comments


def issue_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    url = f"{api(ctx)}/issues/{row['iid']}"
    of = ctx.forge.store.one("SELECT * FROM milestones WHERE id = ?", row["milestone_id"])
    names = labeling.of(ctx, "issue", [row["id"]])[row["id"]]
    return {
        "id": row["id"],
        "node_id": f"I_{row['id']}",
        "number": row["iid"],
        "url": url,
        "repository_url": api(ctx),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{ctx.base_url}/{ctx.project['full_path']}/issues/{row['iid']}",
        "title": row["title"],
        "body": row["description"],
        "user": user_json(ctx, row["author_id"]),
        "labels": [label_json(ctx, one) for one in names],
        "state": "open" if row["state"] == "opened" else "closed",
        "state_reason": None if row["state"] == "opened" else "completed",
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": milestone_json(ctx, of) if of else None,
        "comments": 0,
        "author_association": "MEMBER",
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["updated_at"]),
        "closed_at": stamp(row["closed_at"]),
    }


def issues(ctx: Ctx) -> Reply:
    state = {"open": ["opened"], "closed": ["closed"]}.get(
        ctx.query.text("state", "open") or "open", ["opened", "closed"]
    )
    direction = "ASC" if ctx.query.text("direction") == "asc" else "DESC"
    sql = f"SELECT * FROM issues WHERE project_id = ? ORDER BY iid {direction}"  # noqa: S608 - one of two words
    rows = [row for row in ctx.forge.store.all(sql, ctx.project["id"]) if row["state"] in state]
    return page(ctx, rows, lambda row: issue_json(ctx, row))


def find_issue(ctx: Ctx) -> Row:
    return numbered(ctx, "issues")


def issue(ctx: Ctx) -> Reply:
    return Reply(issue_json(ctx, find_issue(ctx)))


def create_issue(ctx: Ctx) -> Reply:
    title = text(ctx, "Issue", "title")
    id_ = ctx.forge.store.insert(
        "issues",
        project_id=ctx.project["id"],
        iid=next_number(ctx),
        title=title,
        description=ctx.p.text("body"),
        author_id=ctx.user["id"],
        milestone_id=_milestone_id(ctx),
        created_at=now(),
        updated_at=now(),
    )
    _set_labels(ctx, id_)
    return created(issue_json(ctx, ctx.forge.store.get("issues", id_)))


def _milestone_id(ctx: Ctx) -> int | None:
    number = ctx.p.number("milestone")
    return None if number is None else int(_milestone(ctx, number)["id"])


def _set_labels(ctx: Ctx, issue_id: int) -> None:
    names = ctx.p.get("labels")
    if not isinstance(names, list):
        return
    words = [one["name"] if isinstance(one, dict) else str(one) for one in names]
    ctx.p["labels"] = words
    labeling.apply(ctx, "issue", issue_id, ctx.project)


def change_issue(ctx: Ctx) -> Reply:
    row = find_issue(ctx)
    values: dict[str, Any] = {"updated_at": now()}
    if "title" in ctx.p:
        values["title"] = text(ctx, "Issue", "title")
    if "body" in ctx.p:
        values["description"] = ctx.p.text("body")
    if "milestone" in ctx.p:
        values["milestone_id"] = _milestone_id(ctx)
    if state := ctx.p.text("state"):
        if state not in ("open", "closed"):
            raise invalid("Issue", "state", "invalid")
        values["state"] = "opened" if state == "open" else "closed"
        values["closed_at"] = None if state == "open" else row["closed_at"] or now()
    ctx.forge.store.update("issues", row["id"], **values)
    _set_labels(ctx, row["id"])
    return Reply(issue_json(ctx, ctx.forge.store.get("issues", row["id"])))


def _target(ctx: Ctx) -> tuple[str, Row]:
    """Comments hang on issues and on pull requests under the same address."""
    mr = ctx.forge.store.one(
        "SELECT * FROM merge_requests WHERE project_id = ? AND iid = ?", ctx.project["id"], ctx.id("number")
    )
    return ("mr", mr) if mr is not None else ("issue", find_issue(ctx))


def comment_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    url = f"{api(ctx)}/issues/comments/{row['id']}"
    return {
        "id": row["id"],
        "node_id": f"IC_{row['id']}",
        "url": url,
        "html_url": url,
        "issue_url": f"{api(ctx)}/issues",
        "body": row["body"],
        "user": user_json(ctx, row["author_id"]),
        "author_association": "MEMBER",
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["updated_at"]),
    }


def comments(ctx: Ctx) -> Reply:
    kind, row = _target(ctx)
    sql = "SELECT * FROM notes WHERE target = ? AND target_id = ? AND system = 0 ORDER BY id"
    return page(ctx, ctx.forge.store.all(sql, kind, row["id"]), lambda one: comment_json(ctx, one))


def create_comment(ctx: Ctx) -> Reply:
    kind, row = _target(ctx)
    body = text(ctx, "IssueComment", "body")
    id_ = noting.write(ctx.forge, kind, row["id"], ctx.project["id"], ctx.user["id"], body)
    return created(comment_json(ctx, ctx.forge.store.get("notes", id_)))


def change_comment(ctx: Ctx) -> Reply:
    row = ctx.forge.store.one(
        "SELECT * FROM notes WHERE id = ? AND project_id = ?", ctx.id("comment_id"), ctx.project["id"]
    )
    if row is None:
        raise not_found()
    if row["author_id"] != ctx.user["id"] and ctx.level < WRITE:
        raise refuse(403, "Must have admin rights to Repository.")
    ctx.forge.store.update("notes", row["id"], body=text(ctx, "IssueComment", "body"), updated_at=now())
    return Reply(comment_json(ctx, ctx.forge.store.get("notes", row["id"])))


def events(ctx: Ctx) -> Reply:
    row = find_issue(ctx)
    sql = "SELECT e.*, l.name, l.color FROM label_events e JOIN labels l ON l.id = e.label_id"
    sql += " WHERE e.target = 'issue' AND e.target_id = ? ORDER BY e.id"

    def present(one: Row) -> dict[str, Any]:
        return {
            "id": one["id"],
            "node_id": f"LE_{one['id']}",
            "url": f"{api(ctx)}/issues/events/{one['id']}",
            "actor": user_json(ctx, one["user_id"]),
            "event": "labeled" if one["action"] == "add" else "unlabeled",
            "commit_id": None,
            "commit_url": None,
            "created_at": stamp(one["created_at"]),
            "performed_via_github_app": None,
            "label": {"name": one["name"], "color": one["color"].lstrip("#")},
        }

    return page(ctx, ctx.forge.store.all(sql, row["id"]), present)


ROUTES: list[Route] = [
    *repo_routes("GET", "/labels", labels),
    *repo_routes("POST", "/labels", create_label, WRITE),
    *repo_routes("GET", "/labels/:name", label),
    *repo_routes("PATCH", "/labels/:name", change_label, WRITE),
    *repo_routes("DELETE", "/labels/:name", delete_label, WRITE),
    *repo_routes("GET", "/milestones", milestones),
    *repo_routes("POST", "/milestones", create_milestone, WRITE),
    *repo_routes("GET", "/milestones/:number", milestone),
    *repo_routes("PATCH", "/milestones/:number", change_milestone, WRITE),
    *repo_routes("GET", "/issues", issues),
    *repo_routes("POST", "/issues", create_issue, READ),
    *repo_routes("GET", "/issues/:number", issue),
    *repo_routes("PATCH", "/issues/:number", change_issue, WRITE),
    *repo_routes("GET", "/issues/:number/events", events),
    *repo_routes("GET", "/issues/:number/comments", comments),
    *repo_routes("POST", "/issues/:number/comments", create_comment, READ),
    *repo_routes("PATCH", "/issues/comments/:comment_id", change_comment, READ),
]
