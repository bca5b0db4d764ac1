"""Environments, deployments, releases, label events, groups and the token issuer, through both adapters on the four set-ups."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from pengembang import github, kind

from forge_latihan import ForgeLatihan
from github_runs import place_run
from kawal.errors import InputError, TemporaryError
from kawal.forges.github import GitHubForge
from kawal.forges.oidc import discover
from kawal.forges.operations import Environment, EnvironmentRule
from kawal.forges.port import Forge, NotPossibleHere, Project
from kawal.model import FileWanted

_numbers = itertools.count(1)


@pytest.fixture
def filled(adapter: Forge) -> Project:
    name = f"operasi-{next(_numbers)}"
    group = adapter.create_group("kontrak/operasi", "Operasi")
    made = adapter.create_project(group, name, name, f"x\n\nkawal:uji/{name}", {"visibility": "private"})
    adapter.commit_files(made.id, "main", "Satu", (FileWanted("README.md", b"#"),))
    return made


def head_of(adapter: Forge, project: Project) -> str:
    head = adapter.branch(project.id, "main")
    assert head is not None
    return head.sha


def deploy(adapter: Forge, forge: ForgeLatihan, project: Project, where: str, *states: str) -> None:
    """A deployment of main that went through these states, in each forge's own words, made by the bot."""
    token = forge.user("kawal-bot")[1]
    if kind(adapter) == "gitlab":
        body = {"environment": where, "sha": head_of(adapter, project), "ref": "main", "tag": False}
        path = f"/projects/{project.id}/deployments"
        made = forge.ok("POST", path, body | {"status": states[0]}, token=token)
        for state in states[1:]:
            forge.ok("PUT", f"{path}/{made['id']}", {"status": state}, token=token)
        return
    path = f"/repositories/{project.id}/deployments"
    words = {"running": "in_progress", "failed": "failure"}
    made = github(forge, "POST", path, {"ref": "main", "environment": where}, token=token)
    for state in states:
        said = {"state": words.get(state, state)}
        github(forge, "POST", f"{path}/{made['id']}/statuses", said, token=token)


def test_deployments_are_told_newest_first_with_what_became_of_them(
    adapter: Forge, filled: Project, latihan: ForgeLatihan
) -> None:
    for states in (("running", "success"), ("running", "failed"), ("running",), ("success",)):
        deploy(adapter, latihan, filled, "production", *states)
    deploy(adapter, latihan, filled, "uji", "success")
    found = adapter.deployments(filled.id, "production", limit=3)

    assert [one.status for one in found] == ["success", "running", "failed"]
    assert {(one.environment, one.ref, one.sha) for one in found} == {
        ("production", "main", head_of(adapter, filled))
    }
    assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)
    # That another took its place does not undo that it had succeeded.
    assert adapter.deployments(filled.id, "production", limit=9)[-1].status == "success"
    assert adapter.deployments(filled.id, "lain", limit=3) == []


@pytest.mark.parametrize("adapter", ["gitlab", "gitlab-galat"], indirect=True)
def test_environments_of_gitlab_have_a_tier_and_no_rule_for_refs(
    adapter: Forge, filled: Project, latihan: ForgeLatihan
) -> None:
    for name in ("prod-1", "uji"):
        deploy(adapter, latihan, filled, name, "success")

    assert set(adapter.environments(filled.id)) == {Environment("prod-1", True), Environment("uji", False)}
    with pytest.raises(NotPossibleHere, match="environment prod-1"):
        adapter.environment_rule(filled.id, "prod-1")
    with pytest.raises(NotPossibleHere, match=r"tag v\*"):
        adapter.hold_environment(filled.id, "prod-1", "v*")


@pytest.mark.parametrize("adapter", ["github", "github-galat"], indirect=True)
def test_an_environment_of_github_takes_the_named_tags_and_keeps_what_people_added(
    adapter: Forge, filled: Project, latihan: ForgeLatihan
) -> None:
    token, path = latihan.user("kawal-bot")[1], f"/repositories/{filled.id}/environments/production"
    assert adapter.environment_rule(filled.id, "production") is None
    github(latihan, "PUT", path, {"wait_timer": 30}, token=token)
    assert adapter.environment_rule(filled.id, "production") == EnvironmentRule(False)

    adapter.hold_environment(filled.id, "production", "v*")
    assert adapter.environment_rule(filled.id, "production") == EnvironmentRule(True, tags=("v*",))
    rules = github(latihan, "GET", path, token=token)["protection_rules"]
    assert [rule.get("wait_timer") for rule in rules if rule["type"] == "wait_timer"] == [30]
    assert adapter.environments(filled.id) == [Environment("production", True)]

    added = {"name": "darurat", "type": "branch"}
    github(latihan, "POST", f"{path}/deployment-branch-policies", added, token=token)
    before = latihan.last_request()
    adapter.hold_environment(filled.id, "production", "v*")
    assert latihan.writes(before) == []
    assert adapter.environment_rule(filled.id, "production") == EnvironmentRule(True, ("darurat",), ("v*",))


