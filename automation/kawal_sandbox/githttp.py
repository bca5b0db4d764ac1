"""git over smart HTTP: Basic authentication in front of `git http-backend`."""

from __future__ import annotations

import base64
import binascii
import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import unquote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from kawal_sandbox import githook
from kawal_sandbox.access import DEVELOPER, REPORTER, Identity, identity_of_job, identity_of_token, visible_to
from kawal_sandbox.errors import ApiError
from kawal_sandbox.forge import Forge
from kawal_sandbox.gitcmd import clean_env
from kawal_sandbox.routes import deploy_access
from kawal_sandbox.store import Row

ENDINGS = ("/info/refs", "/git-upload-pack", "/git-receive-pack")
HIDDEN = "The project you were looking for could not be found or you don't have permission to view it.\n"
MAX_PUSH = 512 * 1024 * 1024
CHUNK = 64 * 1024


class Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


DEPLOY_TOKEN = "gldt-"  # noqa: S105 - how GitLab begins them
DENIED = "HTTP Basic: Access denied. The provided password or token is incorrect.\n"


class GitHttp:
    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._hooks = forge.data / "hooks"
        self._write_hooks()
        self._limiter: anyio.CapacityLimiter | None = None

    def handles(self, raw_path: str) -> bool:
        return raw_path.endswith(ENDINGS) and not raw_path.startswith("/api/")

    async def answer(self, request: Request, raw_path: str, who: list[str]) -> Response:
        self._limiter = self._limiter or anyio.CapacityLimiter(16)
        with tempfile.TemporaryFile() as body:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_PUSH:
                    return PlainTextResponse("Request Entity Too Large\n", 413)
                body.write(chunk)
            body.seek(0)
            return await anyio.to_thread.run_sync(
                self._run, request, raw_path, body, size, who, limiter=self._limiter
            )

    def _run(self, request: Request, raw_path: str, body: IO[bytes], size: int, who: list[str]) -> Response:
        try:
            path, ending = _split(raw_path)
            pushes = ending == "git-receive-pack" or "service=git-receive-pack" in request.url.query
            token = _password(request.headers.get("authorization", ""))
            identity = None
            if token is not None and token.startswith(DEPLOY_TOKEN):
                project = self._deployed(path, token, pushes)
            else:
                identity = None if token is None else self._identity(token)
                if identity is not None:
                    who.append(identity.user["username"])
                project = self._project(path, identity, pushes)
        except Refused as refused:
            challenge = {"WWW-Authenticate": 'Basic realm="GitLab"'} if refused.status == 401 else {}
            return PlainTextResponse(refused.text, refused.status, challenge)
        return self._backend(request, ending, body, size, project, identity)

    def _identity(self, token: str) -> Identity | None:
        """The owner of the token; the user name beside it does not matter."""
        try:
            job = self._forge.ci.job_of_token(token)
            if job is not None:
                return identity_of_job(self._forge.store, lambda _: job, token)
            return identity_of_token(self._forge.store, token)
        except ApiError:
            raise Refused(401, DENIED) from None

    def _deployed(self, path: str, token: str, pushes: bool) -> Row:
        """The project of a deploy token, which belongs to nobody and only fetches."""
        project = self._forge.store.one("SELECT * FROM projects WHERE full_path = ?", path)
        if project is None or not deploy_access.reads_repository(self._forge.store, project, token):
            raise Refused(401, DENIED)
        if pushes:
            raise Refused(403, "You are not allowed to upload code.\n")
        return project

    def _project(self, path: str, identity: Identity | None, pushes: bool) -> Row:
        store, access = self._forge.store, self._forge.access
        user = None if identity is None else identity.user
        project = store.one("SELECT * FROM projects WHERE full_path = ?", path)
        if project is None:
            project = store.one(
                "SELECT p.* FROM redirects r JOIN projects p ON p.id = r.project_id WHERE r.full_path = ?",
                path,
            )
        level = 0 if project is None else access.effective(access.project_level(project, user), user)
        if project is None or not visible_to(project["visibility"], level, user):
            raise Refused(401, "HTTP Basic: Access denied\n") if identity is None else Refused(404, HIDDEN)
        if identity is None and (pushes or project["visibility"] != "public"):
            raise Refused(401, "HTTP Basic: Access denied\n")
        if project["visibility"] == "private" and level < REPORTER:
            raise Refused(403, "You are not allowed to download code from this project.\n")
        if identity is not None:
            _check_git_scope(identity, project, pushes)
        if pushes and (level < DEVELOPER or project["archived"] or project["marked_for_deletion_on"]):
            raise Refused(403, "You are not allowed to push code to this project.\n")
        return project

    def _backend(
        self,
        request: Request,
        ending: str,
        body: IO[bytes],
        size: int,
        project: Row,
        identity: Identity | None,
    ) -> Response:
        env = {
            "GIT_PROJECT_ROOT": str(self._forge.repo(project["id"]).path),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{ending}",
            "QUERY_STRING": request.url.query,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(size) if request.method == "POST" else "",
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "REMOTE_USER": identity.user["username"] if identity else "",
            "REMOTE_ADDR": request.client.host if request.client else "127.0.0.1",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "core.hooksPath",
            "GIT_CONFIG_VALUE_0": str(self._hooks),
            "GIT_CONFIG_KEY_1": "safe.directory",
            "GIT_CONFIG_VALUE_1": "*",
            "KAWAL_HOOK_URL": self._forge.url,
            "KAWAL_HOOK_SECRET": self._forge.hook_secret,
            "KAWAL_HOOK_PROJECT": str(project["id"]),
            "KAWAL_HOOK_USER": str(identity.user["id"]) if identity else "0",
        }
        process = subprocess.Popen(
            ["git", "http-backend"],
            stdin=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=clean_env(env),
        )
        assert process.stdout is not None  # noqa: S101 - PIPE was asked for
        status, headers = 200, {}
        for line in iter(process.stdout.readline, b""):
            name, _, value = line.decode("latin-1").strip().partition(": ")
            if not name:
                break
            if name.lower() == "status":
                status = int(value.split()[0])
            else:
                headers[name] = value
        return StreamingResponse(_chunks(process), status, headers)

    def _write_hooks(self) -> None:
        self._hooks.mkdir(exist_ok=True)
        for kind in ("pre-receive", "post-receive"):
            script = self._hooks / kind
            command = shlex.join([sys.executable, "-I", str(Path(githook.__file__).resolve()), kind])
            script.write_text(f"#!/bin/sh\nexec {command}\n", encoding="utf-8")
            script.chmod(0o755)


def _chunks(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    assert process.stdout is not None  # noqa: S101
    try:
        while chunk := process.stdout.read(CHUNK):
            yield chunk
    finally:
        process.stdout.close()
        process.wait()


def _password(header: str) -> str | None:
    """The token given as Basic password."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        raise Refused(401, "HTTP Basic: Access denied\n") from None


def _split(raw_path: str) -> tuple[str, str]:
    for ending in ENDINGS:
        if raw_path.endswith(ending):
            path = unquote(raw_path[: -len(ending)]).strip("/")
            return path.removesuffix(".git"), ending.lstrip("/")
    raise Refused(404, HIDDEN)


def _check_git_scope(identity: Identity, project: Row, pushes: bool) -> None:
    if identity.job is not None:
        own = identity.job.project_id == project["id"]
        if pushes and not (
            own and json.loads(project["settings"]).get("ci_push_repository_for_job_token_allowed")
        ):
            raise Refused(403, "You are not allowed to upload code.\n")
        return
    wanted = {"api", "write_repository"} if pushes else {"api", "read_repository", "write_repository"}
    if not wanted & identity.scopes:
        raise Refused(403, "Your token does not have the scope that git needs.\n")
