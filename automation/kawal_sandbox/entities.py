"""How things look in JSON when more than one resource shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from kawal_sandbox import settings
from kawal_sandbox.access import MAINTAINER
from kawal_sandbox.store import Row

if TYPE_CHECKING:
    from kawal_sandbox.api import Ctx


def user_brief(ctx: Ctx, user_id: int | None) -> dict[str, Any] | None:
    """The short form of a user, remembered for the length of a request."""
    if user_id is None:
        return None
    key = ("user", user_id)
    if key not in ctx.memo:
        row = ctx.forge.store.one("SELECT * FROM users WHERE id = ?", user_id)
        ctx.memo[key] = None if row is None else brief_of(row, ctx.base_url)
    found: dict[str, Any] | None = ctx.memo[key]
    return found


def brief_of(row: Row, base_url: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "username": row["username"],
        "public_email": row["public_email"],
        "name": row["name"],
        "state": row["state"],
        "locked": False,
        "avatar_url": None,
        "web_url": f"{base_url}/{row['username']}",
    }


def users(ctx: Ctx, ids: str) -> list[dict[str, Any]]:
    """Brief users of a JSON list of ids."""
    return [brief for id_ in json.loads(ids) if (brief := user_brief(ctx, id_))]


def namespace_of(ctx: Ctx, namespace_id: int) -> Row:
    key = ("namespace", namespace_id)
    if key not in ctx.memo:
        ctx.memo[key] = ctx.forge.store.get("namespaces", namespace_id)
    row: Row = ctx.memo[key]
    return row


def namespace_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    prefix = "groups/" if row["kind"] == "group" else ""
    return {
        "id": row["id"],
        "name": row["name"],
        "path": row["path"],
        "kind": row["kind"],
        "full_path": row["full_path"],
        "parent_id": row["parent_id"],
        "avatar_url": None,
        "web_url": f"{ctx.base_url}/{prefix}{row['full_path']}",
    }


def full_name(ctx: Ctx, row: Row) -> str:
    """`Group / Subgroup / Name` of a namespace."""
    if row["parent_id"] is None:
        return str(row["name"])
    return f"{full_name(ctx, namespace_of(ctx, row['parent_id']))} / {row['name']}"


def project_brief(ctx: Ctx, row: Row) -> dict[str, Any]:
    namespace = namespace_of(ctx, row["namespace_id"])
    web_url = f"{ctx.base_url}/{row['full_path']}"
    host = urlsplit(ctx.base_url).hostname
    options = json.loads(row["settings"])
    return {
        "id": row["id"],
        "description": options.get("description"),
        "name": row["name"],
        "name_with_namespace": f"{full_name(ctx, namespace)} / {row['name']}",
        "path": row["path"],
        "path_with_namespace": row["full_path"],
        "created_at": row["created_at"],
        "default_branch": None if row["empty"] else row["default_branch"],
        "tag_list": options.get("topics", []),
        "topics": options.get("topics", []),
        "ssh_url_to_repo": f"git@{host}:{row['full_path']}.git",
        "http_url_to_repo": f"{web_url}.git",
        "web_url": web_url,
        "readme_url": None,
        "forks_count": 0,
        "avatar_url": None,
        "star_count": 0,
        "last_activity_at": row["last_activity_at"],
        "visibility": row["visibility"],
        "namespace": namespace_json(ctx, namespace),
    }


def project_json(ctx: Ctx, row: Row, level: int, permissions: dict[str, Any] | None = None) -> dict[str, Any]:
    """The full form; settings that only Maintainers see are left out below `level` 40."""
    options = settings.defaults() | json.loads(row["settings"])
    shown = {
        name: value
        for name, value in options.items()
        if level >= MAINTAINER or name not in settings.MAINTAINER_ONLY
    }
    for feature in ("issues", "merge_requests", "wiki", "snippets"):
        shown[f"{feature}_enabled"] = options[f"{feature}_access_level"] != "disabled"
    shown["jobs_enabled"] = options["builds_access_level"] != "disabled"
    api = f"{ctx.base_url}/api/v4/projects/{row['id']}"
    body = project_brief(ctx, row) | shown
    body |= {
        "container_registry_image_prefix": f"{urlsplit(ctx.base_url).netloc}/{row['full_path']}",
        "_links": {
            "self": api,
            "issues": f"{api}/issues",
            "merge_requests": f"{api}/merge_requests",
            "repo_branches": f"{api}/repository/branches",
            "labels": f"{api}/labels",
            "events": f"{api}/events",
            "members": f"{api}/members",
        },
        "marked_for_deletion_at": row["marked_for_deletion_on"],
        "marked_for_deletion_on": row["marked_for_deletion_on"],
        "packages_enabled": True,
        "empty_repo": bool(row["empty"]),
        "archived": bool(row["archived"]),
        "creator_id": row["creator_id"],
        "import_status": "none",
        "open_issues_count": ctx.memo.get(("open", row["id"])),
        "updated_at": row["updated_at"],
        "shared_with_groups": ctx.memo.get(("shares", row["id"]), []),
        "permissions": permissions or {"project_access": None, "group_access": None},
    }
    if namespace_of(ctx, row["namespace_id"])["kind"] == "user":
        body["owner"] = user_brief(ctx, namespace_of(ctx, row["namespace_id"])["owner_id"])
    return body


def group_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    options = json.loads(row["data"])
    return {
        "id": row["id"],
        "web_url": f"{ctx.base_url}/groups/{row['full_path']}",
        "name": row["name"],
        "path": row["path"],
        "description": options.get("description") or "",
        "visibility": row["visibility"],
        "share_with_group_lock": False,
        "require_two_factor_authentication": False,
        "two_factor_grace_period": 48,
        "project_creation_level": options.get("project_creation_level", "maintainer"),
        "auto_devops_enabled": None,
        "subgroup_creation_level": options.get("subgroup_creation_level", "maintainer"),
        "emails_disabled": False,
        "emails_enabled": True,
        "mentions_disabled": None,
        "lfs_enabled": True,
        "default_branch": None,
        "default_branch_protection": options.get("default_branch_protection", 2),
        "avatar_url": None,
        "request_access_enabled": True,
        "full_name": full_name(ctx, row),
        "full_path": row["full_path"],
        "created_at": row["created_at"],
        "parent_id": row["parent_id"],
        "organization_id": 1,
        "shared_runners_setting": "enabled",
        "marked_for_deletion_on": row["marked_for_deletion_on"],
    }


def raw_url(text: str) -> str:
    return quote(text, safe="")
