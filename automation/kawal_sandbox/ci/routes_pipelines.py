"""`/projects/:id/pipelines` and what belongs to it."""

import json
from typing import Any

from kawal_sandbox.access import DEVELOPER, MAINTAINER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.ci import artifacts, present
from kawal_sandbox.ci.children import child_of
from kawal_sandbox.ci.create import Ask, NotCreated, create_pipeline
from kawal_sandbox.ci.guard import may_run_on, need_update, pipeline_of
from kawal_sandbox.ci.process import cancel_pipeline, retry_pipeline
from kawal_sandbox.ci.rows import NO_BRIDGE
from kawal_sandbox.ci.runners import Runner
from kawal_sandbox.ci.schedule import ACTIVE, COMPLETED
from kawal_sandbox.ci.triggers import may_give_variables
from kawal_sandbox.errors import bad_parameter, forbidden, not_found, refuse
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.store import Row

STATUSES = (
    "created",
    "waiting_for_resource",
    "preparing",
    "pending",
    "running",
    "success",
    "failed",
    "canceling",
    "canceled",
    "skipped",
    "manual",
    "scheduled",
)
NO_PERMISSION = (
    "You do not have sufficient permission to run a pipeline on '{ref}'. Please select a different branch or contact your "
    "administrator for assistance."
)
ORDERS = ("id", "status", "ref", "updated_at", "user_id")
SCOPES = {"running": ("running",), "pending": ("pending",), "finished": ("success", "failed", "canceled")}


