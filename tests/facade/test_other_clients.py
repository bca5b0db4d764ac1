"""Clients nobody here wrote drive the embedded forge unmodified; each test skips with a reason where its client is missing.

`make alat` installs `@gitbeaker/cli` from npm into KAWAL_ALAT_DIR; `gitlabracadabra` is a Debian package, which `.ci/run` installs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forge_latihan import ForgeLatihan, enc, forge_latihan


@pytest.fixture(scope="module")
def latihan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgeLatihan]:
    with forge_latihan(tmp_path_factory.mktemp("klien")) as forge:
        token = forge.user("kawal-bot")[1]
        forge.ok("POST", "/groups", {"path": "dinas", "name": "Dinas"}, token=token)
        yield forge


def program(name: str, where: str) -> str:
    tools = Path(os.environ.get("KAWAL_ALAT_DIR", "/tidak-ada")) / name / "node_modules" / ".bin"
    found = shutil.which(name) or shutil.which(name, path=str(tools))
    if found is None:
        pytest.skip(f"{name} belum terpasang ({where})")
    return found


def gitbeaker(forge: ForgeLatihan, home: Path, *words: str) -> Any:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GITBEAKER_HOST": forge.url,
        "GITBEAKER_TOKEN": forge.user("kawal-bot")[1],
    }
    done = subprocess.run(
        [program("gitbeaker", "make alat"), *words],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def test_gitbeaker_makes_a_project_and_reads_it(latihan: ForgeLatihan, tmp_path: Path) -> None:
    program("gitbeaker", "make alat")
    group = latihan.ok("GET", "/groups/dinas")["id"]
    made = gitbeaker(
        latihan, tmp_path, "projects", "create", "--name", "app-js", "--namespace-id", str(group)
    )
    listed = gitbeaker(latihan, tmp_path, "projects", "all", "--owned", "true")
    shown = gitbeaker(latihan, tmp_path, "projects", "show", "--project-id", "dinas/app-js")

    assert made["path_with_namespace"] == "dinas/app-js"
    assert made["id"] in {row["id"] for row in listed}
    assert shown["id"] == made["id"]


def test_gitlabracadabra_brings_a_project_to_its_file(latihan: ForgeLatihan, tmp_path: Path) -> None:
    tool = program("gitlabracadabra", "Debian: apt-get install gitlabracadabra")
    config = tmp_path / "python-gitlab.cfg"
    config.write_text(
        f"[global]\ndefault = latihan\ntimeout = 20\n\n[latihan]\nurl = {latihan.url}\n"
        f"private_token = {latihan.user('kawal-bot')[1]}\napi_version = 4\n",
        "utf-8",
    )
    wanted = tmp_path / "gitlabracadabra.yml"
    wanted.write_text(
        "dinas/app-py:\n  create_object: true\n  description: Dari gitlabracadabra\n  visibility: private\n"
        "  only_allow_merge_if_pipeline_succeeds: true\n  initialize_with_readme: true\n"
        "  labels:\n    - name: tahap\n      color: '#ff0000'\n      description: Tahap\n",
        "utf-8",
    )
    done = subprocess.run(
        [tool, "--config-file", str(config), str(wanted)],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    path = f"/projects/{enc('dinas/app-py')}"
    project = latihan.ok("GET", path)

    assert project["description"] == "Dari gitlabracadabra"
    assert project["only_allow_merge_if_pipeline_succeeds"] is True
    assert [row["name"] for row in latihan.all(f"{path}/labels")] == ["tahap"]
