"""Merge request pipelines, and merging only when they are green."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ci_helpers import Work, new_work, runner_server, wait_for
from sandbox_client import ROOT, Client

from kawal_sandbox.server import Server

CONFIG = """
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
uji:
  script:
    - 'echo "iid=$CI_MERGE_REQUEST_IID target=$CI_MERGE_REQUEST_TARGET_BRANCH_NAME ref=$CI_COMMIT_REF_NAME branch=$CI_COMMIT_BRANCH"'
    - test ! -e rusak
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from runner_server(tmp_path_factory.mktemp("ci"))


@pytest.fixture
def work(server: Server, tmp_path: Path) -> Work:
    made = new_work(Client(server.url, ROOT), tmp_path)
    made.client.put(made.path, {"only_allow_merge_if_pipeline_succeeds": True})
    made.push({".gitlab-ci.yml": CONFIG})
    made.finished("success", ref="main")
    return made


def test_merge_needs_the_green_pipeline_of_that_head(work: Work) -> None:
    broken = work.push({"rusak": "ya"}, ref="fitur")
    assert work.pipelines(ref="fitur") == []
    mr = work.client.post(
        f"{work.path}/merge_requests", {"source_branch": "fitur", "target_branch": "main", "title": "Fitur"}
    )
    ref = f"refs/merge-requests/{mr['iid']}/head"
    failed = work.finished("failed", ref=ref)
    assert (failed["source"], failed["sha"]) == ("merge_request_event", broken)
    merge = f"{work.path}/merge_requests/{mr['iid']}/merge"
    assert work.client("PUT", merge, {"sha": broken}).status == 405
    (work.folder / "rusak").unlink()
    fixed = work.push({"baik": "ya"}, ref="fitur")
    green = work.finished("success", sha=fixed)
    assert f"iid={mr['iid']} target=main ref=fitur branch=\n" in work.log(work.jobs(green["id"])["uji"])
    shown = work.client.get(f"{work.path}/merge_requests/{mr['iid']}")
    assert (shown["head_pipeline"]["id"], shown["head_pipeline"]["status"]) == (green["id"], "success")
    assert [row["id"] for row in work.client.get(f"{work.path}/merge_requests/{mr['iid']}/pipelines")] == [
        green["id"],
        failed["id"],
    ]
    merged = work.client.put(merge, {"sha": fixed})
    assert merged["state"] == "merged"
    after = work.finished("success", sha=merged["merge_commit_sha"])
    assert (after["ref"], after["source"]) == ("main", "push")
    assert len(work.pipelines(sha=merged["merge_commit_sha"])) == 1


def test_merge_without_any_pipeline_is_refused(work: Work) -> None:
    sha = work.push({"x": "1"}, ref="lompat", options=("ci.skip",))
    mr = work.client.post(
        f"{work.path}/merge_requests",
        {"source_branch": "lompat", "target_branch": "main", "title": "Lompat [skip ci]"},
    )
    work.finished("success", sha=sha)
    skipped = work.push({"x": "2"}, ref="lompat", message="lewati [skip ci]")
    wait_for(lambda: work.pipelines(sha=skipped), "a skipped pipeline")
    assert work.pipeline(sha=skipped)["status"] == "skipped"
    assert work.client("PUT", f"{work.path}/merge_requests/{mr['iid']}/merge", {"sha": skipped}).status == 405


def test_pipeline_and_job_hooks_are_sent(work: Work) -> None:
    hook = work.client.post(
        f"{work.path}/hooks",
        {"url": "http://127.0.0.1:9/", "pipeline_events": True, "job_events": True, "push_events": False},
    )
    sha = work.push({"y": "1"})
    work.finished("success", sha=sha)

    def kinds() -> set[str]:
        return {
            row["trigger"] for row in work.client.get(f"{work.path}/hooks/{hook['id']}/events?per_page=100")
        }

    wait_for(lambda: len(kinds()) >= 2, "both hooks")
    assert kinds() in ({"pipeline_hooks", "job_hooks"}, {"pipeline_events", "job_events"})
