"""GitLab's resources, one module each; every module offers `ROUTES`."""

from kawal_sandbox.api import Route
from kawal_sandbox.routes import groups, internal, metadata, projects, users

ROUTES: list[Route] = [
    *metadata.ROUTES,
    *internal.ROUTES,
    *users.ROUTES,
    *groups.ROUTES,
    *projects.ROUTES,
]
