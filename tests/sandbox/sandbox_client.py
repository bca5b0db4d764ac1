"""A small HTTP client for the embedded forge and the things most tests begin with."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

ROOT = "glpat-root-token-for-tests"


@dataclass
class Answer:
    status: int
    headers: Any
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Client:
    """Raw requests: what a third-party client would send, nothing cleverer."""

    url: str
    token: str | None

    def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        sent = dict(headers or {})
        if self.token:
            sent.setdefault("PRIVATE-TOKEN", self.token)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        address = (
            path
            if path.startswith("http")
            else f"{self.url}{path if path.startswith('/-/') else '/api/v4' + path}"
        )
        request = urllib.request.Request(address, data=data, headers=sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return Answer(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def get(self, path: str) -> Any:
        answer = self("GET", path)
        assert answer.status == 200, (path, answer.status, answer.raw)
        return answer.json

    def post(self, path: str, body: Any = None) -> Any:
        answer = self("POST", path, body or {})
        assert answer.status in (200, 201, 202), (path, answer.status, answer.raw)
        return answer.json

    def put(self, path: str, body: Any = None) -> Any:
        answer = self("PUT", path, body or {})
        assert answer.status == 200, (path, answer.status, answer.raw)
        return answer.json


_count = 0


def unique(prefix: str) -> str:
    global _count
    _count += 1
    return f"{prefix}{_count}"


def new_user(
    root: Client, level: int | None = None, project: int | None = None
) -> tuple[Client, dict[str, Any]]:
    """A user with a token, as a member of the project when a level is given."""
    name = unique("orang")
    user = root.post(
        "/users",
        {
            "username": name,
            "name": name.title(),
            "email": f"{name}@example.com",
            "public_email": f"{name}@example.com",
            "force_random_password": True,
        },
    )
    token = root.post(f"/users/{user['id']}/personal_access_tokens", {"name": "uji", "scopes": ["api"]})[
        "token"
    ]
    if level is not None:
        root.post(f"/projects/{project}/members", {"user_id": user["id"], "access_level": level})
    return Client(root.url, token), user


def new_project(root: Client, readme: bool = True, **settings: Any) -> dict[str, Any]:
    group = root.post("/groups", {"name": unique("dinas"), "path": unique("dinas")})
    made: dict[str, Any] = root.post(
        "/projects",
        {"name": unique("app"), "namespace_id": group["id"], "initialize_with_readme": readme, **settings},
    )
    return made


def commit(
    client: Client,
    project: int,
    branch: str,
    files: dict[str, str],
    start_branch: str | None = None,
    message: str = "ubah",
) -> dict[str, Any]:
    actions = [{"action": "create", "file_path": path, "content": text} for path, text in files.items()]
    body: dict[str, Any] = {"branch": branch, "commit_message": message, "actions": actions}
    if start_branch:
        body["start_branch"] = start_branch
    made: dict[str, Any] = client.post(f"/projects/{project}/repository/commits", body)
    return made
