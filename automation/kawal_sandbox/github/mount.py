"""All endpoints of the facade, for the server to register."""

from kawal_sandbox.api import Route
from kawal_sandbox.github import (
    actions,
    collaborators,
    environments,
    gitdata,
    oidc,
    people,
    pulls,
    releases,
    repo_hooks,
    repo_variables,
    repos,
    rulesets,
    runs,
    tracker,
)

MODULES = (
    people,
    repos,
    collaborators,
    repo_variables,
    repo_hooks,
    gitdata,
    rulesets,
    tracker,
    pulls,
    actions,
    environments,
    runs,
    releases,
    oidc,
)
ROUTES: list[Route] = [route for module in MODULES for route in module.ROUTES]
