"""Effective levels over overlapping rules, and the sentences about every setting that drifted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import pytest

from kawal.forges.port import RemoteMember
from kawal.model import ProtectedRef
from kawal.posture import WANTED_SETTINGS, PostureSeen, effective_branch, effective_tag, posture

COMMIT = "c" * 40
PATH = f"gitlab/kawal.yml@pa/pipeline-templates:{COMMIT}"


@dataclass(frozen=True)
class Wanted:
    ci_config_path: str = PATH
    template_project_id: int = 3
    template_commit: str = COMMIT
    runner_ids: tuple[int, ...] = (2,)
    bot_user_id: int = 2
    default_branch: str = "main"
    release_tag: str = "v*"
    protections: str = "ditegakkan"

    def for_project(self, config: object) -> Wanted:
        """One template is pinned: whatever the project runs, the wish stays."""
        return self


GOOD = PostureSeen(
    settings={**dict(WANTED_SETTINGS), "ci_config_path": PATH},
    default_branch="main",
    protections=(ProtectedRef("main", "branch", 0, 40), ProtectedRef("v*", "tag", 40)),
    members=(RemoteMember(2, "bot", 50), RemoteMember(5, "ani", 30)),
    job_token_limited=True,
    runner_ids=(1, 2),
    template_commit_exists=True,
    template_ref_shadowed=False,
    template_ref_protected=True,
    template_ref_commit=COMMIT,
)


def drift(seen: PostureSeen) -> tuple[str, ...]:
    return posture(seen, Wanted(), "v1.0.0")[1]


def test_a_project_as_wanted_has_no_drift() -> None:
    assert drift(GOOD) == ()


@pytest.mark.parametrize(("name", "need"), WANTED_SETTINGS)
def test_each_setting_that_differs_or_is_not_told_is_a_drift(name: str, need: str | bool) -> None:
    other = (not need) if isinstance(need, bool) else "maintainer"

    assert len(drift(replace(GOOD, settings={**GOOD.settings, name: other}))) == 1
    unknown = {key: value for key, value in GOOD.settings.items() if key != name}
    assert "tidak diketahui" in drift(replace(GOOD, settings=unknown))[0]


@pytest.mark.parametrize(
    "changed",
    [
        replace(GOOD, settings={**GOOD.settings, "ci_config_path": ".gitlab-ci.yml"}),
        replace(GOOD, members=(*GOOD.members, RemoteMember(6, "tamu", 40))),
        replace(GOOD, members=(*GOOD.members, RemoteMember(6, "tamu", 37))),
        replace(GOOD, members=(*GOOD.members, RemoteMember(6, "tamu", 60))),
        replace(GOOD, job_token_limited=None),
        replace(GOOD, runner_ids=(1,)),
        replace(GOOD, default_branch="master"),
        replace(GOOD, template_ref_commit="d" * 40),
        replace(GOOD, template_commit_exists=False),
        replace(GOOD, template_ref_shadowed=True),
        replace(GOOD, template_ref_protected=False),
    ],
)
def test_each_other_way_round_is_one_drift(changed: PostureSeen) -> None:
    assert len(drift(changed)) == 1


LEVELS = (0, 1, 30, 40, 60)


@pytest.mark.parametrize(
    ("own", "beside", "pattern"), list(product(LEVELS, LEVELS, ("*", "ma*", "main*", "lain*")))
)
def test_a_wildcard_beside_nobody_may_push_opens_the_branch(own: int, beside: int, pattern: str) -> None:
    rules = (ProtectedRef("main", "branch", own, 40), ProtectedRef(pattern, "branch", beside, 40))
    levels = {own} | (set() if pattern == "lain*" else {beside})

    closed = levels == {0}
    assert (not drift(replace(GOOD, protections=(*rules, ProtectedRef("v*", "tag", 40))))) == closed


@pytest.mark.parametrize(
    ("own", "beside", "pattern"), list(product(LEVELS, LEVELS, ("*", "v1*", "v1.0.0", "rc-*")))
)
def test_only_tags_that_nobody_below_maintainer_may_create_count(own: int, beside: int, pattern: str) -> None:
    rules = (ProtectedRef("v*", "tag", own), ProtectedRef(pattern, "tag", beside))
    levels = {own} | (set() if pattern == "rc-*" else {beside})
    allowed = levels - {0}

    good = bool(allowed) and min(allowed) in (40, 60)
    assert (not drift(replace(GOOD, protections=(*rules, ProtectedRef("main", "branch", 0, 40))))) == good


def test_unprotected_refs_have_no_level() -> None:
    assert effective_branch("main", ()) is None
    assert effective_tag("v1.0.0", "v*", (ProtectedRef("w*", "tag", 40),)) is None


def test_a_star_matches_slashes_too() -> None:
    rule = effective_branch("rilis/1.0", (ProtectedRef("rilis*", "branch", 0, 40),))
    assert rule is not None
