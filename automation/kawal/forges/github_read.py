"""The reading half of the GitHub adapter: forge, people, organisations, repositories; the rest is in the parts it is made of."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from kawal.errors import LoginError, NotFoundError
from kawal.forges import github_parse as parse
from kawal.forges.github_base import enc, place, repo
from kawal.forges.github_exposure import GitHubExposure
from kawal.forges.github_http import GitHubHttp
from kawal.forges.github_operations import GitHubOperations
from kawal.forges.github_pulls import GitHubPulls
from kawal.forges.github_runs import GitHubRuns
from kawal.forges.jsonview import View
from kawal.forges.markers import PREPARING
from kawal.forges.operations import RemoteGroup
from kawal.forges.port import ForgeInfo, Project, RemoteHook, RemoteIssue, RemoteLabel, RemoteMilestone

FIRST_OBJECT = "kawal: objek pertama repositori kosong"
"""Message of the commit that only makes git's object API usable; it is replaced at once by the real first commit."""
_NOREPLY = re.compile(r"(?P<id>\d+)\+(?P<name>[^@]+)@users\.noreply\..+")


class GitHubReader(GitHubRuns, GitHubPulls, GitHubExposure, GitHubOperations):
    """Implements `kawal.forges.port.ReadForge`."""

    def __init__(self, http: GitHubHttp) -> None:
        super().__init__(http)
        self._me: tuple[int, str] | None = None
        self._version: str | None = None
        self._users: dict[str, int] = {}
        self._emails: dict[str, int | None] = {}

    # --- forge and people

    def info(self) -> ForgeInfo:
        if self._me is None:
            me = View(self._http.get("/user"), "/user")
            self._me = (me.number("id"), me.text("login"))
            meta = self._http.get_or_none("/meta") or {}
            self._version = str(meta.get("installed_version") or "github.com")
        return ForgeInfo("github", self._http.url, self._version or "", "unknown", *self._me)

    def known_settings(self) -> frozenset[str] | None:
        return parse.KNOWN_SETTINGS

    def server_time(self) -> datetime | None:
        return self._http.server_time()

    def user_id(self, username: str) -> int:
        if username not in self._users:
            raw = self._http.get_or_none(f"/users/{enc(username)}")
            if raw is None or raw.get("type") == "Organization":
                raise NotFoundError(
                    "FORGE-004",
                    f"Pengguna '{username}' tidak ada di forge {self._http.url}",
                    needed="nama pengguna GitHub yang tepat",
                    next_step="perbaiki nama pengguna di berkas permohonan",
                )
            self._users[username] = View(raw, "/users").number("id")
        return self._users[username]

    def user_id_of_email(self, email: str) -> int | None:
        """Of an address shown in public, or GitHub's private kind: the search knows no other, and may be asked 30 times a minute."""
        wanted = email.lower()
        if wanted not in self._emails:
            self._emails[wanted] = self._found_by_email(wanted)
        return self._emails[wanted]

    def _found_by_email(self, email: str) -> int | None:
        if email == parse.WEB_FLOW_EMAIL:
            return None
        private = _NOREPLY.fullmatch(email)
        if private:
            found = self._maybe(lambda v: (v.number("id"), v.text("login").lower()), f"/user/{private['id']}")
            return found[0] if found and found[1] == private["name"] else None
        rows = self._http.all("/search/users", key="items", q=f"{email} in:email")
        return View(rows[0], "/search/users").number("id") if len(rows) == 1 else None

    # --- organisations and repositories

    def group_id(self, full_path: str) -> int | None:
        """The organisation or user that holds everything below; deeper levels exist as soon as it does."""
        return self._maybe(lambda v: v.number("id"), f"/users/{enc(full_path.split('/')[0])}")

    def group(self, full_path: str) -> RemoteGroup | None:
        """The first level: organisation or user. Levels below are ours alone and hold no rights."""
        login = full_path.split("/")[0]
        account = self._maybe(lambda v: v, f"/users/{enc(login)}")
        if account is None:
            return None
        if account.text("type") != "Organization":
            mine = account.number("id") == self.info().bot_user_id
            return RemoteGroup(account.number("id"), login, 50 if mine else None, None)
        try:
            role = self._maybe(lambda v: v.text("role"), f"/user/memberships/orgs/{enc(login)}")
        except LoginError:
            role = None
        plan = self._maybe(lambda v: v.maybe_view("plan"), f"/orgs/{enc(login)}")
        level = None if role is None else 50 if role == "admin" else 20
        return RemoteGroup(account.number("id"), login, level, plan.text("name") if plan else None)

    def project_by_path(self, full_path: str) -> Project | None:
        org, name = place(full_path)
        found = self._maybe(parse.project, f"/repos/{enc(org)}/{enc(name)}")
        same = found and found.full_path.lower() == f"{org}/{name}".lower()
        return self._whole(found) if found and same else None

    def project(self, project_id: int) -> Project:
        return self._whole(parse.project(View(self._http.get(repo(project_id)), "/repositories")))

    def _whole(self, project: Project) -> Project:
        """With what GitHub keeps apart: the rights of workflow tokens."""
        tokens = {parse.TOKEN_SETTING: self._tokens_write(project.id)}
        return self._begun(replace(project, settings={**project.settings, **tokens}))

    def _begun(self, project: Project) -> Project:
        """Whether there is a commit: one cut off between its first object and its first commit is still empty."""
        if not project.empty and not project.description.endswith(PREPARING.strip()):
            return project
        head = self.branch(project.id, project.default_branch or "main")
        begun = head is not None and not self.commit(project.id, head.sha).message.startswith(FIRST_OBJECT)
        return replace(project, empty=not begun)

    def projects_in(self, group_path: str) -> list[Project]:
        try:
            rows = self._http.all(f"/orgs/{enc(group_path.split('/')[0])}/repos", type="all")
        except NotFoundError:
            return []
        # Lists leave out the merge settings; such a repository is then read by itself.
        found = [parse.project(View(row, "/orgs/repos")) for row in rows if "allow_merge_commit" in row]
        return [self._whole(one) for one in found]

    def labels(self, project_id: int) -> list[RemoteLabel]:
        return self._list(parse.label, f"{repo(project_id)}/labels")

    def milestones(self, project_id: int) -> list[RemoteMilestone]:
        return self._list(parse.milestone, f"{repo(project_id)}/milestones", state="all")

    def issues(self, project_id: int) -> list[RemoteIssue]:
        path = f"{repo(project_id)}/issues"
        rows = self._http.all(path, state="all", direction="asc", sort="created")
        # Pull requests are listed as issues too.
        return [parse.issue(View(row, path)) for row in rows if "pull_request" not in row]

    def hooks(self, project_id: int) -> list[RemoteHook]:
        return self._list(parse.hook, f"{repo(project_id)}/hooks")
