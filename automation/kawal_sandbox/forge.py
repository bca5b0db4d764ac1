"""The forge as one object: store, repositories, access and the bus of events.

Seams for `kawal_sandbox.ci` (pipelines, jobs, runners, OIDC), which mounts on top of this package:

* `forge.register_routes([Route(…), …])` adds endpoints (`kawal_sandbox.api.Route`; a path that starts with `!` is absolute, e.g.
  `!/.well-known/openid-configuration`). Handlers are sync, `(Ctx) -> Reply | starlette Response`, and run in a thread pool; a handler
  that writes runs inside one transaction (`Route(read_only=True)` opts out, e.g. for long polls and uploads).
* `forge.store.apply_schema(sql)` adds tables; `forge.store` is the one database (`all`, `one`, `value`, `get`, `run`, `insert`, `update`, `tx`,
  `after_commit`, `next_iid`).
* `forge.events.subscribe(kind, fn)`: `fn(Event)` is called in the thread and transaction of whoever caused it. Kinds and their `data`:
  - `push`, `tag`: `ref` (refs/heads/…, refs/tags/…), `before`, `after` (40 zeros = none), `options` (git push options),
  - `merge_request`: `mr_id`, `iid`, `action` (open, reopen, update, close, merge, approved, unapproved), `changes`, `oldrev` (update by push),
  - `issue`, `note`, `release`, `deployment`, `commit_status` (`status_id`), `project_deleted`.
  ci publishes `pipeline` and `job` events with `data={"payload": <hook body>}`; project hooks deliver them.
* `forge.ci` holds the answers only ci can give (`CiAnswers`); ci replaces it with its own at start.
* `kawal_sandbox.ci.install(forge, runner: RunnerConfig | None) -> stop function` is called once by `server.start`, after the core is mounted.
* `forge.url` is the configured address (no trailing slash), for links in payloads and as OIDC issuer.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kawal_sandbox.access import Access, JobIdentity
from kawal_sandbox.api import Route
from kawal_sandbox.repos import Repo
from kawal_sandbox.requestlog import RequestLog
from kawal_sandbox.router import Router
from kawal_sandbox.store import Row, Store

if TYPE_CHECKING:
    from kawal_sandbox.webhooks import Webhooks

VERSION = "18.5.0"


@dataclass(frozen=True)
class Event:
    kind: str
    project_id: int
    user_id: int
    data: dict[str, Any] = field(default_factory=dict)


Subscriber = Callable[[Event], None]


class Events:
    """Synchronous bus: subscribers run in the publisher's thread and transaction, in the order they subscribed."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Subscriber]] = defaultdict(list)

    def subscribe(self, kind: str, subscriber: Subscriber) -> None:
        self._subscribers[kind].append(subscriber)

    def publish(self, event: Event) -> None:
        for subscriber in self._subscribers[event.kind]:
            subscriber(event)


class CiAnswers(Protocol):
    """What the core must ask the CI package."""

    def job_of_token(self, token: str) -> JobIdentity | None:
        """The running job that owns this CI_JOB_TOKEN."""

    def head_pipeline(self, project: Row, mr: Row, base_url: str) -> dict[str, Any] | None:
        """The newest pipeline of the merge request's head as shown in its JSON (`id`, `sha`, `ref`, `status`, `web_url`, …)."""

    def last_pipeline(self, project: Row, sha: str, base_url: str) -> dict[str, Any] | None:
        """The newest pipeline of a commit, same shape."""


class NoCi:
    """A forge on which nothing ever runs."""

    def job_of_token(self, token: str) -> JobIdentity | None:  # noqa: ARG002
        return None

    def head_pipeline(self, project: Row, mr: Row, base_url: str) -> dict[str, Any] | None:  # noqa: ARG002
        return None

    def last_pipeline(self, project: Row, sha: str, base_url: str) -> dict[str, Any] | None:  # noqa: ARG002
        return None


class Forge:
    def __init__(self, data: Path, url: str) -> None:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)  # holds hook secrets in clear
        self.data = data
        self.url = url.rstrip("/")
        self.store = Store(data / "forge.sqlite3")
        self.access = Access(self.store)
        self.events = Events()
        self.router = Router()
        self.ci: CiAnswers = NoCi()
        self.webhooks: Webhooks  # set by Webhooks itself
        self.requests = RequestLog(data / "requests.jsonl")
        self.github_used = 0  # requests that count against GitHub's limit; shown, not enforced
        self.hook_secret = secrets.token_hex(24)  # proves that a git hook was started by this process
        (data / "repositories").mkdir(exist_ok=True)

    def register_routes(self, routes: Iterable[Route]) -> None:
        for route in routes:
            self.router.add(route)

    def repo(self, project_id: int) -> Repo:
        return Repo(self.data / "repositories" / f"{project_id}.git")

    def publish(self, kind: str, project_id: int, user_id: int, **data: Any) -> None:
        self.events.publish(Event(kind, project_id, user_id, data))

    def close(self) -> None:
        self.store.close()
