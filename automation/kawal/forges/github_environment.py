"""An environment of a repository on GitHub: from which tags one may deploy to it, where the plan has environments.

It is advice all the same. No credential lies in it, and what opens production is the permit that the target verifies; but a job of
another branch that names `production` is stopped by GitHub itself, with GitHub's own words.
"""

from __future__ import annotations

from typing import Any

from kawal.errors import ConflictError, TemporaryError
from kawal.forges.github_base import enc, repo
from kawal.forges.github_http import GitHubHttp, Json
from kawal.forges.jsonview import View
from kawal.forges.operations import EnvironmentRule

CUSTOM = {"protected_branches": False, "custom_branch_policies": True}


def read_rule(http: GitHubHttp, project_id: int, name: str) -> EnvironmentRule | None:
    """None when there is no such environment. Two calls; one where it takes every ref."""
    place = _place(project_id, name)
    have = http.get_or_none(place)
    if have is None:
        return None
    reviewers = sum(
        len(rule.raw.get("reviewers") or ())
        for rule in (View(have, place).views("protection_rules") if have.get("protection_rules") else ())
        if rule.raw.get("type") == "required_reviewers"
    )
    if have.get("deployment_branch_policy") != CUSTOM:
        return EnvironmentRule(False, reviewers=reviewers)
    policies = f"{place}/deployment-branch-policies"
    named: dict[str, list[str]] = {"branch": [], "tag": []}
    for v in (View(row, policies) for row in http.pages(policies, key="branch_policies")):
        # Policies from before there were tags have no type and are of branches.
        named.setdefault(str(v.raw.get("type") or "branch"), []).append(v.text("name"))
    return EnvironmentRule(True, tuple(sorted(named["branch"])), tuple(sorted(named["tag"])), reviewers)


def hold_environment(http: GitHubHttp, project_id: int, name: str, tag_pattern: str) -> None:
    """Writes only what is missing; policies that somebody added are left, as kawal removes nothing."""
    place = _place(project_id, name)
    have = read_rule(http, project_id, name)
    if have is None or not have.only_named:
        http.put(place, {**_kept(http.get_or_none(place) or {}), "deployment_branch_policy": CUSTOM})
        have = read_rule(http, project_id, name)
    if have is not None and tag_pattern in have.tags:
        return
    try:
        http.post(f"{place}/deployment-branch-policies", {"name": tag_pattern, "type": "tag"})
    except (TemporaryError, ConflictError):
        stands = read_rule(http, project_id, name)
        if stands is None or tag_pattern not in stands.tags:
            raise


def _kept(environment: Json) -> dict[str, Any]:
    """What people set beside the policy, in the words of a PUT, which replaces the whole."""
    found: dict[str, Any] = {}
    for rule in environment.get("protection_rules") or ():
        if rule.get("type") == "wait_timer":
            found["wait_timer"] = rule.get("wait_timer")
        elif rule.get("type") == "required_reviewers":
            people = rule.get("reviewers") or ()
            found["reviewers"] = [
                {"type": one.get("type"), "id": (one.get("reviewer") or {}).get("id")} for one in people
            ]
            found["prevent_self_review"] = rule.get("prevent_self_review") is True
    return found


def _place(project_id: int, name: str) -> str:
    return f"{repo(project_id)}/environments/{enc(name)}"
