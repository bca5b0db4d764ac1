"""Rulesets and their effect: the forge's one rule engine enforces what they say, on push and through the API."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.github.base import (
    ADMIN,
    api,
    invalid,
    needs_plan,
    not_found,
    page,
    repo_routes,
    stamp,
    text,
)
from kawal_sandbox.store import Row, now

BRANCH_RULES = frozenset(
    [
        "creation",
        "update",
        "deletion",
        "required_linear_history",
        "required_signatures",
        "non_fast_forward",
        "pull_request",
        "required_status_checks",
        "required_deployments",
    ]
)
PUSH_RULES = frozenset(
    ["file_path_restriction", "max_file_path_length", "file_extension_restriction", "max_file_size"]
)
"""Of target `push`: about the files of any push, so there is no condition on refs."""
_ROLES = {5: 40, 2: 40, 4: 30}
"""GitHub's numbers of the roles admin, maintain and write, as levels of the rule engine."""


def _json(ctx: Ctx, row: Row, *, full: bool = True) -> dict[str, Any]:
    data = json.loads(row["data"])
    body = {
        "id": row["id"],
        "name": row["name"],
        "target": data["target"],
        "source_type": "Repository",
        "source": ctx.project["full_path"],
        "enforcement": data["enforcement"],
        "node_id": f"RRS_{row['id']}",
        "_links": {"self": {"href": f"{api(ctx)}/rulesets/{row['id']}"}},
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["created_at"]),
    }
    if full:
        body |= {key: data[key] for key in ("conditions", "rules")}
        if ctx.level >= ADMIN:  # who may not change a ruleset is not shown who may pass it
            body["bypass_actors"] = data["bypass_actors"]
        body["current_user_can_bypass"] = "never"
    return body


def _rows(ctx: Ctx) -> list[Row]:
    return ctx.forge.store.all(
        "SELECT * FROM gh_things WHERE project_id = ? AND kind = 'ruleset' ORDER BY id", ctx.project["id"]
    )


def _find(ctx: Ctx) -> Row:
    needs_plan(ctx)
    found = [row for row in _rows(ctx) if row["id"] == ctx.id("ruleset_id")]
    if not found:
        raise not_found()
    return found[0]


def listing(ctx: Ctx) -> Reply:
    needs_plan(ctx)
    return page(ctx, _rows(ctx), lambda row: _json(ctx, row, full=False))


def get(ctx: Ctx) -> Reply:
    return Reply(_json(ctx, _find(ctx)))


def _values(ctx: Ctx, before: dict[str, Any]) -> dict[str, Any]:
    data = before | {
        key: ctx.p[key]
        for key in ("target", "enforcement", "conditions", "rules", "bypass_actors")
        if key in ctx.p
    }
    if data["target"] not in ("branch", "tag", "push"):
        raise invalid("RepositoryRuleset", "target", "invalid")
    if data["enforcement"] not in ("active", "disabled", "evaluate"):
        raise invalid("RepositoryRuleset", "enforcement", "missing_field")
    for rule in data["rules"]:
        known = PUSH_RULES if data["target"] == "push" else BRANCH_RULES
        if not isinstance(rule, dict) or rule.get("type") not in known:
            raise invalid("RepositoryRuleset", "rules", "invalid")
    return data


def create(ctx: Ctx) -> Reply:
    needs_plan(ctx)
    name = text(ctx, "RepositoryRuleset", "name")
    if any(row["name"] == name for row in _rows(ctx)):
        raise invalid("RepositoryRuleset", "name", "custom", "Name must be unique")
    empty: dict[str, Any] = {
        "target": "branch",
        "enforcement": None,
        "conditions": {},
        "rules": [],
        "bypass_actors": [],
    }
    data = _values(ctx, empty)
    id_ = ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="ruleset", name=name, data=data, created_at=now()
    )
    apply(ctx)
    return created(_json(ctx, ctx.forge.store.get("gh_things", id_)))


def change(ctx: Ctx) -> Reply:
    row = _find(ctx)
    name = ctx.p.text("name") or row["name"]
    ctx.forge.store.update("gh_things", row["id"], name=name, data=_values(ctx, json.loads(row["data"])))
    apply(ctx)
    return Reply(_json(ctx, ctx.forge.store.get("gh_things", row["id"])))


def delete(ctx: Ctx) -> Reply:
    ctx.forge.store.run("DELETE FROM gh_things WHERE id = ?", _find(ctx)["id"])
    apply(ctx)
    return no_content()


