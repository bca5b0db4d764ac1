"""Every endpoint on a project or group, called as a stranger, as nobody, with the role just below the least one, and with the least one."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sandbox_client import Client

from kawal_sandbox.server import Server

ROLES = {"guest": 10, "planner": 15, "reporter": 20, "developer": 30, "maintainer": 40, "owner": 50}
FINER = {
    "GET /projects/:id/jobs/:job_id/artifacts",
    "GET /projects/:id/jobs/:job_id/artifacts/*path",
    "GET /projects/:id/jobs/artifacts/:ref/download",
    "GET /projects/:id/jobs/artifacts/:ref/raw/*path",
    "GET /projects/:id/pipelines/latest",
}
"""Decided by what is there: whether pipelines are public, and a latest pipeline that does not exist is a 403 on GitLab."""
NAMES_ANOTHER = {
    "POST /projects/:id/job_token_scope/allowlist",
    "POST /projects/:id/job_token_scope/groups_allowlist",
    "POST /projects/:id/share",
    "POST /groups/:id/share",
}
"""Their 404 is about the project or group in the body, which is none here."""
ENDS_IT = re.compile(
    r"^(DELETE /(projects|groups)/:id|\w+ /(projects|groups)/:id/(restore|transfer|archive|unarchive))$"
)
"""What would take the project away from the calls after it: the least role tries it on one made for that."""


def table() -> list[tuple[str, str, str]]:
    """(role, method, path)"""
    rows, role = [], ""
    for line in (Path(__file__).parent / "hak_gitlab.txt").read_text("utf-8").splitlines():
        if line.startswith("  "):
            methods, path = line.split()
            rows += [(role, method, path) for method in methods.split(",")]
        elif not line.startswith("#"):
            role = line
    return rows


@dataclass
class Caller:
    """One token on a connection that is kept: a thousand calls."""

    url: str
    token: str | None
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        where = urlsplit(self.url)
        self.connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)

    def __call__(self, method: str, path: str) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"} | ({"PRIVATE-TOKEN": self.token} if self.token else {})
        self.connection.request(method, f"/api/v4{path}", b"{}", headers)
        reply = self.connection.getresponse()
        raw = reply.read()
        is_json = "json" in reply.headers.get("Content-Type", "")
        return reply.status, json.loads(raw) if raw and is_json else raw


@dataclass
class Ground:
    """A private group and project with one person of each role, and somebody who is of none."""

    root: Client
    group: int
    project: int
    callers: dict[str, Caller]

    def path(self, shape: str, project: int | None = None, group: int | None = None) -> str:
        """With ids that exist for project and group, and names of nothing for what lies below."""
        shape = shape.replace("/projects/:id", f"/projects/{project or self.project}")
        shape = shape.replace("/groups/:id", f"/groups/{group or self.group}")
        return re.sub(
            r"[:*](\w+)",
            lambda m: "tidak-ada" if m[1] in ("name", "key", "ref", "path", "file") else "999999",
            shape,
        )

    def fresh(self) -> tuple[int, int]:
        """(group, project) that nobody else will need."""
        number = len(self.root.get("/groups?per_page=100"))
        group = self.root.post(
            "/groups", {"path": f"habis-{number}", "name": f"habis-{number}", "visibility": "private"}
        )
        project = self.root.post(
            "/projects", {"name": "app", "namespace_id": group["id"], "visibility": "private"}
        )
        for role, level in ROLES.items():
            user = self.root.get(f"/users?username=hak-{role}")[0]["id"]
            self.root.post(f"/groups/{group['id']}/members", {"user_id": user, "access_level": level})
        return group["id"], project["id"]


@pytest.fixture(scope="module")
def ground(server: Server, root: Client) -> Iterator[Ground]:
    callers: dict[str, Caller] = {"nobody": Caller(server.url, None)}
    for role in (*ROLES, "stranger"):
        body: dict[str, Any] = {"username": f"hak-{role}", "name": role, "email": f"hak-{role}@contoh.go.id"}
        body |= {"force_random_password": True, "skip_confirmation": True}
        user = root.post("/users", body)["id"]
        token = root.post(f"/users/{user}/personal_access_tokens", {"name": "hak", "scopes": ["api"]})[
            "token"
        ]
        callers[role] = Caller(server.url, token)
    ground = Ground(root, 0, 0, callers)
    ground.group, ground.project = ground.fresh()
    yield ground
    for caller in callers.values():
        caller.connection.close()


def test_the_table_names_every_endpoint_on_a_project_or_group(server: Server) -> None:
    served = {
        (route.method, route.path)
        for routes in server.forge.router._routes.values()
        for _, route in routes
        if route.path.startswith(("/projects/:id", "/groups/:id"))
    }
    named = [(method, path) for _, method, path in table()]

    assert len(named) == len(set(named)) > 200
    assert set(named) == served


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_a_private_project_is_not_there_for_who_is_not_of_it(who: str, ground: Ground) -> None:
    told = {}
    for _, method, shape in table():
        status, body = ground.callers[who](method, ground.path(shape))
        hidden = status == 404 and str(body.get("message")).startswith(("404 Project", "404 Group"))
        if not hidden and not (who == "nobody" and status == 401):
            told[f"{method} {shape}"] = (status, body)

    assert told == {}


def test_the_role_below_the_least_one_is_refused(ground: Ground) -> None:
    names, passed = list(ROLES), {}
    for role, method, shape in table():
        if role == "guest" or f"{method} {shape}" in FINER:
            continue
        below = names[names.index(role) - 1]
        status, body = ground.callers[below](method, ground.path(shape))
        if status != 403 or not str(body.get("message")).startswith("403 Forbidden"):
            passed[f"{below}: {method} {shape}"] = (status, body)

    assert passed == {}


def test_the_least_role_is_let_in(ground: Ground) -> None:
    """What it meets then is a missing parameter or a thing that is not there, never its own level."""
    refused = {}
    for role, method, shape in table():
        name = f"{method} {shape}"
        group, project = ground.fresh() if ENDS_IT.match(name) else (None, None)
        status, body = ground.callers[role](method, ground.path(shape, project, group))
        gone = (
            isinstance(body, dict)
            and body.get("message")
            in (
                "404 Project Not Found",
                "404 Group Not Found",
            )
            and name not in NAMES_ANOTHER
        )
        if (status in (401, 403) and name not in FINER) or gone or status >= 500:
            refused[f"{role}: {name}"] = (status, body)

    assert refused == {}
