"""Protections as rulesets of GitHub, and back. Pure."""

from __future__ import annotations

from typing import Any

from kawal.forges.jsonview import View
from kawal.model import ProtectedRef

PULL_RULE = {
    "type": "pull_request",
    "parameters": {
        "required_approving_review_count": 1,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": False,
        "require_last_push_approval": True,
        "required_review_thread_resolution": True,
    },
}
ADMIN_ROLE = 5
"""GitHub's number of the repository role admin, which only the bot holds."""


def ruleset_name(wanted: ProtectedRef) -> str:
    return f"kawal: {'cabang' if wanted.kind == 'branch' else 'tag'} {wanted.pattern}"


def ruleset_body(wanted: ProtectedRef) -> dict[str, Any]:
    only_bot = 40 in (wanted.push_level, wanted.merge_level)
    if wanted.kind == "tag":
        kinds = ["creation", "update", "deletion"] if wanted.push_level != 30 else ["update", "deletion"]
        rules: list[dict[str, Any]] = [{"type": kind} for kind in kinds]
    else:
        rules = [{"type": "deletion"}]
        rules += [] if wanted.force_push else [{"type": "non_fast_forward"}]
        rules += [PULL_RULE] if wanted.push_level == 0 else []
        rules += [{"type": "update"}] if wanted.merge_level != 30 else []
    mode = "pull_request" if wanted.kind == "branch" and wanted.push_level == 0 else "always"
    return {
        "name": ruleset_name(wanted),
        "target": wanted.kind,
        "enforcement": "active",
        "conditions": {
            "ref_name": {
                "include": [f"refs/{'heads' if wanted.kind == 'branch' else 'tags'}/{wanted.pattern}"],
                "exclude": [],
            }
        },
        "rules": rules,
        "bypass_actors": [{"actor_id": ADMIN_ROLE, "actor_type": "RepositoryRole", "bypass_mode": mode}]
        if only_bot
        else [],
    }


def protections(v: View) -> list[ProtectedRef]:
    """What one ruleset amounts to in levels; nothing when it is not active."""
    if v.text("enforcement") != "active":
        return []
    kinds = {rule.text("type") for rule in v.views("rules")}
    # Whoever else may bypass is not the bot alone: read as Developer, so that it never looks held.
    actors = v.views("bypass_actors")
    only_admin = all(actor.raw.get("actor_id") == ADMIN_ROLE for actor in actors)
    held = (40 if actors else 0) if only_admin else 30
    target = v.text("target")
    prefix = "refs/heads/" if target == "branch" else "refs/tags/"
    found = []
    for name in v.view("conditions").view("ref_name").texts("include"):
        pattern = "*" if name == "~ALL" else name.removeprefix(prefix)
        if target == "tag":
            found.append(ProtectedRef(pattern, "tag", held if "creation" in kinds else 30))
        elif target == "branch":
            push = 0 if "pull_request" in kinds else held if "update" in kinds else 30
            merge = held if "update" in kinds else 30
            found.append(ProtectedRef(pattern, "branch", push, merge, "non_fast_forward" not in kinds))
    return found
