"""The GitLab adapter: reads of `gitlab_read.py` plus writes that find their own earlier attempt after a lost answer."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from kawal.errors import ConflictError, InputError, LoginError, NotFoundError
from kawal.forges import gitlab_parse as parse
from kawal.forges.creating import create_once, sticky_note
from kawal.forges.gitlab_base import enc
from kawal.forges.gitlab_errors import may_not_merge
from kawal.forges.gitlab_http import GitLabHttp, Json
from kawal.forges.gitlab_read import GitLabReader
from kawal.forges.jsonview import View
from kawal.forges.markers import marker_line
from kawal.forges.merging import merge_exactly
from kawal.forges.port import MergeRequest, NotPossibleHere, Project
from kawal.forges.refusals import protection_not_taken
from kawal.model import FileWanted, HookWanted, ProtectedRef, Variable

CREATION_SETTINGS = frozenset(
    {"visibility", "auto_devops_enabled", "merge_method", "only_allow_merge_if_pipeline_succeeds"}
)
"""What POST /projects takes in every version; the rest follows by PUT."""


class GitLabForge(GitLabReader):
    """Implements `kawal.forges.port.Forge`. A POST is sent once; when its answer is lost, the thing is looked for."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float,
        ca: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(GitLabHttp(url, token, timeout=timeout, ca=ca, sleep=sleep))

    def _create(self, path: str, body: dict[str, Any], find: Callable[[], Json | None]) -> Json:
        return create_once(lambda: self._http.post(path, body), find)

    # --- groups and projects

    def create_group(self, full_path: str, name: str, *, visibility: str = "private") -> int:
        """Creates each missing level; levels above the last are named after their path."""
        parent: int | None = None
        parts = full_path.split("/")
        for depth, part in enumerate(parts, start=1):
            level = "/".join(parts[:depth])
            known = self.group_id(level)
            parent = (
                known
                if known is not None
                else self._create_level(
                    level, part, name if depth == len(parts) else part, parent, visibility
                )
            )
        if parent is None:
            raise InputError("FORGE-008", "Jalur grup kosong")
        return parent

    def _create_level(self, level: str, path: str, name: str, parent: int | None, visibility: str) -> int:
        body: dict[str, Any] = {"path": path, "name": name, "visibility": visibility}
        if parent is not None:
            body["parent_id"] = parent
        made = self._create("/groups", body, lambda: self._http.get_or_none(f"/groups/{enc(level)}"))
        return View(made, "/groups").number("id")

    def create_project(
        self, group_id: int, path: str, name: str, description: str, settings: dict[str, str | bool]
    ) -> Project:
        first = {key: value for key, value in settings.items() if key in CREATION_SETTINGS}
        body = {"namespace_id": group_id, "path": path, "name": name, "description": description, **first}

        def find() -> Json | None:
            group = View(self._http.get(f"/groups/{group_id}", with_projects=False), "/groups")
            return self._ours(f"{group.text('full_path')}/{path}", name, description)

        project = parse.project(View(self._create("/projects", body, find), "/projects"))
        missing = {key: value for key, value in settings.items() if project.settings.get(key) != value}
        if missing:
            self.update_project(project.id, missing)
            project = self.project(project.id)
        return project

    def _ours(self, full_path: str, name: str, description: str) -> Json | None:
        """The project at this path if it carries the marker in `description`; somebody else's is not adopted."""
        raw = self._http.get_or_none(f"/projects/{enc(full_path)}")
        marker = marker_line(description)
        if raw is None:
            self._same_name(full_path.rpartition("/")[0], name)
            return None
        if marker is None or marker_line(str(raw.get("description") or "")) != marker:
            raise ConflictError(
                "FORGE-010",
                f"Proyek {self._http.url}/{full_path} sudah ada dan bukan milik aplikasi ini",
                found="keterangan proyek tanpa tanda kawal yang sama",
                needed=f"tanda '{marker}' di keterangan proyek, atau jalur yang kosong",
                next_step="pindahkan atau ganti nama proyek itu di forge, lalu ulangi perintah yang sama",
            )
        return raw

    def _same_name(self, group: str, name: str) -> None:
        """ConflictError when another project of the group bears this name: GitLab wants names unique beside paths."""
        for row in self._http.all(f"/groups/{enc(group)}/projects", search=name):
            if row.get("name") == name:
                raise ConflictError(
                    "FORGE-010",
                    f"Grup {group} sudah punya proyek bernama '{name}'",
                    found=str(row.get("path_with_namespace")),
                    needed="nama yang belum dipakai di grup itu",
                    next_step="ganti nama di berkas permohonan, atau ganti nama proyek yang lama di forge",
                )

    def update_project(self, project_id: int, settings: dict[str, str | bool]) -> None:
        """Sets and reads back: GitLab drops what its edition does not know, with a 2xx."""
        self._http.put(f"/projects/{project_id}", settings)
        current = self.project(project_id).settings
        for key, value in settings.items():
            if current.get(key) != value:
                raise InputError(
                    "FORGE-011",
                    f"Setelan proyek tidak diterima forge: {key}",
                    found=f"setelah ditulis: {current.get(key)!r}",
                    needed=repr(value),
                    next_step="minta pemilik forge memeriksa edisi dan versi GitLab: kawal dokter",
                )

    # --- repository

    def commit_files(
        self,
        project_id: int,
        branch: str,
        message: str,
        files: Sequence[FileWanted],
        *,
        update: Sequence[str] = (),
    ) -> str:
        """One commit with all files; after a lost answer the branch is compared file by file."""
        actions = [
            {
                "action": "update" if file.path in update else "create",
                "file_path": file.path,
                "content": base64.b64encode(file.content).decode(),
                "encoding": "base64",
                "execute_filemode": file.executable,
            }
            for file in files
        ]
        body = {"branch": branch, "commit_message": message, "actions": actions}

        def find() -> Json | None:
            head = self.branch(project_id, branch)
            if head is None or self.commit(project_id, head.sha).message.rstrip("\n") != message.rstrip("\n"):
                return None
            have = self.tree(project_id, head.sha)
            return (
                {"id": head.sha} if all(have.get(f.path) == parse.blob_id(f.content) for f in files) else None
            )

        # GitLab refuses to create a file twice, but takes the same update again and again.
        made = (find() if update else None) or self._create(
            f"/projects/{project_id}/repository/commits", body, find
        )
        return View(made, "repository/commits").text("id")

    def protect(self, project_id: int, wanted: ProtectedRef) -> None:
        """CE cannot change levels of a protection: it is removed and made again, so do this before members join."""
        path = f"/projects/{project_id}/protected_{'branches' if wanted.kind == 'branch' else 'tags'}"
        make = parse.protected_branch if wanted.kind == "branch" else parse.protected_tag
        one = f"{path}/{enc(wanted.pattern)}"
        body: dict[str, Any] = {"name": wanted.pattern}
        if wanted.kind == "branch":
            body |= {
                "push_access_level": wanted.push_level,
                "merge_access_level": wanted.merge_level,
                "allow_force_push": wanted.force_push,
            }
        else:
            body["create_access_level"] = wanted.push_level
        # Twice: GitLab protects a new default branch in a job of its own, which may come between our DELETE and POST.
        for _ in range(2):
            stands = self._maybe(make, one)
            if stands == wanted:
                return
            if stands is not None:
                self._http.delete(one)
            self._create(path, body, lambda: self._http.get_or_none(one))
        if (stands := self._maybe(make, one)) != wanted:
            raise protection_not_taken(wanted.pattern, stands, wanted)

    def hold_environment(self, project_id: int, name: str, tag_pattern: str) -> None:
        raise NotPossibleHere(
            "FORGE-015",
            f"GitLab tidak membatasi environment {name} pada tag {tag_pattern}",
            found=f"proyek {project_id}",
        )

    def create_tag(self, project_id: int, name: str, sha: str, message: str) -> None:
        def find() -> Json | None:
            found = self.tag(project_id, name)
            return {} if found and found.sha == sha else None

        self._create(
            f"/projects/{project_id}/repository/tags",
            {"tag_name": name, "ref": sha, "message": message},
            find,
        )

    # --- labels, milestones, issues

    def create_label(self, project_id: int, name: str, colour: str, description: str) -> None:
        def find() -> Json | None:
            same = [label for label in self.labels(project_id) if label.name == name]
            return {} if same else None

        self._create(
            f"/projects/{project_id}/labels",
            {"name": name, "color": colour, "description": description},
            find,
        )

    def update_label(self, project_id: int, name: str, colour: str, description: str) -> None:
        # By id: a label titled "12" would otherwise be looked up as number 12.
        rows = self._http.all(f"/projects/{project_id}/labels", include_ancestor_groups=False)
        ids = [row["id"] for row in rows if row.get("name") == name]
        if not ids:
            raise NotFoundError("FORGE-004", f"Label '{name}' tidak ada di proyek {project_id}")
        self._http.put(
            f"/projects/{project_id}/labels/{ids[0]}", {"color": colour, "description": description}
        )

    def create_milestone(self, project_id: int, title: str, description: str, due: date | None) -> int:
        path = f"/projects/{project_id}/milestones"
        body = {"title": title, "description": description, "due_date": _date(due)}
        made = self._create(path, body, lambda: _first(self._http.all(path, title=title), "title", title))
        return View(made, path).number("id")

    def update_milestone(
        self, project_id: int, milestone_id: int, description: str, due: date | None
    ) -> None:
        body = {"description": description, "due_date": _date(due) or ""}
        self._http.put(f"/projects/{project_id}/milestones/{milestone_id}", body)

    def create_issue(
        self,
        project_id: int,
        title: str,
        body: str,
        labels: Sequence[str],
        milestone_id: int | None,
        due: date | None,
    ) -> int:
        path = f"/projects/{project_id}/issues"
        values = {"title": title, "description": body, "labels": ",".join(labels), "due_date": _date(due)}
        if milestone_id is not None:
            values["milestone_id"] = str(milestone_id)
        marker = marker_line(body)

        def find() -> Json | None:
            if marker is None:
                return None
            same = [
                row
                for row in self._http.pages(path, scope="all")
                if marker_line(str(row.get("description"))) == marker
            ]
            return min(same, key=lambda row: View(row, path).number("iid"), default=None)

        return View(self._create(path, values, find), path).number("iid")

    def update_issue(
        self,
        project_id: int,
        iid: int,
        *,
        title: str | None = None,
        body: str | None = None,
        labels: Sequence[str] | None = None,
        milestone_id: int | None = None,
        due: date | None = None,
        closed: bool | None = None,
    ) -> None:
        values: dict[str, Any] = {
            "title": title,
            "description": body,
            "labels": None if labels is None else ",".join(labels),
            "milestone_id": milestone_id,
            "due_date": _date(due),
            "state_event": None if closed is None else ("close" if closed else "reopen"),
        }
        self._http.put(
            f"/projects/{project_id}/issues/{iid}",
            {key: value for key, value in values.items() if value is not None},
        )

    def comment_issue(self, project_id: int, iid: int, marker: str, body: str) -> None:
        self._sticky(f"/projects/{project_id}/issues/{iid}/notes", marker, body)

    def comment_merge_request(self, project_id: int, iid: int, marker: str, body: str) -> None:
        self._sticky(f"/projects/{project_id}/merge_requests/{iid}/notes", marker, body)

    def _sticky(self, path: str, marker: str, body: str) -> None:
        sticky_note(
            lambda: self._http.pages(path, counted=False, sort="asc", order_by="created_at"),
            lambda text: self._http.post(path, text),
            lambda number, text: self._http.put(f"{path}/{number}", text),
            author="author",
            bot=self.info().bot_user_id,
            marker=marker,
            body=body,
        )

    # --- members, variables, hooks

    def set_member(self, project_id: int, username: str, level: int) -> None:
        user = self.user_id(username)
        one = f"/projects/{project_id}/members/{user}"
        body = {"user_id": user, "access_level": level}
        made = self._create(f"/projects/{project_id}/members", body, lambda: self._http.get_or_none(one))
        if parse.member(View(made, one)).level != level:
            self._http.put(one, {"access_level": level})

    def set_variable(self, project_id: int, wanted: Variable) -> None:
        path = f"/projects/{project_id}/variables"
        scope = {"filter[environment_scope]": "*"}
        body = {"value": wanted.value, "variable_type": wanted.kind, "protected": wanted.protected}
        # Raw: whatever GitLab would expand in `$NAME` inside a threshold or address is not meant.
        body |= {"raw": True}
        one = f"{path}/{enc(wanted.key)}"
        current = self._create(
            path,
            {"key": wanted.key, "environment_scope": "*", **body},
            lambda: self._http.get_or_none(one, **scope),
        )
        if parse.variable(View(current, path)) != wanted:
            self._http.put(one, body, **scope)

    def set_hook(self, project_id: int, wanted: HookWanted, *, token: str) -> None:
        path = f"/projects/{project_id}/hooks"
        unknown = set(wanted.events) - set(parse.HOOK_EVENTS)
        if unknown:
            raise InputError("FORGE-008", f"Peristiwa webhook tidak dikenal: {', '.join(sorted(unknown))}")
        body: dict[str, Any] = {
            "url": wanted.url,
            "token": token,
            "enable_ssl_verification": wanted.url.startswith("https://"),
            **{event: event in wanted.events for event in parse.HOOK_EVENTS},
        }

        def find() -> Json | None:
            return _first(self._http.all(path), "url", wanted.url)

        current = find()
        if current is None:
            self._create(path, body, find)
        else:
            self._http.put(f"{path}/{View(current, path).number('id')}", body)

    # --- merge requests and pipelines

    def create_branch(self, project_id: int, name: str, sha: str) -> None:
        path = f"/projects/{project_id}/repository/branches"
        if self.branch(project_id, name) is None:
            self._create(
                path, {"branch": name, "ref": sha}, lambda: self._http.get_or_none(f"{path}/{enc(name)}")
            )

    def create_merge_request(
        self, project_id: int, source: str, target: str, title: str, body: str
    ) -> MergeRequest:
        path = f"/projects/{project_id}/merge_requests"

        def find() -> Json | None:
            rows = self._http.all(path, state="opened", source_branch=source, target_branch=target)
            return next(iter(rows), None)

        body_ = {"source_branch": source, "target_branch": target, "title": title, "description": body}
        return parse.merge_request(View(find() or self._create(path, body_, find), path))

    def merge(self, project_id: int, iid: int, *, head_sha: str) -> str:
        path = f"/projects/{project_id}/merge_requests/{iid}"

        def send() -> None:
            try:
                self._http.put(f"{path}/merge", {"sha": head_sha})
            except LoginError as error:
                if error.code != "FORGE-002":
                    raise
                raise may_not_merge(iid) from error

        return merge_exactly(iid, head_sha, lambda: self.merge_request(project_id, iid), send)

    def retry_pipeline(self, project_id: int, pipeline_id: int) -> None:
        """Runs failed and cancelled jobs again; repeating it while they run changes nothing."""
        self._http.post(f"/projects/{project_id}/pipelines/{pipeline_id}/retry", {}, repeatable=True)

    def read_anew(self) -> None:
        """Nothing to do: no answer of GitLab is kept."""

    def share_templates(self, project_id: int) -> None:
        """Nothing to do: who may read the template project (`internal`) may run its pipeline."""


def _date(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _first(rows: Iterable[Json], key: str, value: str) -> Json | None:
    return next((row for row in rows if row.get(key) == value), None)
