"""Runs, jobs, artefacts and the facts of a release on GitHub: beside test_pipelines.py and test_facts.py, which a GitLab runner feeds.

Runs are placed on the facade as GitHub would leave them.
"""

from __future__ import annotations

import hashlib
import itertools
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from pengembang import Wanted, approve, github, join

from fault_proxy import fault_proxy
from forge_latihan import ForgeLatihan
from github_runs import CALLER, TEAM_CALLER, Placed, called, go_on, place_run
from kawal.errors import InputError, NotFoundError
from kawal.facts import _commit_fact, read_posture, read_release_facts
from kawal.forges import callers
from kawal.forges import github_parse as parse
from kawal.forges.github import GitHubForge
from kawal.forges.github_environment import CUSTOM, hold_environment
from kawal.forges.gitlab import GitLabForge
from kawal.forges.jsonview import View
from kawal.forges.port import Project
from kawal.forges.readonly import read_only
from kawal.model import FileWanted, ProtectedRef, ReleaseFacts
from kawal.posture import GITHUB_SETTINGS
from kawal.services.templates import caller_files, template_files

_numbers = itertools.count(1)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
SETTINGS = {**dict(GITHUB_SETTINGS), "ci_push_repository_for_job_token_allowed": False}


@dataclass
class Story:
    """An application's repository with the pinned callers, one reviewed pull request, its two runs and the release tag."""

    forge: GitHubForge
    latihan: ForgeLatihan
    org: str
    template: Project
    project: Project
    policy: Wanted
    merged: str = ""
    head: str = ""
    release: Placed | None = None
    called: dict[str, str] = field(default_factory=dict)

    def facts(self, *, tag: str = "v1.0.0", job_id: int | None = None) -> ReleaseFacts:
        return read_release_facts(
            read_only(self.forge),
            self.policy,
            project_id=self.project.id,
            tag=tag,
            job_id=job_id,
            since_commit=None,
            now=NOW,
            package_name="app",
        )

    def run(self, **changes: Any) -> Placed:
        given = {"sha": self.merged, "templates": [self.called], "actor": self.bot, **changes}
        return place_run(self.latihan, self.project.id, **given)

    @property
    def bot(self) -> int:
        return self.forge.info().bot_user_id

    def drift(self) -> list[str]:
        return [sentence.split(":")[0] for sentence in self.facts().posture_drift]


def provisioned(latihan: ForgeLatihan, plan: str, protections: str) -> Story:
    number = next(_numbers)
    org = f"fakta-gh-{number}"
    token = latihan.user("kawal-bot")[1]
    GitLabForge(latihan.url, token, timeout=20).create_group(org, org)
    latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": org, "paket": plan})
    forge = GitHubForge(latihan.url, token, timeout=20)
    owner = forge.group_id(org)
    assert owner is not None
    template = forge.create_project(owner, "templat", "Templat", f"kawal:uji/templat-{number}", {})
    called_files = [
        one for one in template_files("github") if one.path.startswith((".github/", "pemanggil/"))
    ]
    commit = forge.commit_files(template.id, "main", "Templat", called_files)
    path = f"{CALLER}@{org}/templat:{commit}"
    app = forge.create_project(owner, "app", "App", f"kawal:uji/app-{number}", {"visibility": "private"})
    forge.update_project(app.id, SETTINGS)
    forge.commit_files(app.id, "main", "Kerangka", [FileWanted("README.md", b"#"), *caller_files(path)])
    if plan == "team":
        for ref in (ProtectedRef("main", "branch", 0, 40), ProtectedRef("v*", "tag", 40)):
            forge.protect(app.id, ref)
    policy = Wanted(path, template.id, commit, forge.info().bot_user_id, protections=protections)
    pinned = called(f"{org}/templat/{CALLER}", commit)
    return Story(forge, latihan, org, template, forge.project(app.id), policy, called=pinned)


