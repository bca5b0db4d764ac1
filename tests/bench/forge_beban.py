# ruff: noqa: E402 - the helpers of the tests come onto the path first
"""The work every tool of the forge bench is given, and the state it has to leave: three files of one subject each use it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "reconcile")]

from contoh import desired

from forge_latihan import ForgeLatihan, enc
from kawal.model import DesiredProject, FileWanted, Label, Variable

SETTINGS = {"visibility", "merge_method", "only_allow_merge_if_pipeline_succeeds", "allow_merge_on_skipped_pipeline"}  # fmt: skip
MEMBERS = ("ani", "budi")


def projects(count: int, group: str) -> list[DesiredProject]:
    """Per project: 4 settings, 12 labels, 6 variables, a protected branch and tag, 5 files, a hook, 2 members.

    Without issues and milestones, which the other tools do not know.
    """
    return [_project(number, group) for number in range(count)]


def _project(number: int, group: str) -> DesiredProject:
    whole = desired(f"app-{number}", group=group, members=MEMBERS)
    return replace(
        whole,
        name=f"App {number}",
        first_commit=tuple(FileWanted(f"berkas-{n}.txt", f"isi {n}\n".encode()) for n in range(5)),
        labels=tuple(Label(f"label-{n}", f"#{n:02d}8bca", f"Label {n}") for n in range(12)),
        variables=tuple(Variable(f"KAWAL_{n}", f"nilai {n}") for n in range(6)),
        issues=(),
        milestones=(),
        settings=tuple((key, value) for key, value in whole.settings if key in SETTINGS),
    )


def state(forge: ForgeLatihan, group: str, count: int) -> list[Any]:
    """What stands on the forge, by raw HTTP past every tool, without ids and times."""
    return [_state(forge, f"/projects/{enc(f'{group}/app-{number}')}") for number in range(count)]


def _state(forge: ForgeLatihan, project: str) -> Any:
    shown = forge.ok("GET", project)
    tree = forge.all(f"{project}/repository/tree", ref="main", recursive="true")
    branches, tags = forge.all(f"{project}/protected_branches"), forge.all(f"{project}/protected_tags")
    return {
        "setelan": {key: shown[key] for key in sorted(SETTINGS)},
        "label": sorted(
            (row["name"], row["color"], row["description"]) for row in forge.all(f"{project}/labels")
        ),
        "variabel": sorted(
            (row["key"], row["value"], row["raw"]) for row in forge.all(f"{project}/variables")
        ),
        "cabang": [(row["name"], _level(row, "push"), _level(row, "merge")) for row in branches],
        "tag": [(row["name"], _level(row, "create")) for row in tags],
        # A tool that cannot make the first commit finds a README there; it is not its own.
        "berkas": sorted((row["path"], row["id"]) for row in tree if row["path"] != "README.md"),
        "webhook": [row["url"] for row in forge.all(f"{project}/hooks")],
        "anggota": sorted(
            (row["username"], row["access_level"])
            for row in forge.all(f"{project}/members")
            if row["username"] in MEMBERS
        ),
    }


def _level(row: Any, what: str) -> int:
    return int(row[f"{what}_access_levels"][0]["access_level"])
