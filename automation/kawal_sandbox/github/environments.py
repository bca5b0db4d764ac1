"""Environments with their rules, and deployments with what became of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.github.base import (
    ADMIN,
    WRITE,
    api,
    invalid,
    needs_plan,
    not_found,
    page,
    plan_of,
    refuse,
    repo_routes,
    stamp,
    text,
    thing,
    things,
    user_json,
)
from kawal_sandbox.store import Row, Store, now

NO_REVIEWERS = (
    "Failed to create the environment protection rule. Please ensure the billing plan supports the"
    " required reviewers protection rule."
)
STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")


def _environment(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    return {
        "id": row["id"],
        "node_id": f"EN_{row['id']}",
        "name": row["name"],
        "url": f"{api(ctx)}/environments/{row['name']}",
        "html_url": ctx.base_url,
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["created_at"]),
        "can_admins_bypass": True,
        "protection_rules": list(_rules(ctx, row["id"], data)),
        "deployment_branch_policy": data.get("deployment_branch_policy"),
    }


def _rules(ctx: Ctx, number: int, data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    def rule(nth: int, kind: str, **more: Any) -> dict[str, Any]:
        id_ = number * 10 + nth
        return {"id": id_, "node_id": f"GA_{id_}", "type": kind, **more}

    if data.get("wait_timer"):
        yield rule(1, "wait_timer", wait_timer=data["wait_timer"])
    if data.get("reviewers"):
        people = [{"type": "User", "reviewer": user_json(ctx, one["id"])} for one in data["reviewers"]]
        own = bool(data.get("prevent_self_review"))
        yield rule(2, "required_reviewers", prevent_self_review=own, reviewers=people)
    if data.get("deployment_branch_policy"):
        yield rule(3, "branch_policy")


def environments(ctx: Ctx) -> Reply:
    return page(ctx, things(ctx, "environment"), lambda row: _environment(ctx, row), key="environments")


def put_environment(ctx: Ctx) -> Reply:
    needs_plan(ctx)
    name = ctx.params["name"]
    same = [row for row in things(ctx, "environment") if row["name"].lower() == name.lower()]
    # Replaced as a whole: what is not named is gone.
    data = {
        key: ctx.p.get(key)
        for key in ("deployment_branch_policy", "wait_timer", "reviewers", "prevent_self_review")
    }
    if data["reviewers"] and ctx.project["visibility"] != "public" and plan_of(ctx) != "enterprise":
        raise refuse(422, NO_REVIEWERS)
    if same:
        data = json.loads(same[0]["data"]) | data
        ctx.forge.store.update("gh_things", same[0]["id"], data=data)
        return Reply(_environment(ctx, ctx.forge.store.get("gh_things", same[0]["id"])))
    id_ = ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="environment", name=name, data=data, created_at=now()
    )
    return Reply(_environment(ctx, ctx.forge.store.get("gh_things", id_)))


def _named(ctx: Ctx) -> Row:
    found = [row for row in things(ctx, "environment") if row["name"].lower() == ctx.params["name"].lower()]
    if not found:
        raise not_found()
    return found[0]


def one_environment(ctx: Ctx) -> Reply:
    return Reply(_environment(ctx, _named(ctx)))


def delete_environment(ctx: Ctx) -> Reply:
    ctx.forge.store.run("DELETE FROM gh_things WHERE id = ?", _named(ctx)["id"])
    return no_content()


def _policies(ctx: Ctx) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_named(ctx)["data"]).get("policies", [])
    return found


def branch_policies(ctx: Ctx) -> Reply:
    return page(ctx, _policies(ctx), key="branch_policies")


def add_branch_policy(ctx: Ctx) -> Reply:
    """404 unless the environment takes policies of one's own; 303 for one that is there already."""
    row, name = _named(ctx), text(ctx, "DeploymentBranchPolicy", "name")
    data = json.loads(row["data"])
    if (data.get("deployment_branch_policy") or {}).get("custom_branch_policies") is not True:
        raise not_found()
    kind, have = ctx.p.choice("type", ("branch", "tag"), "branch"), _policies(ctx)
    same = [one for one in have if (one["name"], one["type"]) == (name, kind)]
    if same:
        return Reply(same[0], 303, {"Location": f"{api(ctx)}/environments/{row['name']}"})
    made = {"id": len(have) + 1, "node_id": f"GDP_{row['id']}_{len(have) + 1}", "name": name, "type": kind}
    ctx.forge.store.update("gh_things", row["id"], data=data | {"policies": [*have, made]})
    return Reply(made)


# --- deployments


def deployed(store: Store, job: Row, data: dict[str, Any], run: dict[str, Any]) -> None:
    """What a job that names an environment leaves: a deployment when it starts, a status for each state it was seen in."""
    name = data.get("environment")
    if not name:
        return
    ended = data["status"] == "completed"
    good = data.get("conclusion") == "success"
    state = ("success" if good else "failure") if ended else "in_progress"
    same = [
        row
        for row in store.all("SELECT * FROM gh_things WHERE kind = 'deployment' AND name = ?", name)
        if json.loads(row["data"]).get("job_id") == job["id"]
    ]
    if not same:
        made = {"ref": run["head_branch"], "sha": run["head_sha"], "creator_id": run["actor_id"]}
        id_ = store.insert(
            "gh_things",
            project_id=job["project_id"],
            kind="deployment",
            name=name,
            data=made | {"job_id": job["id"], "statuses": []},
            created_at=now(),
        )
        same = [store.get("gh_things", id_)]
    _say(store, same[0], state, run["actor_id"])