def reviewed(story: Story) -> Story:
    """What a team does: a pull request by ani that budi approves and the bot merges; then the release tag and its run."""
    latihan, forge, app = story.latihan, story.forge, story.project
    for name in ("ani", "budi"):
        latihan.user(name)
        join(forge, latihan, app, name)
    ani, repo = latihan.user("ani")[1], f"/repositories/{app.id}"
    start = forge.branch(app.id, "main")
    assert start is not None
    github(latihan, "POST", f"{repo}/git/refs", {"ref": "refs/heads/kerja", "sha": start.sha}, token=ani)
    body = {"message": "Kerja", "content": "aQ==", "branch": "kerja"}
    made = github(latihan, "PUT", f"{repo}/contents/satu.txt", body, token=ani)
    story.head = made["commit"]["sha"]
    pull = {"title": "Kerja", "head": "kerja", "base": "main"}
    number = github(latihan, "POST", f"{repo}/pulls", pull, token=ani)["number"]
    approve(forge, latihan, app, number, story.head, latihan.user("budi")[1])
    story.merged = forge.merge(app.id, number, head_sha=story.head)
    forge.create_tag(app.id, "v1.0.0", story.merged, "Rilis v1.0.0")
    jobs = [
        {"name": f"kawal / {name}", "runner_id": 2, "status": "in_progress"} for name in ("gerbang", "rilis")
    ]
    story.release = story.run(branch="v1.0.0", jobs=jobs, status="in_progress")
    return story


@pytest.fixture(scope="module")
def story(latihan: ForgeLatihan) -> Story:
    return reviewed(provisioned(latihan, "team", "ditegakkan"))


# --- runs, jobs, artefacts


def test_a_run_says_which_template_it_ran_and_who_called_it(story: Story) -> None:
    placed = story.run(event="pull_request", branch="kerja", sha=story.head)
    run = story.forge.pipeline(story.project.id, placed.id)

    assert (run.source, run.ref, run.tag, run.status) == ("merge_request_event", "kerja", False, "success")
    assert (run.workflow, run.templates) == (CALLER, (story.policy.ci_config_path,))
    tag = story.forge.pipeline(story.project.id, story.release.id if story.release else 0)
    assert (tag.source, tag.ref, tag.tag, tag.status) == ("push", "v1.0.0", True, "running")


def test_a_job_run_again_is_another_job_of_a_later_attempt(story: Story) -> None:
    first = story.run(conclusion="failure", jobs=[{"name": "kawal / beban", "conclusion": "failure"}])
    story.forge.retry_pipeline(story.project.id, first.id)
    again = go_on(
        story.latihan, first.id, jobs=[{"name": "kawal / beban"}], status="completed", conclusion="success"
    )
    found = story.forge.jobs(story.project.id, first.id)

    assert [(one.id, one.attempt, one.status) for one in found] == [
        (first.jobs["beban"], 1, "failed"),
        (again.jobs["beban"], 2, "success"),
    ]
    assert story.forge.pipeline(story.project.id, first.id).attempt == 2


@pytest.mark.parametrize(
    ("artifacts", "found"),
    [
        ({"beban": {"beban.json": b"isi"}}, b"isi"),
        ({"beban": {"lain.json": b"isi"}}, None),
        ({"keamanan-kode": {"beban.json": b"isi"}}, None),
        ({"beban": {"laporan/beban.json": b"isi"}}, None),
    ],
    ids=["there", "other file", "under another job's name", "with the folder"],
)
def test_an_artefact_is_its_jobs_by_name_alone(
    story: Story, artifacts: dict[str, dict[str, bytes]], found: bytes | None
) -> None:
    run = story.run(jobs=[{"name": "kawal / beban"}], artifacts=artifacts)
    job = story.forge.job(story.project.id, run.jobs["beban"])
    assert job.has_artifacts is ("beban" in artifacts)
    assert story.forge.artifact_file(story.project.id, job.id, "beban.json", limit=100) == found


def test_an_artefact_from_outside_the_jobs_time_is_nobodys(story: Story) -> None:
    long_ago = {"started_at": "2020-01-01T00:00:00Z", "completed_at": "2020-01-01T00:01:00Z"}
    run = story.run(jobs=[{"name": "kawal / beban", **long_ago}], artifacts={"beban": {"beban.json": b"isi"}})
    assert story.forge.artifact_file(story.project.id, run.jobs["beban"], "beban.json", limit=9) is None


def test_two_artefacts_of_one_name_are_none(story: Story) -> None:
    run = story.run(jobs=[{"name": "kawal / beban"}], artifacts={"beban": {"beban.json": b"satu"}})
    go_on(story.latihan, run.id, artifacts={"beban": {"beban.json": b"dua"}})
    assert story.forge.artifact_file(story.project.id, run.jobs["beban"], "beban.json", limit=9) is None


