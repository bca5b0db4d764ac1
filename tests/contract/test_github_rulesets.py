"""What rulesets of GitHub hold, read from what GitHub answers: together the strictest counts, and what is not shown is not held."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from pengembang import github, join

from forge_latihan import ForgeLatihan
from kawal.forges.github import GitHubForge
from kawal.forges.github_rulesets import protections, ruleset_body, together
from kawal.forges.gitlab import GitLabForge
from kawal.forges.jsonview import View
from kawal.forges.port import Project
from kawal.model import FileWanted, ProtectedRef
from kawal.posture import effective_branch, effective_tag

MAIN = ProtectedRef("main", "branch", 0, 40)
TAGS = ProtectedRef("v*", "tag", 40)
_numbers = itertools.count(1)
Change = Callable[[dict[str, Any]], object]


def read(
    wanted: ProtectedRef, change: Change = lambda body: None, default: str | None = "main"
) -> list[ProtectedRef]:
    body = deepcopy(ruleset_body(wanted))
    change(body)
    return protections(View(body, "/rulesets"), default)


def with_actor(**actor: Any) -> Change:
    return lambda body: body["bypass_actors"].append(actor)


def of_review(**parameters: Any) -> Change:
    def change(body: dict[str, Any]) -> None:
        (rule,) = [one for one in body["rules"] if one["type"] == "pull_request"]
        rule["parameters"] |= parameters

    return change


def refs(**names: list[str]) -> Change:
    return lambda body: body["conditions"]["ref_name"].update(names)


def without(kind: str) -> Change:
    return lambda body: body.update(rules=[one for one in body["rules"] if one["type"] != kind])


@pytest.mark.parametrize("wanted", [MAIN, TAGS, ProtectedRef("main", "branch", 40, 40)], ids=str)
def test_what_kawal_writes_reads_back_as_wanted(wanted: ProtectedRef) -> None:
    assert read(wanted) == [wanted]


@pytest.mark.parametrize(
    "change",
    [
        with_actor(actor_id=5, actor_type="Team", bypass_mode="always"),
        with_actor(actor_id=5, actor_type="Integration", bypass_mode="pull_request"),
        with_actor(actor_id=4, actor_type="RepositoryRole", bypass_mode="always"),
        with_actor(actor_id=None, actor_type="DeployKey", bypass_mode="always"),
        with_actor(actor_id=None, actor_type="OrganizationAdmin", bypass_mode="exempt"),
        lambda body: body.pop("bypass_actors"),
    ],
    ids=["team with the number of the role", "app", "other role", "deploy key", "owners", "not shown"],
)
@pytest.mark.parametrize("wanted", [MAIN, TAGS], ids=["branch", "tag"])
def test_whoever_else_may_pass_or_is_not_shown_leaves_nothing_held(
    wanted: ProtectedRef, change: Change
) -> None:
    (found,) = read(wanted, change)
    assert (found.merge_level if wanted is MAIN else found.push_level) == 30


def test_an_admin_who_may_pass_always_pushes_directly() -> None:
    (found,) = read(MAIN, lambda body: body["bypass_actors"][0].update(bypass_mode="always"))
    assert (found.push_level, found.merge_level) == (40, 40)


@pytest.mark.parametrize(
    "change",
    [
        of_review(required_approving_review_count=0),
        of_review(required_approving_review_count=None),
        of_review(dismiss_stale_reviews_on_push=False),
        of_review(require_last_push_approval=False),
        of_review(required_review_thread_resolution=False),
        lambda body: [rule.pop("parameters", None) for rule in body["rules"]],
    ],
    ids=["no review", "not said", "stale ones count", "by the pusher", "open threads", "no parameters"],
)
def test_a_pull_request_that_needs_less_review_than_ours_is_a_push_of_whoever_may_merge(
    change: Change,
) -> None:
    (found,) = read(MAIN, change)
    assert found.push_level != 0


def test_more_reviews_than_ours_hold_as_well() -> None:
    assert read(MAIN, of_review(required_approving_review_count=2, require_code_owner_review=True)) == [MAIN]


@pytest.mark.parametrize("kind", ["creation", "update", "deletion"])
def test_a_tag_that_may_be_made_moved_or_deleted_is_not_held(kind: str) -> None:
    assert read(TAGS, without(kind)) == [ProtectedRef("v*", "tag", 30)]


@pytest.mark.parametrize(
    "change",
    [
        refs(exclude=["refs/heads/main"]),
        refs(exclude=["refs/heads/m*"]),
        refs(include=[]),
        refs(include=["main"]),
        lambda body: body.update(conditions=None),
        lambda body: body.update(conditions={}),
        lambda body: body.update(target="push", conditions=None, rules=[{"type": "max_file_size"}]),
        lambda body: body.update(target="repository", conditions={}),
        lambda body: body.pop("target"),
        lambda body: body.update(enforcement="evaluate"),
    ],
    ids=[
        *("left out", "left out by pattern", "of nothing", "of no ref", "null", "without refs"),
        *("about files", "about repositories", "unknown", "only tried"),
    ],
)  # fmt: skip
def test_what_names_no_ref_holds_none_and_is_no_error(change: Change) -> None:
    assert read(MAIN, change) == []


def test_rules_that_are_not_shown_hold_nothing() -> None:
    assert read(MAIN, lambda body: body.pop("rules")) == [ProtectedRef("main", "branch", 30, 30, True)]


def test_the_default_branch_by_its_keyword_is_that_branch() -> None:
    assert read(MAIN, refs(include=["~DEFAULT_BRANCH"])) == [MAIN]
    assert read(MAIN, refs(include=["~DEFAULT_BRANCH"]), default=None) == []
    assert read(MAIN, refs(include=["~ALL"])) == [ProtectedRef("*", "branch", 0, 40)]


EVERY_BRANCH, EVERY_TAG = ProtectedRef("*", "branch", 30, 30), ProtectedRef("*", "tag", 30)


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_rulesets_the_strictest_counts(order: int) -> None:
    found = together([MAIN, TAGS, EVERY_BRANCH, EVERY_TAG][::order])
    assert effective_branch("main", found) == MAIN
    assert effective_tag("v1.0.0", "v*", found) == 40


def test_two_rulesets_of_which_each_holds_a_part_hold_both() -> None:
    review = ProtectedRef("main", "branch", 0, 30, True)
    only_bot = ProtectedRef("*", "branch", 40, 40)
    assert effective_branch("main", together([review, only_bot])) == MAIN
    assert together([review, only_bot]) == [MAIN]


def test_nobody_is_stricter_than_the_bot_and_a_narrower_ruleset_opens_nothing() -> None:
    nobody, some = ProtectedRef("*", "tag", 0), ProtectedRef("v1*", "tag", 30)
    assert effective_tag("v1.0.0", "v*", together([TAGS, nobody])) == 0
    assert effective_tag("v1.0.0", "v*", together([TAGS, some])) == 40


def test_a_wide_ruleset_that_holds_little_stays_little_by_itself() -> None:
    assert together([EVERY_BRANCH, TAGS]) == [EVERY_BRANCH, TAGS]
    rule = effective_branch("main", together([EVERY_BRANCH]))
    assert rule is not None
    assert rule.push_level == 30


# --- at the embedded forge


@pytest.fixture
def held(latihan: ForgeLatihan) -> tuple[GitHubForge, Project]:
    """A repository with kawal's two rulesets."""
    org = f"aturan-{next(_numbers)}"
    token = latihan.user("kawal-bot")[1]
    GitLabForge(latihan.url, token, timeout=20).create_group(org, org)
    latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": org, "paket": "team"})
    forge = GitHubForge(latihan.url, token, timeout=20)
    owner = forge.group_id(org)
    assert owner is not None
    app = forge.create_project(owner, "app", "App", f"kawal:uji/aturan-{org}", {"visibility": "private"})
    forge.commit_files(app.id, "main", "Kerangka", [FileWanted("README.md", b"#")])
    for ref in (MAIN, TAGS):
        forge.protect(app.id, ref)
    return forge, app


