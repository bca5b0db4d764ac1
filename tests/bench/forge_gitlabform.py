"""gitlabform as one tool of the forge bench, in an environment of its own: it pins older libraries than ours.

It creates no projects, so the bench makes them for it beforehand and does not count that: the peer is given an advantage.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml
from forge_beban import projects

from forge_latihan import ForgeLatihan
from kawal.model import DesiredProject

PIN = "gitlabform==3.16.5"
"""The newest for Python 3.11; 4.0 and later want 3.12."""
LEVELS = {0: "no access", 30: "developer", 40: "maintainer"}


def program(tools: Path) -> Path | None:
    """gitlabform, installed on the first call; None where no package index can be reached."""
    folder = tools / "gitlabform"
    found = folder / "bin" / "gitlabform"
    if not found.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(folder / "bin" / "pip"), "install", "--quiet", PIN]
        if subprocess.run(install, stdout=subprocess.DEVNULL, check=False).returncode:
            return None
    return found


def prepare(forge: ForgeLatihan, token: str, group: str, count: int) -> None:
    """The empty projects it will find."""
    parent = None
    for part in group.split("/"):
        body = {"name": part, "path": part} | ({"parent_id": parent} if parent else {})
        parent = forge.ok("POST", "/groups", body, token=token)["id"]
    for one in projects(count, group):
        body = {"name": one.name, "path": one.path, "namespace_id": parent, "visibility": "private"}
        forge.ok("POST", "/projects", body | {"initialize_with_readme": True}, token=token)


def command(program: Path, folder: Path, url: str, group: str, count: int) -> list[str]:
    """The command line; its configuration is written into `folder`. The token goes in GITLAB_TOKEN."""
    work = projects(count, group)
    config = {
        "config_version": 3,
        "gitlab": {"url": url, "timeout": 60},
        "projects_and_groups": {one.full_path: _config(one) for one in work},
    }
    file = folder / f"{group.replace('/', '-')}.yml"
    file.write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    return [str(program), "--skip-version-check", "--terminate", "--config", str(file), "ALL_DEFINED"]


def environment(token: str, folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "GITLAB_TOKEN": token, "LANG": "C.UTF-8"}


def _config(wanted: DesiredProject) -> dict[str, object]:
    return {
        "project_settings": dict(wanted.settings),
        "labels": {one.name: {"color": one.colour, "description": one.description} for one in wanted.labels},
        "variables": {one.key: {"key": one.key, "value": one.value, "raw": True} for one in wanted.variables},
        "branches": {
            one.pattern: {
                "protected": True,
                "push_access_level": LEVELS[one.push_level],
                "merge_access_level": LEVELS[one.merge_level],
            }
            for one in wanted.protections
            if one.kind == "branch"
        },
        "tags": {
            one.pattern: {"protected": True, "create_access_level": LEVELS[one.push_level]}
            for one in wanted.protections
            if one.kind == "tag"
        },
        "files": {
            one.path: {
                "overwrite": True,
                "branches": ["main"],
                "content": one.content.decode(),
                "template": False,
            }
            for one in wanted.first_commit
        },
        "hooks": {one.url: dict.fromkeys(one.events, True) for one in wanted.hooks},
        "members": {"users": {one.username: {"access_level": LEVELS[one.level]} for one in wanted.members}},
    }
