"""Starts the embedded forge as a real process for tests, and looks at it by raw HTTP, past the adapter under test."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

START_SECONDS = 40


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class ForgeLatihan:
    """A running forge with its administrator's token."""

    url: str
    admin_token: str
    process: subprocess.Popen[str]
    users: dict[str, tuple[int, str]] = field(default_factory=dict)
    """username -> (id, token)"""

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Answer:
        """One raw request to `/api/v4<path>`; any status is an answer."""
        request = urllib.request.Request(
            f"{self.url}/api/v4{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"PRIVATE-TOKEN": token or self.admin_token, "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as reply:
                return Answer(reply.status, dict(reply.headers), reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def ok(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        """The JSON of a request that has to succeed."""
        answer = self.call(method, path, body, token=token)
        assert 200 <= answer.status < 300, f"{method} {path}: {answer.status} {answer.body[:300]!r}"
        return answer.json() if answer.body else None

    def all(self, path: str, **query: str) -> list[Any]:
        """All rows of a list."""
        rows: list[Any] = []
        for page in range(1, 1000):
            part = self.ok("GET", f"{path}?{urlencode({**query, 'per_page': '100', 'page': str(page)})}")
            rows += part
            if len(part) < 100:
                break
        return rows

    def user(self, username: str, *, name: str | None = None) -> tuple[int, str]:
        """(id, token with scope api) of a user, made on the first call."""
        if username not in self.users:
            made = self.ok(
                "POST",
                "/users",
                {
                    "username": username,
                    "name": name or username.title(),
                    "email": f"{username}@contoh.go.id",
                    "public_email": f"{username}@contoh.go.id",
                    "password": "kata-sandi-latihan-1",
                    "skip_confirmation": True,
                },
            )
            token = self.ok(
                "POST", f"/users/{made['id']}/personal_access_tokens", {"name": "uji", "scopes": ["api"]}
            )
            self.users[username] = (made["id"], token["token"])
        return self.users[username]

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """The forge's own log of the requests it answered, without those for the log."""
        rows = self.ok("GET", f"/kawal_latihan/requests?since={since}")
        return [row for row in rows if "kawal_latihan" not in row["path"]]

    def last_request(self) -> int:
        return max((row["seq"] for row in self.requests()), default=0)

    def writes(self, since: int) -> list[str]:
        """Every request since then that was meant to change something."""
        return [
            f"{row['method']} {row['path']}"
            for row in self.requests(since)
            if row["method"] not in ("GET", "HEAD")
        ]


@contextmanager
def forge_latihan(data: Path, *options: str) -> Iterator[ForgeLatihan]:
    """The forge on a free loopback port with its data in `data`; `options` go to its command line (e.g. `--runner`)."""
    data.mkdir(parents=True, exist_ok=True)
    log = data / "forge.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "kawal_sandbox", "--data", str(data), "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=stderr,
            stdin=subprocess.DEVNULL,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(data), "LANG": "C.UTF-8"},
        )
    try:
        ready = json.loads(_first_line(process, log))
        yield ForgeLatihan(ready["url"], ready["admin_token"], process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _first_line(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.2)[0]:
            line = process.stdout.readline()
            if line:
                return line
        if process.poll() is not None:
            break
    raise RuntimeError(f"the embedded forge did not start: {log.read_text()[-2000:]}")


def enc(part: str) -> str:
    return quote(part, safe="")
