"""Settings of Actions, secrets, runners, deploy keys."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.github.base import (
    ADMIN,
    PREFIX,
    WRITE,
    api,
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
]
