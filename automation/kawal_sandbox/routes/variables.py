"""CI/CD variables of projects and groups."""

from __future__ import annotations

import re
from typing import Any

from kawal_sandbox.access import MAINTAINER, OWNER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.errors import ApiError, invalid, not_found, refuse
from kawal_sandbox.store import Row

FLAGS = ("protected", "masked", "raw")
MASKABLE = re.compile(r"\S{8,}")


def variable_json(row: Row) -> dict[str, Any]:
    return {
        "variable_type": row["variable_type"],
        "key": row["key"],
        "value": None if row["hidden"] else row["value"],
        "hidden": bool(row["hidden"]),
        "protected": bool(row["protected"]),
        "masked": bool(row["masked"]),
        "raw": bool(row["raw"]),
        "environment_scope": row["environment_scope"],
        "description": row["description"],
    }


def _source(ctx: Ctx) -> tuple[str, int]:
    return ("project", ctx.project["id"]) if ctx._project else ("group", ctx.group["id"])


def listing(ctx: Ctx) -> Reply:
    return ctx.rows(
        "SELECT * FROM variables WHERE source = ? AND source_id = ?",
        [*_source(ctx)],
        variable_json,
        order="key, id",
    )


def get(ctx: Ctx) -> Reply:
    return Reply(variable_json(_find(ctx)))


def create(ctx: Ctx) -> Reply:
    key = ctx.p.need("key")
    ctx.p.require("value")
    if not re.fullmatch(r"[A-Za-z0-9_]{1,255}", key):
        raise invalid(key="can contain only letters, digits and '_'.")
    source, source_id = _source(ctx)
    values = _values(ctx) | {"environment_scope": _scope(ctx)}
    if ctx.p.flag("masked_and_hidden"):
        values |= {"masked": 1, "hidden": 1}
    _check_mask(values.get("masked"), values["value"])
    store = ctx.forge.store
    sql = "SELECT 1 FROM variables WHERE source = ? AND source_id = ? AND key = ? AND environment_scope = ?"
    if store.one(sql, source, source_id, key, values["environment_scope"]):
        raise invalid(key=f"({key}) has already been taken")
    id_ = store.insert("variables", source=source, source_id=source_id, key=key, **values)
    return created(variable_json(store.get("variables", id_)))


def change(ctx: Ctx) -> Reply:
    row, store = _find(ctx), ctx.forge.store
    values = _values(ctx)
    if ctx.p.text("environment_scope") and ctx._project:
        values["environment_scope"] = ctx.p.text("environment_scope")
    merged = row | values
    _check_mask(merged["masked"], merged["value"])
    store.update("variables", row["id"], **values)
    return Reply(variable_json(store.get("variables", row["id"])))


def delete(ctx: Ctx) -> Reply:
    ctx.forge.store.run("DELETE FROM variables WHERE id = ?", _find(ctx)["id"])
    return no_content()


def _values(ctx: Ctx) -> dict[str, Any]:
    values: dict[str, Any] = {name: int(flag) for name in FLAGS if (flag := ctx.p.flag(name)) is not None}
    if "value" in ctx.p:
        values["value"] = ctx.p.text("value") or ""
    if "description" in ctx.p:
        values["description"] = ctx.p.text("description")
    if kind := ctx.p.choice("variable_type", ("env_var", "file")):
        values["variable_type"] = kind
    return values


def _check_mask(masked: Any, value: str) -> None:
    if masked and not MASKABLE.fullmatch(value):
        raise refuse(400, {"value": ["is invalid"]})


def _scope(ctx: Ctx) -> str:
    """Scopes of group variables are Premium: always `*` there."""
    return (ctx.p.text("environment_scope") or "*") if ctx._project else "*"


def _find(ctx: Ctx) -> Row:
    rows = ctx.forge.store.all(
        "SELECT * FROM variables WHERE source = ? AND source_id = ? AND key = ?",
        *_source(ctx),
        ctx.params["key"],
    )
    scope = (
        (ctx.p.get("filter") or {}).get("environment_scope")
        if isinstance(ctx.p.get("filter"), dict)
        else None
    )
    if scope is not None:
        rows = [row for row in rows if row["environment_scope"] == scope]
    if len(rows) > 1:
        raise ApiError(
            409,
            {
                "message": "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'"
            },
        )
    if not rows:
        raise not_found("Variable")
    return rows[0]


ROUTES = [
    route
    for kind, level in (("projects", MAINTAINER), ("groups", OWNER))
    for route in (
        Route("GET", f"/{kind}/:id/variables", listing, level),
        Route("POST", f"/{kind}/:id/variables", create, level),
        Route("GET", f"/{kind}/:id/variables/:key", get, level),
        Route("PUT", f"/{kind}/:id/variables/:key", change, level),
        Route("DELETE", f"/{kind}/:id/variables/:key", delete, level),
    )
]
