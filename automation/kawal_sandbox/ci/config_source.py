"""Where a project's CI configuration lies, and the git side of `include`."""

import json
import re
from dataclasses import dataclass

from kawal_sandbox.access import REPORTER
from kawal_sandbox.ci.include import IncludeError
from kawal_sandbox.forge import Forge
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.repos import Repo
from kawal_sandbox.store import Row

OWN_FILE = ".gitlab-ci.yml"
_ELSEWHERE = re.compile(r".+\.(?:yml|yaml)@.+")


@dataclass(frozen=True)
class ConfigPlace:
    """`project` None: the project's own repository."""

    path: str
    project: str | None = None
    ref: str | None = None


@dataclass(frozen=True)
class ConfigFile:
    """The text to expand and the place that its `include: local` looks into."""

    text: str
    where: str
    source: "GitSource"
    elsewhere: bool


def place_of(ci_config_path: str | None) -> ConfigPlace:
    """`file@group/project:ref`: cut at the first `@`, then at the first `:`."""
    if not ci_config_path:
        return ConfigPlace(OWN_FILE)
    if not _ELSEWHERE.fullmatch(ci_config_path):
        return ConfigPlace(ci_config_path)
    path, _, rest = ci_config_path.partition("@")
    project, _, ref = rest.partition(":")
    return ConfigPlace(path, project, ref or None)


def find_config(forge: Forge, project: Row, sha: str, user: Row) -> ConfigFile | None:
    """The configuration of a pipeline at `sha`; None when the project has none. Raises `IncludeError`."""
    place = place_of(json.loads(project["settings"]).get("ci_config_path"))
    own = GitSource(forge, project, sha, user)
    if place.project is not None:
        source = own.other(place.project, place.ref)
        return ConfigFile(source.read(place.path), place.path, source, elsewhere=True)
    content = forge.repo(project["id"]).file(sha, place.path)
    return (
        None
        if content is None
        else ConfigFile(content.decode("utf-8", "replace"), place.path, own, elsewhere=False)
    )


@dataclass(frozen=True)
class GitSource:
    """One repository at one commit, read with the rights of the pipeline's user."""

    forge: Forge
    project: Row
    sha: str
    user: Row

    def read(self, path: str) -> str:
        content = self.forge.repo(self.project["id"]).file(self.sha, path)
        if content is None:
            raise IncludeError(
                f"Project `{self.project['full_path']}` reference `{self.sha}` does not have file `{path}`!"
            )
        return content.decode("utf-8", "replace")

    def other(self, project: str, ref: str | None) -> "GitSource":
        row = self.forge.store.one("SELECT * FROM projects WHERE full_path = ?", project)
        if row is None or not may_read_code(self.forge, row, self.user):
            raise IncludeError(
                f"Project `{project}` not found or access denied! Make sure any includes in the pipeline configuration are correctly defined."
            )
        sha = resolve_ref(self.forge.repo(row["id"]), ref or row["default_branch"])
        if sha is None:
            raise IncludeError(f"Project `{project}` reference `{ref}` does not exist!")
        return GitSource(self.forge, row, sha, self.user)


def may_read_code(forge: Forge, project: Row, user: Row) -> bool:
    if project["visibility"] in ("public", "internal"):
        return True
    return forge.access.effective(forge.access.project_level(project, user), user) >= REPORTER


def resolve_ref(repo: Repo, ref: str) -> str | None:
    """As git itself does: a full sha is a sha, and a tag shadows a branch of the same name (the trap X5)."""
    if ref.startswith("-") or ".." in ref:
        return None
    candidates = (
        [ref]
        if re.fullmatch(r"[0-9a-f]{40}", ref) or ref.startswith("refs/")
        else [f"refs/tags/{ref}", f"refs/heads/{ref}"]
    )
    for candidate in candidates:
        sha = repo.ref_sha(f"{candidate}^{{commit}}")
        if sha != ZERO:
            return sha
    return None
