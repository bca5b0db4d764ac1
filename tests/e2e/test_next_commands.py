"""Every next command that a refusal of the demo prints is carried out as printed, and clears that refusal.

The story stops before the sign-offs (`kawal demo --sampai 7`); from there on only printed commands lead to the release.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import urllib.request
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from cerita import Cerita, cerita
from kawal.demo.stage import stop_leftovers, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("demo")]

APP = "e-retribusi-pasar"
PERSON = {"sahkan persandian": "p-persandian", "sahkan uat": "p-pemohon", "catat pse": "p-pemohon"}
COMMAND = re.compile(r"kawal [a-z].*")
FINISHED = ("success", "failed")


class Left:
    """What the demo left running, and its people."""

    def __init__(self, story: Cerita) -> None:
        self.story = story
        self.tokens: dict[str, str] = json.loads((story.folder / "pengguna.json").read_text("utf-8"))
        self.forge = json.loads((story.folder / "log" / "forge.out").read_text("utf-8"))["url"]
        self.project = f"{self.forge}/api/v4/projects/2"
        self.proof = story.folder / "surat" / "clearance.pdf"

    def printed(self, next_step: str) -> tuple[int, dict[str, Any]]:
        """Runs the command in a printed next step; only the words in capitals are filled in."""
        words = shlex.split(COMMAND.findall(next_step)[-1])[1:]
        filled = [str(self.proof) if word == "FILE" else word for word in words]
        assert not [word for word in filled if word.isupper()], next_step
        return self.story.kawal(*filled, person=PERSON.get(" ".join(words[:2]), "p-pa"))

    def api(self, method: str, path: str, body: Any = None, *, user: str) -> Any:
        request = urllib.request.Request(
            self.project + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"PRIVATE-TOKEN": self.tokens[user], "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.loads(reply.read())

    def pipeline(self, **query: str) -> str:
        """The status of the newest pipeline that matches."""
        wanted = "&".join(f"{name}={value}" for name, value in query.items())
        found = self.api("GET", f"/pipelines?{wanted}", user="root")
        return str(max(found, key=lambda one: one["id"])["status"]) if found else ""

    def wait_pipeline(self, wanted: tuple[str, ...] = FINISHED, **query: str) -> None:
        wait_for(lambda: self.pipeline(**query) in wanted, 180, f"pipeline {query}")

    def locks(self, version: str) -> dict[str, str]:
        """Code -> printed next step of everything that keeps the release shut."""
        code, said = self.story.kawal("periksa", APP, "--rilis", version)
        assert code == (3 if said["temuan"] else 0)
        return {one["kode"]: one["perbaikan"] for one in said["temuan"]}


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Left]:
    story = cerita(tmp_path_factory.mktemp("berhenti"), pytestconfig.cache.mkdir("alat"))
    try:
        story.demo("--sampai", "7")
        yield Left(story)
    finally:
        stop_leftovers(story.folder)


def clear(left: Left, version: str, areas: set[str]) -> dict[str, str]:
    """Each refusal's own command takes away that refusal and no other; what is still locked at the end."""
    locks = left.locks(version)
    assert {code.partition("-")[0] for code in locks} == areas
    while locks:
        code, next_step = next(iter(locks.items()))
        exit_code, said = left.printed(next_step)
        assert exit_code == 0, said
        after = left.locks(version)
        assert after == {other: step for other, step in locks.items() if other != code}
        locks = after
    return left.locks(version)


def test_the_wrong_person_is_told_whom_to_ask(left: Left) -> None:
    words = ("sahkan", "persandian", APP, "--rilis", "v1.0.0")
    exit_code, said = left.story.kawal(*words, person="p-pengembang")
    assert (exit_code, said["temuan"][0]["kode"][:6]) == (3, "IDENT-")
    assert "Sub Koordinator Persandian" in said["temuan"][0]["perbaikan"]


def test_the_printed_commands_open_the_release(left: Left) -> None:
    assert clear(left, "v1.0.0", {"SANDI", "PSE"}) == {}
    exit_code, _ = left.printed(f"kawal rilis minta {APP} v1.0.0")
    assert exit_code == 0
    left.wait_pipeline(("success",), ref="v1.0.0")
    permits = [one for _, one in left.story.records("permit-record")]
    asked = [one for _, one in left.story.records("release")]
    assert [one["commit"] for one in permits] == [one["commit"] for one in asked]


