"""What is in a merge request: commits, differences, versions, people; and which of them brought a commit in."""

from __future__ import annotations

from typing import Any

from kawal_sandbox.access import REPORTER
from kawal_sandbox.api import Ctx, Reply, Route
from kawal_sandbox.entities import user_brief
from kawal_sandbox.errors import not_found
from kawal_sandbox.routes.commits import commit_json, diff_json, sha_of
from kawal_sandbox.routes.merge_request_view import find, many, one
from kawal_sandbox.store import Row


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
    Route("GET", f"{_ONE}/commits", commits, REPORTER),
    Route("GET", f"{_ONE}/changes", changes, REPORTER),
    Route("GET", f"{_ONE}/diffs", diffs, REPORTER),
    Route("GET", f"{_ONE}/versions", versions, REPORTER),
    Route("GET", f"{_ONE}/versions/:version_id", version, REPORTER),
    Route("GET", f"{_ONE}/participants", participants, REPORTER),
    Route("GET", "/projects/:id/repository/commits/:sha/merge_requests", of_commit, REPORTER),
]
