"""Merge requests: approvals, merging, rebasing."""

from __future__ import annotations

from typing import Any

from kawal_sandbox import merging, pushes
from kawal_sandbox.access import DEVELOPER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created
from kawal_sandbox.entities import user_brief
from kawal_sandbox.errors import not_found, refuse, unauthorized
from kawal_sandbox.repos import MergeConflict, Repo, StaleRef
from kawal_sandbox.routes.merge_request_view import find, may_merge, one
from kawal_sandbox.store import Row, now


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
    merging.tell(ctx.forge, row, ctx.user["id"], "approved", note="approved this merge request")
    return created(_approvals(ctx, row))


def unapprove(ctx: Ctx) -> Reply:
    row = find(ctx)
    if not ctx.forge.store.run(
        "DELETE FROM approvals WHERE mr_id = ? AND user_id = ?", row["id"], ctx.user["id"]
    ):
        raise not_found()
    merging.tell(ctx.forge, row, ctx.user["id"], "unapproved", note="unapproved this merge request")
    return created(_approvals(ctx, row))


def _check_sha(ctx: Ctx, row: Row) -> None:
    if (sha := ctx.p.text("sha")) and sha != merging.head_of(ctx.repo, row):
        raise refuse(409, f"SHA does not match HEAD of source branch: {merging.head_of(ctx.repo, row)}")


def merge(ctx: Ctx) -> Reply:
    row, repo = find(ctx), ctx.repo
    if not may_merge(ctx, row):
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


_ONE = "/projects/:id/merge_requests/:iid"
ROUTES = [
    Route("GET", f"{_ONE}/approvals", approvals, REPORTER),
    Route("POST", f"{_ONE}/approve", approve, REPORTER),
    Route("POST", f"{_ONE}/unapprove", unapprove, REPORTER),
    Route("PUT", f"{_ONE}/merge", merge, REPORTER),
    Route("PUT", f"{_ONE}/rebase", rebase, DEVELOPER),
]
