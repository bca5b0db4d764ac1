"""Who pushed a head is no outsider to it, whoever its commits name; letting its pipeline run again makes nobody its pusher."""

from __future__ import annotations

from pathlib import Path

import pytest

from kantor import Kantor

pytestmark = pytest.mark.e2e

APP = "surat-peninjau"


@pytest.fixture(scope="module")
def project(kantor: Kantor) -> int:
    return int(kantor.approved(APP).data["proyek_id"])


@pytest.fixture(scope="module")
def repo(kantor: Kantor, project: int) -> Path:
    return kantor.clone(project, APP)


def refused(kantor: Kantor, iid: int) -> list[str]:
    return kantor.must("gabung", APP, "--mr", str(iid), expect=3).codes


def test_who_pushed_it_cannot_approve_it_under_the_authors_name(
    kantor: Kantor, project: int, repo: Path
) -> None:
    kantor.pushed(repo, "titipan", {"a.txt": "satu\n"})
    iid = kantor.merge_request(project, "titipan")
    (repo / "a.txt").write_text("titipan peninjau\n")
    kantor.stage.git("commit", "--quiet", "-am", "Atas nama pengembang", user="pengembang-1", cwd=repo)
    kantor.stage.git("push", "--quiet", "origin", "titipan", user="peninjau-1", cwd=repo)
    kantor.finished(project, iid=iid)
    kantor.approve_head(project, iid)
    assert refused(kantor, iid) == ["TINJAU-010"]


@pytest.mark.parametrize(
    ("address", "code"), [("peninjau-1@", "TINJAU-010"), ("tidak-dikenal@", "IDENT-012")]
)
def test_a_co_author_cannot_approve_it_and_an_unknown_one_is_asked_for(
    kantor: Kantor, project: int, repo: Path, address: str, code: str
) -> None:
    name = f"bersama-{address.rstrip('@')}"
    kantor.pushed(repo, name, {"b.txt": "satu\n"})
    log = kantor.stage.git("log", "-1", "--format=%ae", user="pengembang-1", cwd=repo).stdout
    line = f"Co-authored-by: R <{address}{log.strip().partition('@')[2]}>"
    kantor.stage.git(
        "commit", "--quiet", "--amend", "-m", f"Bersama\n\n{line}", user="pengembang-1", cwd=repo
    )
    kantor.stage.git("push", "--quiet", "--force", "origin", name, user="pengembang-1", cwd=repo)
    iid = kantor.merge_request(project, name)
    kantor.approve_head(project, iid)
    said = kantor.kawal("gabung", APP, "--mr", str(iid))
    assert said.code == 3
    assert code in said.codes or code in said.err


def test_a_reviewer_may_let_the_pipeline_run_again(kantor: Kantor, project: int, repo: Path) -> None:
    kantor.pushed(repo, "biasa", {"c.txt": "satu\n"})
    iid = kantor.merge_request(project, "biasa")
    kantor.finished(project, iid=iid)
    kantor.api("POST", f"/projects/{project}/merge_requests/{iid}/pipelines", {}, user="peninjau-1")
    kantor.finished(project, iid=iid)
    kantor.approve_head(project, iid)
    # the tests of this small tree fail or pass; reviewed it is
    assert kantor.kawal("gabung", APP, "--mr", str(iid)).codes in ([], ["TINJAU-013"])