def apply(ctx: Ctx) -> None:
    """The active rulesets as protections, which every push, merge and API write is checked against."""
    store, project = ctx.forge.store, ctx.project["id"]
    for row in store.all("SELECT * FROM gh_rule_refs WHERE project_id = ?", project):
        store.run(
            "DELETE FROM protections WHERE project_id = ? AND kind = ? AND name = ?",
            project,
            row["kind"],
            row["pattern"],
        )
    store.run("DELETE FROM gh_rule_refs WHERE project_id = ?", project)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in _rows(ctx):
        data = json.loads(row["data"])
        if data["enforcement"] != "active" or data["target"] == "push":
            continue
        for pattern in patterns(ctx, data):
            key = (data["target"], pattern)
            found[key] = _both(found[key], _levels(data)) if key in found else _levels(data)
    for (kind, pattern), values in found.items():
        store.run(
            "DELETE FROM protections WHERE project_id = ? AND kind = ? AND name = ?", project, kind, pattern
        )
        store.insert("protections", project_id=project, kind=kind, name=pattern, **values)
        store.run("INSERT OR IGNORE INTO gh_rule_refs VALUES (?, ?, ?)", project, kind, pattern)


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two rulesets over the same refs: who is let through by both."""

    def strictest(first: int | None, second: int | None) -> int | None:
        if first is None or second is None:
            return None
        return 0 if 0 in (first, second) else max(first, second)

    levels = {key: strictest(one.get(key), other.get(key)) for key in one if key != "allow_force_push"}
    forced = min(one.get("allow_force_push", 0), other.get("allow_force_push", 0))
    return levels | ({"allow_force_push": forced} if "allow_force_push" in one else {})


def _levels(data: dict[str, Any]) -> dict[str, Any]:
    kinds = {rule["type"] for rule in data["rules"]}
    roles = [one.get("actor_id") for one in data["bypass_actors"] if one["actor_type"] == "RepositoryRole"]
    held = min((_ROLES[role] for role in roles if role in _ROLES), default=0)
    branch = data["target"] == "branch"
    values = {
        "push_level": 0 if "pull_request" in kinds else held if "update" in kinds else 30,
        "merge_level": held if "update" in kinds else 30,
        "create_level": None,
        "allow_force_push": int("non_fast_forward" not in kinds),
    }
    if not branch:
        values = {"create_level": held if "creation" in kinds else 30}
    return values


def patterns(ctx: Ctx, data: dict[str, Any]) -> list[str]:
    """The refs that it holds, as patterns. One that is left out whole is none of them; parts of a pattern cannot be left out here."""
    named = (data["conditions"] or {}).get("ref_name", {})
    prefix = "refs/heads/" if data["target"] == "branch" else "refs/tags/"
    meant = {"~DEFAULT_BRANCH": ctx.project["default_branch"], "~ALL": "*"}
    include, exclude = (
        [meant.get(str(one)) or str(one).removeprefix(prefix) for one in named.get(key, [])]
        for key in ("include", "exclude")
    )
    return [one for one in include if one not in exclude]


def effective(ctx: Ctx) -> Reply:
    """The rules that hold for one branch, of all active rulesets."""
    needs_plan(ctx)
    found = []
    for row in _rows(ctx):
        data = json.loads(row["data"])
        active = data["target"] == "branch" and data["enforcement"] == "active"
        if active and ctx.params["branch"] in patterns(ctx, data):
            found += [
                rule
                | {
                    "ruleset_id": row["id"],
                    "ruleset_source_type": "Repository",
                    "ruleset_source": ctx.project["full_path"],
                }
                for rule in data["rules"]
            ]
    return page(ctx, found)


def protection(ctx: Ctx) -> Reply:
    """The older branch protection: nobody sets it here, so it is never there."""
    needs_plan(ctx)
    raise not_found()


ROUTES: list[Route] = [
    *repo_routes("GET", "/rulesets", listing),
    *repo_routes("POST", "/rulesets", create, ADMIN),
    *repo_routes("GET", "/rulesets/:ruleset_id", get),
    *repo_routes("PUT", "/rulesets/:ruleset_id", change, ADMIN),
    *repo_routes("DELETE", "/rulesets/:ruleset_id", delete, ADMIN),
    *repo_routes("GET", "/rules/branches/*branch", effective),
    *repo_routes("GET", "/branches/:branch/protection", protection, ADMIN),
]
