# ruff: noqa: E402 - runs as a script: the helpers of the tests come onto the path first
"""Calls of the first and of an unchanged run, counted by the forge's own log, beside a 16-thread python-gitlab script. Claims no times.

    python tests/bench/bench_forge.py [--proyek N] [--latensi DETIK] [--slot N]

Both tools bring N projects of one group to the same state through a proxy that makes every call wait in one of the forge's slots.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "reconcile")]

import gitlab
import urllib3
from contoh import desired
from keadaan import end_state

from fault_proxy import fault_proxy
from forge_latihan import ForgeLatihan, forge_latihan
from kawal.forges.gitlab import GitLabForge
from kawal.model import DesiredProject
from kawal.reconcile.apply import apply_plan
from kawal.reconcile.plan import diff
from kawal.reconcile.read import read_state

AT_ONCE = 16
THREADS = 16


@contextmanager
def slow_forge(forge: ForgeLatihan, latency: float, slots: int) -> Iterator[str]:
    """The forge behind `slots` workers, each call holding one of them for `latency` seconds."""
    free = threading.Semaphore(slots)

    def wait(number: int, method: str, path: str) -> None:
        with free:
            time.sleep(latency)

    with fault_proxy(forge.url) as proxy:
        proxy.decide = wait
        proxy.lock = _NoLock()  # the waiting has to happen side by side
        yield proxy.url


class _NoLock:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


def wanted(number: int, group: str) -> DesiredProject:
    """What both tools are asked for: without issues and the state of preparing, which the script does not know."""
    whole = desired(f"app-{number}", group=group)
    return replace(whole, name=f"App {number}", issues=(), milestones=(), settings=whole.settings[:-1])


def kawal_run(url: str, token: str, projects: list[DesiredProject]) -> None:
    forge = GitLabForge(url, token, timeout=60)
    listed = {one.full_path: one for one in forge.projects_in(projects[0].group_path)}
    if not listed:
        forge.create_group(projects[0].group_path, projects[0].group_name)

    def one(project: DesiredProject) -> None:
        plan = diff(project, read_state(forge, project, project=listed.get(project.full_path)))
        if plan.changes:
            apply_plan(forge, project, plan, hook_token="rahasia")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, projects))


def script_run(url: str, token: str, projects: list[DesiredProject]) -> None:
    """What a careful administrator writes: look at each thing, create or change it, sixteen projects at once."""
    client = gitlab.Gitlab(url, private_token=token, timeout=60, keep_base_url=True)
    group = ensure(
        lambda: client.groups.get(projects[0].group_path), lambda: _group(client, projects[0].group_path)
    )

    def one(project: DesiredProject) -> None:
        mine = gitlab.Gitlab(url, private_token=token, timeout=60, keep_base_url=True)
        settings = dict(project.settings)
        found = ensure(
            lambda: mine.projects.get(project.full_path),
            lambda: mine.projects.create(
                {
                    "name": project.name,
                    "path": project.path,
                    "namespace_id": group.id,
                    "visibility": "private",
                }
            ),
        )
        if any(getattr(found, key, None) != value for key, value in settings.items()):
            for key, value in settings.items():
                setattr(found, key, value)
            found.save()
        for file in project.first_commit:
            ensure(
                lambda file=file: found.files.get(file.path, ref="main"),
                lambda file=file: found.files.create(
                    {
                        "file_path": file.path,
                        "branch": "main",
                        "content": base64.b64encode(file.content).decode(),
                        "encoding": "base64",
                        "commit_message": "Berkas",
                    }
                ),
            )
        for label in project.labels:
            body = {"name": label.name, "color": label.colour, "description": label.description}
            ensure(
                lambda label=label: found.labels.get(label.name), lambda body=body: found.labels.create(body)
            )
        for variable in project.variables:
            body = {"key": variable.key, "value": variable.value, "variable_type": variable.kind, "raw": True}
            ensure(
                lambda variable=variable: found.variables.get(variable.key),
                lambda body=body: found.variables.create(body),
            )
        for ref in project.protections:
            if ref.kind == "tag":
                ensure(
                    lambda ref=ref: found.protectedtags.get(ref.pattern),
                    lambda ref=ref: found.protectedtags.create(
                        {"name": ref.pattern, "create_access_level": ref.push_level}
                    ),
                )
                continue
            have = ensure(lambda ref=ref: found.protectedbranches.get(ref.pattern), lambda: None)
            if have is None or have.push_access_levels[0]["access_level"] != ref.push_level:
                if have is not None:
                    have.delete()
                found.protectedbranches.create(
                    {
                        "name": ref.pattern,
                        "push_access_level": ref.push_level,
                        "merge_access_level": ref.merge_level,
                    }
                )
        for member in project.members:
            user = mine.users.list(username=member.username, get_all=True)[0]
            ensure(
                lambda user=user: found.members.get(user.id),
                lambda user=user, member=member: found.members.create(
                    {"user_id": user.id, "access_level": member.level}
                ),
            )
        for hook in project.hooks:
            if hook.url not in {one.url for one in found.hooks.list(get_all=True)}:
                found.hooks.create({"url": hook.url, **dict.fromkeys(hook.events, True)})

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, projects))


def ensure(look: Callable[[], Any], make: Callable[[], Any]) -> Any:
    try:
        return look()
    except gitlab.GitlabGetError:
        return make()


def _group(client: gitlab.Gitlab, path: str) -> Any:
    parent = None
    for depth, part in enumerate(path.split("/"), start=1):
        full = "/".join(path.split("/")[:depth])
        body = {"name": part, "path": part} | ({"parent_id": parent} if parent else {})
        found = ensure(
            lambda full=full: client.groups.get(full), lambda body=body: client.groups.create(body)
        )
        parent = found.id
    return found


def measured(forge: ForgeLatihan, run: Callable[[], None]) -> dict[str, Any]:
    before, started = forge.last_request(), time.perf_counter()
    run()
    seconds = time.perf_counter() - started
    rows = forge.requests(before)
    writes = sum(row["method"] not in ("GET", "HEAD") for row in rows)
    return {"panggilan": len(rows), "tulis": writes, "detik": round(seconds, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proyek", type=int, default=10)
    parser.add_argument("--latensi", type=float, default=0.005)
    parser.add_argument("--slot", type=int, default=8)
    options = parser.parse_args()
    tools = {"kawal": kawal_run, "skrip-16-utas": script_run}
    result: dict[str, Any] = {
        "proyek": options.proyek,
        "latensi_detik": options.latensi,
        "slot": options.slot,
        "python_gitlab": gitlab.__version__,
        "urllib3": urllib3.__version__,
        "pth": sorted(path.name for path in Path(gitlab.__file__).parents[1].glob("*.pth")),
    }
    states: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, forge_latihan(Path(folder) / "forge") as forge:
        token = forge.user("kawal-bot")[1]
        for name in ("ani", "budi"):
            forge.user(name)
        with slow_forge(forge, options.latensi, options.slot) as url:
            for tool, run in tools.items():
                group = f"bench-{tool}/opd"
                projects = [wanted(number, group) for number in range(options.proyek)]
                result[tool] = {
                    when: measured(forge, lambda run=run, projects=projects: run(url, token, projects))
                    for when in ("pertama", "tanpa_perubahan")
                }
                state = end_state(forge, "app-0", group)
                states[tool] = {
                    key: state[key] for key in ("labels", "branches", "tags", "variables", "members")
                }
    result["keadaan_akhir_sama"] = len({json.dumps(state, sort_keys=True) for state in states.values()}) == 1
    first, again = (
        result["kawal"][when]["panggilan"] / result["skrip-16-utas"][when]["panggilan"]
        for when in ("pertama", "tanpa_perubahan")
    )
    result["rasio_panggilan"] = {"pertama": round(first, 2), "tanpa_perubahan": round(again, 2)}
    result["panggilan_per_proyek_tanpa_perubahan"] = round(
        result["kawal"]["tanpa_perubahan"]["panggilan"] / options.proyek, 1
    )
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
