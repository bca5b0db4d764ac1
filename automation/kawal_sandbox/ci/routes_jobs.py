"""`/projects/:id/jobs`: jobs, their logs and artifacts, retry, play, cancel."""

from starlette.responses import FileResponse, Response

from kawal_sandbox.access import DEVELOPER, MAINTAINER, REPORTER
from kawal_sandbox.api import Answer, Ctx, Reply, Route, created, no_content
from kawal_sandbox.ci import artifacts, present
from kawal_sandbox.ci.guard import job_of, need_artifacts, need_update
from kawal_sandbox.ci.process import cancel_job, play_job, retry_job, update_status
from kawal_sandbox.ci.routes_pipelines import STATUSES
from kawal_sandbox.ci.rows import NO_BRIDGE, spec_of
from kawal_sandbox.ci.runners import Runner
from kawal_sandbox.ci.schedule import CANCELABLE
from kawal_sandbox.errors import bad_parameter, forbidden, not_found, refuse, unauthorized
from kawal_sandbox.store import Row, now


class JobRoutes:
    def __init__(self, runners: dict[int, Runner]) -> None:
        self._runners = runners

    def routes(self) -> list[Route]:
        base = "/projects/:id/jobs"
        return [
            Route("GET", base, self.listing, level=REPORTER, anonymous=True),
            Route("GET", f"{base}/:job_id", self.get, level=REPORTER, anonymous=True),
            Route("GET", f"{base}/:job_id/trace", self.trace, level=REPORTER, anonymous=True),
            Route("GET", f"{base}/:job_id/artifacts", self.archive, anonymous=True, job_token=True),
            Route("GET", f"{base}/:job_id/artifacts/*path", self.member, anonymous=True, job_token=True),
            Route("DELETE", f"{base}/:job_id/artifacts", self.delete_artifacts, level=MAINTAINER),
            Route("GET", f"{base}/artifacts/:ref/download", self.by_ref, anonymous=True, job_token=True),
            Route(
                "GET", f"{base}/artifacts/:ref/raw/*path", self.member_by_ref, anonymous=True, job_token=True
            ),
            Route("POST", f"{base}/:job_id/retry", self.retry, level=DEVELOPER),
            Route("POST", f"{base}/:job_id/play", self.play, level=DEVELOPER),
            Route("POST", f"{base}/:job_id/cancel", self.cancel, level=DEVELOPER),
            Route("POST", f"{base}/:job_id/erase", self.erase, level=MAINTAINER),
            Route("GET", "/job", self.own, job_token=True),
        ]

    def _json(self, ctx: Ctx, row: Row) -> dict[str, object]:
        return present.job_json(ctx, ctx.forge.store.get("ci_jobs", row["id"]), self._runners)

    def listing(self, ctx: Ctx) -> Reply:
        where, args = f"project_id = ? AND {NO_BRIDGE}", [ctx.project["id"]]
        scopes = ctx.query.words("scope") or []
        if scopes:
            if set(scopes) - set(STATUSES):
                raise bad_parameter("scope does not have a valid value")
            where += f" AND status IN ({', '.join('?' * len(scopes))})"
            args += scopes
        sql = f"SELECT * FROM ci_jobs WHERE {where}"  # noqa: S608
        return ctx.rows(sql, args, lambda row: present.job_json(ctx, row, self._runners))

    def get(self, ctx: Ctx) -> Reply:
        return Reply(self._json(ctx, job_of(ctx)))

    def own(self, ctx: Ctx) -> Reply:
        """The job of the calling job token."""
        if ctx.identity is None or ctx.identity.job is None:
            raise unauthorized()
        return Reply(self._json(ctx, {"id": ctx.identity.job.job_id}))

    def trace(self, ctx: Ctx) -> Response:
        path = artifacts.trace_of(ctx.forge, job_of(ctx)["id"])
        content = path.read_bytes() if path.exists() else b""
        return Response(content, media_type="text/plain")

    def archive(self, ctx: Ctx) -> Answer:
        return self._archive(ctx, job_of(ctx))

    def member(self, ctx: Ctx) -> Answer:
        return self._member(ctx, job_of(ctx))

    def by_ref(self, ctx: Ctx) -> Answer:
        return self._archive(ctx, _latest_successful(ctx))

    def member_by_ref(self, ctx: Ctx) -> Answer:
        return self._member(ctx, _latest_successful(ctx))

    def _archive(self, ctx: Ctx, job: Row) -> Answer:
        need_artifacts(ctx, spec_of(job).artifacts.access)
        path = artifacts.available(ctx.forge, job)
        if path is None:
            raise not_found()
        name = ctx.forge.store.value(
            "SELECT filename FROM ci_files WHERE job_id = ? AND file_type = 'archive'", job["id"]
        )
        return FileResponse(path, media_type="application/zip", filename=str(name or "artifacts.zip"))

    def _member(self, ctx: Ctx, job: Row) -> Answer:
        need_artifacts(ctx, spec_of(job).artifacts.access)
        path = artifacts.available(ctx.forge, job)
        content = None if path is None else artifacts.read_member(path, ctx.params["path"])
        if content is None:
            raise not_found()
        return Response(content, media_type="application/octet-stream")

    def delete_artifacts(self, ctx: Ctx) -> Reply:
        job = job_of(ctx)
        ctx.forge.store.update("ci_jobs", job["id"], artifacts_expire_at=now())
        artifacts.erase(ctx.forge, job["id"], trace=False)
        return no_content()

    def retry(self, ctx: Ctx) -> Reply:
        job = job_of(ctx)
        need_update(ctx, ctx.forge.store.get("ci_pipelines", job["pipeline_id"]))
        if job["retried"] or job["status"] not in ("success", "failed", "canceled"):
            raise forbidden("Job is not retryable")
        return created(self._json(ctx, retry_job(ctx.forge, job, ctx.user["id"])))

    def play(self, ctx: Ctx) -> Reply:
        job = job_of(ctx)
        need_update(ctx, ctx.forge.store.get("ci_pipelines", job["pipeline_id"]))
        if job["status"] != "manual":
            raise refuse(400, "400 Bad request - Unplayable Job")
        play_job(ctx.forge, job, ctx.user["id"])
        return Reply(self._json(ctx, job))

    def cancel(self, ctx: Ctx) -> Reply:
        job = job_of(ctx)
        need_update(ctx, ctx.forge.store.get("ci_pipelines", job["pipeline_id"]))
        if job["status"] in CANCELABLE:
            cancel_job(ctx.forge, job)
            update_status(ctx.forge, job["pipeline_id"])
        return created(self._json(ctx, job))

    def erase(self, ctx: Ctx) -> Reply:
        job = job_of(ctx)
        if job["status"] not in ("success", "failed", "canceled") or job["erased_at"]:
            raise forbidden("Job is not erasable!")
        ctx.forge.store.update("ci_jobs", job["id"], erased_at=now())
        artifacts.erase(ctx.forge, job["id"], trace=True)
        return created(self._json(ctx, job))


def _latest_successful(ctx: Ctx) -> Row:
    """The trap of this route: a job of the newest *successful* pipeline of the ref, whatever its commit."""
    row = ctx.forge.store.one(
        "SELECT j.* FROM ci_jobs j JOIN ci_pipelines p ON p.id = j.pipeline_id WHERE j.project_id = ? AND p.ref = ? AND p.status = 'success'"
        " AND p.mr_id IS NULL AND j.name = ? AND j.retried = 0 ORDER BY p.id DESC LIMIT 1",
        ctx.project["id"],
        ctx.params["ref"],
        ctx.query.need("job"),
    )
    if row is None:
        raise not_found()
    return row
