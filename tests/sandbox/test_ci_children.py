"""Child pipelines of the embedded forge: made from a job's artifact, waited for, apart from the parent's jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ci_helpers import Work, new_work, runner_server
from sandbox_client import ROOT, Client

from kawal_sandbox.server import Server

PARENT = """
stages: [saring, tim, akhir]
saring:
  stage: saring
  tags: [pa]
  script: ["printf '%s' \\"$ANAK\\" > anak.yml"]
  artifacts: {paths: [anak.yml]}
tim:
  stage: tim
  trigger:
    include: [{artifact: anak.yml, job: saring}]
    strategy: depend
    forward: {yaml_variables: false, pipeline_variables: false}
lepas:
  stage: akhir
  needs: [saring]
  tags: [umum]
  script: [echo tidak menunggu anak]
menunggu:
  stage: akhir
  needs: [tim]
  tags: [umum]
  script: [echo menunggu anak]
"""
PASSES = "uji: {tags: [umum], script: [echo kode tim, printenv CI_PIPELINE_SOURCE]}"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    for server in runner_server(tmp_path_factory.mktemp("anak")):
        assert isinstance(server, Server)
        yield Client(server.url, ROOT)


def run(root: Client, folder: Path, child: str, status: str) -> tuple[Work, dict[str, str]]:
    work = new_work(root, folder)
    root.post(f"{work.path}/variables", {"key": "ANAK", "value": child})
    work.push({".gitlab-ci.yml": PARENT})
    parent = work.finished(status)
    return work, {name: job["status"] for name, job in work.jobs(parent["id"]).items()}


def bridge(work: Work, root: Client) -> dict[str, object]:
    (parent,) = root.get(f"{work.path}/pipelines")  # the child is not in the list
    (only,) = root.get(f"{work.path}/pipelines/{parent['id']}/bridges")
    return dict(only)


def test_the_child_runs_and_its_success_is_the_jobs_success(root: Client, tmp_path: Path) -> None:
    work, jobs = run(root, tmp_path, PASSES, "success")
    assert jobs == {"saring": "success", "lepas": "success", "menunggu": "success"}
    child = bridge(work, root)["downstream_pipeline"]
    assert isinstance(child, dict)
    assert (child["source"], child["status"]) == ("parent_pipeline", "success")
    assert "parent_pipeline\n" in work.log(work.jobs(child["id"])["uji"])
    assert [one["id"] for one in root.get(f"{work.path}/pipelines?source=parent_pipeline")] == [child["id"]]


@pytest.mark.parametrize(
    ("child", "reason"),
    [
        ("uji: {tags: [umum], script: [exit 1]}", "downstream_pipeline_failed"),
        ("uji: {tags: [umum]}", "downstream_pipeline_creation_failed"),
        ("bukan: [yaml", "downstream_pipeline_creation_failed"),
        ("uji: {script: [echo ok], rules: [{when: never}]}", "downstream_pipeline_creation_failed"),
        (PASSES + "\nlagi: {trigger: {include: lain.yml}}", "downstream_pipeline_creation_failed"),
    ],
)
def test_a_child_that_fails_or_cannot_be_made_fails_its_job_and_those_that_wait(
    child: str, reason: str, root: Client, tmp_path: Path
) -> None:
    work, jobs = run(root, tmp_path, child, "failed")
    assert jobs == {"saring": "success", "lepas": "success", "menunggu": "skipped"}
    seen = bridge(work, root)
    assert (seen["status"], seen["failure_reason"]) == ("failed", reason)
