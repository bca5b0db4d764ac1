"""The ASGI application: reads a request, finds its route, checks who may call it, answers in GitLab's words."""

from __future__ import annotations

import io
import json
import logging
import shutil
import tempfile
from typing import IO, Any
from urllib.parse import parse_qsl

import anyio.to_thread
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kawal_sandbox.access import (
    OWNER,
    REPORTER,
    Identity,
    check_scope,
    identity_of_job,
    identity_of_token,
    visible_to,
)
from kawal_sandbox.api import Answer, Ctx, Reply, Route
from kawal_sandbox.errors import ApiError, bad_parameter, forbidden, no_route, not_found, refuse, unauthorized
from kawal_sandbox.forge import Forge
from kawal_sandbox.githttp import GitHttp
from kawal_sandbox.github import base as github
from kawal_sandbox.params import Params, nest

log = logging.getLogger("kawal_sandbox")
IN_MEMORY = 1024 * 1024


class App:
    def __init__(self, forge: Forge) -> None:
        self.forge = forge
        self._git = GitHttp(forge)
        # Git pushes wait for their own hooks, so they may not use up the threads that answer those hooks.
        self._limiter: anyio.CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        raw_path = (scope.get("raw_path") or scope["path"].encode()).split(b"?")[0].decode("ascii", "replace")
        who: list[str] = []
        try:
            if self._git.handles(raw_path):
                response = await self._git.answer(request, raw_path, who)
            else:
                response = await self._answer(request, raw_path, who)
        except ClientDisconnect:
            return
        self.forge.requests.add(
            request.method,
            raw_path,
            scope["query_string"].decode("ascii", "replace"),
            response.status_code,
            who,
        )
        await response(scope, receive, send)

    async def _answer(self, request: Request, raw_path: str, who: list[str]) -> Response:
        form: FormData | None = None
        body: IO[bytes] = io.BytesIO()
        method = "GET" if request.method == "HEAD" else request.method
        try:
            match = self.forge.router.match(method, raw_path)
            if match is None:
                if self.forge.router.knows(raw_path):
                    raise ApiError(405, {"error": "405 Not Allowed"})
                raise no_route()
            route, params = match
            pairs = parse_qsl(request.url.query, keep_blank_values=True)
            query = Params(nest(pairs))
            content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
            files: dict[str, UploadFile] = {}
            given: Any = {}
            if content_type == "multipart/form-data":
                form = await request.form()
                files = {key: value for key, value in form.multi_items() if isinstance(value, UploadFile)}
                given = nest((key, value) for key, value in form.multi_items() if isinstance(value, str))
            else:
                body = await spool(request, route.max_body)
                if content_type == "application/x-www-form-urlencoded":
                    given = nest(parse_qsl(body.read().decode("utf-8", "replace"), keep_blank_values=True))
                    body.seek(0)
                elif content_type == "application/json":
                    given = _json(body)
            ctx = Ctx(
                forge=self.forge,
                method=method,
                path=raw_path,
                params=params,
                query=query,
                p=Params({**query, **given}),
                headers=request.headers,
                base_url=f"{request.url.scheme}://{request.url.netloc}",
                body=body,
                files=files,
            )
            self._limiter = self._limiter or anyio.CapacityLimiter(24)
            answer = await anyio.to_thread.run_sync(self._handle, route, ctx, who, limiter=self._limiter)
        except ApiError as error:
            answer = Reply(error.body, error.status, error.headers)
        except MultiPartException as error:
            answer = Reply({"error": str(error)}, 400)
        except ClientDisconnect:
            raise
        except OverflowError:
            answer = Reply({"message": "404 Not Found"}, 404)  # an id beyond SQLite's integers names nothing
        except Exception:
            log.exception("%s %s", request.method, raw_path)
            answer = Reply({"message": "500 Internal Server Error"}, 500)
        finally:
            if form is not None:
                await form.close()
            body.close()
        if isinstance(answer, Reply) and raw_path.startswith(github.PREFIX):
            answer = github.translate(answer, method)
            answer = github.conditional(self.forge, method, answer, request.headers.get("if-none-match"))
        return answer.response() if isinstance(answer, Reply) else answer

    def _handle(self, route: Route, ctx: Ctx, who: list[str]) -> Answer:
        if not route.own_credential:
            ctx.identity = authenticate(self.forge, ctx.headers, ctx.query, route.job_token)
        if ctx.identity is not None:
            who.append(ctx.identity.user["username"])
        if not route.writes:
            authorize(route, ctx)
            return route.handler(ctx)
        with self.forge.store.tx():
            authorize(route, ctx)
            return route.handler(ctx)


async def spool(request: Request, limit: int) -> IO[bytes]:
    """The whole body in a file (in memory while small); 413 when it is larger than `limit`."""
    body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by the caller
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            body.close()
            raise refuse(413, "413 Request Entity Too Large")
        body.write(chunk)
    body.seek(0)
    return body


def _json(body: IO[bytes]) -> dict[str, Any]:
    text = body.read()
    body.seek(0)
    if not text.strip():
        return {}  # python-gitlab sends the content type on GET without a body
    try:
        value = json.loads(text)
    except ValueError:
        raise bad_parameter("invalid json") from None
    return value if isinstance(value, dict) else {}


