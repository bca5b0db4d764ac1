"""The generic package registry."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse, Response

from kawal_sandbox.access import DEVELOPER, GUEST, MAINTAINER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.errors import ApiError, not_found
from kawal_sandbox.store import Row, now

MAX_FILE = 512 * 1024 * 1024
CHUNK = 1024 * 1024
NAME = re.compile(r"[A-Za-z0-9._+~@-]+(?:/[A-Za-z0-9._+~@-]+)*")
VERSION = re.compile(r"[A-Za-z0-9.+_~-]{1,255}")


def _blob(ctx: Ctx, digest: str) -> Path:
    return ctx.forge.data / "packages" / digest[:2] / digest


def upload(ctx: Ctx) -> Reply:
    """Same name and version again adds another file; downloads get the newest (GitLab allows duplicates by default)."""
    name, version, file_name = ctx.params["name"], ctx.params["version"], ctx.params["file"]
    for what, value, pattern in (
        ("package_name", name, NAME),
        ("package_version", version, VERSION),
        ("file_name", file_name, NAME),
    ):
        if not pattern.fullmatch(value) or ".." in value:
            raise ApiError(400, {"error": f"{what} is invalid"})
    digest, size = _keep(ctx)
    store = ctx.forge.store
    with store.tx():
        package = store.one(
            "SELECT * FROM packages WHERE project_id = ? AND name = ? AND version = ?",
            ctx.project["id"],
            name,
            version,
        )
        package_id = (
            package["id"]
            if package
            else store.insert(
                "packages",
                project_id=ctx.project["id"],
                name=name,
                version=version,
                creator_id=ctx.user["id"],
                created_at=now(),
            )
        )
        id_ = store.insert(
            "package_files",
            package_id=package_id,
            file_name=file_name,
            size=size,
            sha256=digest,
            created_at=now(),
        )
    if ctx.query.text("select") != "package_file":
        return created({"message": "201 Created"})
    return created(
        _file_json(store.get("package_files", id_))
        | {"file": {"url": None}, "file_store": 1, "status": "default"}
    )


def _keep(ctx: Ctx) -> tuple[str, int]:
    """Move the body into the content-addressed store; nothing half-written is ever found there."""
    folder = ctx.forge.data / "packages"
    folder.mkdir(exist_ok=True)
    hasher, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as target:
        while chunk := ctx.body.read(CHUNK):
            hasher.update(chunk)
            size += len(chunk)
            target.write(chunk)
    final = _blob(ctx, hasher.hexdigest())
    final.parent.mkdir(exist_ok=True)
    os.replace(target.name, final)  # noqa: PTH105 - atomic replace
    return hasher.hexdigest(), size


def download(ctx: Ctx) -> Response:
    row = ctx.forge.store.one(
        "SELECT f.* FROM package_files f JOIN packages p ON p.id = f.package_id"
        " WHERE p.project_id = ? AND p.name = ? AND p.version = ? AND f.file_name = ?"
        " ORDER BY f.id DESC LIMIT 1",
        ctx.project["id"],
        ctx.params["name"],
        ctx.params["version"],
        ctx.params["file"],
    )
    if row is None:
        raise not_found("Package")
    return FileResponse(
        _blob(ctx, row["sha256"]),
        media_type="application/octet-stream",
        filename=row["file_name"].rsplit("/", 1)[-1],
    )


def listing(ctx: Ctx) -> Reply:
    where, args = ["project_id = ?"], [ctx.project["id"]]
    if name := ctx.query.text("package_name"):
        where.append("name LIKE ?")
        args.append(f"%{name}%")
    if version := ctx.query.text("package_version"):
        where.append("version = ?")
        args.append(version)
    if (kind := ctx.query.text("package_type")) and kind != "generic":
        where.append("0")
    direction = "DESC" if ctx.query.text("sort") == "desc" else "ASC"
    sql = f"SELECT * FROM packages WHERE {' AND '.join(where)}"  # noqa: S608
    return ctx.rows(sql, args, lambda row: _package_json(ctx, row), order=f"id {direction}")


def get(ctx: Ctx) -> Reply:
    return Reply(_package_json(ctx, _find(ctx)))


def files(ctx: Ctx) -> Reply:
    return ctx.rows(
        "SELECT * FROM package_files WHERE package_id = ?", [_find(ctx)["id"]], _file_json, order="id"
    )


def delete(ctx: Ctx) -> Reply:
    row = _find(ctx)
    ctx.forge.store.run("DELETE FROM package_files WHERE package_id = ?", row["id"])
    ctx.forge.store.run("DELETE FROM packages WHERE id = ?", row["id"])
    return no_content()


def delete_file(ctx: Ctx) -> Reply:
    if not ctx.forge.store.run(
        "DELETE FROM package_files WHERE package_id = ? AND id = ?", _find(ctx)["id"], ctx.id("file_id")
    ):
        raise not_found()
    return no_content()


def _package_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "version": row["version"],
        "package_type": "generic",
        "status": "default",
        "_links": {"web_path": f"/{ctx.project['full_path']}/-/packages/{row['id']}"},
        "created_at": row["created_at"],
        "last_downloaded_at": None,
        "tags": [],
        "creator_id": row["creator_id"],
    }


def _file_json(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "package_id": row["package_id"],
        "created_at": row["created_at"],
        "file_name": row["file_name"],
        "size": row["size"],
        "file_md5": None,
        "file_sha1": None,
        "file_sha256": row["sha256"],
    }


def _find(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM packages WHERE id = ? AND project_id = ?", ctx.id("package_id"), ctx.project["id"]
    )
    if row is None:
        raise not_found("Package")
    return row


_FILE = "/projects/:id/packages/generic/:name/:version/*file"
ROUTES = [
    # The upload hashes a large body, so it takes the write lock only for its rows.
    Route("PUT", _FILE, upload, DEVELOPER, job_token=True, read_only=True, max_body=MAX_FILE),
    Route("GET", _FILE, download, REPORTER, job_token=True),
    Route("GET", "/projects/:id/packages", listing, GUEST, job_token=True),
    Route("GET", "/projects/:id/packages/:package_id", get, GUEST, job_token=True),
    Route("DELETE", "/projects/:id/packages/:package_id", delete, MAINTAINER, job_token=True),
    Route("GET", "/projects/:id/packages/:package_id/package_files", files, GUEST, job_token=True),
    Route(
        "DELETE",
        "/projects/:id/packages/:package_id/package_files/:file_id",
        delete_file,
        MAINTAINER,
        job_token=True,
    ),
]