@pytest.fixture(scope="module")
def request_iid(left: Left) -> int:
    """One more small change by the developer, in a merge request."""
    repo = left.story.folder / "kerja" / APP
    token = left.tokens["pengembang-1"]
    url = (
        f"{left.forge.replace('http://', f'http://pengembang-1:{token}@')}/aplikasi-opd/disperindag/{APP}.git"
    )
    author = ["-c", "user.name=pengembang-1", "-c", "user.email=pengembang-1@contoh.go.id"]

    def git(*words: str) -> None:
        subprocess.run(["git", *author, *words], cwd=repo, env=left.story.environ, check=True, timeout=60)

    git("fetch", "--quiet", url, "main")
    git("checkout", "--quiet", "-b", "kecil", "FETCH_HEAD")
    (repo / "README.md").write_text("Perubahan kecil.\n", "utf-8")
    git("commit", "--quiet", "-am", "Perubahan kecil")
    git("push", "--quiet", url, "kecil")
    body = {"source_branch": "kecil", "target_branch": "main", "title": "Perubahan kecil"}
    return int(left.api("POST", "/merge_requests", body, user="pengembang-1")["iid"])


def test_an_unreviewed_merge_request_is_merged_by_the_printed_way(left: Left, request_iid: int) -> None:
    exit_code, said = left.story.kawal("gabung", APP, "--mr", str(request_iid))
    refused = said["temuan"][0]
    assert (exit_code, refused["kode"]) == (3, "TINJAU-010")
    assert f"minta peninjau menyetujui !{request_iid}" in refused["perbaikan"]
    head = left.api("GET", f"/merge_requests/{request_iid}", user="peninjau-1")["sha"]
    left.api("POST", f"/merge_requests/{request_iid}/approve", {"sha": head}, user="peninjau-1")
    exit_code, said = left.printed(refused["perbaikan"])
    if exit_code == 3:  # reviewed, but its pipeline still runs
        assert said["temuan"][0]["kode"] == "TINJAU-013"
        wait_for(
            lambda: (
                left.api("GET", f"/merge_requests/{request_iid}", user="root")["head_pipeline"]["status"]
                in FINISHED
            ),
            120,
            "pipeline merge request",
        )
        exit_code, said = left.printed(said["temuan"][0]["perbaikan"])
    assert exit_code == 0, said
    assert left.api("GET", f"/merge_requests/{request_iid}", user="root")["state"] == "merged"


def test_a_release_asked_for_before_its_results_is_told_to_collect_them(left: Left, request_iid: int) -> None:
    commit = left.api("GET", f"/merge_requests/{request_iid}", user="root")["merge_commit_sha"]
    asked = partial(left.story.kawal, "rilis", "minta", APP, "v1.0.1", "--commit", commit, person="p-pa")
    exit_code, said = asked()
    assert (exit_code, said["temuan"][0]["kode"][:6]) == (3, "BUKTI-")
    next_step = said["temuan"][0]["perbaikan"]
    exit_code, said = left.printed(next_step)
    assert (exit_code, said["temuan"][0]["kode"][:6]) == (5, "BUKTI-")  # the pipeline has not finished
    assert "ulangi perintah yang sama" in said["temuan"][0]["perbaikan"]
    left.wait_pipeline(("success",), sha=commit, ref="main")
    exit_code, said = left.printed(next_step)
    assert exit_code == 0, said
    assert asked()[0] == 0


def test_sign_offs_of_the_old_bytes_are_renewed_by_the_printed_commands(left: Left, request_iid: int) -> None:
    assert clear(left, "v1.0.1", {"SANDI", "UAT"}) == {}


def test_the_next_demo_ends_what_this_one_left(left: Left) -> None:
    before = json.loads((left.story.folder / "proses.json").read_text("utf-8"))
    assert set(before) == {"forge", "kawal-server", "target-uji", "target-produksi"}
    assert set(before.values()) <= set(left.story.alive())
    left.story.demo("--sampai", "1")
    assert not set(before.values()) & set(left.story.alive())
    assert not left.story.open_ports([left.forge])
    now = json.loads((left.story.folder / "proses.json").read_text("utf-8"))
    assert set(now.values()) <= set(left.story.alive())
    stop_leftovers(left.story.folder)
    assert left.story.alive() == []
