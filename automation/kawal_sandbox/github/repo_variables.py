"""Variables of Actions that belong to a repository."""

from __future__ import annotations

from typing import Any

from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.github.base import (
    WRITE,
    not_found,
    page,
    refuse,
    repo_routes,
    stamp,
    text,
)
from kawal_sandbox.store import Row, now


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


ROUTES: list[Route] = [
    *repo_routes("GET", "/actions/variables", variables, WRITE),
    *repo_routes("POST", "/actions/variables", create_variable, WRITE),
    *repo_routes("GET", "/actions/variables/:name", variable, WRITE),
    *repo_routes("PATCH", "/actions/variables/:name", change_variable, WRITE),
    *repo_routes("DELETE", "/actions/variables/:name", delete_variable, WRITE),
]
