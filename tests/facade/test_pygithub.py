"""PyGithub, unmodified, drives the GitHub facade through the life of a repository."""

from __future__ import annotations

from collections.abc import Iterator

import github
import pytest
from github.AuthenticatedUser import AuthenticatedUser
from github.Repository import Repository

from forge_latihan import ForgeLatihan, forge_latihan


@pytest.fixture(scope="module")
def latihan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgeLatihan]:
    with forge_latihan(tmp_path_factory.mktemp("github")) as forge:
        for name in ("kawal-bot", "ani", "budi"):
            forge.user(name)
        yield forge


def org(latihan: ForgeLatihan, name: str, plan: str) -> str:
    latihan.ok("POST", "/groups", {"path": name, "name": name}, token=latihan.user("kawal-bot")[1])
    latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": name, "paket": plan})
    return name


def client(latihan: ForgeLatihan, name: str, token: str | None = None) -> github.Github:
    return github.Github(
        auth=github.Auth.Token(token or latihan.user(name)[1]),
        base_url=f"{latihan.url}/api/v3",
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


def invite(repo: Repository, who: github.Github, name: str) -> None:
    invitation = repo.add_to_collaborators(name, "push")
    assert invitation is not None
    me = who.get_user()
    assert isinstance(me, AuthenticatedUser)
    me.accept_invitation(invitation)


def test_a_repository_lives_from_first_commit_to_release(latihan: ForgeLatihan) -> None:
    bot, ani, budi = (client(latihan, name) for name in ("kawal-bot", "ani", "budi"))
    owner = bot.get_organization(org(latihan, "dinas", "team"))
    repo = owner.create_repo("app", private=True, auto_init=True)
    repo.create_file("a/b.txt", "tambah", "isi")
    repo.create_label("tahap", "ff0000")
    milestone = repo.create_milestone("Kajian")
    issue = repo.create_issue("Langkah 1", body="teks", labels=["tahap"], milestone=milestone)
    issue.create_comment("hai")
    issue.edit(state="closed")

    content = repo.get_contents("a/b.txt")
    assert not isinstance(content, list)
    assert content.decoded_content == b"isi"
    assert (issue.number, issue.state, [c.body for c in issue.get_comments()]) == (1, "closed", ["hai"])
    assert [one.title for one in repo.get_issues(state="closed")] == ["Langkah 1"]

    invite(repo, ani, "ani")
    repo.add_to_collaborators("budi", "push")
    (pending,) = budi.get_user().get_invitations()
    budi.get_user().accept_invitation(pending)
    mine = ani.get_repo("dinas/app")
    mine.create_git_ref("refs/heads/kerja", mine.get_branch("main").commit.sha)
    mine.create_file("c.txt", "c", "c", branch="kerja")
    pull = mine.create_pull(base="main", head="kerja", title="Kerja")
    with pytest.raises(github.GithubException, match="own pull request"):
        pull.create_review(event="APPROVE")
    budi.get_repo("dinas/app").get_pull(pull.number).create_review(event="APPROVE")
    assert [(one.state, one.commit_id) for one in pull.get_reviews()] == [("APPROVED", pull.head.sha)]
    assert pull.number == 2

    merged = repo.get_pull(pull.number).merge(sha=pull.head.sha)
    assert merged.merged
    assert repo.get_branch("main").commit.sha == merged.sha
    assert repo.create_git_release("v1.0.0", "V1", "pesan").tag_name == "v1.0.0"
    assert [tag.commit.sha for tag in repo.get_tags()] == [merged.sha]


def test_hooks_variables_and_pages(latihan: ForgeLatihan) -> None:
    bot = client(latihan, "kawal-bot")
    repo = bot.get_organization(org(latihan, "satu", "team")).create_repo("app", private=True)
    config = {"url": "http://127.0.0.1:9/h", "content_type": "json"}
    repo.create_hook("web", config, ["push"])
    with pytest.raises(github.GithubException, match="already exists"):
        repo.create_hook("web", config, ["push", "issues"])
    repo.create_variable("NAMA", "nilai")
    for number in range(31):
        repo.create_label(f"l{number}", "ff0000")

    assert [hook.events for hook in repo.get_hooks()] == [["push"]]
    assert [(one.name, one.value) for one in repo.get_variables()] == [("NAMA", "nilai")]
    assert len(list(repo.get_labels())) == 31


def test_refusals_are_in_githubs_words(latihan: ForgeLatihan) -> None:
    bot = client(latihan, "kawal-bot")
    owner = bot.get_organization(org(latihan, "dua", "free"))
    repo = owner.create_repo("app", private=True)

    with pytest.raises(github.UnknownObjectException):
        client(latihan, "ani").get_repo("dua/app")
    with pytest.raises(github.BadCredentialsException):
        _ = client(latihan, "x", "salah").get_user().login
    with pytest.raises(github.GithubException) as taken:
        owner.create_repo("app")
    assert (taken.value.status, taken.value.data["errors"][0]["field"]) == (422, "name")
    with pytest.raises(github.GithubException, match="Upgrade to GitHub Pro") as plan:
        repo.requester.requestJsonAndCheck("GET", f"{repo.url}/rulesets")
    assert plan.value.status == 403


def test_a_ruleset_holds_pushes_and_merges(latihan: ForgeLatihan) -> None:
    bot, ani = client(latihan, "kawal-bot"), client(latihan, "ani")
    repo = bot.get_organization(org(latihan, "tiga", "team")).create_repo("app", private=True, auto_init=True)
    invite(repo, ani, "ani")
    rules = [
        {
            "type": "pull_request",
            "parameters": {
                "required_approving_review_count": 1,
                "dismiss_stale_reviews_on_push": False,
                "require_code_owner_review": False,
                "require_last_push_approval": False,
                "required_review_thread_resolution": False,
            },
        },
        {"type": "non_fast_forward"},
    ]
    body = {
        "name": "utama",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["refs/heads/main"], "exclude": []}},
        "rules": rules,
    }
    repo.requester.requestJsonAndCheck("POST", f"{repo.url}/rulesets", input=body)
    mine = ani.get_repo("tiga/app")
    with pytest.raises(github.GithubException, match="rule violations"):
        mine.create_file("langsung", "x", "x")
    mine.create_git_ref("refs/heads/kerja", mine.get_branch("main").commit.sha)
    mine.create_file("c.txt", "c", "c", branch="kerja")
    pull = mine.create_pull(base="main", head="kerja", title="Kerja")
    with pytest.raises(github.GithubException, match="approving review") as refused:
        pull.merge()
    assert refused.value.status == 405
