"""`/runners` and `/projects/:id/runners`: read only, the runners come from a file."""

from kawal_sandbox.access import MAINTAINER
from kawal_sandbox.api import Ctx, Reply, Route
from kawal_sandbox.ci import present
from kawal_sandbox.ci.runners import Runner
from kawal_sandbox.errors import not_found


class RunnerRoutes:
    def __init__(self, runners: dict[int, Runner]) -> None:
        self._runners = runners

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/projects/:id/runners", self.of_project, level=MAINTAINER),
            Route("GET", "/runners/all", self.all, admin=True),
            Route("GET", "/runners/:runner_id", self.get),
        ]

    def of_project(self, ctx: Ctx) -> Reply:
        path = ctx.project["full_path"]
        serving = [
            r
            for r in self._runners.values()
            if not r.projects or any(path == p or path.startswith(p + "/") for p in r.projects)
        ]
        return ctx.items(serving, lambda runner: present.runner_brief(self._runners, runner.id))

    def all(self, ctx: Ctx) -> Reply:
        return ctx.items(
            self._runners.values(), lambda runner: present.runner_brief(self._runners, runner.id)
        )

    def get(self, ctx: Ctx) -> Reply:
        runner = self._runners.get(ctx.id("runner_id"))
        if runner is None:
            raise not_found("Runner")
        return Reply(present.runner_json(self._runners, runner))
