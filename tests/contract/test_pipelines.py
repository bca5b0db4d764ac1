"""Pipelines, jobs, logs and artefacts, read from runs that a real runner made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from pengembang import Wanted

from forge_latihan import ForgeLatihan, forge_latihan
from kawal.errors import InputError, NotFoundError
from kawal.facts import read_release_facts
from kawal.forges.gitlab import GitLabForge
from kawal.forges.port import Job, Pipeline, Project
from kawal.model import FileWanted, ProtectedRef
from kawal.posture import WANTED_SETTINGS

pytestmark = pytest.mark.e2e
T = TypeVar("T")
CONFIG = b"""
uji:
  tags: [umum]
  script:
    - mkdir laporan
    - printf 'isi %s' "$CI_COMMIT_SHA" > laporan/hasil.txt
    - echo selesai
  artifacts:
    paths: [laporan/]
gagal:
  tags: [pa]
  script: [exit 3]
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgeLatihan]:
    with forge_latihan(tmp_path_factory.mktemp("berjalan"), "--runner") as forge:
        yield forge


@pytest.fixture(scope="module")
def bot(running: ForgeLatihan) -> GitLabForge:
    return GitLabForge(running.url, running.user("kawal-bot")[1], timeout=20)


@pytest.fixture(scope="module")
def project(bot: GitLabForge) -> Project:
    made = bot.create_project(bot.create_group("jalan", "Jalan"), "app", "App", "kawal:uji/app", {})
    bot.commit_files(made.id, "main", "Pertama", (FileWanted(".gitlab-ci.yml", CONFIG),))
    return bot.project(made.id)


@pytest.fixture(scope="module")
def pipeline(bot: GitLabForge, project: Project) -> Pipeline:
    """The finished pipeline of the first commit."""
    head = bot.branch(project.id, "main")
    assert head is not None
    found = until(lambda: bot.pipelines(project.id, sha=head.sha))[0]
    until(lambda: bot.pipeline(project.id, found.id).status not in ("created", "pending", "running"))
    return bot.pipeline(project.id, found.id)


def until(ask: Callable[[], T], seconds: float = 60) -> T:
    deadline = time.monotonic() + seconds
    while not (value := ask()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)
    return value


def job(bot: GitLabForge, pipeline: Pipeline, project: Project, name: str) -> Job:
    (found,) = [job for job in bot.jobs(project.id, pipeline.id) if job.name == name]
    return found


def test_a_pipeline_says_where_it_came_from(bot: GitLabForge, project: Project, pipeline: Pipeline) -> None:
    assert (pipeline.source, pipeline.ref, pipeline.tag, pipeline.status) == ("push", "main", False, "failed")
    assert pipeline.user_id == bot.info().bot_user_id
    assert [p.id for p in bot.pipelines(project.id, ref="main")] == [pipeline.id]


def test_each_job_has_its_runner_its_log_and_its_end(
    bot: GitLabForge, project: Project, pipeline: Pipeline
) -> None:
    good, bad = job(bot, pipeline, project, "uji"), job(bot, pipeline, project, "gagal")

    assert (good.status, bad.status) == ("success", "failed")
    assert good.runner_id != bad.runner_id
    assert {good.runner_id, bad.runner_id} <= set(bot.runner_ids(project.id))
    assert (good.sha, good.pipeline_id) == (pipeline.sha, pipeline.id)
    assert good.finished_at is not None
    assert "selesai" in bot.job_log(project.id, good.id)
    assert bot.job(project.id, good.id) == good


def test_an_artefact_comes_from_that_very_job_or_not_at_all(
    bot: GitLabForge, project: Project, pipeline: Pipeline
) -> None:
    good, bad = job(bot, pipeline, project, "uji"), job(bot, pipeline, project, "gagal")

    content = bot.artifact_file(project.id, good.id, "laporan/hasil.txt", limit=100)
    assert content == f"isi {pipeline.sha}".encode()
    assert (good.has_artifacts, bad.has_artifacts) == (True, False)
    assert bot.artifact_file(project.id, good.id, "laporan/lain.txt", limit=100) is None
    assert bot.artifact_file(project.id, bad.id, "laporan/hasil.txt", limit=100) is None
    with pytest.raises(InputError, match="terlalu besar"):
        bot.artifact_file(project.id, good.id, "laporan/hasil.txt", limit=10)


def test_retrying_runs_the_failed_job_again_as_a_new_job(
    bot: GitLabForge, project: Project, pipeline: Pipeline
) -> None:
    first = job(bot, pipeline, project, "gagal")
    bot.retry_pipeline(project.id, pipeline.id)

    again = until(
        lambda: [j for j in bot.jobs(project.id, pipeline.id) if j.name == "gagal" and j.id != first.id]
    )
    assert [j.id for j in again] != [first.id]


def test_the_facts_of_a_release_name_its_job_and_who_made_the_tag(
    bot: GitLabForge, project: Project, pipeline: Pipeline
) -> None:
    bot.update_project(project.id, dict(WANTED_SETTINGS))
    bot.protect(project.id, ProtectedRef("v*", "tag", 40))
    bot.create_tag(project.id, "v1.0.0", pipeline.sha, "Rilis")
    of_tag = until(lambda: bot.pipelines(project.id, ref="v1.0.0"))[0]
    release = job(bot, of_tag, project, "uji")
    me = bot.info().bot_user_id
    policy = Wanted(".gitlab-ci.yml", project.id, pipeline.sha, me)
    facts = read_release_facts(
        bot, policy, project_id=project.id, tag="v1.0.0", job_id=release.id, since_commit=None,
        now=datetime.now(UTC), package_name="app",
    )  # fmt: skip

    assert facts.job is not None
    assert (facts.job.name, facts.job.ref, facts.job.ref_is_tag) == ("uji", "v1.0.0", True)
    assert (facts.job.pipeline_id, facts.job.pipeline_source, facts.job.sha) == (
        of_tag.id,
        "push",
        pipeline.sha,
    )
    assert {(actor.part, actor.user_id) for actor in facts.extra_actors} == {("tagger", me), ("job_user", me)}


def test_a_job_of_another_project_is_not_a_job_of_this_one(
    bot: GitLabForge, project: Project, pipeline: Pipeline
) -> None:
    other = bot.create_project(bot.create_group("jalan", "Jalan"), "lain", "Lain", "kawal:uji/lain", {})

    with pytest.raises(NotFoundError):
        bot.job(other.id, job(bot, pipeline, project, "uji").id)