def authenticate(forge: Forge, headers: Headers, query: Params, job_token_allowed: bool) -> Identity | None:
    """The caller by header or query parameter; None for nobody, 401 for a credential that does not hold."""
    private = headers.get("private-token") or query.text("private_token")
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if not private and scheme.lower() in ("bearer", "token"):
        private = bearer.strip()
    if private:
        return identity_of_token(forge.store, private)
    job = headers.get("job-token") or query.text("job_token")
    if job:
        if not job_token_allowed:
            raise unauthorized()
        return identity_of_job(forge.store, forge.ci.job_of_token, job)
    return None


def authorize(route: Route, ctx: Ctx) -> None:
    """Load the project or group of the path and refuse: 401 without credentials, 404 for what is hidden, 403 for too low a level."""
    if ctx.identity is not None:
        check_scope(ctx.identity, route.method not in ("GET", "HEAD"))
    elif not route.anonymous and not (
        route.method in ("GET", "HEAD") and route.path.startswith(("/projects/:id", "/groups/:id"))
    ):
        raise unauthorized()
    if route.admin and not ctx.is_admin:
        raise forbidden() if ctx.identity else unauthorized()
    if route.path.startswith("/projects/:id"):
        _load_project(route, ctx)
    elif route.path.startswith("/groups/:id"):
        _load_group(route, ctx)


def _load_project(route: Route, ctx: Ctx) -> None:
    store, user = ctx.forge.store, None if ctx.identity is None else ctx.user
    key = ctx.params["id"]
    project = store.one("SELECT * FROM projects WHERE id = ?", int(key)) if _is_id(key) else None
    if project is None:
        project = store.one("SELECT * FROM projects WHERE full_path = ?", key)
    if project is None:
        moved = store.one(
            "SELECT p.* FROM redirects r JOIN projects p ON p.id = r.project_id WHERE r.full_path = ?", key
        )
        project = moved
    level = 0 if project is None else ctx.forge.access.project_level(project, user)
    if project is None or not (ctx.is_admin or visible_to(project["visibility"], level, user)):
        raise not_found("Project")
    if project["full_path"].lower() != key.lower() and not _is_id(key):
        _answer_moved(ctx, project)
    ctx._project = project
    ctx.level = ctx.forge.access.effective(level, user) if ctx.is_admin else level
    if ctx.identity is not None and ctx.identity.job is not None:
        _check_job_token(ctx, project)
    changes = route.method not in ("GET", "HEAD")
    readable = REPORTER if not changes and project["visibility"] != "private" else 0
    if max(ctx.level, readable) < route.level:
        raise forbidden() if user else unauthorized()
    if changes and project["marked_for_deletion_on"] and not route.path.endswith(("/:id", "/restore")):
        raise forbidden()
    if changes and project["archived"] and not route.path.endswith(("/:id", "/unarchive")):
        raise forbidden()


def _is_id(key: str) -> bool:
    """An id that fits SQLite's integers; a longer run of digits can only be a path."""
    return key.isascii() and key.isdigit() and len(key) < 19


def _answer_moved(ctx: Ctx, project: dict[str, Any]) -> None:
    """A project asked for by a path it no longer has."""
    if ctx.method not in ("GET", "HEAD"):
        raise ApiError(405, {"error": "405 Not Allowed"})
    location = ctx.link().replace(
        f"/projects/{ctx.path.split('/projects/')[1].split('/')[0]}", f"/projects/{project['id']}"
    )
    raise ApiError(
        301, {"message": "This resource has been moved permanently to " + location}, {"Location": location}
    )


def _check_job_token(ctx: Ctx, project: dict[str, Any]) -> None:
    """Job tokens of other projects need a place on the allowlist."""
    assert ctx.identity is not None  # noqa: S101 - narrowed for mypy
    assert ctx.identity.job is not None  # noqa: S101
    origin = ctx.identity.job.project_id
    settings = json.loads(project["settings"])
    if origin == project["id"] or not settings.get("ci_job_token_scope_inbound_enabled", True):
        return
    allowed = ctx.forge.store.one(
        "SELECT 1 FROM job_token_allowlist WHERE project_id = ? AND kind = 'project' AND target_id = ?",
        project["id"],
        origin,
    )
    if allowed is None and not _group_allowed(ctx, project["id"], origin):
        raise forbidden("Authentication by CI/CD job token not allowed from this project")


def _group_allowed(ctx: Ctx, project_id: int, origin: int) -> bool:
    trail = ctx.forge.store.value(
        "SELECT n.trail FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE p.id = ?", origin
    )
    rows = ctx.forge.store.all(
        "SELECT target_id FROM job_token_allowlist WHERE project_id = ? AND kind = 'group'", project_id
    )
    return any(f"/{row['target_id']}/" in str(trail) for row in rows)


def _load_group(route: Route, ctx: Ctx) -> None:
    store, user = ctx.forge.store, None if ctx.identity is None else ctx.user
    key = ctx.params["id"]
    sql = "SELECT * FROM namespaces WHERE kind = 'group' AND "
    group = store.one(sql + "id = ?", int(key)) if _is_id(key) else None
    group = group or store.one(sql + "full_path = ?", key)
    level = 0 if group is None else ctx.forge.access.group_level(group, user)
    if group is None or not (ctx.is_admin or visible_to(group["visibility"], level, user)):
        raise not_found("Group")
    ctx._group = group
    ctx.level = OWNER if ctx.is_admin else level
    readable = REPORTER if route.method in ("GET", "HEAD") and group["visibility"] != "private" else 0
    if max(ctx.level, readable) < route.level:
        raise forbidden() if user else unauthorized()


def copy_body(body: IO[bytes], target: IO[bytes]) -> None:
    shutil.copyfileobj(body, target, 1024 * 1024)
