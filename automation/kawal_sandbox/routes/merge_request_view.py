"""A merge request as GitLab shows it, in lists and alone; and finding the one that a request names."""

from __future__ import annotations

from typing import Any

from kawal_sandbox import labeling, merging, pushes, rules
from kawal_sandbox.access import DEVELOPER
from kawal_sandbox.api import Ctx
from kawal_sandbox.entities import user_brief, users
from kawal_sandbox.errors import not_found
from kawal_sandbox.routes.milestones import of_id
from kawal_sandbox.store import Row


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
        "user": {"can_merge": may_merge(ctx, row)},
    }


def find(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM merge_requests WHERE project_id = ? AND iid = ?", ctx.project["id"], ctx.id("iid")
    )
    if row is None:
        raise not_found()
    return row


def may_merge(ctx: Ctx, row: Row) -> bool:
    if ctx.user_id is None or ctx.level < DEVELOPER:
        return False
    protections = pushes.rules_of(ctx.forge, ctx.project["id"], "branch")
    return rules.may_merge(protections, row["target_branch"], rules.Actor(ctx.level, ctx.is_admin))
