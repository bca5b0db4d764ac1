"""The routes of CI, gathered; each module of them holds one subject."""

from kawal_sandbox.api import Route
from kawal_sandbox.ci.oidc import Issuer
from kawal_sandbox.ci.routes_jobs import JobRoutes
from kawal_sandbox.ci.routes_lint import ROUTES as LINT
from kawal_sandbox.ci.routes_oidc import OidcRoutes
from kawal_sandbox.ci.routes_pipelines import PipelineRoutes
from kawal_sandbox.ci.routes_runners import RunnerRoutes
from kawal_sandbox.ci.runners import Runner, RunnerFile


def routes(issuer: Issuer, config: RunnerFile | None) -> list[Route]:
    runners: dict[int, Runner] = {runner.id: runner for runner in config.runners} if config else {}
    return [
        *PipelineRoutes(runners).routes(),
        *JobRoutes(runners).routes(),
        *RunnerRoutes(runners).routes(),
        *OidcRoutes(issuer, runners).routes(),
        *LINT,
    ]
