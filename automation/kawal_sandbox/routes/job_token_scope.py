"""Who may use job tokens on a project: the inbound allowlist."""

from __future__ import annotations

import json
from typing import Any

from kawal_sandbox.access import MAINTAINER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.entities import basic_group_json, project_brief
from kawal_sandbox.errors import bad_parameter, not_found, refuse
from kawal_sandbox.store import Row

INBOUND = "ci_job_token_scope_inbound_enabled"


def get(ctx: Ctx) -> Reply:
    options = json.loads(ctx.project["settings"])
    return Reply(
        {
            "inbound_enabled": options.get(INBOUND, True),
            "outbound_enabled": options.get("ci_job_token_scope_enabled", False),
        }
    )


def change(ctx: Ctx) -> Reply:
    enabled = ctx.p.flag("enabled")
    if enabled is None:
        raise bad_parameter("enabled is missing")
    options: dict[str, Any] = json.loads(ctx.project["settings"]) | {INBOUND: enabled}
    ctx.forge.store.update("projects", ctx.project["id"], settings=options)
    return no_content()


def projects(ctx: Ctx) -> Reply:
    """The project itself is always on its own list."""
    sql = "SELECT * FROM projects WHERE id = ? OR id IN (SELECT target_id FROM job_token_allowlist WHERE project_id = ? AND kind = 'project')"
    return ctx.rows(
        sql, [ctx.project["id"], ctx.project["id"]], lambda row: project_brief(ctx, row), order="id"
    )


def groups(ctx: Ctx) -> Reply:
    sql = "SELECT * FROM namespaces WHERE id IN (SELECT target_id FROM job_token_allowlist WHERE project_id = ? AND kind = 'group')"
    return ctx.rows(sql, [ctx.project["id"]], lambda row: basic_group_json(ctx, row), order="id")


def add_project(ctx: Ctx) -> Reply:
    row = ctx.forge.store.one("SELECT * FROM projects WHERE id = ?", ctx.p.number("target_project_id"))
    if row is None:
        raise not_found("Project")
    _add(ctx, "project", row)
    return created({"source_project_id": ctx.project["id"], "target_project_id": row["id"]})


def add_group(ctx: Ctx) -> Reply:
    row = ctx.forge.store.one(
        "SELECT * FROM namespaces WHERE kind = 'group' AND id = ?", ctx.p.number("target_group_id")
    )
    if row is None:
        raise not_found("Group")
    _add(ctx, "group", row)
    return created({"source_project_id": ctx.project["id"], "target_group_id": row["id"]})


def _add(ctx: Ctx, kind: str, row: Row) -> None:
    if not ctx.forge.store.run(
        "INSERT OR IGNORE INTO job_token_allowlist VALUES (?, ?, ?)", ctx.project["id"], kind, row["id"]
    ):
        raise refuse(
            400,
            "This project is already in the job token allowlist."
            if kind == "project"
            else "This group is already in the job token allowlist.",
        )


def remove(ctx: Ctx) -> Reply:
    kind = "group" if "/groups_allowlist/" in ctx.path else "project"
    sql = "DELETE FROM job_token_allowlist WHERE project_id = ? AND kind = ? AND target_id = ?"
    if not ctx.forge.store.run(sql, ctx.project["id"], kind, ctx.id("target_id")):
        raise not_found()
    return no_content()


_BASE = "/projects/:id/job_token_scope"
ROUTES = [
    Route("GET", _BASE, get, MAINTAINER),
    Route("PATCH", _BASE, change, MAINTAINER),
    Route("GET", f"{_BASE}/allowlist", projects, MAINTAINER),
    Route("POST", f"{_BASE}/allowlist", add_project, MAINTAINER),
    Route("DELETE", f"{_BASE}/allowlist/:target_id", remove, MAINTAINER),
    Route("GET", f"{_BASE}/groups_allowlist", groups, MAINTAINER),
    Route("POST", f"{_BASE}/groups_allowlist", add_group, MAINTAINER),
    Route("DELETE", f"{_BASE}/groups_allowlist/:target_id", remove, MAINTAINER),
]
