"""Private repositories on GitHub Free: nothing is held by the forge, everything says so, and an unreviewed change is never released.

Runs are placed as GitHub would leave them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from github_runs import TEAM_CALLER, place_run
from kantor_github import (
    PA_RUNNER,
    RECORDED,
    REPORTS,
    KantorGitHub,
    application,
    ask_and_approve,
    github_office,
)
from kawal.demo.stage import APP

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("github")]
VERSION = "v1.0.0"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KantorGitHub]:
    with github_office(tmp_path_factory.mktemp("free"), plan="free", held="dianjurkan") as made:
        ask_and_approve(made)
        made.accept_invitations()
        yield made


def test_plan_status_doctor_and_proof_say_that_the_forge_holds_nothing(office: KantorGitHub) -> None:
    (note,) = [one for one in office.must("rencana", APP).data["catatan"] if "jadi tidak diatur" in one]
    assert "cabang main" in note
    assert "tag v*" in note
    status = office.kawal("status", APP)
    assert status.data["perlindungan"] == "dianjurkan"
    assert "dianjurkan saja" in str(office.kawal("dokter").envelope)
    proof = office.must("buktikan", APP, expect=3).data["aplikasi"][0]
    verdicts = {gate["gerbang"]: gate["putusan"] for gate in proof["gerbang"]}
    assert {verdicts[name] for name in ("tinjauan", "tag", "runner")} == {"dapat dilewati"}
    assert verdicts["izin"] == "ditegakkan"


def test_a_change_pushed_past_the_review_is_tested_and_never_released(
    office: KantorGitHub, tmp_path: Path
) -> None:
    repo = office.clone()
    git = office.stage.git
    for path, content in application().items():
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_bytes(content)
    git("add", "--all", user="pengembang-1", cwd=repo)
    git("commit", "--quiet", "-m", "Tanpa tinjauan", user="pengembang-1", cwd=repo)
    git("push", "--quiet", "origin", "HEAD:main", user="pengembang-1", cwd=repo)  # here the forge lets it
    head = git("rev-parse", "HEAD", user="pengembang-1", cwd=repo).stdout.strip()
    _scanner_in_the_teams_run(office, head)
    office.main_runs(head, office.made_on_the_spot(repo, head))
    collected = office.must("kumpulkan", APP).data["uji"]
    assert {row["status"] for row in collected.values()} == {"lulus"}

    office.must("rilis", "minta", APP, VERSION, "--commit", head, person="p-pa")
    run = office.gate_and_release(None, VERSION, head)
    door = office.stage.url("pintu")
    words = ("minta-izin", "--pintu", door, "--target-id", "produksi-1", "--keluar", "izin.json")
    assert office.job(tmp_path, *words, token=run.token_environ["rilis"]) == 3
    assert not (tmp_path / "izin.json").exists()
    codes = set(office.must("periksa", APP, "--rilis", VERSION, expect=3).data["kode"])
    assert "TINJAU-002" in codes
    assert not {
        code for code in codes if code.startswith(("POSTUR", "SUBJEK"))
    }  # what was signed for is no refusal


def _scanner_in_the_teams_run(office: KantorGitHub, sha: str) -> None:
    """A job of the team leaves a load report under the load job's name: the run is not the one that it would have to be."""
    report = (RECORDED / REPORTS["beban"]).read_bytes()
    for path in (TEAM_CALLER, ".github/workflows/lain.yml"):
        place_run(
            office.forge,
            office.project_id,
            sha=sha,
            path=path,
            templates=[office.template],
            jobs=[{"name": "kawal / beban", "runner_id": PA_RUNNER}],
            artifacts={"beban": {"beban.json": report}},
        )
    found = office.must("kumpulkan", APP, expect=3).data
    assert found["uji"]["beban"]["status"] == "tidak_dapat_dinilai"
    assert "tidak ada" in found["uji"]["beban"]["alasan"]
    assert found["baru"] == 0