class PipelineRoutes:
    def __init__(self, runners: dict[int, Runner]) -> None:
        self._runners = runners

    def routes(self) -> list[Route]:
        base = "/projects/:id/pipelines"
        return [
            Route("GET", base, self.listing, level=REPORTER, anonymous=True),
            Route("POST", "/projects/:id/pipeline", self.create, level=DEVELOPER),
            Route("GET", f"{base}/latest", self.latest, level=REPORTER),
            Route("GET", f"{base}/:pipeline_id", self.get, level=REPORTER, anonymous=True),
            Route("DELETE", f"{base}/:pipeline_id", self.delete, level=MAINTAINER),
            Route("PUT", f"{base}/:pipeline_id/metadata", self.metadata, level=DEVELOPER, job_token=True),
            Route("GET", f"{base}/:pipeline_id/variables", self.variables, level=DEVELOPER),
            Route("GET", f"{base}/:pipeline_id/jobs", self.jobs, level=REPORTER, anonymous=True),
            Route("GET", f"{base}/:pipeline_id/bridges", self.bridges, level=REPORTER, anonymous=True),
            Route("POST", f"{base}/:pipeline_id/retry", self.retry, level=DEVELOPER),
            Route("POST", f"{base}/:pipeline_id/cancel", self.cancel, level=DEVELOPER),
            Route(
                "GET", "/projects/:id/merge_requests/:iid/pipelines", self.of_merge_request, level=REPORTER
            ),
            Route(
                "POST",
                "/projects/:id/merge_requests/:iid/pipelines",
                self.create_for_merge_request,
                level=DEVELOPER,
            ),
        ]

    def listing(self, ctx: Ctx) -> Reply:
        where, args = ["project_id = ?"], [ctx.project["id"]]
        if ctx.query.text("source") != "parent_pipeline":
            where.append("bridge_id IS NULL")  # GitLab lists child pipelines only when asked for them
        for name in ("ref", "sha", "source", "name"):
            if value := ctx.query.text(name):
                where.append(f"{name} = ?")
                args.append(value)
        if status := ctx.query.choice("status", STATUSES):
            where.append("status = ?")
            args.append(status)
        scope = ctx.query.choice("scope", (*SCOPES, "branches", "tags"))
        if scope in ("branches", "tags"):
            where.append(f"tag = {int(scope == 'tags')} AND mr_id IS NULL")
        elif scope:
            where.append(f"status IN ({', '.join('?' * len(SCOPES[scope]))})")
            args += SCOPES[scope]
        if username := ctx.query.text("username"):
            where.append("user_id = (SELECT id FROM users WHERE username = ?)")
            args.append(username)
        for name, column, op in (
            ("updated_after", "updated_at", ">"),
            ("updated_before", "updated_at", "<"),
            ("created_after", "created_at", ">"),
            ("created_before", "created_at", "<"),
        ):
            if value := ctx.query.text(name):
                where.append(f"{column} {op} ?")
                args.append(value)
        order = f"{ctx.query.choice('order_by', ORDERS, 'id')} {ctx.query.choice('sort', ('asc', 'desc'), 'desc')}"
        sql = f"SELECT * FROM ci_pipelines WHERE {' AND '.join(where)}"  # noqa: S608 - only our own words
        return ctx.rows(
            sql,
            args,
            lambda row: present.pipeline_brief(row, ctx.project, ctx.base_url),
            order=f"{order}, id DESC",
        )

    def create(self, ctx: Ctx) -> Reply:
        ref = ctx.p.need("ref")
        repo = ctx.repo
        tag = repo.ref_sha(f"refs/heads/{ref}") == ZERO
        sha = repo.ref_sha(f"refs/{'tags' if tag else 'heads'}/{ref}^{{commit}}")
        if sha == ZERO:
            raise refuse(400, {"base": ["Reference not found"]})
        if not may_run_on(ctx, ref, tag=tag):
            raise refuse(400, {"base": [NO_PERMISSION.format(ref=ref)]})
        variables = _given_variables(ctx.p.get("variables"))
        if variables and not may_give_variables(ctx.forge, ctx.project, ctx.user):
            raise refuse(400, {"base": ["Insufficient permissions to set pipeline variables"]})
        return self._create(ctx, Ask("api", ref, sha, tag=tag, variables=variables))

    def _create(self, ctx: Ctx, ask: Ask) -> Reply:
        outcome = create_pipeline(ctx.forge, ctx.project, ctx.user, ask)
        if isinstance(outcome, NotCreated):
            raise refuse(400, {"base": [outcome.reason]})
        row = ctx.forge.store.get("ci_pipelines", outcome)
        return created(present.pipeline_json(ctx, row))

    def latest(self, ctx: Ctx) -> Reply:
        ref = ctx.query.text("ref") or ctx.project["default_branch"]
        sha = ctx.repo.resolve(ref)
        row = ctx.forge.store.one(
            "SELECT * FROM ci_pipelines WHERE project_id = ? AND ref = ? AND sha = ? AND bridge_id IS NULL ORDER BY id DESC",
            ctx.project["id"],
            ref,
            sha,
        )
        if row is None:
            raise forbidden()  # GitLab answers 403 when there is none
        return Reply(present.pipeline_json(ctx, row))

    def get(self, ctx: Ctx) -> Reply:
        return Reply(present.pipeline_json(ctx, pipeline_of(ctx)))

    def delete(self, ctx: Ctx) -> Reply:
        row = pipeline_of(ctx)
        store = ctx.forge.store
        jobs = store.all("SELECT * FROM ci_jobs WHERE pipeline_id = ?", row["id"])
        if any(job["status"] in ACTIVE for job in jobs):
            raise refuse(409, "Pipeline is still running")
        for job in jobs:
            store.run("DELETE FROM ci_files WHERE job_id = ?", job["id"])
            artifacts.erase(ctx.forge, job["id"], trace=True)
        store.run("DELETE FROM ci_jobs WHERE pipeline_id = ?", row["id"])
        store.run("DELETE FROM ci_pipelines WHERE id = ?", row["id"])
        return no_content()

    def metadata(self, ctx: Ctx) -> Reply:
        row = pipeline_of(ctx)
        ctx.forge.store.update("ci_pipelines", row["id"], name=ctx.p.need("name"))
        return Reply(present.pipeline_json(ctx, ctx.forge.store.get("ci_pipelines", row["id"])))

    def variables(self, ctx: Ctx) -> Reply:
        values = json.loads(pipeline_of(ctx)["variables"])
        return Reply(
            [
                {"key": key, "value": value, "variable_type": "env_var", "raw": False}
                for key, value in values.items()
            ]
        )

    def jobs(self, ctx: Ctx) -> Reply:
        row = pipeline_of(ctx)
        where, args = f"pipeline_id = ? AND {NO_BRIDGE}", [row["id"]]
        if not ctx.query.flag("include_retried", False):
            where += " AND retried = 0"
        scopes = ctx.query.words("scope") or []
        if scopes:
            if set(scopes) - set(STATUSES):
                raise bad_parameter("scope does not have a valid value")
            where += f" AND status IN ({', '.join('?' * len(scopes))})"
            args += scopes
        sql = f"SELECT * FROM ci_jobs WHERE {where}"  # noqa: S608
        return ctx.rows(sql, args, lambda job: present.job_json(ctx, job, self._runners))

    def bridges(self, ctx: Ctx) -> Reply:
        row = pipeline_of(ctx)
        sql = f"SELECT * FROM ci_jobs WHERE pipeline_id = ? AND retried = 0 AND NOT {NO_BRIDGE}"  # noqa: S608
        return ctx.rows(sql, [row["id"]], lambda job: self._bridge(ctx, job))

    def _bridge(self, ctx: Ctx, job: Row) -> dict[str, Any]:
        child = child_of(ctx.forge, job)
        below = None if child is None else present.pipeline_brief(child, ctx.project, ctx.base_url)
        return present.job_json(ctx, job, self._runners) | {"downstream_pipeline": below}

    def retry(self, ctx: Ctx) -> Reply:
        row = pipeline_of(ctx)
        need_update(ctx, row)
        retry_pipeline(ctx.forge, row, ctx.user["id"])
        return created(present.pipeline_json(ctx, ctx.forge.store.get("ci_pipelines", row["id"])))

    def cancel(self, ctx: Ctx) -> Reply:
        row = pipeline_of(ctx)
        need_update(ctx, row)
        if row["status"] not in COMPLETED:
            cancel_pipeline(ctx.forge, row["id"])
        return Reply(present.pipeline_json(ctx, ctx.forge.store.get("ci_pipelines", row["id"])))

    def of_merge_request(self, ctx: Ctx) -> Reply:
        mr = _merge_request(ctx)
        sql = (
            "SELECT * FROM ci_pipelines WHERE project_id = ? AND (mr_id = ? OR (mr_id IS NULL AND tag = 0 AND ref = ? AND sha IN"
            " (SELECT head_sha FROM mr_versions WHERE mr_id = ? UNION SELECT ?)))"
        )
        args = [ctx.project["id"], mr["id"], mr["source_branch"], mr["id"], mr["head_sha"]]
        return ctx.rows(sql, args, lambda row: present.pipeline_brief(row, ctx.project, ctx.base_url))

    def create_for_merge_request(self, ctx: Ctx) -> Reply:
        mr = _merge_request(ctx)
        if not mr["head_sha"] or mr["state"] != "opened":
            raise refuse(405, "405 Method Not Allowed")
        return self._create(
            ctx, Ask("merge_request_event", f"refs/merge-requests/{mr['iid']}/head", mr["head_sha"], mr=mr)
        )


def _merge_request(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM merge_requests WHERE project_id = ? AND iid = ?", ctx.project["id"], ctx.id("iid")
    )
    if row is None:
        raise not_found()
    return row


def _given_variables(value: Any) -> dict[str, str]:
    if value in (None, "", [], {}):
        return {}
    if not isinstance(value, list) or not all(
        isinstance(row, dict) and "key" in row and "value" in row for row in value
    ):
        raise bad_parameter("variables is invalid")
    return {str(row["key"]): str(row["value"]) for row in value}
