"""The reading half of the GitHub adapter. Repositories are addressed by number: a renamed one answers without a redirect."""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from kawal.errors import ConflictError, InputError, LoginError, NotFoundError
from kawal.forges import github_parse as parse
from kawal.forges.exposure import (
    CredentialSeen,
    Exposure,
    HookSeen,
    RunnerSeen,
    VariableSeen,
    looks_secret,
)
from kawal.forges.github_http import GitHubHttp, Json
from kawal.forges.jsonview import View
from kawal.forges.markers import PREPARING
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
from kawal.refs import matches

FILE_LIMIT = 16 * 1024 * 1024
ZIP_LIMIT = 64 * 1024 * 1024
FIRST_OBJECT = "kawal: objek pertama repositori kosong"
"""Message of the commit that only makes git's object API usable; it is replaced at once by the real first commit."""
_NOREPLY = re.compile(r"(?P<id>\d+)\+(?P<name>[^@]+)@users\.noreply\..+")
T = TypeVar("T")


def enc(part: str) -> str:
    """One path segment, slashes too."""
    return quote(part, safe="")


def repo(project_id: int) -> str:
    return f"/repositories/{project_id}"


def place(full_path: str) -> tuple[str, str]:
    """`org/…/name` -> (org, name): organisations are not nested, so the levels between are ours alone."""
    parts = full_path.split("/")
    return parts[0], parts[-1]