def _deployment(ctx: Ctx, row: Row) -> dict[str, Any]:
    data, url = json.loads(row["data"]), f"{api(ctx)}/deployments/{row['id']}"
    return {
        "url": url,
        "id": row["id"],
        "node_id": f"DE_{row['id']}",
        "sha": data["sha"],
        "ref": data["ref"],
        "task": "deploy",
        "payload": {},
        "original_environment": row["name"],
        "environment": row["name"],
        "description": data.get("description"),
        "creator": user_json(ctx, data["creator_id"]),
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["created_at"]),
        "statuses_url": f"{url}/statuses",
        "repository_url": api(ctx),
        "transient_environment": False,
        "production_environment": row["name"] == "production",
        "performed_via_github_app": None,
    }


def deployments(ctx: Ctx) -> Reply:
    """Newest first, narrowed by environment, sha and ref."""

    def wanted(row: Row) -> bool:
        data = {"environment": row["name"], **json.loads(row["data"])}
        return all(ctx.query.text(key) in (None, "", data[key]) for key in ("environment", "sha", "ref"))

    rows = [row for row in things(ctx, "deployment") if wanted(row)]
    return page(ctx, rows, lambda row: _deployment(ctx, row))


def create_deployment(ctx: Ctx) -> Reply:
    ref = text(ctx, "Deployment", "ref")
    sha = ctx.repo.resolve(ref)
    if sha is None:
        raise invalid("Deployment", "ref", "invalid")
    data = {"ref": ref, "sha": sha, "creator_id": ctx.user["id"], "statuses": []}
    id_ = ctx.forge.store.insert(
        "gh_things",
        project_id=ctx.project["id"],
        kind="deployment",
        name=ctx.p.text("environment") or "production",
        data=data | {"description": ctx.p.text("description")},
        created_at=now(),
    )
    return created(_deployment(ctx, ctx.forge.store.get("gh_things", id_)))


def _status(ctx: Ctx, row: Row, status: dict[str, Any]) -> dict[str, Any]:
    of = f"{api(ctx)}/deployments/{row['id']}"
    return {
        "url": f"{of}/statuses/{status['id']}",
        "id": row["id"] * 100 + status["id"],
        "node_id": f"DS_{row['id']}_{status['id']}",
        "state": status["state"],
        "creator": user_json(ctx, status["creator_id"]),
        "description": "",
        "environment": row["name"],
        "target_url": "",
        "created_at": stamp(status["created_at"]),
        "updated_at": stamp(status["created_at"]),
        "deployment_url": of,
        "repository_url": api(ctx),
        "environment_url": "",
        "log_url": "",
        "performed_via_github_app": None,
    }


def statuses(ctx: Ctx) -> Reply:
    row = thing(ctx, "deployment", ctx.id("deployment_id"))
    return page(ctx, json.loads(row["data"])["statuses"], lambda one: _status(ctx, row, one))


def create_status(ctx: Ctx) -> Reply:
    """The newest first; a success makes the earlier ones of its environment inactive."""
    row, state = thing(ctx, "deployment", ctx.id("deployment_id")), ctx.p.choice("state", STATES)
    if state is None:
        raise invalid("DeploymentStatus", "state", "missing_field")
    if state == "success":
        for other in things(ctx, "deployment"):
            last = next(iter(json.loads(other["data"])["statuses"]), {"state": "pending"})
            if (other["name"], last["state"]) == (row["name"], "success") and other["id"] != row["id"]:
                _say(ctx.forge.store, other, "inactive", ctx.user["id"])
    return created(_status(ctx, row, _say(ctx.forge.store, row, state, ctx.user["id"])))


def _say(store: Store, row: Row, state: str, creator: int) -> dict[str, Any]:
    """One more status of a deployment, the newest first."""
    data = json.loads(row["data"])
    said = {"id": len(data["statuses"]) + 1, "state": state, "creator_id": creator, "created_at": now()}
    store.update("gh_things", row["id"], data=data | {"statuses": [said, *data["statuses"]]})
    return said


ROUTES: list[Route] = [
    *repo_routes("GET", "/environments", environments),
    *repo_routes("GET", "/environments/:name", one_environment),
    *repo_routes("PUT", "/environments/:name", put_environment, ADMIN),
    *repo_routes("DELETE", "/environments/:name", delete_environment, ADMIN),
    *repo_routes("GET", "/environments/:name/deployment-branch-policies", branch_policies),
    *repo_routes("POST", "/environments/:name/deployment-branch-policies", add_branch_policy, ADMIN),
    *repo_routes("GET", "/deployments", deployments),
    *repo_routes("POST", "/deployments", create_deployment, WRITE),
    *repo_routes("GET", "/deployments/:deployment_id/statuses", statuses),
    *repo_routes("POST", "/deployments/:deployment_id/statuses", create_status, WRITE),
]
