"""Environments and deployments. On CE they are records, nothing holds a deployment back."""

from __future__ import annotations

import re
from typing import Any

from kawal_sandbox.access import DEVELOPER, MAINTAINER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.entities import user_brief
from kawal_sandbox.errors import bad_parameter, forbidden, not_found, refuse
from kawal_sandbox.store import Row, now

TIERS = (
    ("production", r"(?:prod|live)"),
    ("staging", r"(?:stag|model|pre|demo|non)"),
    ("testing", r"(?:test|tst|int|ac(?:ce|)pt|qa|qc|control|quality|uji)"),
    ("development", r"(?:dev|review|trunk)"),
)
STATUSES = ("created", "running", "success", "failed", "canceled", "skipped", "blocked")


def environment_json(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "description": None,
        "external_url": row["external_url"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "tier": row["tier"],
        "state": row["state"],
        "auto_stop_at": None,
        "auto_stop_setting": "always",
    }


def environments(ctx: Ctx) -> Reply:
    where, args = ["project_id = ?"], [ctx.project["id"]]
    if name := ctx.query.text("name"):
        where.append("name = ?")
        args.append(name)
    if search := ctx.query.text("search"):
        where.append("name LIKE ?")
        args.append(f"%{search}%")
    if state := ctx.query.text("states"):
        where.append("state = ?")
        args.append(state)
    return ctx.rows(
        f"SELECT * FROM environments WHERE {' AND '.join(where)}",  # noqa: S608
        args,
        environment_json,
    )


def environment(ctx: Ctx) -> Reply:
    return Reply(environment_json(_environment(ctx)))


def create_environment(ctx: Ctx) -> Reply:
    name = ctx.p.need("name")
    if not re.fullmatch(r"[A-Za-z0-9_/${}. -]+", name):
        raise refuse(
            400,
            {
                "name": [
                    "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, but it cannot start or end with '/'"
                ]
            },
        )
    if _named(ctx, name):
        raise refuse(400, {"name": ["has already been taken"], "slug": ["has already been taken"]})
    id_ = ensure_environment(ctx, name)
    values = {key: ctx.p.text(key) for key in ("external_url", "tier") if ctx.p.text(key)}
    ctx.forge.store.update("environments", id_, **values)
    return created(environment_json(ctx.forge.store.get("environments", id_)))


def ensure_environment(ctx: Ctx, name: str) -> int:
    """The id of the environment with this name, made when it is new."""
    row = _named(ctx, name)
    if row is not None:
        return int(row["id"])
    slug = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:24] or "env"
    return ctx.forge.store.insert(
        "environments",
        project_id=ctx.project["id"],
        name=name,
        slug=slug,
        tier=tier_of(name),
        created_at=now(),
        updated_at=now(),
    )


def tier_of(name: str) -> str:
    """GitLab guesses the tier from the name."""
    return next((tier for tier, pattern in TIERS if re.search(pattern, name, re.IGNORECASE)), "other")


def change_environment(ctx: Ctx) -> Reply:
    row = _environment(ctx)
    values = {key: ctx.p.text(key) for key in ("external_url", "tier") if key in ctx.p}
    ctx.forge.store.update("environments", row["id"], **values, updated_at=now())
    return Reply(environment_json(ctx.forge.store.get("environments", row["id"])))


def stop_environment(ctx: Ctx) -> Reply:
    row = _environment(ctx)
    ctx.forge.store.update("environments", row["id"], state="stopped", updated_at=now())
    return Reply(environment_json(ctx.forge.store.get("environments", row["id"])))


def delete_environment(ctx: Ctx) -> Reply:
    row = _environment(ctx)
    if row["state"] != "stopped":
        raise forbidden("Environment must be stopped before it can be deleted")
    ctx.forge.store.run("DELETE FROM environments WHERE id = ?", row["id"])
    return no_content()


def _named(ctx: Ctx, name: str) -> Row | None:
    return ctx.forge.store.one(
        "SELECT * FROM environments WHERE project_id = ? AND name = ?", ctx.project["id"], name
    )


