"""Repositories: made, shown, changed, deleted."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.errors import ApiError
from kawal_sandbox.github import addresses
from kawal_sandbox.github.base import (
    ADMIN,
    ORG_IDS,
    PERMISSIONS,
    PREFIX,
    not_found,
    page,
    refuse,
    repo_routes,
    route,
    stamp,
    text,
    user_json,
)
from kawal_sandbox.params import Params
from kawal_sandbox.routes import projects
from kawal_sandbox.store import Row, now

DEFAULTS: dict[str, Any] = {
    "has_issues": True,
    "has_projects": True,
    "has_wiki": True,
    "has_discussions": False,
    "allow_merge_commit": True,
    "allow_squash_merge": True,
    "allow_rebase_merge": True,
    "allow_auto_merge": False,
    "allow_update_branch": False,
    "delete_branch_on_merge": False,
    "allow_forking": True,
    "web_commit_signoff_required": False,
}
TOUCHED = {"name", "description", "private", "visibility", "default_branch", "archived"}


def repo_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    options = json.loads(row["settings"])
    namespace = ctx.forge.store.get("namespaces", row["namespace_id"])
    base = f"{ctx.base_url}{PREFIX}/repos/{row['full_path']}"
    level = ctx.forge.access.effective(ctx.forge.access.project_level(row, ctx.user), ctx.user)
    if namespace["kind"] == "user":
        owner = user_json(ctx, namespace["owner_id"])
    else:
        owner = {
            "login": namespace["path"],
            "id": ORG_IDS + namespace["id"],
            "node_id": f"O_{namespace['id']}",
            "type": "Organization",
            "site_admin": False,
            **addresses.account(ctx.base_url, namespace["path"]),
        }
    web = f"{ctx.base_url}/{row['full_path']}"
    return {
        "id": row["id"],
        "node_id": f"R_{row['id']}",
        "name": row["path"],
        "full_name": row["full_path"],
        "private": row["visibility"] != "public",
        "visibility": row["visibility"],
        "owner": owner,
        "html_url": web,
        "description": options.get("description"),
        "fork": False,
        "url": base,
        **addresses.repository(ctx.base_url, row["full_path"]),
        "svn_url": web,
        "mirror_url": None,
        "git_url": f"{web}.git",
        "ssh_url": f"git@localhost:{row['full_path']}.git",
        "clone_url": f"{web}.git",
        "homepage": None,
        "size": 0 if row["empty"] else 1,
        "stargazers_count": 0,
        "watchers_count": 0,
        "forks_count": 0,
        "open_issues_count": 0,
        "watchers": 0,
        "forks": 0,
        "open_issues": 0,
        "network_count": 0,
        "subscribers_count": 0,
        "license": None,
        "has_pages": False,
        "has_downloads": True,
        "language": None,
        "default_branch": row["default_branch"],
        "archived": bool(row["archived"]),
        "disabled": False,
        "topics": [],
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["updated_at"]),
        # Never null: of a repository nobody pushed to, GitHub says when it was made.
        "pushed_at": stamp(row["created_at"] if row["empty"] else row["last_activity_at"]),
        "permissions": {name: level >= least for name, least in PERMISSIONS.items()},
        **{name: options.get(f"gh_{name}", value) for name, value in DEFAULTS.items()},
    }


def get(ctx: Ctx) -> Reply:
    return Reply(repo_json(ctx, ctx.project))


def create_for_org(ctx: Ctx) -> Reply:
    org = ctx.forge.store.one(
        "SELECT * FROM namespaces WHERE kind = 'group' AND parent_id IS NULL AND full_path = ?",
        ctx.params["org"],
    )
    if org is None:
        raise not_found()
    if not ctx.is_admin and ctx.forge.access.group_level(org, ctx.user) < 40:
        raise refuse(403, "You need admin access to the organization before adding a repository to it.")
    return _create(ctx, org)


def create_for_user(ctx: Ctx) -> Reply:
    own = ctx.forge.store.one("SELECT * FROM namespaces WHERE kind = 'user' AND owner_id = ?", ctx.user["id"])
    if own is None:
        raise not_found()
    return _create(ctx, own)


def _create(ctx: Ctx, namespace: Row) -> Reply:
    name = text(ctx, "Repository", "name")
    visibility = ctx.p.text("visibility") or ("private" if ctx.p.flag("private") else "public")
    values = Params(
        name=name,
        path=name,
        namespace_id=namespace["id"],
        visibility=visibility,
        description=ctx.p.text("description"),
        initialize_with_readme=bool(ctx.p.flag("auto_init")),
    )
    if visibility == "public" and namespace["visibility"] != "public":
        # GitHub knows no organisation that forbids a public repository by being private itself.
        ctx.forge.store.update("namespaces", namespace["id"], visibility="public")
    given, ctx.p = ctx.p, values
    try:
        made = projects.create(ctx)
    except ApiError as error:
        if error.status == 400 and "taken" in json.dumps(error.body):
            raise refuse(
                422,
                "Repository creation failed.",
                {
                    "resource": "Repository",
                    "code": "custom",
                    "field": "name",
                    "message": "name already exists on this account",
                },
            ) from error
        raise
    finally:
        ctx.p = given
    row = ctx.forge.store.get("projects", made.body["id"])
    _store_options(ctx, row)
    unprotect_default(ctx, row["id"])
    return created(repo_json(ctx, ctx.forge.store.get("projects", row["id"])))


def unprotect_default(ctx: Ctx, project_id: int) -> None:
    """GitLab protects the default branch by itself, GitHub does not: only rulesets protect here."""
    names = {
        row["pattern"]
        for row in ctx.forge.store.all("SELECT pattern FROM gh_rule_refs WHERE project_id = ?", project_id)
    }
    for row in ctx.forge.store.all("SELECT * FROM protections WHERE project_id = ?", project_id):
        if row["name"] not in names:
            ctx.forge.store.run("DELETE FROM protections WHERE id = ?", row["id"])


def _store_options(ctx: Ctx, row: Row) -> None:
    options = json.loads(row["settings"])
    for name in DEFAULTS:
        value = ctx.p.flag(name)
        if value is not None:
            options[f"gh_{name}"] = value
    if "description" in ctx.p:
        options["description"] = ctx.p.text("description")
    if "delete_branch_on_merge" in ctx.p:
        options["remove_source_branch_after_merge"] = bool(ctx.p.flag("delete_branch_on_merge"))
    ctx.forge.store.update("projects", row["id"], settings=options, updated_at=now())


def change(ctx: Ctx) -> Reply:
    values = Params()
    if ctx.p.text("name"):
        values |= {"name": ctx.p.text("name"), "path": ctx.p.text("name")}
    if ctx.p.text("default_branch"):
        values["default_branch"] = ctx.p.text("default_branch")
    visibility = ctx.p.text("visibility")
    if visibility is None and ctx.p.flag("private") is not None:
        visibility = "private" if ctx.p.flag("private") else "public"
    if visibility:
        values["visibility"] = visibility
    given, ctx.p = ctx.p, values
    try:
        projects.change(ctx)
    finally:
        ctx.p = given
    _store_options(ctx, ctx.forge.store.get("projects", ctx.project["id"]))
    return Reply(repo_json(ctx, ctx.forge.store.get("projects", ctx.project["id"])))


def delete(ctx: Ctx) -> Reply:
    projects.purge(ctx, ctx.project)
    return no_content()


def of_org(ctx: Ctx) -> Reply:
    sql = "SELECT p.* FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE n.full_path = ? ORDER BY p.id"
    rows = [
        row
        for row in ctx.forge.store.all(sql, ctx.params["org"])
        if row["visibility"] == "public" or ctx.is_admin or ctx.forge.access.project_level(row, ctx.user) > 0
    ]
    return page(ctx, rows, lambda row: repo_json(ctx, row))


ROUTES: list[Route] = [
    route("POST", "/orgs/:org/repos", create_for_org),
    route("GET", "/orgs/:org/repos", of_org),
    route("POST", "/user/repos", create_for_user),
    *repo_routes("GET", "", get),
    *repo_routes("PATCH", "", change, ADMIN),
    *repo_routes("DELETE", "", delete, ADMIN),
]
