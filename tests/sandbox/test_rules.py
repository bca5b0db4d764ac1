"""The rule engine of protected refs, as pure answers over all levels."""

import itertools

import pytest

from kawal_sandbox.rules import Actor, Rule, Update, grants, matching, may_merge, may_push, refusal

LEVELS = (10, 15, 20, 30, 40, 50)


@pytest.mark.parametrize(
    ("pattern", "name", "hit"),
    [
        ("main", "main", True),
        ("main", "main2", False),
        ("release/*", "release/1/a", True),
        ("*", "x/y", True),
        ("v*", "rv1", False),
        ("a.b", "axb", False),
        ("*-stable", "1-stable", True),
    ],
)
def test_wildcards_match_like_gitlab(pattern: str, name: str, hit: bool) -> None:
    assert bool(matching([Rule(pattern)], name)) is hit


@pytest.mark.parametrize(
    ("needed", "level", "admin"), list(itertools.product((0, 30, 40, 60), LEVELS, (False, True)))
)
def test_a_level_admits_exactly_those_at_or_above_it(needed: int, level: int, admin: bool) -> None:
    expected = needed != 0 and (admin or (needed != 60 and level >= needed))
    assert grants(needed, Actor(level, admin)) is expected


def test_an_overlapping_rule_gives_more_not_less() -> None:
    rules = [Rule("main", push=0, merge=40), Rule("m*", push=30, merge=30)]
    assert may_push(rules, "main", Actor(30))
    assert not may_push(rules[:1], "main", Actor(50, admin=True))


def test_who_may_push_may_merge() -> None:
    assert may_merge([Rule("main", push=30, merge=0)], "main", Actor(30))
    assert not may_merge([Rule("main", push=0, merge=0)], "main", Actor(50))


def test_the_first_branch_of_an_empty_project_needs_a_maintainer() -> None:
    first = Update("refs/heads/main", None, "a" * 40)
    assert refusal(first, [], [], Actor(30), default_branch="main", empty=True)
    assert refusal(first, [], [], Actor(40), default_branch="main", empty=True) is None


def test_nobody_deletes_the_default_branch() -> None:
    gone = Update("refs/heads/main", "a" * 40, None)
    assert refusal(gone, [], [], Actor(50, admin=True), default_branch="main", empty=False, web=True)


@pytest.mark.parametrize(
    ("level", "web", "allowed"), [(30, True, False), (40, True, True), (40, False, False)]
)
def test_protected_branches_are_deleted_by_maintainers_through_the_api_only(
    level: int, web: bool, allowed: bool
) -> None:
    gone = Update("refs/heads/release/1", "a" * 40, None)
    answer = refusal(
        gone, [Rule("release/*", push=40)], [], Actor(level), default_branch="main", empty=False, web=web
    )
    assert (answer is None) is allowed
