"""Branches and tags."""

from __future__ import annotations

import re
from typing import Any

from kawal_sandbox import committing, pushes, rules
from kawal_sandbox.access import DEVELOPER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.errors import ApiError, forbidden, not_found, refuse
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.repos import Person, Ref, valid_ref_name
from kawal_sandbox.routes.commits import commit_json


class _Sight:
    """What a caller may do with branches, worked out once per request."""

    def __init__(self, ctx: Ctx) -> None:
        self.branches = pushes.rules_of(ctx.forge, ctx.project["id"], "branch")
        self.tags = pushes.rules_of(ctx.forge, ctx.project["id"], "tag")
        self.actor = rules.Actor(ctx.level, ctx.is_admin)


def branch_json(ctx: Ctx, ref: Ref, sight: _Sight) -> dict[str, Any]:
    found = rules.matching(sight.branches, ref.name)
    return {
        "name": ref.name,
        "commit": commit_json(ctx, ref.commit),
        "merged": False,
        "protected": bool(found),
        "developers_can_push": any(rule.push == DEVELOPER for rule in found),
        "developers_can_merge": any(rule.merge == DEVELOPER for rule in found),
        "can_push": rules.may_push(sight.branches, ref.name, sight.actor),
        "default": ref.name == ctx.project["default_branch"],
        "web_url": f"{ctx.base_url}/{ctx.project['full_path']}/-/tree/{ref.name}",
    }


def branches(ctx: Ctx) -> Reply:
    sight = _Sight(ctx)
    return ctx.items(_searched(ctx, ctx.repo.refs("heads")), lambda ref: branch_json(ctx, ref, sight))


def _searched(ctx: Ctx, refs: list[Ref]) -> list[Ref]:
    if pattern := ctx.query.text("regex"):
        try:
            refs = [ref for ref in refs if re.search(pattern, ref.name)]
        except re.error:
            raise ApiError(400, {"error": "regex is invalid"}) from None
    search = (ctx.query.text("search") or "").lower()
    if not search:
        return refs
    start, end = search.startswith("^"), search.endswith("$")
    text = search.lstrip("^").rstrip("$")
    return [
        ref
        for ref in refs
        if (ref.name.lower().startswith(text) if start else True)
        and (ref.name.lower().endswith(text) if end else True)
        and text in ref.name.lower()
    ]


def branch(ctx: Ctx) -> Reply:
    return Reply(branch_json(ctx, _branch(ctx, ctx.params["name"]), _Sight(ctx)))


def _branch(ctx: Ctx, name: str) -> Ref:
    ref = ctx.repo.ref("heads", name) if valid_ref_name(name) else None
    if ref is None:
        raise not_found("Branch")
    return ref


def create_branch(ctx: Ctx) -> Reply:
    name, start = ctx.p.need("branch"), ctx.p.need("ref")
    if not valid_ref_name(name) or re.fullmatch(r"[0-9a-f]{40}", name):
        raise refuse(400, "Branch name is invalid")
    full = f"refs/heads/{name}"
    if ctx.repo.ref_sha(full) != ZERO:
        raise refuse(400, "Branch already exists")
    sha = ctx.repo.resolve(start)
    if sha is None:
        raise refuse(400, f"Failed to create branch '{name}': invalid reference name '{start}'")
    _check(ctx, pushes.RefUpdate(full, ZERO, sha))
    committing.move(ctx, full, ZERO, sha)
    return created(branch_json(ctx, _branch(ctx, name), _Sight(ctx)))


def delete_branch(ctx: Ctx) -> Reply:
    ref = _branch(ctx, ctx.params["name"])
    full = f"refs/heads/{ref.name}"
    found = pushes.refusals(
        ctx.forge, ctx.project, ctx.user, [pushes.RefUpdate(full, ref.target, ZERO)], web=True
    )
    if found:
        raise forbidden(found[0])
    committing.move(ctx, full, ref.target, ZERO)
    return no_content()