class GitHubReader:
    """Implements `kawal.forges.port.ReadForge`."""

    def __init__(self, http: GitHubHttp) -> None:
        self._http = http
        self._me: tuple[int, str] | None = None
        self._version: str | None = None
        self._users: dict[str, int] = {}

    def _list(self, make: Callable[[View], T], path: str, *, key: str | None = None, **query: Any) -> list[T]:
        return [make(View(row, path)) for row in self._http.pages(path, key=key, **query)]

    def _maybe(self, make: Callable[[View], T], path: str, **query: Any) -> T | None:
        raw = self._http.get_or_none(path, **query)
        return None if raw is None else make(View(raw, path))

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
        private = _NOREPLY.fullmatch(email.lower())
        if private:
            found = self._maybe(lambda v: (v.number("id"), v.text("login").lower()), f"/user/{private['id']}")
            return found[0] if found and found[1] == private["name"] else None
        rows = self._http.all("/search/users", key="items", q=f"{email} in:email")
        return View(rows[0], "/search/users").number("id") if len(rows) == 1 else None

    # --- organisations and repositories

    def group_id(self, full_path: str) -> int | None:
        """The organisation or user that holds everything below; deeper levels exist as soon as it does."""
        return self._maybe(lambda v: v.number("id"), f"/users/{enc(full_path.split('/')[0])}")

    def project_by_path(self, full_path: str) -> Project | None:
        org, name = place(full_path)
        found = self._maybe(parse.project, f"/repos/{enc(org)}/{enc(name)}")
        same = found and found.full_path.lower() == f"{org}/{name}".lower()
        return self._begun(found) if found and same else None

    def project(self, project_id: int) -> Project:
        return self._begun(parse.project(View(self._http.get(repo(project_id)), "/repositories")))

    def _begun(self, project: Project) -> Project:
        """A repository that was cut off between its first object and its first commit is still empty."""
        if project.empty or not project.description.endswith(PREPARING.strip()):
            return project
        head = self.branch(project.id, project.default_branch or "main")
        if head is not None and self.commit(project.id, head.sha).message.startswith(FIRST_OBJECT):
            return replace(project, empty=True)
        return project

    def projects_in(self, group_path: str) -> list[Project]:
        try:
            rows = self._http.all(f"/orgs/{enc(group_path.split('/')[0])}/repos", type="all")
        except NotFoundError:
            return []
        # Lists leave out the merge settings; such a repository is then read by itself.
        return [parse.project(View(row, "/orgs/repos")) for row in rows if "allow_merge_commit" in row]

    def labels(self, project_id: int) -> list[RemoteLabel]:
        return self._list(parse.label, f"{repo(project_id)}/labels")

    def milestones(self, project_id: int) -> list[RemoteMilestone]:
        return self._list(parse.milestone, f"{repo(project_id)}/milestones", state="all")

    def issues(self, project_id: int) -> list[RemoteIssue]:
        path = f"{repo(project_id)}/issues"
        rows = self._http.all(path, state="all", direction="asc", sort="created")
        # Pull requests are listed as issues too.
        return [parse.issue(View(row, path)) for row in rows if "pull_request" not in row]

    def members(self, project_id: int, *, inherited: bool = False) -> list[RemoteMember]:
        """Invited people count as members: they are one click away from it."""
        path = repo(project_id)
        asked = "all" if inherited else "direct"
        found = self._list(parse.member, f"{path}/collaborators", affiliation=asked)
        return found + self._list(parse.invited, f"{path}/invitations")

    def protections(self, project_id: int) -> list[ProtectedRef]:
        path = f"{repo(project_id)}/rulesets"
        found: list[ProtectedRef] = []
        for row in self._http.all(path):
            found += parse.protections(View(self._http.get(f"{path}/{View(row, path).number('id')}"), path))
        return found

    def variables(self, project_id: int) -> list[Variable]:
        return self._list(parse.variable, f"{repo(project_id)}/actions/variables", key="variables")

    def hooks(self, project_id: int) -> list[RemoteHook]:
        return self._list(parse.hook, f"{repo(project_id)}/hooks")

    def job_token_limited(self, project_id: int) -> bool | None:
        """Whether workflow tokens only read by default: the nearest thing to GitLab's allow-list."""
        raw = self._http.get_or_none(f"{repo(project_id)}/actions/permissions/workflow")
        word = None if raw is None else raw.get("default_workflow_permissions")
        return word == "read" if isinstance(word, str) else None

    def runner_ids(self, project_id: int) -> tuple[int, ...]:
        path = f"{repo(project_id)}/actions/runners"
        return tuple(sorted(self._list(lambda v: v.number("id"), path, key="runners")))

    def exposure(self, project_id: int) -> Exposure:
        path = repo(project_id)

        def known(read: Callable[[], T]) -> T | None:
            try:
                return read()
            except (NotFoundError, LoginError):
                return None

        def variables() -> tuple[VariableSeen, ...]:
            plain = [
                VariableSeen("proyek", v.key, "*", False, False, looks_secret(v.key, v.value))
                for v in self.variables(project_id)
            ]
            secret = self._list(lambda v: v.text("name"), f"{path}/actions/secrets", key="secrets")
            return (*plain, *(VariableSeen("proyek", name, "*", False, True, True) for name in secret))

        def hook(v: View) -> HookSeen:
            config, last = v.view("config").raw, v.raw.get("last_response") or {}
            working = v.raw.get("active") is True and last.get("code") in (None, 0, *range(200, 300))
            url = str(config.get("url", ""))
            return HookSeen(
                v.number("id"), url, bool(config.get("secret")), config.get("insecure_ssl") != "1", working
            )

        def key(v: View) -> CredentialSeen:
            return CredentialSeen("deploy_key", v.text("title"), not v.flag("read_only"), 0)

        def runner(v: View) -> RunnerSeen:
            tags = tuple(one.text("name") for one in v.views("labels"))
            return RunnerSeen(v.number("id"), v.text("name"), "project", None, None, tags)

        return Exposure(
            direct_members=frozenset(member.user_id for member in self.members(project_id)),
            shares=(),
            variables=known(variables),
            runners=known(lambda: tuple(self._list(runner, f"{path}/actions/runners", key="runners"))),
            hooks=known(lambda: tuple(self._list(hook, f"{path}/hooks"))),
            credentials=known(lambda: tuple(self._list(key, f"{path}/keys"))),
            job_token_guests=(),
        )

    # --- repository

    def tree(self, project_id: int, ref: str) -> dict[str, str]:
        path = f"{repo(project_id)}/git/trees/{enc(ref)}"
        raw = self._http.get(path, recursive=1)
        if raw.get("truncated") is not False:
            raise InputError("FORGE-006", "Daftar berkas terlalu panjang untuk GitHub", found=f"ref {ref}")
        return {
            v.text("path"): v.text("sha") for v in View(raw, path).views("tree") if v.text("type") == "blob"
        }

    def tree_id(self, project_id: int, ref: str) -> str:
        path = f"{repo(project_id)}/commits/{enc(ref)}"
        return View(self._http.get(path), path).view("commit").view("tree").text("sha")

    def file(self, project_id: int, path: str, ref: str) -> bytes:
        found = self.tree(project_id, ref).get(path)
        if found is None:
            raise NotFoundError("FORGE-004", f"Berkas {path} tidak ada pada {ref}")
        blob = self._http.get(f"{repo(project_id)}/git/blobs/{found}")
        try:
            return base64.b64decode(str(blob["content"]))
        except (KeyError, binascii.Error) as error:
            raise InputError("FORGE-006", f"Isi berkas {path} tidak terbaca") from error

    def branch(self, project_id: int, name: str) -> Branch | None:
        path = f"{repo(project_id)}/git/ref/heads/{quote(name)}"
        try:
            return self._maybe(lambda v: Branch(name, v.view("object").text("sha")), path)
        except ConflictError:  # an empty repository answers 409
            return None

    def tag(self, project_id: int, name: str) -> Tag | None:
        try:
            found = self._maybe(lambda v: v.view("object"), f"{repo(project_id)}/git/ref/tags/{quote(name)}")
        except ConflictError:
            return None
        if found is None:
            return None
        sha = found.text("sha")
        if found.text("type") == "tag":
            path = f"{repo(project_id)}/git/tags/{sha}"
            sha = View(self._http.get(path), path).view("object").text("sha")
        return Tag(name, sha, self._tag_protected(project_id, name))

    def _tag_protected(self, project_id: int, name: str) -> bool:
        try:
            rules = self.protections(project_id)
        except InputError:  # this plan has no rulesets
            return False
        return any(rule.kind == "tag" and matches(name, rule.pattern) for rule in rules)

    def commit(self, project_id: int, sha: str) -> Commit:
        path = f"{repo(project_id)}/commits/{enc(sha)}"
        try:
            return parse.commit(View(self._http.get(path), path))
        except InputError as error:
            if "No commit found" in str(error.found):
                raise NotFoundError("FORGE-004", f"Commit {sha} tidak ada", found=error.found) from error
            raise

    def commits(self, project_id: int, ref: str, *, since: str | None = None) -> Iterator[Commit]:
        if since is None:
            path = f"{repo(project_id)}/commits"
            for row in self._http.pages(path, sha=ref):
                yield parse.commit(View(row, path))
            return
        # A comparison lists oldest first, page by page.
        path = f"{repo(project_id)}/compare/{enc(since)}...{enc(ref)}"
        rows = self._http.all(path, key="commits")
        for row in reversed(rows):
            yield parse.commit(View(row, path))

    # --- pull requests

    def merge_request(self, project_id: int, iid: int) -> MergeRequest:
        path = f"{repo(project_id)}/pulls/{iid}"
        return parse.pull(View(self._http.get(path), path))

    def merge_requests(self, project_id: int, *, state: str) -> list[MergeRequest]:
        path = f"{repo(project_id)}/pulls"
        word = {"opened": "open", "merged": "closed", "closed": "closed"}.get(state, "all")
        found = self._list(parse.pull, path, state=word)
        same = [one for one in found if state in ("all", one.state)]
        # Who merged it stands only in the single answer.
        return [self.merge_request(project_id, one.iid) if one.state == "merged" else one for one in same]

    def merge_request_commits(self, project_id: int, iid: int) -> list[str]:
        return self._list(lambda v: v.text("sha"), f"{repo(project_id)}/pulls/{iid}/commits")

    def approvals(self, project_id: int, iid: int) -> list[Approval]:
        """The last word of each reviewer, where it approves this very head: GitHub's reviews name their commit."""
        path = f"{repo(project_id)}/pulls/{iid}"
        head = self.merge_request(project_id, iid).head_sha
        last: dict[int, Approval | None] = {}
        for v in (View(row, path) for row in self._http.pages(f"{path}/reviews")):
            who, word = v.view("user"), v.text("state")
            if word == "COMMENTED":
                continue
            good = word == "APPROVED" and v.maybe_text("commit_id") == head
            at = v.maybe_time("submitted_at")
            last[who.number("id")] = Approval(who.number("id"), who.text("login"), at) if good else None
        return [one for one in last.values() if one is not None]

    def head_pushed_at(self, project_id: int, iid: int) -> datetime | None:
        """The committer's date of the head: reviews are bound to the commit itself, so a false date only takes approvals away."""
        head = self.merge_request(project_id, iid).head_sha
        path = f"{repo(project_id)}/git/commits/{head}"
        return View(self._http.get(path), path).view("committer").time("date")

    # --- workflow runs

    def pipelines(self, project_id: int, *, sha: str | None = None, ref: str | None = None) -> list[Pipeline]:
        path = f"{repo(project_id)}/actions/runs"
        query = {key: value for key, value in (("head_sha", sha), ("branch", ref)) if value}
        rows = self._http.all(path, key="workflow_runs", **query)
        return [self._pipeline(project_id, View(row, path)) for row in rows]

    def _pipeline(self, project_id: int, v: View) -> Pipeline:
        name = v.maybe_text("head_branch") or ""
        # A run of a tag names the tag where else the branch stands.
        tag = v.text("event") == "push" and bool(name) and self.branch(project_id, name) is None
        return parse.pipeline(v, tag=tag)

    def pipeline(self, project_id: int, pipeline_id: int) -> Pipeline:
        path = f"{repo(project_id)}/actions/runs/{pipeline_id}"
        return self._pipeline(project_id, View(self._http.get(path), path))

    def jobs(self, project_id: int, pipeline_id: int) -> list[Job]:
        of = self.pipeline(project_id, pipeline_id)
        path = f"{repo(project_id)}/actions/runs/{pipeline_id}/jobs"
        named = {v.text("name") for v in self._artifacts(project_id, pipeline_id)}
        rows = self._http.all(path, key="jobs", filter="all")
        return [
            parse.job(View(row, path), of, has_artifacts=View(row, path).text("name") in named)
            for row in rows
        ]

    def job(self, project_id: int, job_id: int) -> Job:
        path = f"{repo(project_id)}/actions/jobs/{job_id}"
        v = View(self._http.get(path), path)
        of = self.pipeline(project_id, v.number("run_id"))
        named = {one.text("name") for one in self._artifacts(project_id, of.id)}
        return parse.job(v, of, has_artifacts=v.text("name") in named)

    def job_log(self, project_id: int, job_id: int) -> str:
        path = f"{repo(project_id)}/actions/jobs/{job_id}/logs"
        return self._http.raw(path, limit=FILE_LIMIT).decode("utf-8", "replace")

    def _artifacts(self, project_id: int, run_id: int) -> list[View]:
        path = f"{repo(project_id)}/actions/runs/{run_id}/artifacts"
        return [View(row, path) for row in self._http.all(path, key="artifacts")]

    def artifact_file(self, project_id: int, job_id: int, path: str, *, limit: int) -> bytes | None:
        """A file of the artefact that bears the job's name. On GitHub artefacts belong to the run, not to the job."""
        try:
            job = self.job(project_id, job_id)
        except NotFoundError:
            return None
        same = [v for v in self._artifacts(project_id, job.pipeline_id) if v.text("name") == job.name]
        if len(same) != 1 or same[0].raw.get("expired") is not False:
            return None
        address = f"{repo(project_id)}/actions/artifacts/{same[0].number('id')}/zip"
        return _member(self._http.raw(address, limit=ZIP_LIMIT), path, limit)

    def package_file(
        self, project_id: int, name: str, version: str, file: str, *, limit: int
    ) -> bytes | None:
        """An asset of the release `<name>-<version>`: GitHub has no generic packages."""
        found = self._maybe(
            lambda v: v.views("assets"), f"{repo(project_id)}/releases/tags/{quote(f'{name}-{version}')}"
        )
        same = [asset for asset in found or [] if asset.text("name") == file]
        if not same:
            return None
        return self._http.raw(f"{repo(project_id)}/releases/assets/{same[0].number('id')}", limit=limit)


def _member(archive: bytes, path: str, limit: int) -> bytes | None:
    """One file of a zip, read in memory: nothing is ever unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            wanted = [one for one in opened.infolist() if one.filename == path]
            if len(wanted) != 1:
                return None
            if wanted[0].file_size > limit:
                raise InputError(
                    "FORGE-009", f"Berkas di forge terlalu besar: {path}", found=str(wanted[0].file_size)
                )
            with opened.open(wanted[0]) as stream:
                content = stream.read(limit + 1)
    except zipfile.BadZipFile as error:
        raise InputError("FORGE-006", "Artefak dari forge bukan zip", found=path) from error
    if len(content) > limit:
        raise InputError("FORGE-009", f"Berkas di forge terlalu besar: {path}", found=f"lebih dari {limit}")
    return content


def first(rows: list[Json], key: str, value: str) -> Json | None:
    return next((row for row in rows if row.get(key) == value), None)
