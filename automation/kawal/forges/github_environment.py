"""The environment `production` of a repository on GitHub: only release tags may be deployed there, where the plan has environments.

It is advice all the same. No credential lies in it, and what opens production is the permit that the target verifies; but a job of
another branch that names `production` is stopped by GitHub itself, with GitHub's own words.
"""

from __future__ import annotations

from kawal.errors import ConflictError, TemporaryError
from kawal.forges.github_base import enc, repo
from kawal.forges.github_http import GitHubHttp

NAME = "production"
CUSTOM = {"protected_branches": False, "custom_branch_policies": True}


def hold_environment(http: GitHubHttp, project_id: int, tag_pattern: str) -> None:
    """Writes only what is missing; policies that somebody added are left, as kawal removes nothing."""
    place = f"{repo(project_id)}/environments/{enc(NAME)}"
    have = http.get_or_none(place)
    if have is None or have.get("deployment_branch_policy") != CUSTOM:
        http.put(place, {"deployment_branch_policy": CUSTOM})
    policies = f"{place}/deployment-branch-policies"

    def stands() -> bool:
        return any(
            (row.get("name"), row.get("type")) == (tag_pattern, "tag")
            for row in http.pages(policies, key="branch_policies")
        )

    if not stands():
        try:
            http.post(policies, {"name": tag_pattern, "type": "tag"})
        except (TemporaryError, ConflictError):
            if not stands():
                raise
