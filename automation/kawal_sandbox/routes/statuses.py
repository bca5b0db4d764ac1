"""Commit statuses: anyone with push rights may write them, so they prove nothing."""

from __future__ import annotations

from typing import Any

from kawal_sandbox import pushes, rules
from kawal_sandbox.access import DEVELOPER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created
from kawal_sandbox.entities import user_brief
from kawal_sandbox.errors import bad_parameter, forbidden, not_found, refuse
from kawal_sandbox.routes.commits import sha_of
from kawal_sandbox.store import Row, now

STATES = ("pending", "running", "success", "failed", "canceled", "skipped")
EVENTS = {
    "pending": "enqueue",
    "running": "run",
    "success": "success",
    "failed": "drop",
    "canceled": "cancel",
    "skipped": "skip",
}


def status_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "sha": row["sha"],
        "ref": row["ref"],
        "status": row["status"],
        "name": row["name"],
        "target_url": row["target_url"],
        "description": row["description"],
        "created_at": row["created_at"],
        "started_at": None,
        "finished_at": row["updated_at"] if row["status"] in STATES[2:] else None,
        "allow_failure": False,
        "coverage": None,
        "pipeline_id": row["pipeline_id"],
        "author": user_brief(ctx, row["author_id"]),
    }


def listing(ctx: Ctx) -> Reply:
    sha = sha_of(ctx)
    where, args = ["project_id = ?", "sha = ?"], [ctx.project["id"], sha]
    for name in ("ref", "name"):
        if value := ctx.query.text(name):
            where.append(f"{name} = ?")
            args.append(value)
    if not ctx.query.flag("all"):
        where.append(
            "id IN (SELECT max(id) FROM statuses WHERE project_id = ? AND sha = ? GROUP BY name, ref)"
        )
        args += [ctx.project["id"], sha]
    return ctx.rows(
        f"SELECT * FROM statuses WHERE {' AND '.join(where)}",  # noqa: S608
        args,
        lambda row: status_json(ctx, row),
        order="id",
    )


def create(ctx: Ctx) -> Reply:
    sha = sha_of(ctx)
    state = ctx.p.choice("state", STATES)
    if state is None:
        raise bad_parameter("state is missing")
    name = ctx.p.text("name") or ctx.p.text("context") or "default"
    ref = ctx.p.text("ref") or _branch_of(ctx, sha)
    _check_protected(ctx, ref)
    store = ctx.forge.store
    given = {key: ctx.p.text(key) for key in ("description", "target_url") if key in ctx.p}
    old = store.one(
        "SELECT * FROM statuses WHERE project_id = ? AND sha = ? AND ref IS ? AND name = ? AND author_id = ? ORDER BY id DESC LIMIT 1",
        ctx.project["id"],
        sha,
        ref,
        name,
        ctx.user["id"],
    )
    if old is not None and old["status"] in ("pending", "running"):
        if old["status"] == state:
            raise refuse(
                400,
                f'Cannot transition status via :{EVENTS[state]} from :{state} (Reason(s): Status cannot transition via "{EVENTS[state]}")',
            )
        store.update("statuses", old["id"], status=state, updated_at=now(), **given)
        id_ = old["id"]
    else:
        # A new row under the same name hides the older one, whoever wrote it (gitlab#29258).
        id_ = store.insert(
            "statuses",
            project_id=ctx.project["id"],
            sha=sha,
            ref=ref,
            name=name,
            status=state,
            author_id=ctx.user["id"],
            pipeline_id=ctx.p.number("pipeline_id"),
            created_at=now(),
            updated_at=now(),
            **given,
        )
    ctx.forge.publish("commit_status", ctx.project["id"], ctx.user["id"], status_id=id_)
    return created(status_json(ctx, store.get("statuses", id_)))


def _branch_of(ctx: Ctx, sha: str) -> str | None:
    """The first branch that contains the commit."""
    for ref in ctx.repo.refs("heads"):
        if ctx.repo.is_ancestor(sha, ref.commit.id):
            return ref.name
    raise not_found("References for commit")


def _check_protected(ctx: Ctx, ref: str | None) -> None:
    protections = pushes.rules_of(ctx.forge, ctx.project["id"], "branch")
    actor = rules.Actor(ctx.level, ctx.is_admin)
    if ref and rules.matching(protections, ref) and not rules.may_merge(protections, ref, actor):
        raise forbidden()


ROUTES = [
    Route("GET", "/projects/:id/repository/commits/:sha/statuses", listing, REPORTER),
    Route("POST", "/projects/:id/statuses/:sha", create, DEVELOPER),
]
