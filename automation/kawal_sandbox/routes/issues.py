"""Issues and the links between them."""

from __future__ import annotations

from typing import Any

from kawal_sandbox import labeling
from kawal_sandbox.access import GUEST, OWNER, PLANNER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.dates import day
from kawal_sandbox.entities import user_brief, users
from kawal_sandbox.errors import bad_parameter, forbidden, not_found, refuse
from kawal_sandbox.routes.milestones import of_id
from kawal_sandbox.store import Row, now

SEES_ALL = PLANNER  # guests do not see confidential issues of others
SORTS = {"created_at": "i.id", "updated_at": "i.updated_at", "due_date": "i.due_date", "title": "i.title"}


def issue_json(ctx: Ctx, row: Row, labels: list[Row]) -> dict[str, Any]:
    path = _path_of(ctx, row["project_id"])
    people = users(ctx, row["assignee_ids"])
    details = ctx.query.flag("with_labels_details")
    api = f"{ctx.base_url}/api/v4/projects/{row['project_id']}/issues/{row['iid']}"
    return {
        "id": row["id"],
        "iid": row["iid"],
        "project_id": row["project_id"],
        "title": row["title"],
        "description": row["description"],
        "state": row["state"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "closed_at": row["closed_at"],
        "closed_by": user_brief(ctx, row["closed_by"]),
        "labels": [
            labeling.label_json(label, project=False) if details else label["name"] for label in labels
        ],
        "milestone": of_id(ctx, row["milestone_id"]),
        "assignees": people,
        "author": user_brief(ctx, row["author_id"]),
        "type": row["issue_type"].upper(),
        "assignee": people[0] if people else None,
        "user_notes_count": ctx.memo.get(("notes", row["id"]), 0),
        "merge_requests_count": 0,
        "upvotes": 0,
        "downvotes": 0,
        "due_date": row["due_date"],
        "confidential": bool(row["confidential"]),
        "discussion_locked": None if row["discussion_locked"] is None else bool(row["discussion_locked"]),
        "issue_type": row["issue_type"],
        "web_url": f"{ctx.base_url}/{path}/-/issues/{row['iid']}",
        "time_stats": {
            "time_estimate": 0,
            "total_time_spent": 0,
            "human_time_estimate": None,
            "human_total_time_spent": None,
        },
        "task_completion_status": _tasks(row["description"] or ""),
        "has_tasks": "[ ]" in (row["description"] or "") or "[x]" in (row["description"] or ""),
        "_links": {
            "self": api,
            "notes": f"{api}/notes",
            "project": f"{ctx.base_url}/api/v4/projects/{row['project_id']}",
        },
        "references": {
            "short": f"#{row['iid']}",
            "relative": f"#{row['iid']}",
            "full": f"{path}#{row['iid']}",
        },
        "severity": "UNKNOWN",
        "moved_to_id": None,
        "imported": False,
    }


def _tasks(text: str) -> dict[str, int]:
    done = text.count("- [x]") + text.count("- [X]")
    return {"count": done + text.count("- [ ]"), "completed_count": done}


def _path_of(ctx: Ctx, project_id: int) -> str:
    if ctx._project and ctx.project["id"] == project_id:
        return str(ctx.project["full_path"])
    key = ("path", project_id)
    if key not in ctx.memo:
        ctx.memo[key] = ctx.forge.store.get("projects", project_id)["full_path"]
    return str(ctx.memo[key])


def listing(ctx: Ctx) -> Reply:
    return _list(ctx, ["i.project_id = ?"], [ctx.project["id"]])


def of_group(ctx: Ctx) -> Reply:
    inside = "i.project_id IN (SELECT p.id FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE n.trail LIKE ?)"
    return _list(ctx, [inside], [ctx.group["trail"] + "%"])


def of_milestone(ctx: Ctx) -> Reply:
    return _list(ctx, ["i.project_id = ?", "i.milestone_id = ?"], [ctx.project["id"], ctx.id("milestone_id")])


def _list(ctx: Ctx, where: list[str], args: list[Any]) -> Reply:
    q = ctx.query
    if (state := q.choice("state", ("opened", "closed", "all"), "all")) != "all":
        where.append("i.state = ?")
        args.append(state)
    if iids := q.numbers("iids"):
        where.append(f"i.iid IN ({', '.join('?' * len(iids))})")
        args += iids
    for name in q.words("labels") or []:
        linked = "EXISTS (SELECT 1 FROM label_links k JOIN labels l ON l.id = k.label_id WHERE k.target = 'issue' AND k.target_id = i.id"
        if name in ("None", "Any"):
            where.append(("NOT " if name == "None" else "") + linked + ")")
        else:
            where.append(linked + " AND l.name = ?)")
            args.append(name)
    if title := q.text("milestone"):
        where.append("i.milestone_id IN (SELECT id FROM milestones WHERE title = ?)")
        args.append(title)
    if search := q.text("search"):
        fields = [
            field for field in ("title", "description") if field in (q.text("in", "title,description") or "")
        ]
        where.append("(" + " OR ".join(f"i.{field} LIKE ? ESCAPE '\\'" for field in fields) + ")")
        escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        args += [f"%{escaped}%"] * len(fields)
    for name, column in (("author_id", "i.author_id"),):
        if (value := q.number(name)) is not None:
            where.append(f"{column} = ?")
            args.append(value)
    if (assignee := q.number("assignee_id")) is not None:
        where.append("EXISTS (SELECT 1 FROM json_each(i.assignee_ids) WHERE value = ?)")
        args.append(assignee)
    for name, comparison in (
        ("created_after", "i.created_at >="),
        ("created_before", "i.created_at <="),
        ("updated_after", "i.updated_at >="),
    ):
        if moment := q.text(name):
            where.append(f"{comparison} ?")
            args.append(moment)
    if ctx.level < SEES_ALL:
        where.append("(i.confidential = 0 OR i.author_id = ?)")
        args.append(ctx.user_id or 0)
    order = SORTS.get(q.text("order_by", "created_at") or "", "i.id")
    direction = "ASC" if q.text("sort") == "asc" else "DESC"
    rows: list[Row] = []
    sql = f"SELECT i.* FROM issues i WHERE {' AND '.join(where)}"  # noqa: S608
    reply = ctx.rows(sql, args, lambda row: rows.append(row), order=f"{order} {direction}, i.id {direction}")
    return Reply(_many(ctx, rows), headers=reply.headers)


def _many(ctx: Ctx, rows: list[Row]) -> list[dict[str, Any]]:
    ids = [row["id"] for row in rows]
    labels = labeling.of(ctx, "issue", ids)
    marks = ", ".join("?" * len(ids))
    sql = f"SELECT target_id, count(*) AS n FROM notes WHERE target = 'issue' AND system = 0 AND target_id IN ({marks}) GROUP BY target_id"  # noqa: S608
    for row in ctx.forge.store.all(sql, *ids):
        ctx.memo["notes", row["target_id"]] = row["n"]
    return [issue_json(ctx, row, labels[row["id"]]) for row in rows]


def one(ctx: Ctx, row: Row) -> dict[str, Any]:
    return _many(ctx, [row])[0]


def find(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM issues WHERE project_id = ? AND iid = ?", ctx.project["id"], ctx.id("iid")
    )
    if row is None or (row["confidential"] and ctx.level < SEES_ALL and row["author_id"] != ctx.user_id):
        raise not_found()
    return row


def get(ctx: Ctx) -> Reply:
    return Reply(one(ctx, find(ctx)))


def get_by_id(ctx: Ctx) -> Reply:
    ctx.need_admin()
    row = ctx.forge.store.one("SELECT * FROM issues WHERE id = ?", ctx.id("issue_id"))
    if row is None:
        raise not_found()
    return Reply(one(ctx, row))


def create(ctx: Ctx) -> Reply:
    store, project = ctx.forge.store, ctx.project
    title = ctx.p.need("title")
    if len(title) > 255:
        raise refuse(400, {"title": ["is too long (maximum is 255 characters)"]})
    moment = ctx.p.text("created_at") if ctx.level >= OWNER else None
    values = (
        _values(ctx, PLANNER)
        if ctx.level >= PLANNER
        else {"confidential": int(bool(ctx.p.flag("confidential")))}
    )
    wanted_iid = ctx.p.number("iid") if ctx.level >= OWNER else None
    id_ = store.insert(
        "issues",
        project_id=project["id"],
        iid=wanted_iid or store.next_iid(project["id"], "issue"),
        author_id=ctx.user["id"],
        created_at=moment or now(),
        updated_at=now(),
        **(
            {
                "title": title,
                "description": ctx.p.text("description"),
                "issue_type": ctx.p.text("issue_type", "issue"),
            }
            | values
        ),
    )
    if ctx.level >= PLANNER:
        labeling.apply(ctx, "issue", id_, project)
    ctx.forge.publish("issue", project["id"], ctx.user["id"], issue_id=id_, action="open", changes={})
    return created(one(ctx, store.get("issues", id_)))


def change(ctx: Ctx) -> Reply:
    row, store = find(ctx), ctx.forge.store
    mine = row["author_id"] == ctx.user["id"]
    if ctx.level < PLANNER and not mine:
        raise forbidden()
    values = _values(ctx, ctx.level)
    if "title" in ctx.p:
        values["title"] = ctx.p.need("title")
    if "description" in ctx.p:
        values["description"] = ctx.p.text("description")
    event = ctx.p.choice("state_event", ("close", "reopen"))
    action = "update"
    if event == "close" and row["state"] == "opened":
        values |= {"state": "closed", "closed_at": now(), "closed_by": ctx.user["id"]}
        action = "close"
    elif event == "reopen" and row["state"] == "closed":
        values |= {"state": "opened", "closed_at": None, "closed_by": None}
        action = "reopen"
    labelled = any(name in ctx.p for name in ("labels", "add_labels", "remove_labels"))
    if not values and not labelled and event is None:
        raise bad_parameter(
            "assignee_id, assignee_ids, confidential, description, due_date, labels, milestone_id, state_event, title"
            " are missing, at least one parameter must be provided"
        )
    store.update("issues", row["id"], **values, updated_at=now())
    changes: dict[str, Any] = {
        name: {"previous": row[name], "current": value}
        for name, value in values.items()
        if row[name] != value
    }
    labels = labeling.apply(ctx, "issue", row["id"], ctx.project)
    if labels:
        changes["labels"] = {
            side: [labeling.label_json(label, project=True) for label in rows]
            for side, rows in labels.items()
        }
    ctx.forge.publish(
        "issue", ctx.project["id"], ctx.user["id"], issue_id=row["id"], action=action, changes=changes
    )
    return Reply(one(ctx, store.get("issues", row["id"])))


def _values(ctx: Ctx, level: int) -> dict[str, Any]:
    """Fields that need more than being the author; below Planner they are dropped."""
    values: dict[str, Any] = {}
    if level < PLANNER:
        return values
    if "milestone_id" in ctx.p:
        values["milestone_id"] = ctx.p.number("milestone_id") or None
    if "due_date" in ctx.p:
        values["due_date"] = day(ctx.p, "due_date")
    if "confidential" in ctx.p:
        values["confidential"] = int(bool(ctx.p.flag("confidential")))
    if "discussion_locked" in ctx.p:
        values["discussion_locked"] = ctx.p.flag("discussion_locked")
    if "assignee_ids" in ctx.p:
        # Free takes one assignee.
        values["assignee_ids"] = (ctx.p.numbers("assignee_ids") or [])[:1]
    elif "assignee_id" in ctx.p:
        values["assignee_ids"] = [id_] if (id_ := ctx.p.number("assignee_id")) else []
    return values


def delete(ctx: Ctx) -> Reply:
    row, store = find(ctx), ctx.forge.store
    store.run("DELETE FROM label_links WHERE target = 'issue' AND target_id = ?", row["id"])
    store.run("DELETE FROM notes WHERE target = 'issue' AND target_id = ?", row["id"])
    store.run("DELETE FROM issues WHERE id = ?", row["id"])
    return no_content()


def links(ctx: Ctx) -> Reply:
    row = find(ctx)
    found = ctx.forge.store.all(
        "SELECT k.id AS link_id, k.link_type, i.* FROM issue_links k JOIN issues i"
        " ON i.id = CASE WHEN k.source_id = ? THEN k.target_id ELSE k.source_id END"
        " WHERE ? IN (k.source_id, k.target_id) ORDER BY k.id",
        row["id"],
        row["id"],
    )
    return ctx.items(
        found,
        lambda other: one(ctx, other) | {"issue_link_id": other["link_id"], "link_type": other["link_type"]},
    )


def link(ctx: Ctx) -> Reply:
    source, store = find(ctx), ctx.forge.store
    ctx.p.require("target_project_id", "target_issue_iid")
    key = ctx.p.text("target_project_id") or ""
    project = store.one(
        "SELECT * FROM projects WHERE id = ? OR full_path = ?", int(key) if key.isdigit() else -1, key
    )
    target = project and store.one(
        "SELECT * FROM issues WHERE project_id = ? AND iid = ?",
        project["id"],
        ctx.p.number("target_issue_iid"),
    )
    if not project or not target:
        raise not_found("Issue")
    kind = ctx.p.choice("link_type", ("relates_to",), "relates_to")  # blocks and is_blocked_by are Premium
    if store.one(
        "SELECT 1 FROM issue_links WHERE source_id IN (?, ?) AND target_id IN (?, ?)",
        source["id"],
        target["id"],
        source["id"],
        target["id"],
    ):
        raise refuse(409, "Issue(s) already assigned")
    id_ = store.insert("issue_links", source_id=source["id"], target_id=target["id"], link_type=kind)
    return created(
        {"id": id_, "source_issue": one(ctx, source), "target_issue": one(ctx, target), "link_type": kind}
    )


def unlink(ctx: Ctx) -> Reply:
    find(ctx)
    row = ctx.forge.store.one("SELECT * FROM issue_links WHERE id = ?", ctx.id("link_id"))
    if row is None:
        raise not_found()
    ctx.forge.store.run("DELETE FROM issue_links WHERE id = ?", row["id"])
    both = [one(ctx, ctx.forge.store.get("issues", row[side])) for side in ("source_id", "target_id")]
    return Reply(
        {"id": row["id"], "source_issue": both[0], "target_issue": both[1], "link_type": row["link_type"]}
    )


ROUTES = [
    Route("GET", "/projects/:id/issues", listing, GUEST),
    Route("GET", "/groups/:id/issues", of_group, GUEST),
    Route("GET", "/issues/:issue_id", get_by_id),
    Route("GET", "/projects/:id/milestones/:milestone_id/issues", of_milestone, GUEST),
    Route("POST", "/projects/:id/issues", create, GUEST),
    Route("GET", "/projects/:id/issues/:iid", get, GUEST),
    Route("PUT", "/projects/:id/issues/:iid", change, GUEST),
    Route("DELETE", "/projects/:id/issues/:iid", delete, OWNER),
    Route("GET", "/projects/:id/issues/:iid/links", links, GUEST),
    Route("POST", "/projects/:id/issues/:iid/links", link, REPORTER),
    Route("DELETE", "/projects/:id/issues/:iid/links/:link_id", unlink, REPORTER),
]