@pytest.mark.parametrize("adapter", ["github"], indirect=True)
def test_required_reviewers_are_counted_where_the_plan_has_them(
    adapter: Forge, filled: Project, latihan: ForgeLatihan
) -> None:
    token, path = latihan.user("kawal-bot")[1], f"/repositories/{filled.id}/environments/production"
    asked = {"reviewers": [{"type": "User", "id": latihan.user("ani")[0]}]}
    with pytest.raises(AssertionError, match="billing plan supports"):
        github(latihan, "PUT", path, asked, token=token)
    latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": "kontrak", "paket": "enterprise"})
    try:
        github(latihan, "PUT", path, asked, token=token)
        adapter.hold_environment(filled.id, "production", "v*")
        found = adapter.environment_rule(filled.id, "production")
    finally:
        latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": "kontrak", "paket": "team"})

    assert found == EnvironmentRule(True, tags=("v*",), reviewers=1)


@pytest.mark.parametrize("adapter", ["github"], indirect=True)
@pytest.mark.parametrize(("conclusion", "status"), [("success", "success"), ("failure", "failed")])
def test_a_job_that_names_an_environment_leaves_a_deployment(
    adapter: Forge, filled: Project, latihan: ForgeLatihan, conclusion: str, status: str
) -> None:
    job = {"name": "kawal / rilis", "environment": "production", "conclusion": conclusion}
    place_run(latihan, filled.id, sha=head_of(adapter, filled), branch="v1.0.0", jobs=[job])

    (found,) = adapter.deployments(filled.id, "production", limit=5)
    assert (found.ref, found.status) == ("v1.0.0", status)


def test_releases_of_the_forge_are_told_without_drafts(
    adapter: Forge, filled: Project, latihan: ForgeLatihan
) -> None:
    token = latihan.user("kawal-bot")[1]
    adapter.create_tag(filled.id, "v1.0.0", head_of(adapter, filled), "Rilis")
    assert adapter.releases(filled.id) == []
    body: dict[str, Any] = {"tag_name": "v1.0.0", "name": "Satu", "description": "isi"}
    if kind(adapter) == "gitlab":
        latihan.ok("POST", f"/projects/{filled.id}/releases", body, token=token)
    else:
        for more in ({}, {"tag_name": "v2.0.0", "draft": True}):
            github(latihan, "POST", f"/repositories/{filled.id}/releases", body | more, token=token)

    (found,) = adapter.releases(filled.id)
    assert (found.tag, found.name) == ("v1.0.0", "Satu")
    assert found.released_at is not None


def test_label_events_name_who_did_it(adapter: Forge, filled: Project, latihan: ForgeLatihan) -> None:
    adapter.create_label(filled.id, "tahap::kajian", "#ff0000", "")
    iid = adapter.create_issue(filled.id, "Langkah", "x", ["tahap::kajian"], None, None)
    ani, token = latihan.user("ani")
    adapter.set_member(filled.id, "ani", 30)
    if kind(adapter) == "github":
        for one in github(latihan, "GET", "/user/repository_invitations", token=token):
            github(latihan, "PATCH", f"/user/repository_invitations/{one['id']}", token=token)
    latihan.ok("PUT", f"/projects/{filled.id}/issues/{iid}", {"labels": "lain"}, token=token)
    events = adapter.label_events(filled.id, iid)

    assert {(one.label, one.added, one.username) for one in events} == {
        ("tahap::kajian", True, "kawal-bot"),
        ("tahap::kajian", False, "ani"),
        ("lain", True, "ani"),
    }
    assert {one.user_id for one in events if one.username == "ani"} == {ani}
    assert [one.at for one in events] == sorted(one.at for one in events)


def test_a_group_says_where_the_bot_stands(adapter: Forge, latihan: ForgeLatihan) -> None:
    adapter.create_group("kontrak/operasi", "Operasi")
    found = adapter.group("kontrak")
    assert found is not None
    assert (found.path, found.level) == ("kontrak", 50)
    assert found.plan == ("team" if kind(adapter) == "github" else None)
    assert adapter.group("tidak-ada") is None

    latihan.ok("POST", "/groups", {"path": f"orang-luar-{(n := next(_numbers))}", "name": f"Orang luar {n}", "visibility": "public"})  # fmt: skip
    stranger = adapter.group(f"orang-luar-{n}")
    assert stranger is not None
    assert (stranger.level, stranger.plan) == (None, None)


@pytest.mark.parametrize("adapter", ["github"], indirect=True)
def test_a_user_is_the_owner_of_what_is_his_alone(adapter: Forge, latihan: ForgeLatihan) -> None:
    latihan.user("ani")

    assert [getattr(adapter.group(name), "level", 0) for name in ("kawal-bot", "ani")] == [50, None]


def test_the_token_issuer_is_told_in_its_own_words(adapter: Forge, latihan: ForgeLatihan) -> None:
    found = adapter.token_issuer()
    below = "/_services/token" if kind(adapter) == "github" else ""

    assert found.issuer == f"{latihan.url}{below}"
    assert found.keys_url.startswith(f"{latihan.url}/")


def test_an_issuer_that_says_nothing_is_temporary_and_a_strange_address_is_refused(
    latihan: ForgeLatihan,
) -> None:
    with pytest.raises(TemporaryError, match="tidak terbaca"):
        discover(f"{latihan.url}/tidak-ada", timeout=5, ca=None)
    with pytest.raises(InputError, match="bukan http"):
        discover("file:///etc", timeout=5, ca=None)


def test_github_com_signs_under_a_host_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("kawal.forges.github_operations.discover", lambda issuer, **_: asked.append(issuer))
    GitHubForge("https://github.com", "x", timeout=5).token_issuer()

    assert asked == ["https://token.actions.githubusercontent.com"]
