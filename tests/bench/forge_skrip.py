"""A python-gitlab script with 16 threads, as a careful administrator writes it: look at each thing, create or change it.

`python forge_skrip.py URL GROUP COUNT`, token in BENCH_TOKEN. One client for each project, as python-gitlab's pages say of threads.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import gitlab
from forge_beban import projects

from kawal.model import DesiredProject, ProtectedRef

THREADS = 16


def main(url: str, group: str, count: int) -> None:
    client = _client(url)
    found = ensure(lambda: client.groups.get(group), lambda: _group(client, group))

    def one(project: DesiredProject) -> None:
        _project(_client(url), found.id, project)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, projects(count, group)))


def _client(url: str) -> gitlab.Gitlab:
    return gitlab.Gitlab(url, private_token=os.environ["BENCH_TOKEN"], timeout=60, keep_base_url=True)


def ensure(look: Callable[[], Any], make: Callable[[], Any]) -> Any:
    try:
        return look()
    except gitlab.GitlabGetError:
        return make()


def _group(client: gitlab.Gitlab, path: str) -> Any:
    made: Any = None
    parts = path.split("/")
    for depth, part in enumerate(parts, start=1):
        full = "/".join(parts[:depth])
        body = {"name": part, "path": part} | ({"parent_id": made.id} if made else {})
        made = ensure(partial(client.groups.get, full), partial(client.groups.create, body))
    return made


def _project(client: gitlab.Gitlab, group_id: int, wanted: DesiredProject) -> None:
    settings = dict(wanted.settings)
    new = {"name": wanted.name, "path": wanted.path, "namespace_id": group_id, "visibility": "private"}
    found = ensure(
        lambda: client.projects.get(wanted.full_path),
        lambda: client.projects.create(new),
    )
    if any(getattr(found, key, None) != value for key, value in settings.items()):
        for key, value in settings.items():
            setattr(found, key, value)
        found.save()
    body: dict[str, Any]
    for file in wanted.first_commit:
        body = {
            "file_path": file.path,
            "branch": "main",
            "content": base64.b64encode(file.content).decode(),
            "encoding": "base64",
            "commit_message": "Berkas",
        }
        ensure(partial(found.files.get, file.path, ref="main"), partial(found.files.create, body))
    for label in wanted.labels:
        body = {"name": label.name, "color": label.colour, "description": label.description}
        ensure(partial(found.labels.get, label.name), partial(found.labels.create, body))
    for variable in wanted.variables:
        body = {"key": variable.key, "value": variable.value, "raw": True}
        ensure(partial(found.variables.get, variable.key), partial(found.variables.create, body))
    for ref in wanted.protections:
        _protect(found, ref)
    for member in wanted.members:
        user = client.users.list(username=member.username, get_all=True)[0]
        body = {"user_id": user.id, "access_level": member.level}
        ensure(partial(found.members.get, user.id), partial(found.members.create, body))
    for hook in wanted.hooks:
        if hook.url not in {one.url for one in found.hooks.list(get_all=True)}:
            found.hooks.create({"url": hook.url, **dict.fromkeys(hook.events, True)})


def _protect(project: Any, ref: ProtectedRef) -> None:
    if ref.kind == "tag":
        body = {"name": ref.pattern, "create_access_level": ref.push_level}
        ensure(lambda: project.protectedtags.get(ref.pattern), lambda: project.protectedtags.create(body))
        return
    have = ensure(lambda: project.protectedbranches.get(ref.pattern), lambda: None)
    if have is None or have.push_access_levels[0]["access_level"] != ref.push_level:
        if have is not None:
            have.delete()
        levels = {"push_access_level": ref.push_level, "merge_access_level": ref.merge_level}
        project.protectedbranches.create({"name": ref.pattern, **levels})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
