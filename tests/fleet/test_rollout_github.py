"""On GitHub a new template version goes round by merge requests of the bot, ring by ring and back; both versions count meanwhile.

On the embedded forge's GitHub face; workflow runs are placed as GitHub would leave them, none was executed.
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from github_runs import CALLER, TEAM_CALLER, called, place_run
from kantor import Kantor, Said
from kantor_github import PA_RUNNER, RECORDED, KantorGitHub, github_office
from kawal.errors import EXIT_BLOCKED, EXIT_PLAN_CHANGES
from kawal.resources import templates_dir
from kawal.services import templates

pytestmark = pytest.mark.xdist_group("github-cincin")
APPS = ("e-arsip", "e-parkir", "e-sampah")


class Stage:
    """The office, its people, and what GitHub holds of each application."""

    def __init__(self, office: KantorGitHub) -> None:
        self.office, self.kantor = office, Kantor(office.stage)
        self.ids = {app: int(self.kantor.approved(app).data["proyek_id"]) for app in APPS}
        office.accept_invitations()

    def kawal(self, *words: str, expect: int = 0) -> Said:
        return self.office.must(*words, expect=expect)

    def get(self, path: str) -> Any:
        return self.office.rest("GET", path, user="bot-kawal")

    def installed(self) -> dict[str, str]:
        """Commit -> tag of each template version that is out."""
        rows = self.get(f"/repos/{self.office.org}/pipeline-templates/tags")
        return {row["commit"]["sha"]: row["name"] for row in rows}

    def running(self) -> dict[str, set[str]]:
        """What the callers on each application's default branch name, read past kawal."""
        tags, found = self.installed(), {}
        for app, number in self.ids.items():
            texts = [self.text(number, path) for path in (CALLER, TEAM_CALLER)]
            found[app] = {
                tags[line.rpartition("@")[2]] for text in texts for line in text.split() if "@" in line
            }
        return found

    def text(self, project: int, path: str, ref: str = "main") -> str:
        return base64.b64decode(
            self.get(f"/repositories/{project}/contents/{path}?ref={ref}")["content"]
        ).decode()

    def files(self, app: str) -> dict[str, str]:
        """Path -> git blob of the default branch."""
        rows = self.get(f"/repositories/{self.ids[app]}/git/trees/main?recursive=1")["tree"]
        return {row["path"]: row["sha"] for row in rows if row["type"] == "blob"}

    def templates(self, tag: str) -> list[dict[str, str]]:
        (commit,) = [sha for sha, name in self.installed().items() if name == tag]
        return [called(f"{self.office.org}/pipeline-templates/{CALLER}", commit)]

    def green(self, app: str, number: int, tag: str) -> str:
        """The reviewer approves, both runs of `tag`'s template succeed; the head."""
        project = self.ids[app]
        head = str(self.get(f"/repositories/{project}/pulls/{number}")["head"]["sha"])
        self.office.project_id = project
        self.office.approve(number, head)
        for path in (CALLER, TEAM_CALLER):
            place_run(
                self.office.forge, project, sha=head, branch="kerja", event="pull_request", path=path,
                templates=self.templates(tag), actor=self.office.user_id("bot-kawal"),
            )  # fmt: skip
        return head

    def merged(self, said: Said, tag: str) -> None:
        """Every merge request that `said` names is approved, green and merged."""
        for app, number in said.data["mr"].items():
            self.green(app, number, tag)
            self.kawal("gabung", app, "--mr", str(number))

    def proposal_of_the_team(self, app: str) -> int:
        project = self.ids[app]
        base = f"/repositories/{project}"
        head = self.get(f"{base}/git/ref/heads/main")["object"]["sha"]
        user = "pengembang-1"
        self.office.rest("POST", f"{base}/git/refs", {"ref": "refs/heads/kerja", "sha": head}, user=user)
        body = {"message": "Kerja", "content": "eCA9IDEK", "branch": "kerja"}
        self.office.rest("PUT", f"{base}/contents/kerja.py", body, user=user)
        made = self.office.rest(
            "POST", f"{base}/pulls", {"title": "Kerja", "head": "kerja", "base": "main"}, user=user
        )
        return int(made["number"])

    def class_of(self, app: str, tag: str) -> str:
        """The class in which a scan of the head of main is collected, when `tag`'s template ran."""
        project = self.ids[app]
        head = self.get(f"/repositories/{project}/git/ref/heads/main")["object"]["sha"]
        report = (RECORDED / "rahasia/bersih.json").read_bytes()
        place_run(
            self.office.forge, project, sha=head, path=CALLER, templates=self.templates(tag),
            jobs=[{"name": "kawal / rahasia", "runner_id": PA_RUNNER}],
            artifacts={"rahasia": {"rahasia.json": report}}, actor=self.office.user_id("bot-kawal"),
        )  # fmt: skip
        return str(self.kawal("kumpulkan", app, expect=EXIT_BLOCKED).data["uji"]["rahasia"]["kelas"])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with github_office(tmp_path_factory.mktemp("cincin-github")) as office:
        yield Stage(office)


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """kawal of the next version: other templates on disk, after those that are on the forge."""
    copy = Path(shutil.copytree(templates_dir(), tmp_path / "templat"))
    manifest, workflow = copy / "manifes.yml", copy / "github/kawal.yml"
    text = manifest.read_text("utf-8")
    now = templates.manifest().versi
    manifest.write_text(
        text.replace(f'versi: "{now}"', 'versi: "9.0.0"').replace(
            'sebelumnya: "', f'sebelumnya: "{now}"  # "'
        ),
        "utf-8",
    )
    workflow.write_text(workflow.read_text("utf-8") + "# versi berikut\n", "utf-8")
    monkeypatch.setattr(templates, "templates_dir", lambda: copy)