def test_the_redirect_to_an_artefact_is_an_api_answer_and_not_to_be_had_as_bytes(story: Story) -> None:
    """GitHub says 415 to octet-stream there since September 2026; a release's asset is the other way about."""
    run = story.run(jobs=[{"name": "kawal / beban"}], artifacts={"beban": {"beban.json": b"isi"}})
    token = story.latihan.user("kawal-bot")[1]
    address = f"/repositories/{story.project.id}/actions/runs/{run.id}/artifacts"
    listed = github(story.latihan, "GET", address, token=token)
    (number,) = [one["id"] for one in listed["artifacts"]]

    def asked_as(accept: str) -> int:
        url = f"{story.latihan.url}/api/v3/repositories/{story.project.id}/actions/artifacts/{number}/zip"
        headers = {"Authorization": f"Bearer {token}", "Accept": accept}
        return requests.get(url, headers=headers, timeout=20, allow_redirects=False).status_code

    assert asked_as("application/octet-stream") == 415
    assert asked_as("application/vnd.github+json") == 302


def test_a_zip_that_swells_is_refused(story: Story) -> None:
    run = story.run(jobs=[{"name": "kawal / beban"}], artifacts={"beban": {"beban.json": b"0" * 5_000_000}})
    with pytest.raises(InputError, match="terlalu besar"):
        story.forge.artifact_file(story.project.id, run.jobs["beban"], "beban.json", limit=10_000_000)


# --- what is proven of a run


def config(story: Story, **changes: Any) -> str:
    run = story.forge.pipeline(story.project.id, story.run(**changes).id)
    wanted = callers.wanted_callers(story.forge, story.template.id, story.policy.ci_config_path)
    return callers.proved(story.forge, story.project.id, run, wanted)


def test_only_the_untouched_caller_of_one_pinned_template_proves_anything(story: Story) -> None:
    other = called(f"{story.org}/templat/{CALLER}", "6" * 40)
    assert config(story) == config(story, path=TEAM_CALLER) == story.policy.ci_config_path
    assert config(story, templates=[]) == callers.NOT_ONE
    assert config(story, templates=[story.called, other]) == callers.NOT_ONE
    assert config(story, path=".github/workflows/lain.yml") == callers.CHANGED
    assert config(story, templates=[other]).endswith(":" + "6" * 40)


def test_a_caller_changed_in_that_very_commit_proves_nothing(story: Story) -> None:
    ani, repo = story.latihan.user("ani")[1], f"/repositories/{story.project.id}"
    branch = {"ref": "refs/heads/pemanggil", "sha": story.merged}
    github(story.latihan, "POST", f"{repo}/git/refs", branch, token=ani)
    blob = story.forge.tree(story.project.id, story.merged)[CALLER]
    body = {"message": "x", "content": "aQ==", "branch": "pemanggil", "sha": blob}
    made = github(story.latihan, "PUT", f"{repo}/contents/{CALLER}", body, token=ani)

    assert config(story, sha=made["commit"]["sha"], branch="pemanggil") == callers.CHANGED


@pytest.mark.parametrize("path", [CALLER, TEAM_CALLER])
def test_a_run_whose_caller_grants_less_than_any_called_job_asks_never_starts(
    story: Story, path: str
) -> None:
    """GitHub compares before it reads an `if`: also the team's caller, of which gate and release never run."""
    forge, project = story.forge, story.project
    forge.create_branch(project.id, f"hak-{path[-7:-4]}", story.merged)
    text = forge.file(project.id, path, story.merged)
    assert story.run(path=path, jobs=[{"name": "kawal / beban"}]).jobs
    less = FileWanted(path, text.replace(b"id-token: write", b"id-token: none"))
    sha = forge.commit_files(project.id, f"hak-{path[-7:-4]}", "Kurang hak", [less], update=[path])
    placed = story.run(path=path, sha=sha)

    run = forge.pipeline(project.id, placed.id)
    assert (run.status, forge.jobs(project.id, placed.id)) == ("failed", [])


# --- facts


def test_a_repository_as_provisioned_has_no_drift(story: Story) -> None:
    assert story.facts().posture_drift == ()


