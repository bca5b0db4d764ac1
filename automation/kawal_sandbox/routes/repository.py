"""Reading the repository: tree, files, compare, archive; and files one at a time."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from kawal_sandbox import committing
from kawal_sandbox.access import DEVELOPER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, no_content
from kawal_sandbox.errors import ApiError, bad_parameter, invalid, not_found, refuse
from kawal_sandbox.gitcmd import GitError
from kawal_sandbox.routes.commits import commit_json, diff_json

ARCHIVES = {
    "tar.gz": ("tar.gz", "application/octet-stream"),
    "tgz": ("tar.gz", "application/octet-stream"),
    "tar": ("tar", "application/octet-stream"),
    "zip": ("zip", "application/zip"),
}


def resolve(ctx: Ctx, name: str | None, what: str = "Tree") -> str:
    """The commit of a ref parameter (default branch when absent); 404 when there is none."""
    sha = ctx.repo.resolve(name or ctx.project["default_branch"])
    if sha is None:
        raise not_found(what)
    return sha


def tree(ctx: Ctx) -> Reply:
    if ctx.project["empty"]:
        raise not_found("Tree")
    sha = resolve(ctx, ctx.query.text("ref"))
    entries = ctx.repo.tree(sha, ctx.query.text("path") or "", bool(ctx.query.flag("recursive")))
    if entries is None:
        raise not_found("Tree")
    return ctx.items(
        entries,
        lambda entry: {
            "id": entry.id,
            "name": entry.path.rsplit("/", 1)[-1],
            "type": entry.type,
            "path": entry.path,
            "mode": entry.mode,
        },
    )


def blob(ctx: Ctx) -> Reply:
    content = _blob(ctx)
    return Reply(
        {
            "size": len(content),
            "encoding": "base64",
            "content": base64.b64encode(content).decode(),
            "sha": ctx.params["sha"],
        }
    )


def raw_blob(ctx: Ctx) -> Response:
    return Response(_blob(ctx), media_type="text/plain")


def _blob(ctx: Ctx) -> bytes:
    sha = ctx.params["sha"]
    if (
        len(sha) != 40
        or not all(c in "0123456789abcdef" for c in sha)
        or ctx.repo.ref_sha(f"{sha}^{{blob}}") != sha
    ):
        raise not_found("Blob")
    return ctx.repo.blob(sha)


def file(ctx: Ctx) -> Reply:
    body = _file(ctx)
    headers = {
        "X-Gitlab-" + name.replace("_", "-").title(): str(value)
        for name, value in body.items()
        if name != "content"
    }
    return Reply(body, headers={name: quote(value, safe="/ ") for name, value in headers.items()})


def _file(ctx: Ctx) -> dict[str, Any]:
    ref = ctx.query.text("ref") or ctx.project["default_branch"]
    if ref == "HEAD":
        ref = ctx.project["default_branch"]
    sha, path = resolve(ctx, ref, "Commit"), ctx.params["file_path"]
    entry = ctx.repo.entry(sha, path)
    if entry is None or entry.type != "blob":
        raise not_found("File")
    content = ctx.repo.blob(entry.id)
    return {
        "file_name": path.rsplit("/", 1)[-1],
        "file_path": path,
        "size": len(content),
        "encoding": "base64",
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "ref": ref,
        "blob_id": entry.id,
        "commit_id": sha,
        "last_commit_id": ctx.repo.last_commit_of(sha, path),
        "execute_filemode": entry.mode == "100755",
        "content": base64.b64encode(content).decode(),
    }


def raw_file(ctx: Ctx) -> Response:
    body = _file(ctx)
    return Response(base64.b64decode(body["content"]), media_type="text/plain")


def write_file(ctx: Ctx) -> Reply:
    """One file, one commit; the reply does not name the commit (that is why clients prefer POST commits)."""
    action = {"POST": "create", "PUT": "update", "DELETE": "delete"}[ctx.method]
    branch, message = ctx.p.need("branch"), ctx.p.need("commit_message")
    if action != "delete":
        ctx.p.require("content")
    step = {
        "action": action,
        "file_path": ctx.params["file_path"],
        "content": ctx.p.text("content"),
        "encoding": ctx.p.text("encoding"),
        "last_commit_id": ctx.p.text("last_commit_id"),
        "execute_filemode": ctx.p.flag("execute_filemode"),
    }
    try:
        committing.commit(ctx, branch, message, [step])
    except ApiError as error:
        # The commits API asks for the right to push beforehand (403); the files API lets its service find out (400).
        raise (refuse(400, committing.NOT_ALLOWED) if error.status == 403 else error) from None
    if action == "delete":
        return no_content()
    return Reply({"file_path": ctx.params["file_path"], "branch": branch}, 201 if action == "create" else 200)


def compare(ctx: Ctx) -> Reply:
    ctx.query.require("from", "to")
    old = resolve(ctx, ctx.query.text("from"), "Ref")
    new = resolve(ctx, ctx.query.text("to"), "Ref")
    base = old if ctx.query.flag("straight") else ctx.repo.merge_base(old, new)
    if base is None:
        raise invalid(base="no common history")
    commits = ctx.repo.commits("--reverse", f"{base}..{new}")
    listed = [commit_json(ctx, commit) for commit in commits]
    return Reply(
        {
            "commit": listed[-1] if listed else None,
            "commits": listed,
            "diffs": [diff_json(diff) for diff in ctx.repo.diff(base, new)],
            "compare_timeout": False,
            "compare_same_ref": old == new,
            "web_url": f"{ctx.base_url}/{ctx.project['full_path']}/-/compare/{old}...{new}",
        }
    )


def merge_base(ctx: Ctx) -> Reply:
    refs = ctx.query.words("refs") or []
    if len(refs) < 2:
        raise bad_parameter("refs is invalid")
    shas = [ctx.repo.resolve(ref) for ref in refs]
    if None in shas:
        raise refuse(400, f"Could not find ref: {refs[shas.index(None)]}")
    base = ctx.repo.merge_base(str(shas[0]), str(shas[1]))
    if base is None:
        raise not_found("Merge Base")
    return Reply(commit_json(ctx, ctx.repo.commit(base)))


def archive(ctx: Ctx) -> Response:
    ending = (
        ctx.path.rsplit("/", 1)[-1].removeprefix("archive").lstrip(".")
        or ctx.query.text("format")
        or "tar.gz"
    )
    if ending not in ARCHIVES:
        raise not_found("File")
    ref = ctx.query.text("sha") or ctx.project["default_branch"]
    sha = resolve(ctx, ref, "File")
    format_, media = ARCHIVES[ending]
    name = f"{ctx.project['path']}-{ref.replace('/', '-')}-{sha}"
    try:
        content = ctx.repo.archive(sha, f"{name}/", format_, ctx.query.text("path"))
    except GitError as error:
        raise not_found("File") from error
    return Response(
        content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    )


def contributors(ctx: Ctx) -> Reply:
    people: dict[str, dict[str, Any]] = {}
    for commit in ctx.repo.commits(resolve(ctx, ctx.query.text("ref"))):
        entry = people.setdefault(
            commit.author.email, {"name": commit.author.name, "email": commit.author.email, "commits": 0}
        )
        entry["commits"] += 1
    return ctx.items(people.values())


ROUTES = [
    Route("GET", "/projects/:id/repository/tree", tree, REPORTER),
    Route("GET", "/projects/:id/repository/blobs/:sha", blob, REPORTER),
    Route("GET", "/projects/:id/repository/blobs/:sha/raw", raw_blob, REPORTER),
    Route("GET", "/projects/:id/repository/files/:file_path", file, REPORTER),
    Route("GET", "/projects/:id/repository/files/:file_path/raw", raw_file, REPORTER),
    Route("POST", "/projects/:id/repository/files/:file_path", write_file, DEVELOPER),
    Route("PUT", "/projects/:id/repository/files/:file_path", write_file, DEVELOPER),
    Route("DELETE", "/projects/:id/repository/files/:file_path", write_file, DEVELOPER),
    Route("GET", "/projects/:id/repository/compare", compare, REPORTER),
    Route("GET", "/projects/:id/repository/merge_base", merge_base, REPORTER),
    Route("GET", "/projects/:id/repository/contributors", contributors, REPORTER),
    Route("GET", "/projects/:id/repository/archive", archive, REPORTER),
    *(Route("GET", f"/projects/:id/repository/archive.{ending}", archive, REPORTER) for ending in ARCHIVES),
]
