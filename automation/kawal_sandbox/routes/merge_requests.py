"""Merge requests: create, list, change, approve, merge."""

from __future__ import annotations

from typing import Any

from kawal_sandbox import labeling, merging, noting, pushes, rules
from kawal_sandbox.access import DEVELOPER, OWNER, PLANNER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.entities import user_brief, users
from kawal_sandbox.errors import bad_parameter, forbidden, not_found, refuse, unauthorized
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.repos import MergeConflict, Repo, StaleRef
from kawal_sandbox.routes.commits import commit_json, diff_json, sha_of
from kawal_sandbox.routes.milestones import of_id
from kawal_sandbox.store import Row, now

SORTS = {"created_at": "m.id", "updated_at": "m.updated_at", "title": "m.title", "merged_at": "m.merged_at"}


def _basic(ctx: Ctx, row: Row, labels: list[Row], status: str) -> dict[str, Any]:
    path, head = _path_of(ctx, row["project_id"]), row["head_sha"]
    people = users(ctx, row["assignee_ids"])
    details = ctx.query.flag("with_labels_details")
    return {
        "id": row["id"],
        "iid": row["iid"],
        "project_id": row["project_id"],
        "title": row["title"],
        "description": row["description"],
        "state": row["state"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "merged_by": user_brief(ctx, row["merged_by"]),
        "merge_user": user_brief(ctx, row["merged_by"]),
        "merged_at": row["merged_at"],
        "closed_by": user_brief(ctx, row["closed_by"]),
        "closed_at": row["closed_at"],
        "target_branch": row["target_branch"],
        "source_branch": row["source_branch"],
        "user_notes_count": ctx.memo.get(("notes", row["id"]), 0),
        "upvotes": 0,
        "downvotes": 0,
        "author": user_brief(ctx, row["author_id"]),
        "assignees": people,
        "assignee": people[0] if people else None,
        "reviewers": users(ctx, row["reviewer_ids"]),
        "source_project_id": row["project_id"],
        "target_project_id": row["project_id"],
        "labels": [
            labeling.label_json(label, project=False) if details else label["name"] for label in labels
        ],
        "draft": merging.is_draft(row["title"]),
        "imported": False,
        "work_in_progress": merging.is_draft(row["title"]),
        "milestone": of_id(ctx, row["milestone_id"]),
        "merge_when_pipeline_succeeds": False,
        "merge_status": "can_be_merged"
        if status in ("mergeable", "not_open")
        else "cannot_be_merged"
        if status == "conflict"
        else "unchecked",
        "detailed_merge_status": status,
        "merge_after": None,
        "sha": head,
        "merge_commit_sha": row["merge_commit_sha"],
        "squash_commit_sha": row["squash_commit_sha"],
        "discussion_locked": None,
        "should_remove_source_branch": bool(row["remove_source_branch"]) or None,
        "force_remove_source_branch": bool(row["remove_source_branch"]),
        "prepared_at": row["created_at"],
        "reference": f"!{row['iid']}",
        "references": {
            "short": f"!{row['iid']}",
            "relative": f"!{row['iid']}",
            "full": f"{path}!{row['iid']}",
        },
        "web_url": f"{ctx.base_url}/{path}/-/merge_requests/{row['iid']}",
        "time_stats": {
            "time_estimate": 0,
            "total_time_spent": 0,
            "human_time_estimate": None,
            "human_total_time_spent": None,
        },
        "squash": bool(row["squash"]),
        "squash_on_merge": bool(row["squash"]),
        "task_completion_status": {"count": 0, "completed_count": 0},
        "has_conflicts": status == "conflict",
        "blocking_discussions_resolved": not merging.unresolved(ctx.forge, row),
    }


def _path_of(ctx: Ctx, project_id: int) -> str:
    key = ("path", project_id)
    if key not in ctx.memo:
        ctx.memo[key] = ctx.forge.store.get("projects", project_id)["full_path"]
    return str(ctx.memo[key])


def many(ctx: Ctx, rows: list[Row]) -> list[dict[str, Any]]:
    """The list form. As on GitLab, lists do not compute whether a merge is possible."""
    labels = labeling.of(ctx, "mr", [row["id"] for row in rows])
    return [
        _basic(ctx, row, labels[row["id"]], "unchecked" if row["state"] == "opened" else "not_open")
        for row in rows
    ]


def one(ctx: Ctx, row: Row) -> dict[str, Any]:
    repo = ctx.repo
    status = merging.status(ctx.forge, ctx.project, repo, row, ctx.base_url)
    body = _basic(ctx, row, labeling.of(ctx, "mr", [row["id"]])[row["id"]], status)
    version = ctx.forge.store.one(
        "SELECT * FROM mr_versions WHERE mr_id = ? ORDER BY id DESC LIMIT 1", row["id"]
    )
    pipeline = ctx.forge.ci.head_pipeline(ctx.project, row, ctx.base_url)
    changes = repo.diff(version["base_sha"], version["head_sha"]) if version else []
    return body | {
        "subscribed": True,
        "changes_count": str(len(changes)) if version else None,
        "latest_build_started_at": None,
        "latest_build_finished_at": None,
        "first_deployed_to_production_at": None,
        "pipeline": pipeline,
        "head_pipeline": pipeline,
        "diff_refs": version
        and {
            "base_sha": version["base_sha"],
            "head_sha": version["head_sha"],
            "start_sha": version["start_sha"],
        },
        "merge_error": None,
        "first_contribution": False,
        "user": {"can_merge": _may_merge(ctx, row)},
    }


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


def find(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM merge_requests WHERE project_id = ? AND iid = ?", ctx.project["id"], ctx.id("iid")
    )
    if row is None:
        raise not_found()
    return row


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
    ctx.forge.publish(
        "merge_request", project["id"], ctx.user["id"], mr_id=id_, iid=row["iid"], action="open", changes={}
    )
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
    if action in ("close", "reopen"):
        noting.write(
            ctx.forge,
            "mr",
            row["id"],
            ctx.project["id"],
            ctx.user["id"],
            "closed" if action == "close" else "reopened",
            system=True,
        )
    ctx.forge.publish(
        "merge_request",
        ctx.project["id"],
        ctx.user["id"],
        mr_id=row["id"],
        iid=row["iid"],
        action=action,
        changes=changes,
    )
    return Reply(one(ctx, store.get("merge_requests", row["id"])))


def delete(ctx: Ctx) -> Reply:
    row, store = find(ctx), ctx.forge.store
    for table, column in (("mr_versions", "mr_id"), ("approvals", "mr_id")):
        store.run(f"DELETE FROM {table} WHERE {column} = ?", row["id"])  # noqa: S608
    store.run("DELETE FROM notes WHERE target = 'mr' AND target_id = ?", row["id"])
    store.run("DELETE FROM merge_requests WHERE id = ?", row["id"])
    return no_content()


# Approvals


def approvals(ctx: Ctx) -> Reply:
    return Reply(_approvals(ctx, find(ctx)))


def _approvals(ctx: Ctx, row: Row) -> dict[str, Any]:
    given = ctx.forge.store.all("SELECT * FROM approvals WHERE mr_id = ? ORDER BY id", row["id"])
    mine = any(item["user_id"] == ctx.user_id for item in given)
    return {
        "id": row["id"],
        "iid": row["iid"],
        "project_id": row["project_id"],
        "title": row["title"],
        "state": row["state"],
        "user_has_approved": mine,
        "user_can_approve": ctx.level >= DEVELOPER and not mine,
        "approved": bool(given),
        "approved_by": [
            {"user": user_brief(ctx, item["user_id"]), "approved_at": item["created_at"]} for item in given
        ],
    }


def approve(ctx: Ctx) -> Reply:
    """Optional on Free: any Developer may, the author too, and a later push does not take it back."""
    row, store = find(ctx), ctx.forge.store
    _check_sha(ctx, row)
    already = store.one("SELECT 1 FROM approvals WHERE mr_id = ? AND user_id = ?", row["id"], ctx.user["id"])
    if ctx.level < DEVELOPER or already or row["state"] != "opened":
        raise unauthorized()
    store.insert("approvals", mr_id=row["id"], user_id=ctx.user["id"], created_at=now())
    noting.write(
        ctx.forge,
        "mr",
        row["id"],
        ctx.project["id"],
        ctx.user["id"],
        "approved this merge request",
        system=True,
    )
    ctx.forge.publish(
        "merge_request",
        ctx.project["id"],
        ctx.user["id"],
        mr_id=row["id"],
        iid=row["iid"],
        action="approved",
        changes={},
    )
    return created(_approvals(ctx, row))


def unapprove(ctx: Ctx) -> Reply:
    row = find(ctx)
    if not ctx.forge.store.run(
        "DELETE FROM approvals WHERE mr_id = ? AND user_id = ?", row["id"], ctx.user["id"]
    ):
        raise not_found()
    noting.write(
        ctx.forge,
        "mr",
        row["id"],
        ctx.project["id"],
        ctx.user["id"],
        "unapproved this merge request",
        system=True,
    )
    ctx.forge.publish(
        "merge_request",
        ctx.project["id"],
        ctx.user["id"],
        mr_id=row["id"],
        iid=row["iid"],
        action="unapproved",
        changes={},
    )
    return created(_approvals(ctx, row))


def _check_sha(ctx: Ctx, row: Row) -> None:
    if (sha := ctx.p.text("sha")) and sha != merging.head_of(ctx.repo, row):
        raise refuse(409, f"SHA does not match HEAD of source branch: {merging.head_of(ctx.repo, row)}")


# Merging


def _may_merge(ctx: Ctx, row: Row) -> bool:
    if ctx.user_id is None or ctx.level < DEVELOPER:
        return False
    protections = pushes.rules_of(ctx.forge, ctx.project["id"], "branch")
    return rules.may_merge(protections, row["target_branch"], rules.Actor(ctx.level, ctx.is_admin))


def merge(ctx: Ctx) -> Reply:
    row, repo = find(ctx), ctx.repo
    if not _may_merge(ctx, row):
        raise unauthorized()
    if merging.status(ctx.forge, ctx.project, repo, row, ctx.base_url) != "mergeable":
        raise refuse(405, "405 Method Not Allowed")
    _check_sha(ctx, row)
    option = merging.settings_of(ctx.project).get("squash_option", "default_off")
    squash = option == "always" or (option != "never" and bool(ctx.p.flag("squash", bool(row["squash"]))))
    remove = ctx.p.flag("should_remove_source_branch", bool(row["remove_source_branch"]))
    try:
        merging.merge(
            ctx.forge,
            ctx.project,
            repo,
            row,
            ctx.user,
            squash=squash,
            message=ctx.p.text("merge_commit_message"),
            squash_message=ctx.p.text("squash_commit_message"),
            remove_source=bool(remove),
        )
    except (MergeConflict, StaleRef) as error:
        raise refuse(422, "Branch cannot be merged") from error
    return Reply(one(ctx, ctx.forge.store.get("merge_requests", row["id"])))


def rebase(ctx: Ctx) -> Reply:
    """Put the source branch's changes on top of the target as one new commit chain; done at once here."""
    row, repo = find(ctx), ctx.repo
    head, target = merging.head_of(repo, row), repo.ref_sha(f"refs/heads/{row['target_branch']}")
    if row["state"] != "opened" or head is None:
        raise refuse(405, "405 Method Not Allowed")
    update = pushes.RefUpdate(f"refs/heads/{row['source_branch']}", head, "f" * 40, forced=True)
    pushes.check(ctx.forge, ctx.project, ctx.user, update)
    try:
        tip = _replayed(repo, target, head)
    except MergeConflict as error:
        raise refuse(
            409, "Rebase failed: Rebase locally, resolve all conflicts, then push the branch."
        ) from error
    if tip != head:
        repo.update_ref(update.ref, tip, head)
        pushes.record(
            ctx.forge, ctx.project, ctx.user["id"], [pushes.RefUpdate(update.ref, head, tip, forced=True)]
        )
    return Reply({"rebase_in_progress": False}, 202)


def _replayed(repo: Repo, target: str, head: str) -> str:
    tip = target
    for commit in repo.commits("--reverse", "--no-merges", f"{target}..{head}"):
        tree = repo.merge_trees(tip, commit.id)
        tip = repo.commit_tree(tree, [tip], commit.message, commit.author)
    return tip


# What is in it


def commits(ctx: Ctx) -> Reply:
    row = find(ctx)
    version = _latest(ctx, row)
    return ctx.items(
        ctx.repo.commits(f"{version['base_sha']}..{version['head_sha']}"),
        lambda commit: commit_json(ctx, commit),
    )


def changes(ctx: Ctx) -> Reply:
    row = find(ctx)
    version = _latest(ctx, row)
    return Reply(
        one(ctx, row)
        | {
            "changes": [diff_json(diff) for diff in ctx.repo.diff(version["base_sha"], version["head_sha"])],
            "overflow": False,
        }
    )


def diffs(ctx: Ctx) -> Reply:
    version = _latest(ctx, find(ctx))
    return ctx.items(ctx.repo.diff(version["base_sha"], version["head_sha"]), diff_json)


def versions(ctx: Ctx) -> Reply:
    row = find(ctx)
    return ctx.rows("SELECT * FROM mr_versions WHERE mr_id = ?", [row["id"]], _version)


def version(ctx: Ctx) -> Reply:
    found = ctx.forge.store.one(
        "SELECT * FROM mr_versions WHERE mr_id = ? AND id = ?", find(ctx)["id"], ctx.id("version_id")
    )
    if found is None:
        raise not_found()
    repo = ctx.repo
    listed = [
        commit_json(ctx, commit) for commit in repo.commits(f"{found['base_sha']}..{found['head_sha']}")
    ]
    return Reply(
        _version(found)
        | {
            "commits": listed,
            "diffs": [diff_json(diff) for diff in repo.diff(found["base_sha"], found["head_sha"])],
        }
    )


def _version(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "head_commit_sha": row["head_sha"],
        "base_commit_sha": row["base_sha"],
        "start_commit_sha": row["start_sha"],
        "created_at": row["created_at"],
        "merge_request_id": row["mr_id"],
        "state": "collected",
        "real_size": "1",
        "patch_id_sha": None,
    }


def _latest(ctx: Ctx, row: Row) -> Row:
    found = ctx.forge.store.one(
        "SELECT * FROM mr_versions WHERE mr_id = ? ORDER BY id DESC LIMIT 1", row["id"]
    )
    if found is None:
        raise not_found()
    return found


def participants(ctx: Ctx) -> Reply:
    row = find(ctx)
    found = ctx.forge.store.all(
        "SELECT DISTINCT author_id FROM notes WHERE target = 'mr' AND target_id = ?", row["id"]
    )
    ids = dict.fromkeys([row["author_id"], *(item["author_id"] for item in found)])
    return ctx.items(user_brief(ctx, id_) for id_ in ids)


def of_commit(ctx: Ctx) -> Reply:
    """Merge requests that brought a commit in: as their merge, or as one of their own commits."""
    sha = sha_of(ctx)
    rows = ctx.forge.store.all(
        "SELECT * FROM merge_requests WHERE project_id = ? AND state IN ('opened', 'merged') ORDER BY id DESC",
        ctx.project["id"],
    )
    found = [
        row
        for row in rows
        if sha in (row["merge_commit_sha"], row["squash_commit_sha"]) or _contains(ctx, row, sha)
    ]
    return ctx.items(found, lambda row: many(ctx, [row])[0])


def _contains(ctx: Ctx, row: Row, sha: str) -> bool:
    latest = _latest(ctx, row)
    return ctx.repo.is_ancestor(sha, latest["head_sha"]) and not ctx.repo.is_ancestor(sha, latest["base_sha"])


_ONE = "/projects/:id/merge_requests/:iid"
ROUTES = [
    Route("GET", "/projects/:id/merge_requests", listing, REPORTER),
    Route("GET", "/groups/:id/merge_requests", of_group, REPORTER),
    Route("POST", "/projects/:id/merge_requests", create, DEVELOPER),
    Route("GET", _ONE, get, REPORTER),
    Route("PUT", _ONE, change, REPORTER),
    Route("DELETE", _ONE, delete, OWNER),
    Route("GET", f"{_ONE}/approvals", approvals, REPORTER),
    Route("POST", f"{_ONE}/approve", approve, REPORTER),
    Route("POST", f"{_ONE}/unapprove", unapprove, REPORTER),
    Route("PUT", f"{_ONE}/merge", merge, REPORTER),
    Route("PUT", f"{_ONE}/rebase", rebase, DEVELOPER),
    Route("GET", f"{_ONE}/commits", commits, REPORTER),
    Route("GET", f"{_ONE}/changes", changes, REPORTER),
    Route("GET", f"{_ONE}/diffs", diffs, REPORTER),
    Route("GET", f"{_ONE}/versions", versions, REPORTER),
    Route("GET", f"{_ONE}/versions/:version_id", version, REPORTER),
    Route("GET", f"{_ONE}/participants", participants, REPORTER),
    Route("GET", "/projects/:id/repository/commits/:sha/merge_requests", of_commit, REPORTER),
]
