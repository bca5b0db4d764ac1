"""A forge with two runners, and git pushes into it."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sandbox_client import ROOT, Client, new_project, unique

from kawal_sandbox.server import RunnerConfig, Server, start

RUNNERS = {
    "runners": [
        {"name": "umum", "id": 7, "tags": ["umum"], "run_untagged": True},
        {"name": "pa", "id": 9, "tags": ["pa"], "env": {"KAWAL_TOKEN_UJI": "rahasia-runner-pa-123"}},
    ],
    "parallel": 2,
}
DONE = ("success", "failed", "canceled", "skipped", "manual")


def runner_server(folder: Path, runners: dict[str, Any] | None = None) -> Generator[Server]:
    path = folder / "runner.json"
    path.write_text(json.dumps(runners or RUNNERS))
    running = start(folder / "data", admin_token=ROOT, runner=RunnerConfig(path))
    try:
        yield running
    finally:
        running.stop()


def wait_for(question: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := question():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not in time: {what}")


def git(folder: Path, *args: str, check: bool = True) -> str:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    env |= {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Tim"), ("EMAIL", "t@x.id"))
    }
    done = subprocess.run(
        ["git", "-C", str(folder), *args], capture_output=True, text=True, env=env, check=False
    )
    assert not check or done.returncode == 0, done.stderr
    return done.stdout.strip()


@dataclass
class Work:
    """A project on the forge and a working copy of it."""

    client: Client
    project: dict[str, Any]
    folder: Path

    @property
    def path(self) -> str:
        return f"/projects/{self.project['id']}"

    def push(
        self, files: dict[str, str], ref: str = "main", message: str = "ubah", options: tuple[str, ...] = ()
    ) -> str:
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "--quiet", "--allow-empty", "-m", message)
        self.push_ref(f"HEAD:refs/heads/{ref}", options)
        return git(self.folder, "rev-parse", "HEAD")

    def push_ref(self, spec: str, options: tuple[str, ...] = ()) -> None:
        git(
            self.folder,
            "push",
            "--quiet",
            *(part for option in options for part in ("-o", option)),
            "origin",
            spec,
        )

    def tag(self, name: str) -> None:
        git(self.folder, "tag", name)
        self.push_ref(f"refs/tags/{name}")

    def pipelines(self, **query: str) -> list[dict[str, Any]]:
        text = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
        found: list[dict[str, Any]] = self.client.get(f"{self.path}/pipelines?{text}")
        return found

    def pipeline(self, **query: str) -> dict[str, Any]:
        """The newest pipeline that fits, in full."""
        found = wait_for(lambda: self.pipelines(**query), f"a pipeline {query}")
        row: dict[str, Any] = self.client.get(f"{self.path}/pipelines/{found[0]['id']}")
        return row

    def finished(self, status: str | None = None, **query: str) -> dict[str, Any]:
        """The newest pipeline that fits, once it has come to an end; `status` says to which."""
        id_ = self.pipeline(**query)["id"]
        wait_for(
            lambda: self.client.get(f"{self.path}/pipelines/{id_}")["status"] in DONE,
            f"end of pipeline {id_}",
        )
        row: dict[str, Any] = self.client.get(f"{self.path}/pipelines/{id_}")
        if status and row["status"] != status:
            logs = "\n".join(
                f"--- {name} {job['status']}\n{self.log(job)}" for name, job in self.jobs(id_).items()
            )
            raise AssertionError(f"pipeline is {row['status']}, not {status}: {row['yaml_errors']}\n{logs}")
        return row

    def jobs(self, pipeline_id: int, retried: bool = False) -> dict[str, dict[str, Any]]:
        rows = self.client.get(
            f"{self.path}/pipelines/{pipeline_id}/jobs?per_page=100&include_retried={str(retried).lower()}"
        )
        return {row["name"]: row for row in rows}

    def states(self, pipeline_id: int) -> dict[str, str]:
        return {name: row["status"] for name, row in self.jobs(pipeline_id).items()}

    def log(self, job: dict[str, Any]) -> str:
        return self.client("GET", f"{self.path}/jobs/{job['id']}/trace").raw.decode()


def new_work(client: Client, folder: Path, **settings: Any) -> Work:
    project = new_project(client, readme=False, **settings)
    copy = folder / unique("kerja")
    copy.mkdir()
    git(copy, "init", "--quiet", "--initial-branch=main")
    git(copy, "remote", "add", "origin", project["http_url_to_repo"].replace("://", f"://x:{client.token}@"))
    return Work(client, project, copy)