def test_the_release_is_a_commit_a_tree_and_the_bytes_of_its_pack_job(story: Story) -> None:
    assert story.facts().artifact_sha256 is None
    story.run(
        path=TEAM_CALLER, jobs=[{"name": "kawal / kemas"}], artifacts={"kemas": {"paket.tar": b"palsu"}}
    )
    assert story.facts().artifact_sha256 is None
    story.run(jobs=[{"name": "kawal / kemas"}], artifacts={"kemas": {"paket.tar": b"isi paket"}})
    facts = story.facts()

    assert (facts.commit, facts.tag_protected, facts.on_default_branch) == (story.merged, True, True)
    assert facts.artifact_sha256 == hashlib.sha256(b"isi paket").hexdigest()
    assert facts.forge_time is not None


def test_people_are_found_behind_every_commit_and_the_review_is_of_that_head(story: Story) -> None:
    ani, budi = story.latihan.user("ani")[0], story.latihan.user("budi")[0]
    facts = story.facts()
    by_sha = {commit.sha: commit for commit in facts.commits_since}

    assert by_sha[story.merged].actors == ()
    # Both were made on GitHub itself, which commits and signs them: nobody stands behind them but who wrote or merged.
    assert {(a.part, a.user_id) for a in by_sha[story.head].actors} == {("author", ani)}
    (merge,) = facts.merges
    assert (merge.merge_sha, merge.head_sha, merge.merged_by) == (story.merged, story.head, story.bot)
    assert [one.user_id for one in merge.approvals] == [budi]


WEB_FLOW = {"name": "GitHub", "email": "noreply@github.com"}


def committed(story: Story, name: str, **people: dict[str, str]) -> str:
    """A commit on a branch of its own through git's object API, with who the writer says wrote and committed it."""
    ani, repo = story.latihan.user("ani")[1], f"/repositories/{story.project.id}"
    body = {"message": name, "tree": story.forge.tree_id(story.project.id, "main"), "parents": [story.merged]}
    sha = str(github(story.latihan, "POST", f"{repo}/git/commits", body | people, token=ani)["sha"])
    ref = {"ref": f"refs/heads/{name}", "sha": sha}
    github(story.latihan, "POST", f"{repo}/git/refs", ref, token=ani)
    return sha


def actors(story: Story, sha: str) -> set[tuple[str, int | None]]:
    (found,) = story.forge.commits(story.project.id, sha, since=story.merged)
    again = story.forge.commit(story.project.id, sha)
    assert found == again
    return {(one.part, one.user_id) for one in _commit_fact(story.forge, found, None).actors}


def test_who_hides_the_address_is_still_the_author_because_github_names_the_account(story: Story) -> None:
    cici, token = story.latihan.user("cici")
    story.latihan.ok("PUT", f"/users/{cici}", {"public_email": ""})
    hidden = {"name": "Cici", "email": "cici@contoh.go.id"}
    sha = committed(story, "tersembunyi", author=hidden, committer=hidden)

    assert token
    assert story.forge.user_id_of_email("cici@contoh.go.id") is None
    assert actors(story, sha) == {("author", cici), ("committer", cici)}


def test_an_address_of_no_account_stays_unknown(story: Story) -> None:
    stranger = {"name": "X", "email": "x@luar.id"}
    sha = committed(story, "asing", author=stranger, committer=stranger)
    assert actors(story, sha) == {("author", None), ("committer", None)}


def test_githubs_own_committer_counts_only_under_its_signature(story: Story) -> None:
    ani = story.latihan.user("ani")[0]
    author = {"name": "Ani", "email": "ani@contoh.go.id"}
    typed = committed(story, "ditulis-sendiri", author=author, committer=WEB_FLOW)
    signed = story.forge.commit(story.project.id, story.head)

    assert actors(story, typed) == {("author", ani), ("committer", None)}
    assert (signed.committer_email, signed.author_id) == (None, ani)
    assert actors(story, committed(story, "penulis", author=WEB_FLOW, committer=author)) == {
        ("author", None),
        ("committer", ani),
    }


