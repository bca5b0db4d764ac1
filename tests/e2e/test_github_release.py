"""The story on the GitHub facade: provisioning, merge, evidence, a refused release, sign-offs, the release, and nothing twice.

Runs and their artefacts are placed by the test as GitHub would leave them; no workflow is executed here, and nothing is said of one.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from github_runs import CALLER, TEAM_CALLER, Placed
from kantor_github import RECORDED, KantorGitHub, application, ask_and_approve, github_office
from kawal.demo import develop, release
from kawal.demo.stage import APP, http
from kawal.services.templates import template_jobs
from kawal_seal.keys import PrivateKey

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("github")]
VERSION = "v1.0.0"
EARLY = {"SANDI-001", "PSE-001"}
"""What is missing when everything but the two sign-offs is there: the same codes as on GitLab."""


@dataclass
class Story:
    """What the parts of one story hand on; pytest keeps their order."""

    office: KantorGitHub
    folder: Path
    repo: Path | None = None
    commit: str = ""
    package: bytes = b""
    run: Placed | None = None
    refused_token: str = ""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("github")
    with github_office(folder) as office:
        yield Story(office, folder)


def answer(folder: Path, name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
    return value


def test_the_approval_makes_the_repository_with_the_pinned_callers(story: Story) -> None:
    office = story.office
    said = ask_and_approve(office)
    office.accept_invitations()

    assert said.envelope["status"] == "diterapkan"
    for path in (CALLER, TEAM_CALLER):
        found = office.rest("GET", f"{office.repo}/contents/{path}", user="bot-kawal")
        assert found["type"] == "file"
        text = base64.b64decode(found["content"]).decode()
        assert f"{office.org}/pipeline-templates/.github/workflows/kawal.yml@{office.template_commit}" in text
    rulesets = office.rest("GET", f"{office.repo}/rulesets", user="bot-kawal")
    assert {one["name"] for one in rulesets} == {"kawal: cabang main", "kawal: tag v*"}
    tokens = office.rest("GET", f"{office.repo}/actions/permissions/workflow", user="bot-kawal")
    assert tokens == {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}


def test_a_second_apply_writes_nothing_by_the_forges_own_log(story: Story) -> None:
    office = story.office
    before = office.forge.last_request()
    assert office.must("siapkan", APP).data["tulis"] == 0
    assert office.must("templat", "pasang").envelope["status"] == "sudah_ada"
    assert office.forge.writes(before) == []
    assert office.forge.last_request() > before  # it did look


def test_nobody_pushes_to_main_and_only_a_reviewed_green_head_is_merged(story: Story) -> None:
    office = story.office
    story.repo = office.clone()
    number, head = office.pull(story.repo, "kerja", application())
    pushed = office.stage.git(
        "push", "origin", "HEAD:main", user="pengembang-1", cwd=story.repo, expect_ok=False
    )
    assert pushed.returncode != 0
    merge = ("gabung", APP, "--mr", str(number))

    assert office.must(*merge, expect=3).codes == ["TINJAU-010"]
    office.approve(number, head)
    assert office.must(*merge, expect=3).codes == ["TINJAU-013"]
    office.green_pull("kerja", head)
    merged = office.must(*merge).data["digabung"]
    found = office.rest("GET", f"{office.repo}/pulls/{number}", user="peninjau-1")
    assert (found["merged"], found["merged_by"]["login"]) == (True, "bot-kawal")
    story.commit = found["merge_commit_sha"]
    assert merged == [{"mr": number, "commit": story.commit}]


def test_a_pull_request_that_changes_a_caller_is_never_green(story: Story) -> None:
    office = story.office
    assert story.repo is not None
    text = (story.repo / CALLER).read_bytes().replace(b"bagian: pa", b"bagian: tim")
    number, head = office.pull(story.repo, "pemanggil", {CALLER: text})
    office.approve(number, head)
    office.green_pull("pemanggil", head)

    said = office.must("gabung", APP, "--mr", str(number), expect=3)
    assert said.codes == ["TINJAU-013"]
    assert "pemanggil templat diubah" in said.findings[0]["judul"]
    office.rest("PATCH", f"{office.repo}/pulls/{number}", {"state": "closed"}, user="pengembang-1")


def test_results_are_collected_from_the_two_runs_in_their_classes(story: Story) -> None:
    office = story.office
    assert story.repo is not None
    assert office.must("kumpulkan", APP, expect=3).codes == ["BUKTI-031"]
    made = office.made_on_the_spot(story.repo, story.commit)
    # The team has unit tests, which nobody demands here, and no system tests.
    made["unit"] = {"unit.xml": (RECORDED / "fungsi/lulus.xml").read_bytes()}
    office.main_runs(story.commit, made)
    story.package = made["kemas"]["paket.tar"]
    found = office.must("kumpulkan", APP).data

    assert found["commit"] == story.commit
    assert {name: row["kelas"] for name, row in found["uji"].items()} == {
        one.uji: one.kelas for one in template_jobs("github") if one.uji != "sistem"
    }
    assert {row["status"] for row in found["uji"].values()} == {"lulus"}
    assert office.must("kumpulkan", APP).data["baru"] == 0


def test_a_release_without_sign_offs_is_refused_by_gate_and_door(story: Story) -> None:
    office = story.office
    office.stage.kawal("langkah", "selesai", APP, "3", *_handed_over(office), person="p-pa")
    office.stage.summary["uji"] = {}
    office.stage.release_commit = story.commit
    develop._steps(office.stage)
    office.must("rilis", "minta", APP, VERSION, "--commit", story.commit, person="p-pa")
    story.run = office.gate_and_release(None, VERSION, story.commit)
    gate, door = _tokens(story)

    assert office.job(story.folder, "gerbang", "--pintu", office.stage.url("pintu"), "--keluar", "gerbang.json", token=gate) == 3  # fmt: skip
    said = answer(story.folder, "gerbang.json")
    assert (said["keputusan"], set(said["kode"])) == ("terkunci", EARLY)
    assert _ask(story, door) == 3
    assert not (story.folder / "izin.json").exists()
    assert set(office.must("periksa", APP, "--rilis", VERSION, expect=3).data["kode"]) == EARLY
    office.finish(story.run, "failure")


def test_after_the_sign_offs_the_same_run_installs_the_same_bytes(story: Story) -> None:
    office = story.office
    assert story.run is not None
    assert story.repo is not None
    first = _tokens(story)[1]
    release.sign_offs(office.stage)
    office.must("rilis", "minta", APP, VERSION, person="p-pa")  # the failed jobs run again: attempt 2
    story.run = office.gate_and_release(story.run, VERSION, story.commit)
    gate, door = _tokens(story)

    assert office.job(story.folder, "gerbang", "--pintu", office.stage.url("pintu"), "--keluar", "gerbang.json", token=gate) == 0  # fmt: skip
    assert _ask(story, first) == 3, "a job of the first attempt asked for this one's permit"
    assert _ask(story, door) == 0
    office.job(
        story.repo, "kemas", "--sumber", ".", "--berkas", "paket.tar", "--keluar", "laporan/kemas.json"
    )
    assert (story.repo / "paket.tar").read_bytes() == story.package
    sent = office.job(
        story.repo,
        *(
            "kirim",
            "--target",
            office.stage.url("target-produksi"),
            "--izin",
            str(story.folder / "izin.json"),
        ),
        *("--berkas", "paket.tar", "--keluar", "laporan/rilis.json"),
    )
    assert sent == 0
    receipt = answer(story.repo, "laporan/rilis.json")
    assert receipt["target_id"] == "produksi-1"
    assert http("GET", f"{office.stage.url('aplikasi-produksi')}/sehat")[0] == 200
    office.finish(story.run, "success")


def test_the_proof_says_what_this_plan_holds(story: Story) -> None:
    proof = story.office.must("buktikan", APP).data["aplikasi"][0]
    verdicts = {gate["gerbang"]: gate["putusan"] for gate in proof["gerbang"]}
    held = ("tinjauan", "tag", "izin", "runner", "hak", "rahasia")
    assert {name: verdicts[name] for name in held} == dict.fromkeys(held, "ditegakkan")
    assert (
        verdicts["pipeline"] == verdicts["uji"] == "dianjurkan"
    )  # a workflow of one's own is possible on any branch


def test_a_deployment_past_kawal_is_named_beside_the_permitted_one(story: Story) -> None:
    office = story.office
    found = office.must("buktikan", APP).data["aplikasi"][0]["di_forge"]
    assert found["penerapan"] == [{"environment": "production", "ref": VERSION, "commit": story.commit}]
    assert (found["tanpa_izin"], found["rilis_asing"]) == ([], [])

    made = office.rest("POST", f"{office.repo}/deployments", {"ref": "pemanggil"}, user="pengembang-1")
    path = f"{office.repo}/deployments/{made['id']}/statuses"
    office.rest("POST", path, {"state": "success"}, user="pengembang-1")
    office.rest("POST", f"{office.repo}/releases", {"tag_name": "rilis-9"}, user="pengembang-1")
    (app,) = office.must("buktikan", APP).data["aplikasi"]
    assert app["di_forge"]["tanpa_izin"] == [made["id"]]
    assert app["di_forge"]["rilis_asing"] == ["rilis-9"]
    assert any(f"penerapan {made['id']} ke production dari pemanggil" in said for said in app["peringatan"])


def test_the_server_heard_of_it_by_signed_deliveries(story: Story) -> None:
    office = story.office
    with contextlib.closing(sqlite3.connect(office.stage.home / "data" / "antrean.sqlite3")) as db:
        rows = db.execute("SELECT id, kind, project_id FROM deliveries").fetchall()
    assert {"push", "workflow_run"} <= {kind for _, kind, _ in rows}
    assert all(name.startswith("github:") and project == office.project_id for name, _, project in rows)


def test_results_are_read_again_once_when_the_evidence_key_was_replaced(story: Story) -> None:
    """What the old key signed counts no longer; the jobs and their artefacts are still there."""
    office = story.office
    recorded = len(office.must("kumpulkan", APP).data["uji"])
    (path,) = office.stage.home.rglob("evidence.pem")
    path.write_bytes(PrivateKey.generate().to_pem(None))
    (persons,) = office.stage.home.rglob("orang.yml")
    keys = Path(office.stage.key("akar")).parent
    office.must("kepercayaan", "ubah", "--orang", str(persons), "--folder-kunci", str(keys))

    assert [office.must("kumpulkan", APP).data["baru"] for _ in range(2)] == [recorded, 0]


def _tokens(story: Story) -> tuple[dict[str, str], dict[str, str]]:
    assert story.run is not None
    return story.run.token_environ["gerbang"], story.run.token_environ["rilis"]


def _ask(story: Story, token: dict[str, str]) -> int:
    door = story.office.stage.url("pintu")
    words = ("minta-izin", "--pintu", door, "--target-id", "produksi-1", "--keluar", "izin.json")
    return story.office.job(story.folder, *words, token=token)


def _handed_over(office: KantorGitHub) -> list[str]:
    return [
        word
        for kind in ("standardisasi", "kebutuhan_dokumentasi")
        for word in develop._evidence(office.stage, [kind])
    ]
