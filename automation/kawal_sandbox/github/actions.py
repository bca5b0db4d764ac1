"""Settings of Actions, secrets, runners, deploy keys, environments."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.github.base import (
    ADMIN,
    PREFIX,
    WRITE,
    api,
    needs_plan,
    not_found,
    page,
    refuse,
    repo_routes,
    route,
    stamp,
    text,
    things,
)
from kawal_sandbox.github.people import find_org
from kawal_sandbox.store import Row, now


def workflow_permissions(ctx: Ctx) -> Reply:
    options = json.loads(ctx.project["settings"])
    return Reply(
        {
            "default_workflow_permissions": options.get("gh_workflow_permissions", "read"),
            "can_approve_pull_request_reviews": options.get("gh_workflow_approves", False),
        }
    )


def set_workflow_permissions(ctx: Ctx) -> Reply:
    options = json.loads(ctx.project["settings"])
    if word := ctx.p.choice("default_workflow_permissions", ("read", "write")):
        options["gh_workflow_permissions"] = word
    if (flag := ctx.p.flag("can_approve_pull_request_reviews")) is not None:
        options["gh_workflow_approves"] = flag
    ctx.forge.store.update("projects", ctx.project["id"], settings=options)
    return no_content()


def runners(ctx: Ctx) -> Reply:
    return page(ctx, things(ctx, "runner"), lambda row: json.loads(row["data"]), key="runners")


def secrets_(ctx: Ctx) -> Reply:
    def present(row: Row) -> dict[str, Any]:
        moment = stamp(row["created_at"])
        return {"name": row["name"], "created_at": moment, "updated_at": moment}

    return page(ctx, things(ctx, "secret"), present, key="secrets")


def put_secret(ctx: Ctx) -> Reply:
    name = ctx.params["name"].upper()
    same = [row for row in things(ctx, "secret") if row["name"] == name]
    if same:
        return no_content()
    ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="secret", name=name, data={}, created_at=now()
    )
    return created({})


def keys(ctx: Ctx) -> Reply:
    return page(ctx, things(ctx, "key"), lambda row: _key_json(ctx, row))


def _key_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    return {
        "id": row["id"],
        "key": data["key"],
        "url": f"{api(ctx)}/keys/{row['id']}",
        "title": row["name"],
        "verified": True,
        "created_at": stamp(row["created_at"]),
        "read_only": data["read_only"],
    }


def create_key(ctx: Ctx) -> Reply:
    data = {"key": text(ctx, "PublicKey", "key"), "read_only": bool(ctx.p.flag("read_only", False))}
    name = ctx.p.text("title") or "kunci"
    id_ = ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="key", name=name, data=data, created_at=now()
    )
    return created(_key_json(ctx, ctx.forge.store.get("gh_things", id_)))


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
        "protection_rules": [],
        "deployment_branch_policy": data.get("deployment_branch_policy"),
    }


def environments(ctx: Ctx) -> Reply:
    return page(ctx, things(ctx, "environment"), lambda row: _environment(ctx, row), key="environments")


def put_environment(ctx: Ctx) -> Reply:
    needs_plan(ctx)
    name = ctx.params["name"]
    same = [row for row in things(ctx, "environment") if row["name"].lower() == name.lower()]
    data = {"deployment_branch_policy": ctx.p.get("deployment_branch_policy")}
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


def access(ctx: Ctx) -> Reply:
    """Who else may call the workflows of this private repository."""
    return Reply({"access_level": json.loads(ctx.project["settings"]).get("gh_actions_access", "none")})


def set_access(ctx: Ctx) -> Reply:
    if ctx.project["visibility"] == "public":
        raise refuse(422, "Repository must be private or internal to set its access level.")
    options = json.loads(ctx.project["settings"])
    options["gh_actions_access"] = ctx.p.choice(
        "access_level", ("none", "user", "organization", "enterprise")
    )
    ctx.forge.store.update("projects", ctx.project["id"], settings=options)
    return no_content()


def org_runners(ctx: Ctx) -> Reply:
    row = find_org(ctx, ctx.params["org"])
    if not ctx.is_admin and ctx.forge.access.group_level(row, ctx.user) < ADMIN:
        raise refuse(403, "Must have admin rights to Repository.")
    return page(ctx, json.loads(row["data"]).get("github_runners", []), key="runners")


def runner_groups(ctx: Ctx) -> Reply:
    """One group for all; groups of one's own, and their restriction to workflows, are of Team and above."""
    row = find_org(ctx, ctx.params["org"])
    if not ctx.is_admin and ctx.forge.access.group_level(row, ctx.user) < ADMIN:
        raise refuse(403, "Must have admin rights to Repository.")
    selected = json.loads(row["data"]).get("github_selected_workflows", [])
    group = {
        "id": 1,
        "name": "Default",
        "visibility": "all",
        "default": True,
        "runners_url": f"{ctx.base_url}{PREFIX}/orgs/{row['path']}/actions/runner-groups/1/runners",
        "inherited": False,
        "allows_public_repositories": False,
        "workflow_restrictions_read_only": False,
        "restricted_to_workflows": bool(selected),
        "selected_workflows": selected,
    }
    return page(ctx, [group], key="runner_groups")


def place_runner(ctx: Ctx) -> Reply:
    """Not GitHub's: an organisation has this runner, in a group that takes only these workflows."""
    row = find_org(ctx, ctx.p.need("organisasi"))
    data = json.loads(row["data"])
    labels = [
        {"id": n, "name": name, "type": "custom"} for n, name in enumerate(ctx.p.words("labels") or [], 1)
    ]
    runner = {"id": ctx.p.number("id"), "name": ctx.p.text("name"), "os": "linux", "status": "online"}
    seen = runner | {"busy": False, "labels": labels, "runner_group_id": 1}
    selected = ctx.p.words("workflows") or []
    placed = {
        "github_runners": [*data.get("github_runners", []), seen],
        "github_selected_workflows": selected,
    }
    ctx.forge.store.update("namespaces", row["id"], data=data | placed)
    return created(runner)


ROUTES: list[Route] = [
    Route("POST", "/kawal_latihan/github/runners", place_runner, admin=True),
    route("GET", "/orgs/:org/actions/runners", org_runners),
    route("GET", "/orgs/:org/actions/runner-groups", runner_groups),
    *repo_routes("GET", "/actions/permissions/workflow", workflow_permissions, ADMIN),
    *repo_routes("PUT", "/actions/permissions/workflow", set_workflow_permissions, ADMIN),
    *repo_routes("GET", "/actions/permissions/access", access, ADMIN),
    *repo_routes("PUT", "/actions/permissions/access", set_access, ADMIN),
    *repo_routes("GET", "/actions/runners", runners, ADMIN),
    *repo_routes("GET", "/actions/secrets", secrets_, WRITE),
    *repo_routes("PUT", "/actions/secrets/:name", put_secret, WRITE),
    *repo_routes("GET", "/keys", keys, ADMIN),
    *repo_routes("POST", "/keys", create_key, ADMIN),
    *repo_routes("GET", "/environments", environments),
    *repo_routes("GET", "/environments/:name", one_environment),
    *repo_routes("PUT", "/environments/:name", put_environment, ADMIN),
    *repo_routes("GET", "/environments/:name/deployment-branch-policies", branch_policies),
    *repo_routes("POST", "/environments/:name/deployment-branch-policies", add_branch_policy, ADMIN),
]
