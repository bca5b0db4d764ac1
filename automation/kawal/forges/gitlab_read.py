"""The reading half of the GitLab adapter. Project settings and members need Maintainer or above."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from kawal.errors import LoginError, NotFoundError
from kawal.forges import gitlab_parse as parse
from kawal.forges.exposure import Exposure
from kawal.forges.gitlab_base import enc
from kawal.forges.gitlab_exposure import read_exposure
from kawal.forges.gitlab_http import GitLabHttp
from kawal.forges.gitlab_operations import GitLabOperations
from kawal.forges.jsonview import View
from kawal.forges.operations import RemoteGroup
from kawal.forges.port import (
    Approval,
    Branch,
    Commit,
    ForgeInfo,
    Job,
    MergeRequest,
    Pipeline,
    Project,
    RemoteHook,
    RemoteIssue,
    RemoteLabel,
    RemoteMember,
    RemoteMilestone,
    Tag,
)
from kawal.model import ProtectedRef, Variable

LOG_LIMIT = 16 * 1024 * 1024
FILE_LIMIT = 16 * 1024 * 1024
_NOREPLY = re.compile(r"(?P<id>\d+)-(?P<name>[^@]+)@users\.noreply\..+")


class GitLabReader(GitLabOperations):
    """Implements `kawal.forges.port.ReadForge`."""

    def __init__(self, http: GitLabHttp) -> None:
        super().__init__(http)
        self._info: ForgeInfo | None = None
        self._users: dict[str, int] = {}
        self._emails: dict[str, int | None] = {}

    # --- forge and people

    def info(self) -> ForgeInfo:
        if self._info is None:
            metadata = View(self._http.get("/metadata"), "/metadata")
            user = View(self._http.get("/user"), "/user")
            enterprise = metadata.raw.get("enterprise")
            self._info = ForgeInfo(
                kind="gitlab",
                url=self._http.url,
                version=metadata.text("version"),
                # An enterprise image may run without a licence; which tier it is, is not guessed here.
                tier="ce" if enterprise is False else "unknown",
                bot_user_id=user.number("id"),
                bot_username=user.text("username"),
            )
        return self._info

    def known_settings(self) -> frozenset[str] | None:
        return None

    def server_time(self) -> datetime | None:
        return self._http.server_time()

    def user_id(self, username: str) -> int:
        if username not in self._users:
            rows = [View(row, "/users") for row in self._http.all("/users", username=username)]
            same = [row.number("id") for row in rows if row.text("username").lower() == username.lower()]
            if len(same) != 1:
                raise NotFoundError(
                    "FORGE-004",
                    f"Pengguna '{username}' tidak ada di forge {self._http.url}",
                    needed="nama pengguna forge yang tepat",
                    next_step="perbaiki nama pengguna di berkas permohonan, atau minta orang itu masuk sekali ke forge",
                )
            self._users[username] = same[0]
        return self._users[username]

    def user_id_of_email(self, email: str) -> int | None:
        wanted = email.lower()
        if wanted not in self._emails:
            self._emails[wanted] = self._owner_of(wanted)
        return self._emails[wanted]

    def _owner_of(self, wanted: str) -> int | None:
        if private := _NOREPLY.fullmatch(wanted):
            # GitLab's private commit address; looking it up says that the account is still that user's.
            user = self._maybe(lambda v: v, f"/users/{private['id']}")
            same = user is not None and user.text("username").lower() == private["name"]
            return int(private["id"]) if same else None
        me = View(self._http.get("/user"), "/user")
        if wanted in _addresses(me):
            return me.number("id")
        # The search also finds who wrote the address into their name, so only what a row shows counts.
        rows = self._list(lambda v: v, "/users", search=wanted)
        owners = {row.number("id") for row in rows if wanted in _addresses(self._with_address(row))}
        return owners.pop() if len(owners) == 1 else None

    def _with_address(self, row: View) -> View:
        """The user with the public address, which lists of older GitLab leave out."""
        if "public_email" in row.raw:
            return row
        return self._maybe(lambda v: v, f"/users/{row.number('id')}") or row

    # --- groups and projects

    def group_id(self, full_path: str) -> int | None:
        return self._maybe(lambda v: v.number("id"), f"/groups/{enc(full_path)}", with_projects=False)

    def group(self, full_path: str) -> RemoteGroup | None:
        path = f"/groups/{enc(full_path)}"
        found = self._maybe(lambda v: (v.number("id"), v.maybe_text("plan")), path, with_projects=False)
        if found is None:
            return None
        mine = f"{path}/members/all/{self.info().bot_user_id}"
        try:
            level = self._maybe(lambda v: v.number("access_level"), mine)
        except LoginError:
            level = None
        return RemoteGroup(found[0], full_path, level, found[1])

    def project_by_path(self, full_path: str) -> Project | None:
        found = self._maybe(parse.project, f"/projects/{enc(full_path)}")
        # A moved project still answers under its old path; it is not "the project at this path" any more.
        return found if found and found.full_path.lower() == full_path.lower() else None

    def project(self, project_id: int) -> Project:
        return self._one(parse.project, f"/projects/{project_id}")

    def projects_in(self, group_path: str) -> list[Project]:
        try:
            rows = self._http.all(
                f"/groups/{enc(group_path)}/projects", include_subgroups=True, order_by="id", sort="asc"
            )
        except NotFoundError:
            return []
        # A list may leave settings out that the single answer has; such a project is then read by itself.
        whole = [row for row in rows if "ci_config_path" in row and "empty_repo" in row]
        return [parse.project(View(row, "/groups/projects")) for row in whole]

    def labels(self, project_id: int) -> list[RemoteLabel]:
        return self._list(parse.label, f"/projects/{project_id}/labels", include_ancestor_groups=True)

    def milestones(self, project_id: int) -> list[RemoteMilestone]:
        return self._list(parse.milestone, f"/projects/{project_id}/milestones")

    def issues(self, project_id: int) -> list[RemoteIssue]:
        return self._list(
            parse.issue, f"/projects/{project_id}/issues", scope="all", order_by="created_at", sort="asc"
        )

    def members(self, project_id: int, *, inherited: bool = False) -> list[RemoteMember]:
        return self._list(parse.member, f"/projects/{project_id}/members{'/all' if inherited else ''}")

    def protections(self, project_id: int) -> list[ProtectedRef]:
        branches = self._list(parse.protected_branch, f"/projects/{project_id}/protected_branches")
        return branches + self._list(parse.protected_tag, f"/projects/{project_id}/protected_tags")

    def variables(self, project_id: int) -> list[Variable]:
        return self._list(parse.variable, f"/projects/{project_id}/variables")

    def hooks(self, project_id: int) -> list[RemoteHook]:
        return self._list(parse.hook, f"/projects/{project_id}/hooks")

    def job_token_limited(self, project_id: int) -> bool | None:
        found = self._http.get_or_none(f"/projects/{project_id}/job_token_scope")
        value = None if found is None else found.get("inbound_enabled")
        return value if isinstance(value, bool) else None

    def runner_ids(self, project_id: int) -> tuple[int, ...]:
        return tuple(sorted(self._list(lambda v: v.number("id"), f"/projects/{project_id}/runners")))

    def exposure(self, project_id: int) -> Exposure:
        return read_exposure(self._http, project_id, self.info().bot_user_id)

    # --- repository

    def tree(self, project_id: int, ref: str) -> dict[str, str]:
        rows = self._list(lambda v: v, f"/projects/{project_id}/repository/tree", ref=ref, recursive=True)
        return {row.text("path"): row.text("id") for row in rows if row.text("type") == "blob"}

    def tree_id(self, project_id: int, ref: str) -> str:
        path = f"/projects/{project_id}/repository/tree"
        return parse.tree_id(self._http.all(path, ref=ref), path)

    def file(self, project_id: int, path: str, ref: str) -> bytes:
        return self._http.raw(
            f"/projects/{project_id}/repository/files/{enc(path)}/raw", limit=FILE_LIMIT, ref=ref
        )

    def branch(self, project_id: int, name: str) -> Branch | None:
        return self._maybe(parse.branch, f"/projects/{project_id}/repository/branches/{enc(name)}")

    def tag(self, project_id: int, name: str) -> Tag | None:
        return self._maybe(parse.tag, f"/projects/{project_id}/repository/tags/{enc(name)}")

    def commit(self, project_id: int, sha: str) -> Commit:
        return self._one(parse.commit, f"/projects/{project_id}/repository/commits/{enc(sha)}")

    def commits(self, project_id: int, ref: str, *, since: str | None = None) -> Iterator[Commit]:
        path = f"/projects/{project_id}/repository/commits"
        span = f"{since}..{ref}" if since else ref
        for row in self._http.pages(path, ref_name=span):
            yield parse.commit(View(row, path))

    # --- merge requests

    def merge_request(self, project_id: int, iid: int) -> MergeRequest:
        return self._one(parse.merge_request, f"/projects/{project_id}/merge_requests/{iid}")

    def merge_requests(self, project_id: int, *, state: str) -> list[MergeRequest]:
        return self._list(
            parse.merge_request, f"/projects/{project_id}/merge_requests", state=state, scope="all"
        )

    def merge_request_commits(self, project_id: int, iid: int) -> list[str]:
        return self._list(lambda v: v.text("id"), f"/projects/{project_id}/merge_requests/{iid}/commits")

    def approvals(self, project_id: int, iid: int) -> list[Approval]:
        path = f"/projects/{project_id}/merge_requests/{iid}"
        given = [
            parse.approval(v) for v in View(self._http.get(f"{path}/approvals"), path).views("approved_by")
        ]
        if all(approval.approved_at for approval in given):
            return given
        notes = self._list(lambda v: v, f"{path}/notes", counted=False, sort="asc", order_by="created_at")
        return [_timed(approval, notes) for approval in given]

    def head_pushed_at(self, project_id: int, iid: int) -> datetime | None:
        path = f"/projects/{project_id}/merge_requests/{iid}"
        head = self.merge_request(project_id, iid).head_sha
        versions = self._list(lambda v: v, f"{path}/versions")
        return max(
            (v.time("created_at") for v in versions if v.text("head_commit_sha") == head), default=None
        )

    # --- pipelines

    def pipelines(self, project_id: int, *, sha: str | None = None, ref: str | None = None) -> list[Pipeline]:
        query: dict[str, Any] = {key: value for key, value in (("sha", sha), ("ref", ref)) if value}
        return self._list(parse.pipeline, f"/projects/{project_id}/pipelines", **query)

    def pipeline(self, project_id: int, pipeline_id: int) -> Pipeline:
        return self._one(parse.pipeline, f"/projects/{project_id}/pipelines/{pipeline_id}")

    def jobs(self, project_id: int, pipeline_id: int) -> list[Job]:
        return self._list(
            parse.job, f"/projects/{project_id}/pipelines/{pipeline_id}/jobs", include_retried=True
        )

    def job(self, project_id: int, job_id: int) -> Job:
        return self._one(parse.job, f"/projects/{project_id}/jobs/{job_id}")

    def job_log(self, project_id: int, job_id: int) -> str:
        return self._http.raw(f"/projects/{project_id}/jobs/{job_id}/trace", limit=LOG_LIMIT).decode(
            "utf-8", "replace"
        )

    def artifact_file(self, project_id: int, job_id: int, path: str, *, limit: int) -> bytes | None:
        return self._file_or_none(f"/projects/{project_id}/jobs/{job_id}/artifacts/{quote(path)}", limit)

    def package_file(
        self, project_id: int, name: str, version: str, file: str, *, limit: int
    ) -> bytes | None:
        return self._file_or_none(
            f"/projects/{project_id}/packages/generic/{enc(name)}/{enc(version)}/{enc(file)}", limit
        )

    def _file_or_none(self, path: str, limit: int) -> bytes | None:
        try:
            return self._http.raw(path, limit=limit)
        except NotFoundError:
            return None


def _addresses(user: View) -> set[str]:
    """The addresses that an answer shows as this user's, in small letters; a primary one counts when it was confirmed."""
    confirmed = user.raw.get("confirmed_at", True) is not None
    keys = ("public_email", "email", "commit_email") if confirmed else ("public_email",)
    return {str(user.raw.get(key) or "").lower() for key in keys}


def _timed(approval: Approval, notes: list[View]) -> Approval:
    """The approval with the time of its last system note; none when it was taken back after that or no note tells."""
    if approval.approved_at:
        return approval
    at: datetime | None = None
    for note in notes:
        if note.raw.get("system") is not True or note.view("author").number("id") != approval.user_id:
            continue
        body = note.text("body")
        if body.startswith("approved this merge request"):
            at = note.time("created_at")
        elif body.startswith("unapproved this merge request"):
            at = None
    return Approval(approval.user_id, approval.username, at)