def tag_json(ctx: Ctx, ref: Ref, sight: _Sight) -> dict[str, Any]:
    release = ctx.forge.store.one(
        "SELECT * FROM releases WHERE project_id = ? AND tag_name = ?", ctx.project["id"], ref.name
    )
    return {
        "name": ref.name,
        "message": ref.message or "",
        "target": ref.target,
        "commit": commit_json(ctx, ref.commit),
        "release": None if release is None else {"tag_name": ref.name, "description": release["description"]},
        "protected": bool(rules.matching(sight.tags, ref.name)),
        "created_at": ref.commit.committed_at if ref.message else None,
    }


def tags(ctx: Ctx) -> Reply:
    sight = _Sight(ctx)
    refs = _searched(ctx, ctx.repo.refs("tags"))
    key = {"name": lambda ref: ref.name}.get(
        ctx.query.text("order_by") or "", lambda ref: (ref.commit.committed_at, ref.name)
    )
    refs.sort(key=key, reverse=ctx.query.text("sort") != "asc")
    return ctx.items(refs, lambda ref: tag_json(ctx, ref, sight))


def tag(ctx: Ctx) -> Reply:
    return Reply(tag_json(ctx, _tag(ctx), _Sight(ctx)))


def _tag(ctx: Ctx) -> Ref:
    ref = ctx.repo.ref("tags", ctx.params["name"]) if valid_ref_name(ctx.params["name"]) else None
    if ref is None:
        raise not_found("Tag")
    return ref


def create_tag(ctx: Ctx) -> Reply:
    name, target = ctx.p.need("tag_name"), ctx.p.need("ref")
    if not valid_ref_name(name):
        raise refuse(400, "Tag name invalid")
    full = f"refs/tags/{name}"
    if ctx.repo.ref_sha(full) != ZERO:
        raise refuse(400, f"Tag {name} already exists")
    sha = ctx.repo.resolve(target)
    if sha is None:
        raise refuse(400, f"Target {target} is invalid")
    _check(ctx, pushes.RefUpdate(full, ZERO, sha))
    object_ = sha
    if message := ctx.p.text("message"):
        object_ = ctx.repo.tag_object(name, sha, message, Person(ctx.user["name"], ctx.user["email"]))
    committing.move(ctx, full, ZERO, object_)
    ref = ctx.repo.ref("tags", name)
    if ref is None:
        raise not_found("Tag")
    return created(tag_json(ctx, ref, _Sight(ctx)))


def delete_tag(ctx: Ctx) -> Reply:
    ref = _tag(ctx)
    full = f"refs/tags/{ref.name}"
    found = pushes.refusals(
        ctx.forge, ctx.project, ctx.user, [pushes.RefUpdate(full, ref.target, ZERO)], web=True
    )
    if found:
        raise forbidden(found[0])
    committing.move(ctx, full, ref.target, ZERO)
    return no_content()


def _check(ctx: Ctx, update: pushes.RefUpdate) -> None:
    """Creating refs goes through git's own check on GitLab, so a refusal is its sentence with 400."""
    found = pushes.refusals(ctx.forge, ctx.project, ctx.user, [update], web=True)
    if found:
        raise refuse(400, f"GitLab: {found[0]}")


ROUTES = [
    Route("GET", "/projects/:id/repository/branches", branches, REPORTER),
    Route("POST", "/projects/:id/repository/branches", create_branch, DEVELOPER),
    Route("GET", "/projects/:id/repository/branches/:name", branch, REPORTER),
    Route("DELETE", "/projects/:id/repository/branches/:name", delete_branch, DEVELOPER),
    Route("GET", "/projects/:id/repository/tags", tags, REPORTER),
    Route("POST", "/projects/:id/repository/tags", create_tag, DEVELOPER),
    Route("GET", "/projects/:id/repository/tags/:name", tag, REPORTER),
    Route("DELETE", "/projects/:id/repository/tags/:name", delete_tag, DEVELOPER),
]
