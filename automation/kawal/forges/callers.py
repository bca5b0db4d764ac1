"""The thin workflow files by which an application's repository on GitHub calls the central template, pinned to one commit.

What a run executed is proven by three things together: GitHub names the reusable workflow and its commit (`referenced_workflows`), it
is the only one, and the calling file at that very commit is ours byte for byte, so that no other job stood beside the template's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kawal.forges.github_parse import CALLER
from kawal.forges.gitlab_parse import blob_id
from kawal.forges.port import Pipeline, ReadForge

FOLDER = ".github/workflows"
TEAM_CALLER = f"{FOLDER}/kawal-tim.yml"
SOURCE = "pemanggil"
"""Folder of the central repository that holds them unfilled."""
_PLACE, _COMMIT = b"ORGANISASI/PIPA", b"0" * 40
NOT_ONE, CHANGED = "bukan-satu-templat", "pemanggil-diubah"
"""What stands instead of a template when nothing is proven: no policy can name these."""

__all__ = ["CALLER", "FOLDER", "SOURCE", "TEAM_CALLER", "filled", "proved", "split", "wanted_callers"]


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


def wanted_callers(forge: ReadForge, template_project_id: int, config: str) -> dict[str, str]:
    """Path -> git blob id of each caller, made from what the central repository holds at the pinned commit."""
    pin = split(config)
    key = (forge.info().url, template_project_id, pin.repository, pin.commit)
    if key not in _KNOWN:
        tree = forge.tree(template_project_id, pin.commit)
        names = [path.removeprefix(f"{SOURCE}/") for path in tree if path.startswith(f"{SOURCE}/")]
        _KNOWN[key] = {
            f"{FOLDER}/{name}": blob_id(
                filled(
                    forge.file(template_project_id, f"{SOURCE}/{name}", pin.commit),
                    pin.repository,
                    pin.commit,
                )
            )
            for name in names
        }
        while len(_KNOWN) > _KEPT:
            del _KNOWN[next(iter(_KNOWN))]
    return _KNOWN[key]


_KEPT = 32
_KNOWN: dict[tuple[str, int, str, str], dict[str, str]] = {}
"""A commit's content never changes, so what was made of it may be kept."""


def proved(forge: ReadForge, project_id: int, run: Pipeline, wanted: Mapping[str, str]) -> str:
    """The template that this run ran, as `file@repository:commit`, or a word that no policy names."""
    if len(run.templates) != 1:
        return NOT_ONE
    have = forge.tree(project_id, run.sha).get(run.workflow)
    return run.templates[0] if have is not None and have == wanted.get(run.workflow) else CHANGED
