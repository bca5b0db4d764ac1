"""What surrounds a repository on GitHub: variables, secrets, runners, hooks, deploy keys. None = GitHub did not say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

from kawal.errors import LoginError, NotFoundError
from kawal.forges import github_parse as parse
from kawal.forges.exposure import CredentialSeen, Exposure, HookSeen, RunnerSeen, VariableSeen, looks_secret
from kawal.forges.github_base import GitHubBase, enc, repo
from kawal.forges.github_http import Json
from kawal.forges.jsonview import View
from kawal.forges.port import NotPossibleHere, RemoteMember
from kawal.model import Variable

T = TypeVar("T")
_PINNED = re.compile(r"/\.github/workflows/[^@]+@[0-9a-f]{40}$")


class GitHubExposure(GitHubBase):
    """The part of `ReadForge` about who and what reaches a repository."""

    def members(self, project_id: int, *, inherited: bool = False) -> list[RemoteMember]:
        """Invited people count as members: they are one click away from it."""
        path = repo(project_id)
        asked = "all" if inherited else "direct"
        found = self._list(parse.member, f"{path}/collaborators", affiliation=asked)
        return found + self._list(parse.invited, f"{path}/invitations")

    def variables(self, project_id: int) -> list[Variable]:
        return self._list(parse.variable, f"{repo(project_id)}/actions/variables", key="variables")

    def job_token_limited(self, project_id: int) -> bool | None:
        """Whether workflow tokens only read, and approve nothing: the nearest thing to GitLab's allow-list."""
        write = self._tokens_write(project_id)
        return None if write is None else not write

    def _tokens_write(self, project_id: int) -> bool | None:
        raw = self._http.get_or_none(f"{repo(project_id)}/actions/permissions/workflow")
        return None if raw is None else parse.tokens_write(raw)

    def runner_ids(self, project_id: int) -> tuple[int, ...]:
        """Those of the repository and, where the owner is an organisation whose runners the token may list, its own."""
        return tuple(
            sorted(View(row, "/actions/runners").number("id") for row, _ in self._runners(project_id))
        )

    def _runners(self, project_id: int) -> Iterator[tuple[Json, bool]]:
        """(runner, whether it serves the whole organisation)"""
        path = repo(project_id)
        for row in self._http.pages(f"{path}/actions/runners", key="runners"):
            yield row, False
        owner = View(self._http.get(path), path).view("owner")
        if owner.text("type") == "Organization":
            try:
                yield from (
                    (row, True)
                    for row in self._http.all(
                        f"/orgs/{enc(owner.text('login'))}/actions/runners", key="runners"
                    )
                )
            except (NotFoundError, LoginError):
                return

    def exposure(self, project_id: int) -> Exposure:
        path = repo(project_id)

        def known(read: Callable[[], T]) -> T | None:
            try:
                return read()
            except (NotFoundError, LoginError):
                return None

        return Exposure(
            direct_members=frozenset(member.user_id for member in self.members(project_id)),
            shares=(),
            variables=known(lambda: tuple(self._visible(project_id))),
            runners=known(lambda: tuple(self._seen_runners(project_id))),
            hooks=known(lambda: tuple(self._list(_hook, f"{path}/hooks"))),
            credentials=known(lambda: tuple(self._list(_key, f"{path}/keys"))),
            job_token_guests=(),
        )

    def _seen_runners(self, project_id: int) -> Iterator[RunnerSeen]:
        """`locked`: its group takes nothing but the pinned workflows that it names. Groups are of Team and above."""
        found = list(self._runners(project_id))
        groups: dict[int, Json] = {}
        if any(of_organisation for _, of_organisation in found):
            path = repo(project_id)
            owner = View(self._http.get(path), path).view("owner").text("login")
            rows = self._optional(f"/orgs/{enc(owner)}/actions/runner-groups", "runner_groups")
            groups = {View(row, "/runner-groups").number("id"): row for row in rows}
        for row, of_organisation in found:
            yield _runner(row, of_organisation, groups.get(row.get("runner_group_id", 0)))

    def _visible(self, project_id: int) -> Iterator[VariableSeen]:
        """Variables and secrets that a job of this repository can name: its own, its environments', its organisation's."""
        path = repo(project_id)
        for v in self.variables(project_id):
            yield VariableSeen("proyek", v.key, "*", False, False, looks_secret(v.key, v.value))
        for name in self._names(f"{path}/actions/secrets"):
            yield VariableSeen("proyek", name, "*", False, True, True)
        for name in self._names(f"{path}/actions/organization-secrets"):
            yield VariableSeen("organisasi", name, "*", False, True, True)
        for row in self._optional(f"{path}/environments", "environments"):
            scope = View(row, path).text("name")
            for name in self._names(f"{path}/environments/{enc(scope)}/secrets"):
                yield VariableSeen("proyek", name, scope, False, True, True)

    def _names(self, path: str) -> list[str]:
        return [View(row, path).text("name") for row in self._optional(path, "secrets")]

    def _optional(self, path: str, key: str) -> list[Json]:
        """Nothing where this plan or this version has no such list."""
        try:
            return self._http.all(path, key=key)
        except (NotFoundError, NotPossibleHere):
            return []


def _hook(v: View) -> HookSeen:
    config, last = v.view("config").raw, v.raw.get("last_response") or {}
    working = v.raw.get("active") is True and last.get("code") in (None, 0, *range(200, 300))
    url = str(config.get("url", ""))
    return HookSeen(
        v.number("id"), url, bool(config.get("secret")), config.get("insecure_ssl") != "1", working
    )


def _key(v: View) -> CredentialSeen:
    return CredentialSeen("deploy_key", v.text("title"), not v.flag("read_only"), 0)


def _runner(row: Json, of_organisation: bool, group: Json | None) -> RunnerSeen:
    v = View(row, "/actions/runners")
    tags = tuple(one.text("name") for one in v.views("labels"))
    serves: Literal["group", "project"] = "group" if of_organisation else "project"
    return RunnerSeen(v.number("id"), v.text("name"), serves, _restricted(group), None, tags)


def _restricted(group: Json | None) -> bool:
    """Whether a runner group takes only workflows that are pinned to a commit; a branch or tag would move."""
    if group is None or group.get("restricted_to_workflows") is not True:
        return False
    named = group.get("selected_workflows")
    return bool(named) and all(isinstance(one, str) and _PINNED.search(one) for one in named or ())
