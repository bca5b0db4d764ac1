"""GitLab: environments, deployments, releases, label events and the issuer of job tokens."""

from __future__ import annotations

from itertools import islice

from kawal.forges.gitlab_base import GitLabBase
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
from kawal.forges.port import NotPossibleHere


class GitLabOperations(GitLabBase):
    """The part of `ReadForge` about what runs where and what was released."""

    def environments(self, project_id: int) -> list[Environment]:
        return self._list(_environment, f"/projects/{project_id}/environments")

    def environment_rule(self, project_id: int, name: str) -> EnvironmentRule | None:
        """CE has no rule at all, and Premium's protected environments name people, never refs."""
        raise NotPossibleHere(
            "FORGE-015", f"GitLab tidak membatasi ref untuk environment {name}", found=f"proyek {project_id}"
        )

    def deployments(self, project_id: int, environment: str, *, limit: int) -> list[Deployment]:
        path = f"/projects/{project_id}/deployments"
        rows = self._http.pages(path, environment=environment, order_by="id", sort="desc")
        return [_deployment(View(row, path)) for row in islice(rows, limit)]

    def releases(self, project_id: int) -> list[RemoteRelease]:
        return self._list(_release, f"/projects/{project_id}/releases")

    def label_events(self, project_id: int, iid: int) -> list[LabelEvent]:
        path = f"/projects/{project_id}/issues/{iid}/resource_label_events"
        return self._list(_label_event, path, counted=False)

    def token_issuer(self) -> TokenIssuer:
        """GitLab signs under its own address, as its administrator set it (`external_url`)."""
        return discover(self._http.url, timeout=self._http.timeout, ca=self._http.ca)


def _environment(v: View) -> Environment:
    return Environment(v.text("name"), v.maybe_text("tier") == "production")


def _deployment(v: View) -> Deployment:
    where = v.view("environment").text("name")
    return Deployment(
        v.number("id"), where, v.text("ref"), v.text("sha"), v.text("status"), v.time("created_at")
    )


def _release(v: View) -> RemoteRelease:
    return RemoteRelease(v.text("tag_name"), v.maybe_text("name") or "", v.maybe_time("released_at"))


def _label_event(v: View) -> LabelEvent:
    label, user = v.maybe_view("label"), v.maybe_view("user")
    return LabelEvent(
        label=label.text("name") if label else None,
        added=v.text("action") == "add",
        user_id=user.number("id") if user else None,
        username=user.text("username") if user else "",
        at=v.time("created_at"),
    )