@pytest.mark.parametrize("nobody", [None, {}], ids=["null", "empty"])
def test_a_commit_that_github_maps_to_no_account_names_none(nobody: object) -> None:
    person = {"email": "x@luar.id", "date": "2026-01-01T00:00:00Z"}
    inner = {"author": person, "committer": person, "message": "x", "verification": None}
    raw = {"sha": "a" * 40, "parents": [], "commit": inner, "author": nobody, "committer": nobody}
    found = parse.commit(View(raw, "/commits"))
    assert (found.author_id, found.committer_id, found.committer_email) == (None, None, "x@luar.id")


def pushed(url: str, clone: Path, count: int) -> list[str]:
    """So many empty commits on branch `panjang`, oldest first."""

    def git(*words: str, stdin: str | None = None) -> str:
        command = [
            "git",
            "-C",
            str(clone),
            "-c",
            "user.name=Ani",
            "-c",
            "user.email=ani@contoh.go.id",
            *words,
        ]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout.strip()

    subprocess.run(["git", "clone", "--quiet", url, str(clone)], check=True, capture_output=True)
    who = "Ani <ani@contoh.go.id> 1700000000 +0000"
    lines = [
        f"commit refs/heads/panjang\nauthor {who}\ncommitter {who}\ndata 3\n{number:03}\n"
        + ("from refs/heads/main\n" if number == 0 else "")
        for number in range(count)
    ]
    git("fast-import", "--quiet", stdin="".join(lines))
    git("push", "--quiet", "origin", "panjang")
    return git("rev-list", "--reverse", "main..panjang").splitlines()


def test_every_commit_of_a_long_pull_request_is_known_though_github_lists_250(
    latihan: ForgeLatihan, tmp_path: Path
) -> None:
    story = provisioned(latihan, "free", "dianjurkan")
    bot, repo = latihan.user("kawal-bot")[1], f"/repositories/{story.project.id}"
    made = pushed(story.project.http_url.replace("http://", f"http://oauth2:{bot}@"), tmp_path / "w", 252)
    request = story.forge.create_merge_request(story.project.id, "panjang", "main", "Panjang", "")
    listed = github(latihan, "GET", f"{repo}/pulls/{request.iid}/commits?per_page=100&page=3", token=bot)

    assert len(listed) == 50
    assert story.forge.merge_request_commits(story.project.id, request.iid) == made
    story.forge.merge(story.project.id, request.iid, head_sha=made[-1])
    assert story.forge.merge_request_commits(story.project.id, request.iid) == made


def test_the_review_of_an_account_that_is_gone_is_no_approval_and_no_error(latihan: ForgeLatihan) -> None:
    story = reviewed(provisioned(latihan, "team", "ditegakkan"))
    (merged,) = story.forge.merge_requests(story.project.id, state="merged")
    dedi, token = latihan.user("dedi")
    join(story.forge, latihan, story.project, "dedi")
    approve(story.forge, latihan, story.project, merged.iid, story.head, token)
    latihan.ok("DELETE", f"/users/{dedi}")

    assert [one.username for one in story.forge.approvals(story.project.id, merged.iid)] == ["budi"]


def test_the_asking_job_is_told_with_the_template_its_run_is_proven_to_have_run(story: Story) -> None:
    assert story.release is not None
    facts = story.facts(job_id=story.release.jobs["rilis"])
    assert facts.job is not None
    assert (facts.job.name, facts.job.status, facts.job.ref, facts.job.ref_is_tag) == (
        "rilis",
        "running",
        "v1.0.0",
        True,
    )
    assert (facts.job.runner_id, facts.job.config) == (2, story.policy.ci_config_path)
    assert {(a.part, a.user_id) for a in facts.extra_actors} >= {
        ("tagger", story.bot),
        ("job_user", story.bot),
    }


