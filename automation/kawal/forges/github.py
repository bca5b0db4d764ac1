"""The GitHub adapter: repositories, issues, people, merges. A write finds its own earlier attempt after a lost answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from kawal.errors import ConflictError, InputError, NotFoundError
from kawal.forges import github_parse as parse
from kawal.forges.creating import sticky_note
from kawal.forges.github_base import enc, first, place, repo
from kawal.forges.github_content import GitHubContent
from kawal.forges.github_http import GitHubHttp, Json
from kawal.forges.jsonview import View
from kawal.forges.markers import marker_line
from kawal.forges.merging import merge_exactly
from kawal.forges.port import MergeRequest, Project
from kawal.model import HookWanted, Variable


class GitHubForge(GitHubContent):
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
        super().__init__(GitHubHttp(url, token, timeout=timeout, ca=ca, sleep=sleep))

    # --- organisations and repositories

    def create_group(self, full_path: str, name: str, *, visibility: str = "private") -> int:
        """GitHub's API makes no organisations: the first level has to be there, the levels below are ours alone."""
        del name, visibility
        found = self.group_id(full_path)
        if found is None:
            org = full_path.split("/")[0]
            raise NotFoundError(
                "FORGE-004",
                f"Organisasi {org} tidak ada di {self._http.url}",
                needed="organisasi (atau pengguna) yang sudah dibuat",
                next_step=f"buat organisasi {org} di GitHub, jadikan bot Owner, lalu ulangi",
            )
        return found

    def create_project(
        self, group_id: int, path: str, name: str, description: str, settings: dict[str, str | bool]
    ) -> Project:
        owner = self._owner(group_id)
        body = {
            "name": path,
            "description": parse.joined_description(name, description),
            "private": settings.get("visibility", "private") != "public",
            "has_issues": True,
        }
        mine = owner.lower() == self.info().bot_username.lower()
        made = self._create(
            "/user/repos" if mine else f"/orgs/{enc(owner)}/repos",
            body,
            lambda: self._ours(f"{owner}/{path}", description),
        )
        project = parse.project(View(made, "/repos"))
        known = {key: value for key, value in settings.items() if key in parse.KNOWN_SETTINGS}
        if known:
            self.update_project(project.id, known)
        return self.project(project.id)

    def _owner(self, group_id: int) -> str:
        """Login of the organisation or user with this number, remembered from `group_id`."""
        for path in (f"/organizations/{group_id}", f"/user/{group_id}"):
            raw = self._http.get_or_none(path)
            if raw is not None:
                return View(raw, path).text("login")
        raise NotFoundError("FORGE-004", f"Organisasi nomor {group_id} tidak ada", next_step="kawal dokter")

    def _ours(self, full_path: str, description: str) -> Json | None:
        org, name = place(full_path)
        raw = self._http.get_or_none(f"/repos/{enc(org)}/{enc(name)}")
        if raw is None:
            return None
        marker = marker_line(description)
        have = parse.split_description(str(raw.get("description") or ""))[1]
        if marker is None or marker_line(have) != marker:
            raise ConflictError(
                "FORGE-010",
                f"Proyek {self._http.url}/{full_path} sudah ada dan bukan milik aplikasi ini",
                found="keterangan repositori tanpa tanda kawal yang sama",
                needed=f"tanda '{marker}' di keterangan repositori, atau nama yang kosong",
                next_step="pindahkan atau ganti nama repositori itu di GitHub, lalu ulangi perintah yang sama",
            )
        return raw

    def update_project(self, project_id: int, settings: dict[str, str | bool]) -> None:
        """Sets what GitHub has a counterpart for and reads it back; a setting without one is an error, never dropped."""
        before = self.project(project_id)
        current = {**before.settings, "name": before.name, "description": before.description}
        if not (differing := {key: value for key, value in settings.items() if current.get(key) != value}):
            return
        texts = {"name", "description"}
        if unknown := differing.keys() - parse.KNOWN_SETTINGS - texts:
            raise InputError(
                "FORGE-011",
                f"Setelan proyek tidak ada padanannya di GitHub: {', '.join(sorted(unknown))}",
                needed=", ".join(sorted(parse.KNOWN_SETTINGS)),
            )
        body = parse.settings_body(differing)
        if texts & differing.keys():
            body["description"] = parse.joined_description(
                str(differing.get("name", before.name)), str(differing.get("description", before.description))
            )
        if body:
            self._http.patch(repo(project_id), body)
        if parse.TOKEN_SETTING in differing and differing[parse.TOKEN_SETTING] is False:
            self._http.put(f"{repo(project_id)}/actions/permissions/workflow", parse.READ_ONLY_TOKENS)
        after = self.project(project_id)
        now = {**after.settings, "name": after.name, "description": after.description}
        for key, value in differing.items():
            if now.get(key) != value:
                raise InputError(
                    "FORGE-011",
                    f"Setelan proyek tidak diterima forge: {key}",
                    found=f"setelah ditulis: {now.get(key)!r}",
                    needed=repr(value),
                    next_step="periksa paket GitHub organisasi: kawal dokter",
                )

    # --- labels, milestones, issues

    def create_label(self, project_id: int, name: str, colour: str, description: str) -> None:
        path = f"{repo(project_id)}/labels"
        body = {"name": name, "color": colour.lstrip("#"), "description": description[:100]}
        self._create(path, body, lambda: self._http.get_or_none(f"{path}/{enc(name)}"))

    def update_label(self, project_id: int, name: str, colour: str, description: str) -> None:
        body = {"color": colour.lstrip("#"), "description": description[:100]}
        self._http.patch(f"{repo(project_id)}/labels/{enc(name)}", body)

    def create_milestone(self, project_id: int, title: str, description: str, due: date | None) -> int:
        path = f"{repo(project_id)}/milestones"
        body = {"title": title, "description": description} | _due(due)
        made = self._create(path, body, lambda: first(self._http.all(path, state="all"), "title", title))
        return View(made, path).number("number")

    def update_milestone(
        self, project_id: int, milestone_id: int, description: str, due: date | None
    ) -> None:
        body = {"description": description, "due_on": None} | _due(due)
        self._http.patch(f"{repo(project_id)}/milestones/{milestone_id}", body)

    def create_issue(
        self,
        project_id: int,
        title: str,
        body: str,
        labels: Sequence[str],
        milestone_id: int | None,
        due: date | None,
    ) -> int:
        path = f"{repo(project_id)}/issues"
        values: dict[str, Any] = {
            "title": title,
            "body": parse.issue_body(body, due),
            "labels": list(labels),
        }
        if milestone_id is not None:
            values["milestone"] = milestone_id
        marker = marker_line(body)

        def find() -> Json | None:
            rows = self._http.pages(path, state="all", direction="asc", sort="created")
            if marker is None:
                return None
            return next((row for row in rows if marker_line(str(row.get("body"))) == marker), None)

        return View(self._create(path, values, find), path).number("number")

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
        path = f"{repo(project_id)}/issues/{iid}"
        if body is None and due is not None:
            body = parse.issue(View(self._http.get(path), path)).body
        elif body is not None and due is None:
            due = parse.issue(View(self._http.get(path), path)).due
        values: dict[str, Any] = {
            "title": title,
            "body": None if body is None else parse.issue_body(body, due),
            "labels": None if labels is None else list(labels),
            "milestone": milestone_id,
            "state": None if closed is None else "closed" if closed else "open",
        }
        self._http.patch(path, {key: value for key, value in values.items() if value is not None})

    def comment_issue(self, project_id: int, iid: int, marker: str, body: str) -> None:
        path = f"{repo(project_id)}/issues/{iid}/comments"
        sticky_note(
            lambda: self._http.pages(path),
            lambda text: self._http.post(path, text),
            lambda number, text: self._http.patch(f"{repo(project_id)}/issues/comments/{number}", text),
            author="user",
            bot=self.info().bot_user_id,
            marker=marker,
            body=body,
        )

    def comment_merge_request(self, project_id: int, iid: int, marker: str, body: str) -> None:
        """A pull request is an issue too, and its conversation is the issue's."""
        self.comment_issue(project_id, iid, marker, body)

    # --- members, variables, hooks

    def set_member(self, project_id: int, username: str, level: int) -> None:
        """204 for who is in the organisation, else an invitation, which that person has to accept."""
        user = self.user_id(username)
        present = {member.user_id: member for member in self.members(project_id)}
        if user in present and present[user].level == level:
            return
        word = parse.WORDS.get(level)
        if word is None:
            raise InputError("FORGE-008", f"Tingkat {level} tidak ada di GitHub")
        self._http.put(f"{repo(project_id)}/collaborators/{enc(username)}", {"permission": word})

    def set_variable(self, project_id: int, wanted: Variable) -> None:
        path = f"{repo(project_id)}/actions/variables"
        one = f"{path}/{enc(wanted.key)}"
        current = self._http.get_or_none(one)
        if current is None:
            body = {"name": wanted.key, "value": wanted.value}
            self._create(path, body, lambda: self._http.get_or_none(one))
            current = self._http.get(one)
        if current.get("value") != wanted.value:
            self._http.patch(one, {"value": wanted.value})

    def set_hook(self, project_id: int, wanted: HookWanted, *, token: str) -> None:
        path = f"{repo(project_id)}/hooks"
        unknown = set(wanted.events) - set(parse.EVENTS)
        if unknown:
            raise InputError("FORGE-008", f"Peristiwa webhook tidak dikenal: {', '.join(sorted(unknown))}")
        body = {
            "name": "web",
            "active": True,
            "events": sorted(parse.EVENTS[event] for event in wanted.events),
            "config": {
                "url": wanted.url,
                "content_type": "json",  # the default is a form
                "secret": token,
                "insecure_ssl": "0",
            },
        }

        def find() -> Json | None:
            rows = self._http.all(path)
            return next((row for row in rows if (row.get("config") or {}).get("url") == wanted.url), None)

        current = find()
        if current is None:
            self._create(path, body, find)
        else:
            self._http.patch(f"{path}/{View(current, path).number('id')}", body)

    # --- pull requests and runs

    def create_merge_request(
        self, project_id: int, source: str, target: str, title: str, body: str
    ) -> MergeRequest:
        path = f"{repo(project_id)}/pulls"

        def find() -> Json | None:
            rows = self._http.all(path, state="open")
            ours = [row for row in rows if View(row, path).view("head").text("ref") == source]
            return next((row for row in ours if View(row, path).view("base").text("ref") == target), None)

        body_ = {"title": title, "head": source, "base": target, "body": body}
        return parse.pull(View(find() or self._create(path, body_, find), path))

    def merge(self, project_id: int, iid: int, *, head_sha: str) -> str:
        path = f"{repo(project_id)}/pulls/{iid}"
        body = {"sha": head_sha, "merge_method": "merge"}
        return merge_exactly(
            iid,
            head_sha,
            lambda: self.merge_request(project_id, iid),
            lambda: self._http.put(f"{path}/merge", body),
        )

    def retry_pipeline(self, project_id: int, pipeline_id: int) -> None:
        """Runs failed jobs again."""
        self._http.post(f"{repo(project_id)}/actions/runs/{pipeline_id}/rerun-failed-jobs", {})

    def read_anew(self) -> None:
        """GitHub counts no list, so a kept one that had lost a page would hide from the plan what is there."""
        self._http.forget()

    def share_templates(self, project_id: int) -> None:
        """A private repository's workflows are its own until it says so; a public one's are everybody's."""
        path = repo(project_id)
        about = View(self._http.get(path), path)
        if about.text("visibility") == "public":
            return
        wanted = "organization" if about.view("owner").text("type") == "Organization" else "user"
        where = f"{path}/actions/permissions/access"
        if self._http.get(where).get("access_level") not in (wanted, "enterprise"):
            self._http.put(where, {"access_level": wanted})


def _due(due: date | None) -> dict[str, Any]:
    return {"due_on": f"{due.isoformat()}T08:00:00Z"} if due else {}
