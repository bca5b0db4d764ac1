"""What a developer and a PA job do on the forge, past the adapter."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass

from forge_latihan import ForgeLatihan
from kawal.forges.port import Project


@dataclass(frozen=True)
class Wanted:
    ci_config_path: str
    template_project_id: int
    template_commit: str
    bot_user_id: int
    runner_ids: tuple[int, ...] = ()
    default_branch: str = "main"
    release_tag: str = "v*"


def push(forge: ForgeLatihan, project: Project, token: str, name: str, *, start: str | None = None) -> str:
    """A commit with one new file on branch `kerja`, made with somebody's token."""
    body = {
        "branch": "kerja",
        "commit_message": f"Tambah {name}",
        "actions": [{"action": "create", "file_path": name, "content": name}],
    }
    if start:
        body["start_branch"] = start
    return str(forge.ok("POST", f"/projects/{project.id}/repository/commits", body, token=token)["id"])


def upload(forge: ForgeLatihan, project: Project, name: str, version: str, file: str, content: bytes) -> None:
    _, token = forge.user("kawal-bot")
    request = urllib.request.Request(
        f"{forge.url}/api/v4/projects/{project.id}/packages/generic/{name}/{version}/{file}",
        data=content,
        method="PUT",
        headers={"PRIVATE-TOKEN": token, "Content-Type": "application/octet-stream"},
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert reply.status in (200, 201)
