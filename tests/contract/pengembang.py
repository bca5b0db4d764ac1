"""What a developer and a PA job do on the forge, past the adapter."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from forge_latihan import ForgeLatihan
from github_runs import place_run
from kawal.forges.port import Forge, Project


@dataclass(frozen=True)
class Wanted:
    ci_config_path: str
    template_project_id: int
    template_commit: str
    bot_user_id: int
    runner_ids: tuple[int, ...] = ()
    default_branch: str = "main"
    release_tag: str = "v*"
    protections: str = "ditegakkan"

    def for_project(self, config: object) -> Wanted:
        """One template is pinned: whatever the project runs, the wish stays."""
        return self


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


def kind(adapter: Forge) -> str:
    return adapter.info().kind


def github(forge: ForgeLatihan, method: str, path: str, body: object = None, *, token: str) -> Any:
    """One raw request to the GitHub facade, which has to succeed."""
    request = urllib.request.Request(
        f"{forge.url}/api/v3{path}",
        data=body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode(),
        method=method,
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/octet-stream" if isinstance(body, bytes) else "application/json",
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as reply:
            raw = reply.read()
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read()[:300]!r}") from None
    return json.loads(raw) if raw else None


def join(adapter: Forge, forge: ForgeLatihan, project: Project, username: str, level: int = 30) -> None:
    """Made a member; on GitHub the invitation is accepted too."""
    adapter.set_member(project.id, username, level)
    if kind(adapter) == "github":
        token = forge.user(username)[1]
        for one in github(forge, "GET", "/user/repository_invitations", token=token):
            github(forge, "PATCH", f"/user/repository_invitations/{one['id']}", token=token)


def approve(adapter: Forge, forge: ForgeLatihan, project: Project, iid: int, head: str, token: str) -> None:
    if kind(adapter) == "github":
        body = {"event": "APPROVE", "commit_id": head}
        github(forge, "POST", f"/repositories/{project.id}/pulls/{iid}/reviews", body, token=token)
    else:
        forge.ok("POST", f"/projects/{project.id}/merge_requests/{iid}/approve", {"sha": head}, token=token)


def publish(
    adapter: Forge, forge: ForgeLatihan, project: Project, name: str, version: str, file: str, content: bytes
) -> None:
    """The bytes of a package: generic package on GitLab, artefact of the job `kemas` on GitHub."""
    if kind(adapter) == "gitlab":
        upload(forge, project, name, version, file, content)
    else:
        jobs = [{"name": "kawal / kemas", "runner_id": 2}]
        place_run(forge, project.id, sha=version, jobs=jobs, artifacts={"kemas": {file: content}})


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
