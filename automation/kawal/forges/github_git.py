"""Git objects of a repository on GitHub: trees, files, branches, tags, commits, and the rulesets that hold them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import quote

from kawal.errors import ConflictError, InputError, NotFoundError
from kawal.forges import github_parse as parse
from kawal.forges import github_rulesets as rulesets
from kawal.forges.github_base import GitHubBase, enc, repo
from kawal.forges.jsonview import View
from kawal.forges.port import Branch, Commit, Tag
from kawal.model import ProtectedRef
from kawal.refs import matches


class GitHubGit(GitHubBase):
    """The part of `ReadForge` about the repository's content."""

    def protections(self, project_id: int) -> list[ProtectedRef]:
        return rulesets.together(self._each_ruleset(project_id))

    def _each_ruleset(self, project_id: int) -> list[ProtectedRef]:
        """The repository's own and those of its organisation."""
        path = f"{repo(project_id)}/rulesets"
        found = [
            View(self._http.get(f"{path}/{View(row, path).number('id')}"), path)
            for row in self._http.all(path)
        ]
        default = None
        if any("~DEFAULT_BRANCH" in str(v.raw.get("conditions")) for v in found):
            default = View(self._http.get(repo(project_id)), path).maybe_text("default_branch")
        return [ref for v in found for ref in rulesets.protections(v, default)]

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
            rules = self._each_ruleset(project_id)
        except InputError:  # this plan has no rulesets
            return False
        # Rules that leave creating or moving it to everybody who may write do not protect a tag.
        held = [rule for rule in rules if rule.kind == "tag" and rule.push_level != 30]
        return any(matches(name, rule.pattern) for rule in held)

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
