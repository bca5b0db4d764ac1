"""All endpoints of the facade, for the server to register."""

from kawal_sandbox.api import Route
from kawal_sandbox.github import actions, gitdata, people, pulls, repos, rulesets, tracker

MODULES = (people, repos, gitdata, rulesets, tracker, pulls, actions)
ROUTES: list[Route] = [route for module in MODULES for route in module.ROUTES]
