"""Releases: a tag with notes."""

from __future__ import annotations

from typing import Any

from kawal_sandbox import committing, pushes
from kawal_sandbox.access import DEVELOPER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created
from kawal_sandbox.entities import user_brief
from kawal_sandbox.errors import forbidden, not_found, refuse
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.repos import valid_ref_name
from kawal_sandbox.routes.commits import commit_json
from kawal_sandbox.store import Row, now


def release_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    ref = ctx.repo.ref("tags", row["tag_name"])
    return {
        "tag_name": row["tag_name"],
        "name": row["name"] or row["tag_name"],
        "description": row["description"],
        "created_at": row["created_at"],
        "released_at": row["released_at"],
        "upcoming_release": False,
        "author": user_brief(ctx, row["author_id"]),
        "commit": commit_json(ctx, ref.commit) if ref else None,
        "commit_path": f"/{ctx.project['full_path']}/-/commit/{ref.commit.id}" if ref else None,
        "tag_path": f"/{ctx.project['full_path']}/-/tags/{row['tag_name']}",
        "assets": {"count": 0, "sources": [], "links": []},
        "evidences": [],
        "_links": {"self": f"{ctx.base_url}/{ctx.project['full_path']}/-/releases/{row['tag_name']}"},
    }


def listing(ctx: Ctx) -> Reply:
    return ctx.rows(
        "SELECT * FROM releases WHERE project_id = ?",
        [ctx.project["id"]],
        lambda row: release_json(ctx, row),
        order="released_at DESC, id DESC",
    )


def get(ctx: Ctx) -> Reply:
    return Reply(release_json(ctx, _find(ctx)))


def create(ctx: Ctx) -> Reply:
    name, store = ctx.p.need("tag_name"), ctx.forge.store
    if store.one("SELECT 1 FROM releases WHERE project_id = ? AND tag_name = ?", ctx.project["id"], name):
        raise refuse(409, "Release already exists")
    full = f"refs/tags/{name}"
    sha = ctx.repo.ref_sha(full) if valid_ref_name(name) else ZERO
    target = ctx.repo.resolve(ctx.p.text("ref") or "") if sha == ZERO else sha
    if target is None:
        raise refuse(422, "Ref is not specified")
    # Making, or attaching notes to, a protected tag needs the right to create it.
    found = pushes.refusals(
        ctx.forge, ctx.project, ctx.user, [pushes.RefUpdate(full, ZERO, target)], web=True
    )
    if found:
        raise forbidden()
    if sha == ZERO:
        committing.move(ctx, full, ZERO, target)
    moment = now()
    id_ = store.insert(
        "releases",
        project_id=ctx.project["id"],
        tag_name=name,
        name=ctx.p.text("name"),
        description=ctx.p.text("description"),
        author_id=ctx.user["id"],
        created_at=moment,
        released_at=ctx.p.text("released_at") or moment,
    )
    ctx.forge.publish("release", ctx.project["id"], ctx.user["id"], release_id=id_)
    return created(release_json(ctx, store.get("releases", id_)))


def change(ctx: Ctx) -> Reply:
    row = _find(ctx)
    values = {key: ctx.p.text(key) for key in ("name", "description", "released_at") if key in ctx.p}
    ctx.forge.store.update("releases", row["id"], **values)
    return Reply(release_json(ctx, ctx.forge.store.get("releases", row["id"])))


def delete(ctx: Ctx) -> Reply:
    row = _find(ctx)
    body = release_json(ctx, row)
    ctx.forge.store.run("DELETE FROM releases WHERE id = ?", row["id"])
    return Reply(body)


def _find(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM releases WHERE project_id = ? AND tag_name = ?", ctx.project["id"], ctx.params["tag"]
    )
    if row is None:
        raise not_found()
    return row


ROUTES = [
    Route("GET", "/projects/:id/releases", listing, REPORTER, job_token=True),
    Route("POST", "/projects/:id/releases", create, DEVELOPER, job_token=True),
    Route("GET", "/projects/:id/releases/:tag", get, REPORTER, job_token=True),
    Route("PUT", "/projects/:id/releases/:tag", change, DEVELOPER, job_token=True),
    Route("DELETE", "/projects/:id/releases/:tag", delete, DEVELOPER, job_token=True),
]