def _environment(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM environments WHERE project_id = ? AND id = ?",
        ctx.project["id"],
        ctx.id("environment_id"),
    )
    if row is None:
        raise not_found("Environment")
    return row


def deployment_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "iid": row["iid"],
        "ref": row["ref"],
        "sha": row["sha"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "user": user_brief(ctx, row["user_id"]),
        "environment": environment_json(ctx.forge.store.get("environments", row["environment_id"])),
        "deployable": None if row["job_id"] is None else {"id": row["job_id"]},
        "status": row["status"],
    }


def deployments(ctx: Ctx) -> Reply:
    where, args = ["d.project_id = ?"], [ctx.project["id"]]
    if name := ctx.query.text("environment"):
        where.append("e.name = ?")
        args.append(name)
    if status := ctx.query.text("status"):
        where.append("d.status = ?")
        args.append(status)
    sql = f"SELECT d.* FROM deployments d JOIN environments e ON e.id = d.environment_id WHERE {' AND '.join(where)}"  # noqa: S608
    direction = "DESC" if ctx.query.text("sort") == "desc" else "ASC"
    return ctx.rows(sql, args, lambda row: deployment_json(ctx, row), order=f"d.id {direction}")


def deployment(ctx: Ctx) -> Reply:
    return Reply(deployment_json(ctx, _deployment(ctx)))


def create_deployment(ctx: Ctx) -> Reply:
    ctx.p.require("environment", "sha", "ref", "tag", "status")
    sha = ctx.repo.resolve(ctx.p.need("sha"))
    if sha is None:
        raise refuse(400, {"sha": ["The commit does not exist"]})
    store = ctx.forge.store
    id_ = store.insert(
        "deployments",
        project_id=ctx.project["id"],
        iid=store.next_iid(ctx.project["id"], "deployment"),
        environment_id=ensure_environment(ctx, ctx.p.need("environment")),
        ref=ctx.p.need("ref"),
        tag=int(bool(ctx.p.flag("tag"))),
        sha=sha,
        status=_status(ctx),
        user_id=ctx.user["id"],
        job_id=ctx.identity.job.job_id if ctx.identity and ctx.identity.job else None,
        created_at=now(),
        updated_at=now(),
    )
    return created(deployment_json(ctx, store.get("deployments", id_)))


def change_deployment(ctx: Ctx) -> Reply:
    row = _deployment(ctx)
    ctx.forge.store.update("deployments", row["id"], status=_status(ctx), updated_at=now())
    return Reply(deployment_json(ctx, ctx.forge.store.get("deployments", row["id"])))


def _status(ctx: Ctx) -> str:
    status = ctx.p.choice("status", STATUSES)
    if status is None:
        raise bad_parameter("status is missing")
    return status


def _deployment(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM deployments WHERE project_id = ? AND id = ?",
        ctx.project["id"],
        ctx.id("deployment_id"),
    )
    if row is None:
        raise not_found("Deployment")
    return row


ROUTES = [
    Route("GET", "/projects/:id/environments", environments, REPORTER, job_token=True),
    Route("POST", "/projects/:id/environments", create_environment, DEVELOPER, job_token=True),
    Route("GET", "/projects/:id/environments/:environment_id", environment, REPORTER, job_token=True),
    Route("PUT", "/projects/:id/environments/:environment_id", change_environment, DEVELOPER, job_token=True),
    Route(
        "POST", "/projects/:id/environments/:environment_id/stop", stop_environment, DEVELOPER, job_token=True
    ),
    Route(
        "DELETE", "/projects/:id/environments/:environment_id", delete_environment, MAINTAINER, job_token=True
    ),
    Route("GET", "/projects/:id/deployments", deployments, REPORTER, job_token=True),
    Route("POST", "/projects/:id/deployments", create_deployment, DEVELOPER, job_token=True),
    Route("GET", "/projects/:id/deployments/:deployment_id", deployment, REPORTER, job_token=True),
    Route("PUT", "/projects/:id/deployments/:deployment_id", change_deployment, DEVELOPER, job_token=True),
]
