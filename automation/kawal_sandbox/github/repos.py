"""Repositories, collaborators, variables, hooks, labels' owners aside: what belongs to the repository itself."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox import accounts
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.errors import ApiError
from kawal_sandbox.github import addresses
from kawal_sandbox.github.base import (
    ADMIN,
    ORG_IDS,
    PERMISSIONS,
    PREFIX,
    READ,
    ROLES,
    WRITE,
    api,
    invalid,
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


# --- collaborators


def permission_word(level: int) -> str:
    return max((name for name, least in PERMISSIONS.items() if level >= least), key=PERMISSIONS.__getitem__)


def _collaborator(ctx: Ctx, user_id: int, level: int) -> dict[str, Any]:
    return (user_json(ctx, user_id) or {}) | {
        "permissions": {name: level >= least for name, least in PERMISSIONS.items()},
        "role_name": ROLES[permission_word(level)],
    }


def collaborators(ctx: Ctx) -> Reply:
    store, project = ctx.forge.store, ctx.project
    if ctx.query.text("affiliation") == "direct":
        rows = store.all(
            "SELECT * FROM members WHERE source = 'project' AND source_id = ? ORDER BY user_id", project["id"]
        )
    else:
        namespace = store.get("namespaces", project["namespace_id"])
        rows = ctx.forge.access.members("project", project["id"], namespace)
    shown = [row for row in rows if row["access_level"] >= READ]
    return page(ctx, shown, lambda row: _collaborator(ctx, row["user_id"], row["access_level"]))


def permission(ctx: Ctx) -> Reply:
    row = _user(ctx)
    level = ctx.forge.access.effective(ctx.forge.access.project_level(ctx.project, row), row)
    if level < READ:
        return Reply({"permission": "none", "role_name": "none", "user": user_json(ctx, row["id"])})
    word = ROLES[permission_word(level)]
    coarse = {"maintain": "write", "triage": "read"}.get(word, word)
    return Reply({"permission": coarse, "role_name": word, "user": _collaborator(ctx, row["id"], level)})


def add_collaborator(ctx: Ctx) -> Reply:
    """204 for who is in already; for anybody else an invitation that has to be accepted."""
    store, row = ctx.forge.store, _user(ctx)
    word = ctx.p.text("permission") or "push"
    if word not in PERMISSIONS:
        raise invalid("Repository", "permission", "invalid")
    level = PERMISSIONS[word]
    sql = "SELECT * FROM members WHERE source = 'project' AND source_id = ? AND user_id = ?"
    present = store.one(sql, ctx.project["id"], row["id"])
    if present:
        store.update("members", present["id"], access_level=level)
        return no_content()
    namespace = store.get("namespaces", ctx.project["namespace_id"])
    if ctx.forge.access.group_level(namespace, row) > 0:
        accounts.add_member(store, "project", ctx.project["id"], row["id"], level, by=ctx.user["id"])
        return no_content()
    data = {"user_id": row["id"], "permission": word}
    same = store.one(
        "SELECT * FROM gh_things WHERE project_id = ? AND kind = 'invitation' AND name = ?",
        ctx.project["id"],
        row["username"],
    )
    if same:
        store.update("gh_things", same["id"], data=data)
        return created(_invitation(ctx, store.get("gh_things", same["id"])))
    id_ = store.insert(
        "gh_things",
        project_id=ctx.project["id"],
        kind="invitation",
        name=row["username"],
        data=data,
        created_at=now(),
    )
    return created(_invitation(ctx, store.get("gh_things", id_)))


def remove_collaborator(ctx: Ctx) -> Reply:
    row = _user(ctx)
    ctx.forge.store.run(
        "DELETE FROM members WHERE source = 'project' AND source_id = ? AND user_id = ?",
        ctx.project["id"],
        row["id"],
    )
    return no_content()


def _user(ctx: Ctx) -> Row:
    row = ctx.forge.store.one("SELECT * FROM users WHERE username = ?", ctx.params["username"])
    if row is None:
        raise not_found()
    return row


def _invitation(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    project = ctx.forge.store.get("projects", row["project_id"])
    return {
        "id": row["id"],
        "node_id": f"RI_{row['id']}",
        "repository": repo_json(ctx, project),
        "invitee": user_json(ctx, data["user_id"]),
        "inviter": None,
        "permissions": ROLES[data["permission"]],
        "created_at": stamp(row["created_at"]),
        "url": f"{ctx.base_url}{PREFIX}/user/repository_invitations/{row['id']}",
        "html_url": f"{ctx.base_url}/{project['full_path']}/invitations",
    }


def invitations(ctx: Ctx) -> Reply:
    sql = "SELECT * FROM gh_things WHERE project_id = ? AND kind = 'invitation' ORDER BY id"
    return page(ctx, ctx.forge.store.all(sql, ctx.project["id"]), lambda row: _invitation(ctx, row))


def my_invitations(ctx: Ctx) -> Reply:
    sql = "SELECT * FROM gh_things WHERE kind = 'invitation' AND name = ? ORDER BY id"
    return page(ctx, ctx.forge.store.all(sql, ctx.user["username"]), lambda row: _invitation(ctx, row))


def accept_invitation(ctx: Ctx) -> Reply:
    store = ctx.forge.store
    sql = "SELECT * FROM gh_things WHERE kind = 'invitation' AND name = ? AND id = ?"
    row = store.one(sql, ctx.user["username"], ctx.id("invitation_id"))
    if row is None:
        raise not_found()
    level = PERMISSIONS[json.loads(row["data"])["permission"]]
    accounts.add_member(store, "project", row["project_id"], ctx.user["id"], level, by=None)
    store.run("DELETE FROM gh_things WHERE id = ?", row["id"])
    return no_content()


# --- variables, hooks


def _variable(ctx: Ctx, row: Row) -> dict[str, Any]:
    moment = stamp(now())
    del ctx
    return {"name": row["key"], "value": row["value"], "created_at": moment, "updated_at": moment}


_VARIABLE = "SELECT * FROM variables WHERE source = 'project' AND source_id = ? AND environment_scope = '*'"


def variables(ctx: Ctx) -> Reply:
    rows = ctx.forge.store.all(f"{_VARIABLE} ORDER BY key", ctx.project["id"])
    return page(ctx, rows, lambda row: _variable(ctx, row), key="variables")


def _one_variable(ctx: Ctx, name: str) -> Row | None:
    return ctx.forge.store.one(f"{_VARIABLE} AND key = ?", ctx.project["id"], name.upper())


def variable(ctx: Ctx) -> Reply:
    row = _one_variable(ctx, ctx.params["name"])
    if row is None:
        raise not_found()
    return Reply(_variable(ctx, row))


def create_variable(ctx: Ctx) -> Reply:
    name = text(ctx, "Variable", "name").upper()
    if _one_variable(ctx, name):
        raise refuse(409, "Already exists - Variable already exists")
    ctx.forge.store.insert(
        "variables",
        source="project",
        source_id=ctx.project["id"],
        key=name,
        value=str(ctx.p.get("value", "")),
    )
    return created({})


def change_variable(ctx: Ctx) -> Reply:
    row = _one_variable(ctx, ctx.params["name"])
    if row is None:
        raise not_found()
    ctx.forge.store.update("variables", row["id"], value=str(ctx.p.get("value", row["value"])))
    return no_content()


def delete_variable(ctx: Ctx) -> Reply:
    row = _one_variable(ctx, ctx.params["name"])
    if row is None:
        raise not_found()
    ctx.forge.store.run("DELETE FROM variables WHERE id = ?", row["id"])
    return no_content()


def _hook(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    url = f"{api(ctx)}/hooks/{row['id']}"
    secret = {"secret": "********"} if data["config"].get("secret") else {}
    return {
        "type": "Repository",
        "id": row["id"],
        "name": "web",
        "active": data["active"],
        "events": data["events"],
        "config": data["config"] | secret,
        "updated_at": stamp(row["created_at"]),
        "created_at": stamp(row["created_at"]),
        "url": url,
        "test_url": f"{url}/tests",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": {"code": None, "status": "unused", "message": None},
    }


def _hooks(ctx: Ctx) -> list[Row]:
    return ctx.forge.store.all(
        "SELECT * FROM gh_things WHERE project_id = ? AND kind = 'hook' ORDER BY id", ctx.project["id"]
    )


def hooks(ctx: Ctx) -> Reply:
    return page(ctx, _hooks(ctx), lambda row: _hook(ctx, row))


def create_hook(ctx: Ctx) -> Reply:
    config = ctx.p.get("config")
    if not isinstance(config, dict) or not config.get("url"):
        raise invalid("Hook", "config", "missing_field")
    wanted = {"content_type": "form", "insecure_ssl": "0"} | config
    events = ctx.p.words("events") or ["push"]
    for row in _hooks(ctx):
        have = json.loads(row["data"])
        same = {k: v for k, v in have["config"].items() if k != "secret"} == {
            k: v for k, v in wanted.items() if k != "secret"
        }
        if same and set(have["events"]) & set(events):
            raise invalid("Hook", "config", "custom", "Hook already exists on this repository")
    data = {"config": wanted, "events": events, "active": ctx.p.flag("active", True)}
    id_ = ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="hook", name="web", data=data, created_at=now()
    )
    return created(_hook(ctx, ctx.forge.store.get("gh_things", id_)))


def _one_hook(ctx: Ctx) -> Row:
    found = [row for row in _hooks(ctx) if row["id"] == ctx.id("hook_id")]
    if not found:
        raise not_found()
    return found[0]


def hook(ctx: Ctx) -> Reply:
    return Reply(_hook(ctx, _one_hook(ctx)))


def change_hook(ctx: Ctx) -> Reply:
    row = _one_hook(ctx)
    data = json.loads(row["data"])
    if isinstance(ctx.p.get("config"), dict):
        data["config"] = {"content_type": "form", "insecure_ssl": "0"} | ctx.p["config"]
    data["events"] = ctx.p.words("events") or data["events"]
    data["active"] = ctx.p.flag("active", data["active"])
    ctx.forge.store.update("gh_things", row["id"], data=data)
    return Reply(_hook(ctx, ctx.forge.store.get("gh_things", row["id"])))


def delete_hook(ctx: Ctx) -> Reply:
    ctx.forge.store.run("DELETE FROM gh_things WHERE id = ?", _one_hook(ctx)["id"])
    return no_content()


ROUTES: list[Route] = [
    route("POST", "/orgs/:org/repos", create_for_org),
    route("GET", "/orgs/:org/repos", of_org),
    route("POST", "/user/repos", create_for_user),
    route("GET", "/user/repository_invitations", my_invitations),
    route("PATCH", "/user/repository_invitations/:invitation_id", accept_invitation),
    *repo_routes("GET", "", get),
    *repo_routes("PATCH", "", change, ADMIN),
    *repo_routes("DELETE", "", delete, ADMIN),
    *repo_routes("GET", "/collaborators", collaborators, WRITE),
    *repo_routes("GET", "/collaborators/:username/permission", permission),
    *repo_routes("PUT", "/collaborators/:username", add_collaborator, ADMIN),
    *repo_routes("DELETE", "/collaborators/:username", remove_collaborator, ADMIN),
    *repo_routes("GET", "/invitations", invitations, ADMIN),
    *repo_routes("GET", "/actions/variables", variables, WRITE),
    *repo_routes("POST", "/actions/variables", create_variable, WRITE),
    *repo_routes("GET", "/actions/variables/:name", variable, WRITE),
    *repo_routes("PATCH", "/actions/variables/:name", change_variable, WRITE),
    *repo_routes("DELETE", "/actions/variables/:name", delete_variable, WRITE),
    *repo_routes("GET", "/hooks", hooks, ADMIN),
    *repo_routes("POST", "/hooks", create_hook, ADMIN),
    *repo_routes("GET", "/hooks/:hook_id", hook, ADMIN),
    *repo_routes("PATCH", "/hooks/:hook_id", change_hook, ADMIN),
    *repo_routes("DELETE", "/hooks/:hook_id", delete_hook, ADMIN),
]
