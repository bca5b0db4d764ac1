"""GitHub: environments, deployments, releases, label events and the issuer of job tokens."""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urlsplit

from kawal.errors import NotFoundError
from kawal.forges.github_base import GitHubBase, repo
from kawal.forges.github_environment import read_rule
from kawal.forges.github_http import PUBLIC
from kawal.forges.jsonview import View
from kawal.forges.oidc import discover
from kawal.forges.operations import (
    Deployment,
    Environment,
    EnvironmentRule,
    LabelEvent,
    RemoteRelease,
    TokenIssuer,
)

PUBLIC_ISSUER = "https://token.actions.githubusercontent.com"
_PRODUCTION = re.compile(r"prod|live", re.IGNORECASE)
"""GitLab guesses its tier `production` from the name in the same way; GitHub has no tiers."""
_STATUS = {
    "failure": "failed",
    "error": "failed",
    "in_progress": "running",
    "queued": "created",
    "pending": "created",
}


class GitHubOperations(GitHubBase):
    """The part of `ReadForge` about what runs where and what was released."""

    def environments(self, project_id: int) -> list[Environment]:
        path = f"{repo(project_id)}/environments"
        try:
            return self._list(_environment, path, key="environments")
        except NotFoundError:  # as GitHub says it where the plan has none
            return []

    def environment_rule(self, project_id: int, name: str) -> EnvironmentRule | None:
        return read_rule(self._http, project_id, name)

    def deployments(self, project_id: int, environment: str, *, limit: int) -> list[Deployment]:
        """One more call for each: GitHub keeps what became of a deployment apart."""
        path = f"{repo(project_id)}/deployments"
        rows = islice(self._http.pages(path, environment=environment), limit)
        return [self._deployment(project_id, View(row, path)) for row in rows]

    def _deployment(self, project_id: int, v: View) -> Deployment:
        path = f"{repo(project_id)}/deployments/{v.number('id')}/statuses"
        said = self._list(lambda one: one.text("state"), path)
        # A newer one makes it `inactive`; that it had succeeded stands further down.
        status = "success" if "success" in said else _STATUS.get(said[0], said[0]) if said else "created"
        return Deployment(
            v.number("id"),
            v.text("environment"),
            v.text("ref"),
            v.text("sha"),
            status,
            v.time("created_at"),
        )

    def releases(self, project_id: int) -> list[RemoteRelease]:
        path = f"{repo(project_id)}/releases"
        return [_release(View(row, path)) for row in self._http.pages(path) if row.get("draft") is not True]

    def label_events(self, project_id: int, iid: int) -> list[LabelEvent]:
        path = f"{repo(project_id)}/issues/{iid}/events"
        return [
            _label_event(View(row, path))
            for row in self._http.pages(path)
            if row.get("event") in ("labeled", "unlabeled")
        ]

    def token_issuer(self) -> TokenIssuer:
        """github.com signs under a host of its own, a server of one's own under a path."""
        public = self._http.base == PUBLIC or urlsplit(self._http.url).hostname == "github.com"
        issuer = PUBLIC_ISSUER if public else f"{self._http.url}/_services/token"
        return discover(issuer, timeout=self._http.timeout, ca=self._http.ca)


def _environment(v: View) -> Environment:
    return Environment(v.text("name"), bool(_PRODUCTION.search(v.text("name"))))


def _release(v: View) -> RemoteRelease:
    return RemoteRelease(v.text("tag_name"), v.maybe_text("name") or "", v.maybe_time("published_at"))


def _label_event(v: View) -> LabelEvent:
    user = v.maybe_view("actor")
    return LabelEvent(
        label=v.view("label").text("name"),
        added=v.text("event") == "labeled",
        user_id=user.number("id") if user else None,
        username=user.text("login") if user else "",
        at=v.time("created_at"),
    )
