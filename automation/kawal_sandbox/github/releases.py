"""Releases with assets. Nothing of kawal's relies on them: clients nobody here wrote use them."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from starlette.responses import Response

from kawal_sandbox.api import Answer, Ctx, Reply, Route, created
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.github.base import (
    PREFIX,
    WRITE,
    api,
    invalid,
    not_found,
    page,
    repo_routes,
    stamp,
    text,
    thing,
    things,
    user_json,
)
from kawal_sandbox.store import Row, now


def _asset_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    content = base64.b64decode(json.loads(row["data"])["content"])
    return {
        "id": row["id"],
        "node_id": f"RA_{row['id']}",
        "name": row["name"],
        "label": None,
        "url": f"{api(ctx)}/releases/assets/{row['id']}",
        "browser_download_url": f"{ctx.base_url}{PREFIX}/-/aset/{row['id']}",
        "state": "uploaded",
        "content_type": "application/octet-stream",
        "size": len(content),
        "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "download_count": 0,
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["created_at"]),
        "uploader": None,
    }


def _release(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    url = f"{api(ctx)}/releases/{row['id']}"
    assets = [
        _asset_json(ctx, one)
        for one in things(ctx, "asset")
        if json.loads(one["data"])["release_id"] == row["id"]
    ]
    return {
        "id": row["id"],
        "node_id": f"RE_{row['id']}",
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": f"{ctx.base_url}/{ctx.project['full_path']}/releases/tag/{row['name']}",
        "tarball_url": None,
        "zipball_url": None,
        "tag_name": row["name"],
        "target_commitish": data["target_commitish"],
        "name": data["name"],
        "body": data["body"],
        "draft": data["draft"],
        "prerelease": data["prerelease"],
        "created_at": stamp(row["created_at"]),
        "published_at": stamp(row["created_at"]),
        "author": user_json(ctx, data["author_id"]),
        "assets": assets,
    }


def releases(ctx: Ctx) -> Reply:
    return page(ctx, things(ctx, "release"), lambda row: _release(ctx, row))


def release_of_tag(ctx: Ctx) -> Reply:
    found = [row for row in things(ctx, "release") if row["name"] == ctx.params["tag"]]
    if not found:
        raise not_found()
    return Reply(_release(ctx, found[0]))


def create_release(ctx: Ctx) -> Reply:
    tag = text(ctx, "Release", "tag_name")
    if any(row["name"] == tag for row in things(ctx, "release")):
        raise invalid("Release", "tag_name", "already_exists")
    target = ctx.p.text("target_commitish") or ctx.project["default_branch"]
    draft = bool(ctx.p.flag("draft"))
    if not draft and ctx.repo.ref_sha(f"refs/tags/{tag}") == ZERO:
        from kawal_sandbox.github.gitdata import _move

        sha = ctx.repo.resolve(target)
        if sha is None:
            raise invalid("Release", "target_commitish", "invalid")
        _move(ctx, f"refs/tags/{tag}", ZERO, sha)
    data = {
        "target_commitish": target,
        "name": ctx.p.text("name"),
        "body": ctx.p.text("body"),
        "draft": draft,
        "prerelease": bool(ctx.p.flag("prerelease")),
        "author_id": ctx.user["id"],
    }
    id_ = ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="release", name=tag, data=data, created_at=now()
    )
    return created(_release(ctx, ctx.forge.store.get("gh_things", id_)))


def upload_asset(ctx: Ctx) -> Reply:
    release = thing(ctx, "release", ctx.id("release_id"))
    name = ctx.query.text("name") or ""
    if not name or any(
        row["name"] == name and json.loads(row["data"])["release_id"] == release["id"]
        for row in things(ctx, "asset")
    ):
        raise invalid("ReleaseAsset", "name", "already_exists")
    data = {"release_id": release["id"], "content": base64.b64encode(ctx.body.read()).decode()}
    ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="asset", name=name, data=data, created_at=now()
    )
    return created(next(one for one in _release(ctx, release)["assets"] if one["name"] == name))


def asset(ctx: Ctx) -> Answer:
    """About the asset; its bytes for who accepts nothing but bytes."""
    row = thing(ctx, "asset", ctx.id("asset_id"))
    if "octet-stream" not in ctx.headers.get("accept", ""):
        return Reply(_asset_json(ctx, row))
    content = base64.b64decode(json.loads(row["data"])["content"])
    return Response(content, media_type="application/octet-stream")


ROUTES: list[Route] = [
    *repo_routes("GET", "/releases", releases),
    *repo_routes("GET", "/releases/tags/*tag", release_of_tag),
    *repo_routes("POST", "/releases", create_release, WRITE),
    *repo_routes("POST", "/releases/:release_id/assets", upload_asset, WRITE, max_body=256 * 1024 * 1024),
    *repo_routes("GET", "/releases/assets/:asset_id", asset),
]