def add(forge: GitHubForge, project: Project, **body: Any) -> None:
    wanted = {"name": "lain", "target": "branch", "enforcement": "active", "bypass_actors": [], **body}
    forge._http.post(f"/repositories/{project.id}/rulesets", wanted)


def test_a_ruleset_about_pushed_files_does_not_stop_the_reading(held: tuple[GitHubForge, Project]) -> None:
    forge, project = held
    rule = {"type": "max_file_size", "parameters": {"max_file_size": 100}}
    add(forge, project, target="push", conditions=None, rules=[rule])
    assert forge.protections(project.id) == [MAIN, TAGS]


def test_an_office_wide_ruleset_beside_kawals_own_opens_nothing(
    held: tuple[GitHubForge, Project], latihan: ForgeLatihan
) -> None:
    forge, project = held
    rules = [{"type": "deletion"}, {"type": "non_fast_forward"}]
    for target, named in (("branch", "~ALL"), ("branch", "~DEFAULT_BRANCH"), ("tag", "~ALL")):
        ref = {"include": [named], "exclude": []}
        add(forge, project, name=target + named, target=target, conditions={"ref_name": ref}, rules=rules)
    _, ani = latihan.user("ani")
    join(forge, latihan, project, "ani")
    start = forge.branch(project.id, "main")
    assert start is not None

    assert forge.protections(project.id) == [MAIN, TAGS]
    body, refs_of = {"ref": "refs/tags/v1.0.0", "sha": start.sha}, f"/repositories/{project.id}/git/refs"
    with pytest.raises(AssertionError, match="422"):
        github(latihan, "POST", refs_of, body, token=ani)


