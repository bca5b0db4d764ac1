"""Writes to the content of a repository on GitHub: commits, tags, rulesets. Each finds its own earlier attempt after a lost answer."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from kawal.errors import ConflictError, InputError, TemporaryError
from kawal.forges import github_rulesets as rulesets
from kawal.forges.creating import create_once
from kawal.forges.github_base import first, repo
from kawal.forges.github_environment import hold_environment
from kawal.forges.github_http import Json
from kawal.forges.github_read import FIRST_OBJECT, GitHubReader
from kawal.forges.gitlab_parse import blob_id
from kawal.forges.jsonview import View
from kawal.forges.refusals import protection_not_taken
from kawal.model import FileWanted, ProtectedRef


class GitHubContent(GitHubReader):
    """The part of `kawal.forges.port.Forge` about the repository's content."""

    def _create(self, path: str, body: dict[str, Any], find: Callable[[], Json | None]) -> Json:
        return create_once(lambda: self._http.post(path, body), find)

    def commit_files(
        self,
        project_id: int,
        branch: str,
        message: str,
        files: Sequence[FileWanted],
        *,
        update: Sequence[str] = (),
    ) -> str:
        """One commit with all files through git's own objects; found again by message and content."""
        head = self.branch(project_id, branch)
        if head is None:
            return self._first_commit(project_id, branch, message, files)
        have = self.tree(project_id, head.sha)
        commit = self.commit(project_id, head.sha)
        same_message = commit.message.rstrip("\n") == message.rstrip("\n")
        if same_message and all(have.get(file.path) == blob_id(file.content) for file in files):
            return head.sha
        if commit.message.startswith(FIRST_OBJECT):  # left by a run that was cut off
            return self._replace_root(project_id, branch, message, files)
        clash = [file.path for file in files if file.path in have and file.path not in update]
        if clash:
            raise ConflictError(
                "FORGE-007",
                f"Berkas sudah ada di cabang {branch}: {', '.join(clash)}",
                next_step="ulangi perintah yang sama; keadaan di forge dibaca ulang",
            )
        made = self._objects(project_id, message, files, base=head.sha)
        return self._point(project_id, branch, made, force=False)

    def _first_commit(self, project_id: int, branch: str, message: str, files: Sequence[FileWanted]) -> str:
        """Git's object API refuses an empty repository: one file goes in by the contents API, then the root is made anew."""
        file = files[0]
        body = {
            "message": FIRST_OBJECT,
            "content": base64.b64encode(file.content).decode(),
            "branch": branch,
        }
        try:
            self._http.put(f"{repo(project_id)}/contents/{quote(file.path)}", body)
        except (TemporaryError, ConflictError, InputError):
            if self.branch(project_id, branch) is None:
                raise
        return self._replace_root(project_id, branch, message, files)

    def _replace_root(self, project_id: int, branch: str, message: str, files: Sequence[FileWanted]) -> str:
        made = self._objects(project_id, message, files, base=None)
        return self._point(project_id, branch, made, force=True)

    def _objects(
        self, project_id: int, message: str, files: Sequence[FileWanted], *, base: str | None
    ) -> str:
        path = f"{repo(project_id)}/git"
        entries = []
        for file in files:
            body = {"content": base64.b64encode(file.content).decode(), "encoding": "base64"}
            # Objects have no identity but their content, so making one twice is harmless.
            blob = self._twice(f"{path}/blobs", body)
            mode = "100755" if file.executable else "100644"
            entries.append({"path": file.path, "mode": mode, "type": "blob", "sha": blob})
        tree_body: dict[str, Any] = {"tree": entries}
        if base:
            tree_body["base_tree"] = self.tree_id(project_id, base)
        tree = self._twice(f"{path}/trees", tree_body)
        commit = {"message": message, "tree": tree, "parents": [base] if base else []}
        return self._twice(f"{path}/commits", commit)

    def _twice(self, path: str, body: dict[str, Any]) -> str:
        try:
            made = self._http.post(path, body)
        except TemporaryError:
            made = self._http.post(path, body)
        return View(made, path).text("sha")

    def _point(self, project_id: int, branch: str, sha: str, *, force: bool) -> str:
        self._http.patch(f"{repo(project_id)}/git/refs/heads/{quote(branch)}", {"sha": sha, "force": force})
        return sha

    def protect(self, project_id: int, wanted: ProtectedRef) -> None:
        """One ruleset per protection, found by its name. NotPossibleHere where the plan has none."""
        path = f"{repo(project_id)}/rulesets"
        body = rulesets.ruleset_body(wanted)

        def find() -> Json | None:
            return first(self._http.all(path), "name", body["name"])

        current = find()
        if current is None:
            number = View(self._create(path, body, find), path).number("id")
        else:
            number = View(current, path).number("id")
            if rulesets.protections(View(self._http.get(f"{path}/{number}"), path)) == [wanted]:
                return
            self._http.put(f"{path}/{number}", body)
        stands = rulesets.protections(View(self._http.get(f"{path}/{number}"), path))
        if stands != [wanted]:
            raise protection_not_taken(wanted.pattern, stands, wanted)

    def hold_environment(self, project_id: int, name: str, tag_pattern: str) -> None:
        hold_environment(self._http, project_id, name, tag_pattern)

    def create_branch(self, project_id: int, name: str, sha: str) -> None:
        if self.branch(project_id, name) is not None:
            return
        try:
            self._http.post(f"{repo(project_id)}/git/refs", {"ref": f"refs/heads/{name}", "sha": sha})
        except (TemporaryError, ConflictError):
            if self.branch(project_id, name) is None:
                raise

    def create_tag(self, project_id: int, name: str, sha: str, message: str) -> None:
        path = f"{repo(project_id)}/git"
        found = self.tag(project_id, name)
        if found is None:
            body = {"tag": name, "message": message, "object": sha, "type": "commit"}
            made = self._twice(f"{path}/tags", body)
            try:
                self._http.post(f"{path}/refs", {"ref": f"refs/tags/{name}", "sha": made})
            except (TemporaryError, ConflictError):
                if self.tag(project_id, name) is None:
                    raise
            found = self.tag(project_id, name)
        if found is None or found.sha != sha:
            raise ConflictError(
                "FORGE-007",
                f"Tag {name} sudah menunjuk commit lain",
                found=found.sha if found else "tidak ada",
                needed=sha,
            )