def loosen_tokens(story: Story) -> None:
    body = {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": False}
    story.forge._http.put(f"/repositories/{story.project.id}/actions/permissions/workflow", body)


def allow_squash(story: Story) -> None:
    story.forge._http.patch(f"/repositories/{story.project.id}", {"allow_squash_merge": True})


def disable_ruleset(story: Story) -> None:
    path = f"/repositories/{story.project.id}/rulesets"
    (found, *_) = [one for one in story.forge._http.all(path) if one["target"] == "branch"]
    story.forge._http.put(f"{path}/{found['id']}", {"enforcement": "disabled"})


def second_admin(story: Story) -> None:
    join(story.forge, story.latihan, story.project, "ani", 50)


def shadow_the_commit(story: Story) -> None:
    name = story.policy.template_commit
    path = f"/repositories/{story.template.id}/git/refs"
    story.forge._http.post(path, {"ref": f"refs/heads/{name}", "sha": name})


def test_each_setting_changed_on_github_is_named(latihan: ForgeLatihan) -> None:
    story = reviewed(provisioned(latihan, "team", "ditegakkan"))
    named: list[str] = []
    changes: list[tuple[Callable[[Story], None], str]] = [
        (shadow_the_commit, "ref templat dibayangi"),
        (allow_squash, "squash_option"),
        (disable_ruleset, "cabang utama dilindungi"),
        (second_admin, "anggota >= Maintainer selain bot"),
        (loosen_tokens, "job token dibatasi"),
    ]
    for change, name in changes:
        change(story)
        named.append(name)
        assert story.drift() == named


def test_a_plan_without_protected_refs_is_drift_unless_the_dinas_signed_for_it(latihan: ForgeLatihan) -> None:
    story = reviewed(provisioned(latihan, "free", "ditegakkan"))
    assert story.drift() == ["cabang utama dilindungi", "tag rilis v*"]
    story.policy = replace(story.policy, protections="dianjurkan")
    facts = story.facts()
    assert (facts.posture_drift, facts.tag_protected) == ((), False)
    assert ("cabang dan tag terlindung", "tidak ada di paket forge ini (dianjurkan)") in facts.posture


def test_another_workflow_beside_the_callers_is_seen_and_is_no_drift(latihan: ForgeLatihan) -> None:
    story = provisioned(latihan, "free", "dianjurkan")
    story.forge.commit_files(
        story.project.id, "main", "Alur lain", [FileWanted(".github/workflows/lain.yml", b"on: push\n")]
    )
    seen = read_posture(story.forge, story.policy, story.project.id)
    assert dict(seen.callers or ()) == {CALLER: True, TEAM_CALLER: True, ".github/workflows/lain.yml": None}


def test_a_release_without_its_tag_is_not_found(story: Story) -> None:
    with pytest.raises(NotFoundError, match=r"v9\.9\.9"):
        story.facts(tag="v9.9.9")


def test_a_user_may_own_the_repositories_as_well_as_an_organisation(latihan: ForgeLatihan) -> None:
    login = "kawal-bot"
    forge = GitHubForge(latihan.url, latihan.user(login)[1], timeout=20)
    owner = forge.group_id(login)
    assert owner == forge.info().bot_user_id
    number = next(_numbers)
    made = forge.create_project(
        owner, f"milik-{number}", "Milik", f"kawal:uji/milik-{number}", {"visibility": "private"}
    )
    forge.share_templates(made.id)

    assert made.full_path == f"{login}/milik-{number}"
    path = f"/repositories/{made.id}/actions/permissions/access"
    assert forge._http.get(path)["access_level"] == "user"
    assert forge.runner_ids(made.id) == ()
    before = latihan.last_request()
    forge.share_templates(made.id)
    assert latihan.writes(before) == []


def test_production_takes_release_tags_alone_and_a_lost_answer_makes_nothing_twice(
    latihan: ForgeLatihan, story: Story
) -> None:
    path = f"/repositories/{story.project.id}/environments"
    story.forge.hold_environment(story.project.id, "production", "v*")
    (found,) = story.forge._http.all(path, key="environments")
    assert (found["name"], found["deployment_branch_policy"]) == ("production", CUSTOM)

    def policies() -> list[tuple[str, str]]:
        rows = story.forge._http.all(f"{path}/production/deployment-branch-policies", key="branch_policies")
        return [(row["name"], row["type"]) for row in rows]

    assert policies() == [("v*", "tag")]
    before = latihan.last_request()
    hold_environment(story.forge._http, story.project.id, "production", "v*")
    assert latihan.writes(before) == []
    with fault_proxy(latihan.url) as proxy:
        proxy.decide = lambda _n, method, where: (
            "jawaban-hilang" if method == "POST" and where.endswith("policies") else None
        )
        lossy = GitHubForge(proxy.url, latihan.user("kawal-bot")[1], timeout=20, sleep=lambda _: None)
        hold_environment(lossy._http, story.project.id, "production", "v2*")
    assert policies() == [("v*", "tag"), ("v2*", "tag")]
