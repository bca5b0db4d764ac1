"""The thin workflow files by which an application's repository on GitHub calls the central template, pinned to one commit.

What a run executed is proven by three things together: GitHub names the reusable workflow and its commit (`referenced_workflows`), it
is the only one, and the calling file at that very commit is ours byte for byte, so that no other job stood beside the template's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from kawal.errors import NotFoundError
from kawal.forges.github_parse import CALLER
from kawal.forges.gitlab_parse import blob_id
from kawal.forges.port import Pipeline, ReadForge

FOLDER = ".github/workflows"
TEAM_CALLER = f"{FOLDER}/kawal-tim.yml"
SOURCE = "pemanggil"
"""Folder of the central repository that holds them unfilled."""
_PLACE, _COMMIT = b"ORGANISASI/PIPA", b"0" * 40
_USES = re.compile(
    r"^\s*uses:\s*([\w.-]+/[\w.-]+)/(\.github/workflows/[\w.-]+)@([0-9a-f]{40})\s*$", re.MULTILINE
)
NOT_ONE, CHANGED = "bukan-satu-templat", "pemanggil-diubah"
"""What stands instead of a template when nothing is proven: no policy can name these."""

__all__ = [
    "CALLER", "FOLDER", "SOURCE", "TEAM_CALLER", "caller_contents", "filled", "proved", "running", "split", "wanted_callers",
]  # fmt: skip


class Config(NamedTuple):
    """`file@repository:commit`, as a compiled policy spells it."""

    file: str
    repository: str
    commit: str


def split(config: str) -> Config:
    file, _, rest = config.partition("@")
    repository, _, commit = rest.rpartition(":")
    return Config(file, repository, commit)


def filled(text: bytes, repository: str, commit: str) -> bytes:
    return text.replace(_PLACE, repository.encode()).replace(_COMMIT, commit.encode())


def running(forge: ReadForge, project_id: int, ref: str) -> str | None:
    """The template that the caller at `ref` names, as `file@repository:commit`; None where none is named, or not one.

    Only the name: whether the callers are ours with nothing beside is another question (`wanted_callers`).
    """
    try:
        text = forge.file(project_id, CALLER, ref).decode("utf-8", "replace")
    except NotFoundError:
        return None
    named = _USES.findall(text)
    return f"{named[0][1]}@{named[0][0]}:{named[0][2]}" if len(named) == 1 else None


def caller_contents(forge: ReadForge, template_project_id: int, config: str) -> dict[str, bytes]:
    """Path -> content of each caller, made from what the central repository holds at the pinned commit."""
    pin = split(config)
    key = (forge.info().url, template_project_id, pin.repository, pin.commit)
    if key not in _KNOWN:
        tree = forge.tree(template_project_id, pin.commit)
        names = [path.removeprefix(f"{SOURCE}/") for path in tree if path.startswith(f"{SOURCE}/")]
        _KNOWN[key] = {
            f"{FOLDER}/{name}": filled(
                forge.file(template_project_id, f"{SOURCE}/{name}", pin.commit), pin.repository, pin.commit
            )
            for name in names
        }
        while len(_KNOWN) > _KEPT:
            del _KNOWN[next(iter(_KNOWN))]
    return _KNOWN[key]


def wanted_callers(forge: ReadForge, template_project_id: int, config: str) -> dict[str, str]:
    """Path -> git blob id of each caller."""
    found = caller_contents(forge, template_project_id, config)
    return {path: blob_id(content) for path, content in found.items()}


_KEPT = 32
_KNOWN: dict[tuple[str, int, str, str], dict[str, bytes]] = {}
"""A commit's content never changes, so what was made of it may be kept."""


def proved(forge: ReadForge, project_id: int, run: Pipeline, wanted: Mapping[str, str]) -> str:
    """The template that this run ran, as `file@repository:commit`, or a word that no policy names."""
    if len(run.templates) != 1:
        return NOT_ONE
    have = forge.tree(project_id, run.sha).get(run.workflow)
    return run.templates[0] if have is not None and have == wanted.get(run.workflow) else CHANGED