def test_a_tag_rule_that_only_forbids_deleting_does_not_make_a_tag_protected(
    held: tuple[GitHubForge, Project],
) -> None:
    forge, project = held
    ref = {"include": ["~ALL"], "exclude": []}
    add(forge, project, target="tag", conditions={"ref_name": ref}, rules=[{"type": "deletion"}])
    start = forge.branch(project.id, "main")
    assert start is not None
    for name in ("v1.0.0", "lain"):
        forge.create_tag(project.id, name, start.sha, "Tag")
    released, other = forge.tag(project.id, "v1.0.0"), forge.tag(project.id, "lain")
    assert released is not None
    assert other is not None
    assert (released.protected, other.protected) == (True, False)


def test_who_may_not_change_a_ruleset_does_not_see_who_passes_it_and_takes_it_for_open(
    held: tuple[GitHubForge, Project], latihan: ForgeLatihan
) -> None:
    forge, project = held
    _, ani = latihan.user("ani")
    join(forge, latihan, project, "ani")
    as_ani = GitHubForge(latihan.url, ani, timeout=20)
    assert as_ani.protections(project.id) == [
        ProtectedRef("main", "branch", 30, 30), ProtectedRef("v*", "tag", 30)
    ]  # fmt: skip


def test_a_ruleset_that_leaves_its_branch_out_is_written_anew(held: tuple[GitHubForge, Project]) -> None:
    forge, project = held
    path = f"/repositories/{project.id}/rulesets"
    (ruleset,) = [one for one in forge._http.all(path) if one["target"] == "branch"]
    spoiled = {"ref_name": {"include": ["refs/heads/main"], "exclude": ["refs/heads/main"]}}
    forge._http.put(f"{path}/{ruleset['id']}", {"conditions": spoiled})
    assert forge.protections(project.id) == [TAGS]

    forge.protect(project.id, MAIN)
    assert forge.protections(project.id) == [MAIN, TAGS]
