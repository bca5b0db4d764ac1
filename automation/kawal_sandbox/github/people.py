"""Users, organisations, rate limit; which plan an organisation has is set by the test."""

from __future__ import annotations

import json
import time
from typing import Any

from kawal_sandbox.access import OWNER
from kawal_sandbox.api import Ctx, Reply, Route
from kawal_sandbox.github import addresses
from kawal_sandbox.github.base import LIMIT, ORG_IDS, PREFIX, not_found, page, route, stamp, user_json
from kawal_sandbox.store import Row

PLANS = ("free", "team", "enterprise")


def full_user(ctx: Ctx, row: Row) -> dict[str, Any]:
    return _in_public(user_json(ctx, row["id"]) or {}, row) | {"email": row["public_email"] or None}


def _org_as_account(ctx: Ctx, row: Row) -> dict[str, Any]:
    """An organisation asked for as a user."""
    account = {
        "login": row["path"],
        "id": ORG_IDS + row["id"],
        "node_id": f"O_{row['id']}",
        "type": "Organization",
        "site_admin": False,
        **addresses.account(ctx.base_url, row["path"]),
    }
    return _in_public(account, row)


def _in_public(account: dict[str, Any], row: Row) -> dict[str, Any]:
    return account | {
        "name": row["name"],
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["created_at"]),
    }


def me(ctx: Ctx) -> Reply:
    scopes = {"X-OAuth-Scopes": "repo, workflow, admin:org, admin:repo_hook, delete_repo"}
    return Reply(full_user(ctx, ctx.user), headers=scopes)


def user(ctx: Ctx) -> Reply:
    row = ctx.forge.store.one("SELECT * FROM users WHERE username = ?", ctx.params["login"])
    if row is not None:
        return Reply(full_user(ctx, row))
    return Reply(_org_as_account(ctx, find_org(ctx, ctx.params["login"])))


def user_by_id(ctx: Ctx) -> Reply:
    row = ctx.forge.store.one("SELECT * FROM users WHERE id = ?", ctx.id("user_id"))
    if row is None:
        raise not_found()
    return Reply(full_user(ctx, row))


def search_users(ctx: Ctx) -> Reply:
    """Whole words only, `q=a@b in:email`: a login, or an address that its owner shows in public."""
    word, *qualifiers = (ctx.query.text("q") or "").split() or [""]
    by_email = "SELECT * FROM users WHERE public_email != '' AND public_email = ? COLLATE NOCASE"
    rows = ctx.forge.store.all(by_email, word) if "in:login" not in qualifiers else []
    if "in:email" not in qualifiers:
        rows += ctx.forge.store.all("SELECT * FROM users WHERE username = ?", word)
    reply = page(ctx, rows, lambda row: (user_json(ctx, row["id"]) or {}) | {"score": 1.0}, key="items")
    reply.body["incomplete_results"] = False
    return reply


def find_org(ctx: Ctx, login: str) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM namespaces WHERE kind = 'group' AND parent_id IS NULL AND full_path = ?", login
    )
    if row is None:
        raise not_found()
    return row


def _org_brief(ctx: Ctx, row: Row) -> dict[str, Any]:
    base = f"{ctx.base_url}{PREFIX}/orgs/{row['path']}"
    return {
        "login": row["path"],
        "id": ORG_IDS + row["id"],
        "node_id": f"O_{row['id']}",
        "url": base,
        "repos_url": f"{base}/repos",
        "events_url": f"{base}/events",
        "hooks_url": f"{base}/hooks",
        "issues_url": f"{base}/issues",
        "members_url": f"{base}/members{{/member}}",
        "public_members_url": f"{base}/public_members{{/member}}",
        "avatar_url": "",
        "description": json.loads(row["data"]).get("description") or None,
    }


def _org_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    body = _org_brief(ctx, row)
    body |= {
        "name": row["name"],
        "type": "Organization",
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": f"{ctx.base_url}/{row['path']}",
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["created_at"]),
        "archived_at": None,
    }
    if ctx.is_admin or ctx.forge.access.group_level(row, ctx.user) >= OWNER:
        name = json.loads(row["data"]).get("github_plan", "free")
        body["plan"] = {
            "name": name,
            "space": 976562499,
            "private_repos": 9999,
            "filled_seats": 1,
            "seats": 0,
        }
    return body


def org(ctx: Ctx) -> Reply:
    return Reply(_org_json(ctx, find_org(ctx, ctx.params["org"])))


def own_membership(ctx: Ctx) -> Reply:
    """The caller's own place in an organisation: owners are `admin`."""
    row = find_org(ctx, ctx.params["org"])
    level = ctx.forge.access.group_level(row, ctx.user)
    if level <= 0:
        raise not_found()
    base = f"{ctx.base_url}{PREFIX}/orgs/{row['path']}"
    return Reply(
        {
            "url": f"{base}/memberships/{ctx.user['username']}",
            "state": "active",
            "role": "admin" if level >= OWNER else "member",
            "organization_url": base,
            "organization": _org_brief(ctx, row),
            "user": user_json(ctx, ctx.user["id"]),
        }
    )


def org_by_id(ctx: Ctx) -> Reply:
    row = ctx.forge.store.one(
        "SELECT * FROM namespaces WHERE kind = 'group' AND parent_id IS NULL AND id = ?",
        ctx.id("org_id") - ORG_IDS,
    )
    if row is None:
        raise not_found()
    return Reply(_org_json(ctx, row))


def rate_limit(_: Ctx) -> Reply:
    core = {"limit": LIMIT, "remaining": LIMIT - 1, "reset": int(time.time()) + 3600, "used": 1}
    return Reply({"resources": {"core": core, "search": core}, "rate": core})


def meta(_: Ctx) -> Reply:
    return Reply({"verifiable_password_authentication": True, "installed_version": "3.17.0"})


def set_plan(ctx: Ctx) -> Reply:
    """Not GitHub's: the test says which plan an organisation or user has."""
    row = ctx.forge.store.one(
        "SELECT * FROM namespaces WHERE parent_id IS NULL AND full_path = ?", ctx.p.need("organisasi")
    )
    if row is None:
        raise not_found()
    plan = ctx.p.choice("paket", PLANS, "free")
    ctx.forge.store.update("namespaces", row["id"], data=json.loads(row["data"]) | {"github_plan": plan})
    return Reply({"organisasi": row["full_path"], "paket": plan})


ROUTES: list[Route] = [
    route("GET", "/user", me),
    route("GET", "/users/:login", user),
    route("GET", "/user/:user_id", user_by_id),
    route("GET", "/search/users", search_users),
    route("GET", "/orgs/:org", org),
    route("GET", "/organizations/:org_id", org_by_id),
    route("GET", "/user/memberships/orgs/:org", own_membership),
    route("GET", "/rate_limit", rate_limit),
    route("GET", "/meta", meta, anonymous=True),
    Route("PUT", "/kawal_latihan/github/paket", set_plan, admin=True),
]
