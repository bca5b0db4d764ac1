"""Who may see, start, retry or stop pipelines."""

from kawal_sandbox.access import DEVELOPER, REPORTER
from kawal_sandbox.api import Ctx
from kawal_sandbox.ci.rows import short_ref
from kawal_sandbox.errors import forbidden, not_found
from kawal_sandbox.pushes import actor_of, rules_of
from kawal_sandbox.rules import matching, may_create_tag, may_merge
from kawal_sandbox.store import Row


def pipeline_of(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM ci_pipelines WHERE project_id = ? AND id = ?", ctx.project["id"], ctx.id("pipeline_id")
    )
    if row is None:
        raise not_found("Pipeline")
    return row


def job_of(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM ci_jobs WHERE project_id = ? AND id = ?", ctx.project["id"], ctx.id("job_id")
    )
    if row is None:
        raise not_found()
    return row


def need_update(ctx: Ctx, pipeline: Row) -> None:
    """Developers; on a protected ref only who may push or merge there (or create the tag)."""
    ctx.need_level(DEVELOPER)
    mr = ctx.forge.store.get("merge_requests", pipeline["mr_id"]) if pipeline["mr_id"] else None
    if not may_run_on(ctx, short_ref(pipeline, mr), tag=bool(pipeline["tag"])):
        raise forbidden()


def may_run_on(ctx: Ctx, ref: str, *, tag: bool) -> bool:
    rules = rules_of(ctx.forge, ctx.project["id"], "tag" if tag else "branch")
    if not matching(rules, ref):
        return True
    actor = actor_of(ctx.forge, ctx.project, ctx.user)
    return may_create_tag(rules, ref, actor) if tag else may_merge(rules, ref, actor)


def need_artifacts(ctx: Ctx, access: str) -> None:
    """`artifacts:access` of the job, on top of Reporter for private projects."""
    least = {"all": 0, "developer": DEVELOPER, "maintainer": 40, "none": 1000}[access]
    if ctx.project["visibility"] == "private" or ctx.identity is None:
        least = max(least, REPORTER)
    ctx.need_level(least)
