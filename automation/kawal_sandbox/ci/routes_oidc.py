"""The issuer's public documents, and a door for the demo that mints the token a job would get."""

from kawal_sandbox.api import Ctx, Reply, Route, created
from kawal_sandbox.ci.executor import timeout_s
from kawal_sandbox.ci.oidc import Issuer, discovery, mint
from kawal_sandbox.ci.rows import spec_of
from kawal_sandbox.ci.runners import Runner
from kawal_sandbox.errors import bad_parameter, not_found


class OidcRoutes:
    def __init__(self, issuer: Issuer, runners: dict[int, Runner]) -> None:
        self._issuer, self._runners = issuer, runners

    def routes(self) -> list[Route]:
        return [
            Route("GET", "!/.well-known/openid-configuration", self.discovery, anonymous=True),
            Route("GET", "!/oauth/discovery/keys", self.keys, anonymous=True),
            # Not of GitLab: shows that even a real token opens nothing that is not approved.
            Route("POST", "/kawal_latihan/jobs/:job_id/id_token", self.id_token, admin=True),
        ]

    def discovery(self, ctx: Ctx) -> Reply:
        return Reply(discovery(ctx.forge.url))

    def keys(self, _ctx: Ctx) -> Reply:
        return Reply(self._issuer.jwks)

    def id_token(self, ctx: Ctx) -> Reply:
        job = ctx.forge.store.one("SELECT * FROM ci_jobs WHERE id = ?", ctx.id("job_id"))
        if job is None:
            raise not_found("Job")
        spec = spec_of(job)
        name = ctx.p.need("nama")
        if name not in spec.id_tokens:
            raise bad_parameter("nama: job ini tidak meminta id_token dengan nama itu")
        project = ctx.forge.store.get("projects", job["project_id"])
        protected = bool(ctx.forge.store.get("ci_pipelines", job["pipeline_id"])["protected"])
        fits = (
            r.id
            for r in self._runners.values()
            if r.takes(spec.tags, project["full_path"], ref_protected=protected)
        )
        runner_id = job["runner_id"] if job["runner_id"] is not None else next(fits, None)
        token = mint(
            ctx.forge,
            self._issuer,
            job,
            spec.id_tokens[name],
            runner_id=runner_id,
            life_s=timeout_s(ctx.forge, job, spec),
        )
        return created({"token": token})
