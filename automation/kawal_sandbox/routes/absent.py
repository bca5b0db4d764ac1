"""Collections that exist on CE and that nothing here can fill: honestly empty lists."""

from kawal_sandbox.access import MAINTAINER, OWNER
from kawal_sandbox.api import Ctx, Reply, Route


def empty(ctx: Ctx) -> Reply:
    return ctx.items([])


ROUTES = [
    *(
        Route("GET", f"/projects/:id/{name}", empty, MAINTAINER)
        for name in (
            "pipeline_schedules",
            "freeze_periods",
            "forks",
        )
    ),
    Route("GET", "/groups/:id/deploy_tokens", empty, OWNER),
]
