"""Who touched a release and who reviewed it: each rule asked by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kawal_world import (
    BOT,
    COMMIT,
    DEV,
    FIRST,
    HEAD,
    OFFICER,
    REVIEWER,
    START,
    WORK,
    facts,
    job,
)
from kebijakan_ask import OTHER
from kebijakan_desk import SECOND, Desk

from kawal.model import Actor, ApprovalFact, CommitFact, MergeFact
from kawal.policy.case import forge_ids
from kawal.policy.people import (
    Involved,
    actors_of,
    approved_by_outsider,
    authors_of_merge,
    conflict,
    involved,
    with_aliases,
)
from kawal.policy.process import (
    footing,
    judge_identities,
    judge_review,
)
from kawal.policy.verdict import Verdict

NEWER, NEWEST = "e" * 64, "f" * 64


# --- who touched it ----------------------------------------------------------------------------------------------------


def by(sha: str, *users: int | None, parents: tuple[str, ...] = ()) -> CommitFact:
    actors = tuple(Actor("author", user, f"{user or number}".zfill(64)) for number, user in enumerate(users))
    return CommitFact(sha, parents, actors)


def merged(**changes: Any) -> MergeFact:
    return replace(facts(START).merges[0], **changes)


def test_everybody_who_touched_what_is_new_but_the_bot_is_involved() -> None:
    desk = Desk()
    approvals = (ApprovalFact(30, START), ApprovalFact(BOT, START), ApprovalFact(OFFICER, START))
    case = desk.case(
        commits_since=(by(COMMIT, 21, None, None), by(HEAD, 22, BOT), by(FIRST, 23)),
        extra_actors=(Actor("tagger", 24, "0" * 64), Actor("pusher", None, "9" * 64)),
        merges=(merged(author_user_id=25, approvals=approvals),),
        job=job(user_id=26),
    )
    assert involved(case, FIRST) == Involved(frozenset({21, 22, 24, 25, 26}), frozenset({30, OFFICER}), 3)
    assert involved(case, None).authors == {21, 22, 23, 24, 25, 26}
    assert [one.user_id for one in actors_of(case.facts, first_commit=FIRST)] == [
        *(21, None, None, 22, BOT),
        *(24, None),
    ]
    nobody = involved(replace(case, facts=replace(case.facts, job=None)), FIRST)
    assert 26 not in nobody.authors


def test_one_identity_without_account_counts_once() -> None:
    twice = (Actor("author", None, "9" * 64), Actor("committer", None, "9" * 64))
    case = Desk().case(extra_actors=twice)
    assert involved(case, FIRST).unknown == 1


def two_accounts(desk: Desk) -> Desk:
    persons = tuple(
        one._replace(forge_user_ids=(OFFICER, 99)) if one.person_id == "p-pa" else one
        for one in desk.trust.persons
    )
    desk.trust = desk.trust._replace(persons=persons)
    return desk


def test_the_accounts_of_one_person_stand_for_each_other() -> None:
    desk = two_accounts(Desk())
    assert with_aliases(desk.trust, {99, 7}) == {7, 99, OFFICER}
    assert with_aliases(desk.trust, set()) == frozenset()
    case = desk.case(
        commits_since=(by(COMMIT, 99),),
        merges=(merged(author_user_id=DEV, approvals=(ApprovalFact(OFFICER, START),)),),
    )
    assert involved(case, None) == Involved(frozenset({99, OFFICER, DEV}), frozenset({99, OFFICER}), 0)
    assert authors_of_merge(case, merged(commits=(COMMIT,), author_user_id=DEV)) == {99, OFFICER, DEV, BOT}
    assert authors_of_merge(case, merged(commits=(), author_user_id=DEV, pushers=(99,))) == {
        *(99, OFFICER, DEV, BOT)
    }
    assert forge_ids(desk.trust, ("p-pa", "p-tak-ada", "p-dev")) == {OFFICER, 99, DEV}


def test_the_authors_of_a_merge_request_are_those_of_its_commits() -> None:
    case = Desk().case(commits_since=(by(COMMIT, 21), by(HEAD, 22, None, 23), by(WORK, 24)))
    assert authors_of_merge(case, merged(commits=(HEAD, WORK), author_user_id=25)) == {22, 23, 24, 25, BOT}


def test_who_pushed_the_head_is_no_outsider() -> None:
    desk = Desk().ready()
    start = facts(desk.now).merges[0]
    assert desk.judge(merges=(start,)).allowed
    assert desk.judge(merges=(replace(start, pushers=(DEV,)),)).allowed
    for approvals, pushers in (
        (start.approvals, (REVIEWER,)),
        ((replace(start.approvals[0], user_id=BOT),), ()),
    ):
        refused = desk.judge(merges=(replace(start, approvals=approvals, pushers=pushers),))
        assert refused.codes == ("TINJAU-001",)


@pytest.mark.parametrize(
    ("people", "code"),
    [
        (Involved(frozenset({OFFICER}), frozenset({OFFICER}), 0), "IDENT-003"),
        (Involved(frozenset({7}), frozenset({OFFICER}), 0), "IDENT-004"),
        (Involved(frozenset({7}), frozenset({8}), 3), None),
    ],
)
def test_who_wrote_or_reviewed_may_not_sign(people: Involved, code: str | None) -> None:
    what = {
        "IDENT-003": "penanda tangan juga penulis, pengirim atau pemicu rilis ini",
        "IDENT-004": "penanda tangan juga peninjau perubahan ini",
    }
    found = conflict(Desk().case(), people, ("p-sandi", "p-pa"))
    assert found == (None if code is None else (code, what[code]))


@pytest.mark.parametrize(
    ("user", "seconds", "pushed", "approved"),
    [
        (30, 0, True, True),
        (30, -1, True, False),
        (30, 1, True, True),
        (DEV, 1, True, False),
        (30, None, True, False),
        (30, 1, False, False),
    ],
)
def test_an_outsider_approves_what_was_pushed_before(
    user: int, seconds: int | None, pushed: bool, approved: bool
) -> None:
    at = None if seconds is None else START + seconds * SECOND
    assert approved_by_outsider([(DEV, START), (user, at)], {DEV}, START if pushed else None) == approved


# --- the review --------------------------------------------------------------------------------------------------------


def reviewed(desk: Desk, **seen: Any) -> Verdict:
    case = desk.case(**seen)
    return judge_review(case, footing(case)[0])


def test_commits_of_several_merge_requests_are_counted() -> None:
    desk = Desk().begin()
    base = facts(desk.now)
    second = merged(iid=2, merge_sha=OTHER, head_sha=OTHER, commits=(OTHER,))
    old = merged(iid=3, merge_sha="7" * 40, head_sha="7" * 40, commits=("7" * 40,))
    fast = by(OTHER, DEV, parents=(COMMIT,))
    said = reviewed(
        desk, commit=OTHER, commits_since=(fast, *base.commits_since), merges=(*base.merges, second, old)
    )
    assert (said.satisfied, said.found) == (True, "5 commit lewat 2 merge request")
    assert (said.needed, said.note) == ("orang di luar penulisnya", "disaksikan")
    assert said.basis == desk.case().rules.review.basis


def test_a_merge_request_counts_by_its_merge_commit_or_by_its_head() -> None:
    desk = Desk().begin()
    base = facts(desk.now)
    head_only = merged(merge_sha="7" * 40)
    assert reviewed(desk, commit=HEAD, commits_since=base.commits_since[1:], merges=(head_only,)).found == (
        "3 commit lewat 1 merge request"
    )


def test_the_first_commit_by_kawal_needs_no_review_and_no_other_goes_without() -> None:
    desk = Desk().begin()
    said = reviewed(desk, commits_since=(*facts(desk.now).commits_since, by(OTHER, DEV), by(NEWER[:40], DEV)))
    assert (said.code, said.found) == ("TINJAU-002", "2 commit, a.l. 66666666, tanpa merge request")
    case = desk.case()
    without = replace(footing(case)[0], provision=None)
    assert judge_review(case, without).found == "1 commit, a.l. 11111111, tanpa merge request"


def test_a_history_without_the_release_says_how_long_it_is() -> None:
    said = reviewed(Desk().begin(), commits_since=facts(START).commits_since[1:])
    assert (said.code, said.found, said.needed, said.next) == (
        "TINJAU-003",
        "3 commit, tanpa 44444444",
        "semua commit sejak rilis lalu",
        None,
    )


FLAWS: list[tuple[dict[str, Any], str]] = [
    ({"merged_by": DEV}, "!1 tidak digabung oleh bot kawal"),
    ({"head_sha": WORK}, "!1 menghasilkan commit yang bukan gabungan dari yang ditinjau"),
    ({"commits": (WORK,)}, "!1 daftar commitnya tidak memuat yang ditinjau"),
    ({"approvals": ()}, "!1 tanpa persetujuan orang lain atas commit 33333333"),
    ({"author_user_id": REVIEWER}, "!1 tanpa persetujuan orang lain atas commit 33333333"),
    ({"approvals": (ApprovalFact(DEV, START),)}, "!1 tanpa persetujuan orang lain atas commit 33333333"),
]


@pytest.mark.parametrize(("changes", "why"), FLAWS)
def test_each_flaw_of_a_merge_request_is_said_of_its_number(changes: dict[str, Any], why: str) -> None:
    desk = Desk().begin()
    if changes.get("head_sha") == WORK:
        head = {"head_sha": OTHER, "commits": (OTHER, HEAD, WORK)}
        changes = {**head}
    said = reviewed(desk, merges=(merged(**changes),))
    assert said == Verdict(
        "tinjauan",
        "Perubahan digabung tanpa tinjauan orang di luar penulisnya",
        False,
        "TINJAU-001",
        why,
        "tinjauan",
        ("peninjau",),
        "minta peninjau menyetujui commit 44444444, lalu kawal gabung e-retribusi",
        desk.case().rules.review.basis,
    )


def test_every_commit_of_a_flawed_merge_request_says_so() -> None:
    desk = Desk().begin()
    whole = facts(desk.now).commits_since
    for commits in (whole[1:], whole[2:]):
        said = reviewed(
            desk, commit=commits[0].sha, commits_since=commits, merges=(merged(approvals=(), iid=7),)
        )
        assert said.found == "!7 tanpa persetujuan orang lain atas commit 33333333"


def test_a_fast_forward_is_the_reviewed_head_itself() -> None:
    desk = Desk().begin()
    commits = facts(desk.now).commits_since[1:]
    seen = {"commit": HEAD, "commits_since": commits, "merges": (merged(merge_sha=HEAD),)}
    assert reviewed(desk, **seen).satisfied
    seen["merges"] = (merged(merge_sha=HEAD, head_sha=FIRST),)
    assert reviewed(desk, **seen).found.endswith("bukan gabungan dari yang ditinjau")


def test_a_merge_request_outside_of_the_history_is_judged_by_its_approval_alone() -> None:
    desk = Desk().begin()
    assert reviewed(desk, merges=(merged(merge_sha=OTHER), merged())).satisfied


def test_how_many_wrote_and_reviewed_is_told() -> None:
    people = Involved(frozenset({1, 2, 3}), frozenset({4, 5}), 0)
    assert judge_identities(people) == Verdict(
        "pemisahan",
        "pemisahan tugas",
        True,
        found="3 penulis, 2 peninjau; bukan penanda tangan",
        needed="orang yang berbeda",
    )
    assert judge_identities(replace(people, unknown=1)) == Verdict(
        "pemisahan",
        "Ada penulis kode yang tidak dikenal forge",
        False,
        "IDENT-006",
        "1 identitas git tanpa akun",
        "setiap alamat surel commit tampil di profil forge penulisnya",
        ("tim_pengembang",),
        "tampilkan surel itu sebagai surel publik di profil forge penulisnya, lalu ulangi; "
        "commit berikutnya boleh juga memakai alamat commit pribadi (users.noreply) dari profil itu",
    )