OLD, NEW = f"kawal-v{templates.manifest().versi}", "kawal-v9.0.0"


def on(*tags: str) -> dict[str, set[str]]:
    return {app: {tag} for app, tag in zip(APPS, tags, strict=True)}


def test_the_stack_is_no_matter_of_the_template_here(stage: Stage) -> None:
    assert stage.office.kawal("templat", "pilih", "e-arsip", "php").codes == ["KONF-028"]


@pytest.mark.usefixtures("newer")
def test_a_new_version_goes_round_by_reviewed_merge_requests_and_back(stage: Stage) -> None:
    first = {
        app: [stage.text(number, path) for path in (CALLER, TEAM_CALLER)] for app, number in stage.ids.items()
    }
    stage.kawal("templat", "pasang")
    assert stage.office.kawal("templat", "naikkan", "--cincin", "1").codes == ["KONF-024"]
    stage.kawal("kepercayaan", "ubah")
    assert stage.office.kawal("templat", "naikkan", "--cincin", "2").codes == ["KONF-025"]

    log = stage.office.forge
    before = log.last_request()
    plan = stage.kawal("templat", "naikkan", "--cincin", "1", "--rencana-saja", expect=EXIT_PLAN_CHANGES)
    assert [one["aplikasi"] for one in plan.data["rencana"]] == ["e-arsip"]
    assert log.writes(before) == []
    said = stage.kawal("templat", "naikkan", "--cincin", "1")
    assert (said.envelope["status"], said.data["diajukan"], said.data["diubah"]) == (
        "diajukan",
        ["e-arsip"],
        [],
    )
    assert stage.running() == on(OLD, OLD, OLD)  # nobody pushes to the default branch, the bot included

    before = log.last_request()
    again = stage.kawal("templat", "naikkan", "--cincin", "1")
    assert (again.envelope["status"], again.data["mr"]) == ("menunggu", said.data["mr"])
    # The server writes the reviewer's note when it hears of the merge request, whenever that is.
    assert [one for one in log.writes(before) if not one.endswith("/comments")] == []
    assert stage.office.kawal("templat", "naikkan", "--cincin", "2").codes == [
        "KONF-025"
    ]  # proposed is not running

    number = str(said.data["mr"]["e-arsip"])
    assert stage.office.kawal("gabung", "e-arsip", "--mr", number).codes == ["TINJAU-010"]
    were = stage.files("e-arsip")
    stage.merged(said, NEW)
    assert stage.running() == on(NEW, OLD, OLD)
    files = stage.files("e-arsip")
    assert {path for path, blob in files.items() if were.get(path) != blob} == {CALLER, TEAM_CALLER}
    assert were.keys() == files.keys()

    # Both versions count while one goes round: for merging, for evidence, for the look at the project.
    mine = stage.proposal_of_the_team("e-parkir")
    stage.green("e-parkir", mine, OLD)
    stage.kawal("gabung", "e-parkir", "--mr", str(mine))
    assert (stage.class_of("e-arsip", NEW), stage.class_of("e-parkir", OLD)) == ("diamati", "diamati")
    assert stage.class_of("e-sampah", NEW) == "dilaporkan"  # its callers name the version before
    for app in ("e-arsip", "e-parkir"):
        proof = stage.office.kawal("buktikan", app)
        assert "pemanggil-diubah" not in str(proof.envelope)
    clean = stage.kawal("rencana", "--semua", "--kode-rinci")
    assert [one["perubahan"] for one in clean.data["aplikasi"]] == [0, 0, 0]

    stage.merged(stage.kawal("templat", "naikkan", "--cincin", "2"), NEW)
    last = stage.kawal("templat", "naikkan", "--cincin", "3")
    assert (last.data["diajukan"], stage.running()) == (["e-sampah"], on(NEW, NEW, OLD))

    back = stage.kawal("templat", "mundur")
    assert back.data["diajukan"] == ["e-parkir", "e-arsip"]  # the last ring first
    # What was proposed and never merged is named, for a person to close.
    assert back.data["mr_lain"] == [{"aplikasi": "e-sampah", "mr": last.data["mr"]["e-sampah"]}]
    stage.merged(back, OLD)
    assert stage.running() == on(OLD, OLD, OLD)
    texts = {
        app: [stage.text(number, path) for path in (CALLER, TEAM_CALLER)] for app, number in stage.ids.items()
    }
    assert texts == first
    assert stage.kawal("templat", "mundur").envelope["status"] == "sudah_ada"
