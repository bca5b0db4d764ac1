"""Two executors read the same template: gitlab-ci-local and the embedded runner must see the same jobs for every event."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from gcl_bengkel import GCL, MISSING, TEMPLATE, _commit, _git

from kawal_sandbox.ci.expand import Context, expand_pipeline
from kawal_sandbox.ci.problems import ConfigError

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING or "-")
PUSH = {"CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"}
EVENTS: dict[str, dict[str, str]] = {
    "cabang utama": {**PUSH, "CI_COMMIT_BRANCH": "main"},
    "cabang lain": {**PUSH, "CI_COMMIT_BRANCH": "fitur"},
    "tag rilis": {**PUSH, "CI_COMMIT_TAG": "v1.0.0"},
    "tag lain": {**PUSH, "CI_COMMIT_TAG": "uji-1"},
    "merge request": {
        "CI_DEFAULT_BRANCH": "main",
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "1",
    },
    "jadwal di cabang utama": {
        "CI_DEFAULT_BRANCH": "main",
        "CI_PIPELINE_SOURCE": "schedule",
        "CI_COMMIT_BRANCH": "main",
    },
}


class NoFiles:
    """The template includes nothing."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the template asked for another file: {name}")


def embedded(event: dict[str, str]) -> dict[str, tuple[str, str]]:
    context = Context(below=event, merge_request=event["CI_PIPELINE_SOURCE"] == "merge_request_event")
    try:
        pipeline = expand_pipeline(TEMPLATE.read_text("utf-8"), "kawal.yml", NoFiles(), context)  # type: ignore[arg-type]
    except ConfigError:
        return {}  # no pipeline for this event
    return {job.name: (job.stage, str(job.when)) for job in pipeline.jobs}


def third_party(event: dict[str, str], folder: Path) -> dict[str, tuple[str, str]]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitlab-ci.yml").write_text(TEMPLATE.read_text("utf-8"))
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "remote", "add", "origin", "https://gitlab.contoh.go.id/grup/app.git")
    _commit(folder)
    absent = [name for name in ("CI_COMMIT_BRANCH", "CI_COMMIT_TAG") if name not in event]
    command = [
        str(GCL),
        "--list-json",
        "--no-color",
        "--no-json-schema-validation",
        "--ignore-predefined-vars",
        ",".join(event),
    ]
    command += [part for name, value in event.items() for part in ("--variable", f"{name}={value}")]
    command += [part for name in absent for part in ("--unset-variable", name)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    return {row["name"]: (row["stage"], row["when"]) for row in rows if row["when"] != "never"}


@pytest.mark.parametrize("name", EVENTS)
def test_both_executors_see_the_same_jobs(name: str, tmp_path: Path) -> None:
    ours, theirs = embedded(EVENTS[name]), third_party(EVENTS[name], tmp_path / "app")
    assert ours == theirs
    assert bool(ours) == (name in ("cabang utama", "tag rilis", "merge request", "jadwal di cabang utama"))
