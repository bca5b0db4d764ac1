"""Runs the central GitLab template on the embedded forge and its runners, with the same tools, doors and files as gitlab-ci-local."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import gitlab
from gcl_bengkel import Bench, write_programs
from templat import ROOT

from kawal_sandbox.server import RunnerConfig, start

TOKEN = "glpat-root-token-for-tests"
DONE = ("success", "failed", "canceled", "skipped")
WORDS = {"success": "PASS", "failed": "FAIL"}
SECONDS = 900.0


@dataclass
class ForgeBench:
    """One forge for many scenarios; the runners' tools are written anew for each."""

    client: gitlab.Gitlab
    programs: Path
    config: str = ""

    def run(self, made: Bench, reports: Mapping[str, str | None], template: str | None = None) -> ForgeRun:
        """A new project with the files of `made`; its default branch's pipeline has run."""
        write_programs(self.programs, reports)
        config = self.config if template is None else self.publish(template)
        name = f"app-{uuid4().hex[:8]}"
        project = self.client.projects.create(
            {"name": name, "ci_config_path": config, "initialize_with_readme": False}
        )
        for key, value in {
            "KAWAL_APLIKASI": "e-retribusi-pasar", "KAWAL_PINTU": made.url, "KAWAL_TARGET_UJI": made.url, "KAWAL_URL_UJI": made.target_url,
            "KAWAL_TARGET_PRODUKSI": made.url, "KAWAL_TARGET_PRODUKSI_ID": "produksi-1",
        }.items():  # fmt: skip
            project.variables.create({"key": key, "value": value})
        thresholds = json.dumps(made.thresholds)
        project.variables.create({"key": "KAWAL_AMBANG", "value": thresholds, "variable_type": "file"})
        files = [
            path
            for path in made.application.rglob("*")
            if path.is_file() and _tracked(path, made.application)
        ]
        actions = [
            {
                "action": "create",
                "file_path": path.relative_to(made.application).as_posix(),
                "content": path.read_text("utf-8"),
            }
            for path in files
        ]
        commit = project.commits.create({"branch": "main", "commit_message": "awal", "actions": actions})
        return ForgeRun(project, str(commit.id))

    def publish(self, template: str | None = None) -> str:
        """The templates as a project of their own, the default entry changed to `template`; the setting that names it."""
        central = self.client.projects.create(
            {"name": f"templat-{uuid4().hex[:8]}", "visibility": "internal", "initialize_with_readme": False}
        )
        texts = {
            path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
            for path in (ROOT / "gitlab").glob("*.yml")
        }
        texts["gitlab/kawal.yml"] = template or texts["gitlab/kawal.yml"]
        actions = [{"action": "create", "file_path": path, "content": text} for path, text in texts.items()]
        commit = central.commits.create({"branch": "main", "commit_message": "templat", "actions": actions})
        return f"gitlab/kawal.yml@{central.path_with_namespace}:{commit.id}"


def _tracked(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    return not {".git", ".gitlab-ci-local", "laporan"} & set(parts) and parts[-1] != ".gitlab-ci.yml"


@dataclass
class ForgeRun:
    project: Any
    commit: str

    def main(self) -> dict[str, str]:
        return self._jobs("main")

    def tag(self) -> dict[str, str]:
        self.project.tags.create({"tag_name": "v1.0.0", "ref": self.commit})
        return self._jobs("v1.0.0")

    def _jobs(self, ref: str) -> dict[str, str]:
        """Jobs that ran, child-starting ones included, as gitlab-ci-local says it."""
        pipeline = self._finished(ref)
        rows = [*pipeline.jobs.list(get_all=True), *pipeline.bridges.list(get_all=True)]
        return {row.name: WORDS[row.status] for row in rows if row.status in WORDS}

    def _finished(self, ref: str) -> Any:
        end = time.monotonic() + SECONDS
        seen = "tidak ada pipeline"
        while time.monotonic() < end:
            found = self.project.pipelines.list(ref=ref, get_all=True)
            if found and found[0].status in DONE:
                return self.project.pipelines.get(found[0].id)
            seen = found[0].status if found else seen
            time.sleep(0.2)
        raise AssertionError(f"pipeline {ref}: {seen} sesudah {SECONDS} detik")


@contextmanager
def forge_bench(folder: Path) -> Iterator[ForgeBench]:
    folder.mkdir(parents=True, exist_ok=True)
    programs = folder / "bin"
    path = [str(programs)]
    runners = {
        "runners": [
            {"name": "umum", "id": 1, "tags": ["umum"], "run_untagged": True, "path": path},
            {"name": "pa", "id": 2, "tags": ["pa"], "path": path, "env": {"KAWAL_TOKEN_UJI": "token-uji"}},
        ],
        "parallel": 2,
    }
    (folder / "runner.json").write_text(json.dumps(runners))
    server = start(folder / "data", admin_token=TOKEN, runner=RunnerConfig(folder / "runner.json"))
    client = gitlab.Gitlab(server.url, private_token=TOKEN)
    try:
        made = ForgeBench(client, programs)
        made.config = made.publish()
        yield made
    finally:
        client.session.close()
        server.stop()
