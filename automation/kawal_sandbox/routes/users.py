"""Users: the caller, the list, and what an administrator may create."""

from __future__ import annotations

from typing import Any

from kawal_sandbox import accounts
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.entities import brief_of, namespace_json
from kawal_sandbox.errors import forbidden, not_found, refuse
from kawal_sandbox.routes.tokens import created_token
from kawal_sandbox.store import Row


def user_json(ctx: Ctx, row: Row, private: bool) -> dict[str, Any]:
    body = brief_of(row, ctx.base_url) | {
        "created_at": row["created_at"],
        "bio": "",
        "location": "",
        "bot": bool(row["bot"]),
    }
    if private:
        body |= {
            "email": row["email"],
            "commit_email": row["email"],
            "external": False,
            "private_profile": False,
            "two_factor_enabled": False,
            "confirmed_at": row["created_at"],
            "can_create_group": True,
            "can_create_project": True,
            "identities": [],
        }
        if ctx.is_admin:
            ns = ctx.forge.store.value(
                "SELECT id FROM namespaces WHERE kind = 'user' AND owner_id = ?", row["id"]
            )
            body |= {"is_admin": bool(row["admin"]), "namespace_id": ns}
    return body


def current(ctx: Ctx) -> Reply:
    return Reply(user_json(ctx, ctx.user, private=True))


def listing(ctx: Ctx) -> Reply:
    where, args = ["1"], []
    for field in ("username", "email"):
        if value := ctx.query.text(field):
            where.append(f"{field} = ?")
            args.append(value)
    if search := ctx.query.text("search"):
        where.append("(username LIKE ? OR name LIKE ? OR email = ?)")
        args += [f"%{search}%", f"%{search}%", search]
    if ctx.query.flag("active"):
        where.append("state = 'active'")
    sql = f"SELECT * FROM users WHERE {' AND '.join(where)}"  # noqa: S608
    return ctx.rows(sql, args, lambda row: user_json(ctx, row, private=ctx.is_admin))


def get(ctx: Ctx) -> Reply:
    return Reply(user_json(ctx, _user(ctx), private=ctx.is_admin))


def create(ctx: Ctx) -> Reply:
    username, name, email = ctx.p.need("username"), ctx.p.need("name"), ctx.p.need("email")
    if not any(ctx.p.get(way) for way in ("password", "reset_password", "force_random_password")):
        raise refuse(
            400,
            {
                "error": "password, reset_password, force_random_password are missing, at least one parameter must be provided"
            },
        )
    if not accounts.valid_path(username):
        raise refuse(400, {"username": ["can contain only letters, digits, '_', '-' and '.'."]})
    store = ctx.forge.store
    if store.one("SELECT 1 FROM users WHERE email = ?", email):
        raise refuse(409, "Email has already been taken")
    taken = store.one("SELECT 1 FROM users WHERE username = ?", username) or store.one(
        "SELECT 1 FROM namespaces WHERE full_path = ?", username
    )
    if taken:
        raise refuse(409, "Username has already been taken")
    shown = _own_address(ctx.p.text("public_email") or "", email)
    id_ = accounts.create_user(store, username, name, email, admin=bool(ctx.p.flag("admin")))
    store.update("users", id_, public_email=shown)
    return created(user_json(ctx, store.get("users", id_), private=True))


def change(ctx: Ctx) -> Reply:
    row = _user(ctx)
    given = {name: ctx.p.text(name) for name in ("name", "email", "username") if ctx.p.text(name)}
    if (shown := ctx.p.text("public_email")) is not None:
        given["public_email"] = _own_address(shown, given.get("email") or row["email"])
    if ctx.p.flag("admin") is not None:
        given["admin"] = str(int(bool(ctx.p.flag("admin"))))
    ctx.forge.store.update("users", row["id"], **given)
    return Reply(user_json(ctx, ctx.forge.store.get("users", row["id"]), private=True))


def delete(ctx: Ctx) -> Reply:
    row = _user(ctx)
    store = ctx.forge.store
    store.update("users", row["id"], state="deactivated")
    store.run("UPDATE tokens SET revoked = 1 WHERE user_id = ?", row["id"])
    store.run("DELETE FROM members WHERE user_id = ?", row["id"])
    return no_content()


def block(ctx: Ctx) -> Reply:
    ctx.forge.store.update("users", _user(ctx)["id"], state="blocked")
    return Reply(True, 201)


def unblock(ctx: Ctx) -> Reply:
    ctx.forge.store.update("users", _user(ctx)["id"], state="active")
    return Reply(True, 201)


def create_token(ctx: Ctx) -> Reply:
    return created_token(ctx, _user(ctx)["id"], "user", None)


def create_own_token(_: Ctx) -> Reply:
    raise forbidden()  # GitLab offers this only with the scope k8s_proxy or self_rotate


def namespaces(ctx: Ctx) -> Reply:
    """The caller's own namespace and the groups they belong to (all, for administrators)."""
    sql, args = "SELECT * FROM namespaces WHERE 1", []
    if not ctx.is_admin:
        sql += " AND (owner_id = ? AND kind = 'user' OR id IN (SELECT source_id FROM members WHERE source = 'group' AND user_id = ?))"
        args = [ctx.user["id"], ctx.user["id"]]
    if search := ctx.query.text("search"):
        sql += " AND full_path LIKE ?"
        args.append(f"%{search}%")
    return ctx.rows(sql, args, lambda row: namespace_json(ctx, row), order="id")


def namespace(ctx: Ctx) -> Reply:
    key = ctx.params["key"]
    row = ctx.forge.store.one(
        "SELECT * FROM namespaces WHERE id = ? OR full_path = ?", int(key) if key.isdigit() else -1, key
    )
    if row is None:
        raise not_found("Namespace")
    return Reply(namespace_json(ctx, row))


def _own_address(shown: str, email: str) -> str:
    """A public address is one of the user's own (here: the only one), or none at all."""
    if shown and shown.lower() != email.lower():
        raise refuse(400, {"public_email": ["is not an email you own"]})
    return shown


def _user(ctx: Ctx) -> Row:
    row = ctx.forge.store.one("SELECT * FROM users WHERE id = ?", ctx.id("user_id"))
    if row is None:
        raise not_found("User")
    return row


ROUTES = [
    Route("GET", "/user", current),
    Route("GET", "/users", listing),
    Route("POST", "/users", create, admin=True),
    Route("GET", "/users/:user_id", get),
    Route("PUT", "/users/:user_id", change, admin=True),
    Route("DELETE", "/users/:user_id", delete, admin=True),
    Route("POST", "/users/:user_id/block", block, admin=True),
    Route("POST", "/users/:user_id/unblock", unblock, admin=True),
    Route("POST", "/users/:user_id/personal_access_tokens", create_token, admin=True),
    Route("POST", "/user/personal_access_tokens", create_own_token),
    Route("GET", "/namespaces", namespaces),
    Route("GET", "/namespaces/:key", namespace),
]
