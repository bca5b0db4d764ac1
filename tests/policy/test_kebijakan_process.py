"""Whose approval a release rests on, who touched and reviewed it, and since when: each rule asked by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kawal_world import (
    APP,
    BOT,
    COMMIT,
    DEV,
    FIRST,
    FORGE,
    HEAD,
    OFFICER,
    PROFILE,
    REVIEWER,
    START,
    WORK,
    facts,
    job,
    policy_bytes,
)
from kebijakan_desk import SECOND, Desk

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.model import Actor, ApprovalFact, CommitFact, MergeFact
from kawal.policy import parse_policy
from kawal.policy.case import Case, forge_ids, sorted_records
from kawal.policy.history import ToRead, last_released, to_read
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
    Footing,
    footing,
    governing_request,
    judge_identities,
    judge_review,
    may_approve,
    revisions,
)
from kawal.policy.verdict import Verdict

OTHER = "6" * 40
NEWER, NEWEST = "e" * 64, "f" * 64

# --- the approval -------------------------------------------------------------------------------------------------------


def governed_by(desk: Desk) -> r.Request | None:
    policy = parse_policy(policy_bytes(desk.world.policy))
    return governing_request(policy, sorted_records(desk.entries, APP, desk.trust))


def with_another_profile(desk: Desk) -> Desk:
    """Its steps let other roles approve."""
    authority = dict(desk.contoh)
    authority["steps"] = [{**one, "who": ["staf_pa"]} for one in desk.contoh["steps"]]
    desk.world.policy["authorities"]["lain"] = authority
    return desk


def test_the_approved_request_rules_though_a_newer_one_was_made() -> None:
    desk = Desk()
    assert governed_by(desk) is None
    first = desk.request()
    assert governed_by(desk) == first.predicate
    desk.approve()
    second = desk.request(name="lebih baru")
    assert governed_by(desk) == first.predicate
    desk.approve(decision="reject")
    assert governed_by(desk) == first.predicate
    desk.approve()
    assert governed_by(desk) == second.predicate


def test_without_an_approval_that_counts_the_newest_request_rules() -> None:
    desk = Desk()
    desk.request()
    unknown = desk.approve(request_sha256="0" * 64)
    assert unknown.predicate.record_id
    second = desk.request(name="lebih baru")
    assert governed_by(desk) == second.predicate


@pytest.mark.parametrize("how", ["withdrawn", "by a role of another profile", "of an unknown profile"])
def test_an_approval_that_does_not_count_changes_no_rule(how: str) -> None:
    desk = with_another_profile(Desk())
    first = desk.request()
    if how == "withdrawn":
        desk.withdraw(desk.approve())
    elif how == "by a role of another profile":
        desk.approve("pa", "pa2", signer_role="staf_pa", person_id=None)
    else:
        first = desk.request(profile_id="tak-dikenal")
        desk.approve()
    second = desk.request(profile_id="lain")
    assert governed_by(desk) == second.predicate
    assert first.predicate != second.predicate


def footed(desk: Desk, **seen: Any) -> tuple[Footing, Verdict]:
    return footing(desk.case(**seen))


def test_the_newest_approval_its_request_and_the_project_carry_a_release() -> None:
    desk = Desk()
    desk.request()
    desk.approve()
    request = desk.request(name="lebih baru")
    approval = desk.approve()
    desk.provision(first_commit=OTHER)
    project = desk.provision()
    other = r.ForgeProject(kind="gitlab", url=FORGE, project_id=42, path="dagang/lain")
    desk.provision(forge=other)
    base, said = footed(desk)
    assert (base.approval, base.request, base.provision) == (
        approval.predicate,
        request.predicate,
        project.predicate,
    )
    inputs = tuple(one.payload_sha256 for one in (approval, request, project))
    assert base.inputs == said.inputs == inputs
    assert said == Verdict(
        "rekomendasi",
        "rekomendasi",
        True,
        found="050/1/K, 2026-11-19",
        needed="surat yang menyetujui",
        inputs=inputs,
    )


def test_an_approval_of_a_request_that_is_not_there_or_was_taken_back_carries_nothing() -> None:
    desk = Desk()
    request = desk.request()
    desk.approve()
    desk.withdraw(request)
    desk.provision()
    base, said = footed(desk)
    assert (base.approval, base.request, base.provision is None) == (None, None, False)
    assert (said.code, base.inputs) == ("REKOM-013", (desk.entries[-1].payload_sha256,))


def test_a_refusal_meets_the_request_that_it_names() -> None:
    desk = Desk().begin()
    first = desk.world.request
    desk.request(name="lebih baru")
    desk.approve(decision="reject")
    assert footed(desk)[1].satisfied
    desk.world.request = first
    desk.approve(decision="reject")
    assert footed(desk)[1].code == "REKOM-012"
    desk.approve()
    assert footed(desk)[1].satisfied


def test_a_letter_names_its_request_by_digest_whichever_came_first() -> None:
    desk = Desk().begin()
    request, letter, project = desk.entries
    desk.entries = [replace(letter, seq=1), replace(request, seq=2), project]
    assert footed(desk)[1].satisfied


def test_a_refusal_by_a_role_that_may_not_approve_refuses_nothing() -> None:
    desk = Desk().begin()
    desk.approve("pa", "pa2", decision="reject", signer_role="staf_pa", person_id=None)
    assert footed(desk)[1].satisfied


@pytest.mark.parametrize(
    ("step", "role", "may"),
    [
        ("2", "subkoor_tata_kelola", True),
        ("2", "subkoor_pa", False),
        ("8", "subkoor_tata_kelola", False),
        ("8", "subkoor_pa", True),
        ("10", "subkoor_pa", False),
        ("11", "subkoor_pa", False),
    ],
)
def test_the_step_names_who_approves(step: str, role: str, may: bool) -> None:
    desk = Desk()
    desk.request()
    rules = parse_policy(policy_bytes(desk.world.policy)).authorities["contoh"]
    assert may_approve(rules, desk.world.make_approval(step=step, signer_role=role)) == may


def move(desk: Desk, before: str, after: str, **changes: Any) -> Entry:
    value: dict[str, Any] = {
        "app_id": APP,
        "issued_at": desk.now,
        "from_sha256": before,
        "to_sha256": after,
        "changes": ("~ langkah 8",),
        "reason": "SOP direvisi.",
        "role": "subkoor_tata_kelola",
        "person_id": "p-tata",
    }
    return desk.add(r.Move(**{**value, **changes}), "tata")


def test_moves_are_followed_one_after_the_other() -> None:
    desk = Desk().begin()
    move(desk, NEWER, NEWEST)  # from where it never was
    move(desk, PROFILE, NEWER)
    desk.add(move(Desk(), NEWER, NEWEST, role="subkoor_pa", person_id="p-pa").predicate, "pa")
    approval, case = desk.world.approval, desk.case()
    request = desk.world.request.predicate
    assert isinstance(request, r.Request)
    assert revisions(case, request, approval) == (PROFILE, NEWER)
    assert revisions(case, request, None) == (PROFILE,)
    move(desk, NEWER, NEWEST)
    assert revisions(desk.case(), request, approval) == (PROFILE, NEWER, NEWEST)
    said = footed(desk)[1]
    assert (said.code, said.found, said.needed) == ("PROFIL-033", NEWEST[:12], PROFILE[:12])
    assert said.next == "kawal profil pindah e-retribusi --alasan TEKS"


def test_each_flaw_of_the_footing_has_its_command() -> None:
    letter = "kawal setujui e-retribusi --surat FILE --nomor NOMOR --tanggal TANGGAL"
    desk = Desk()
    desk.request()
    desk.provision()
    assert _told(desk) == ("REKOM-001", "tidak ada surat", "surat yang menyetujui", letter)
    desk.approve("pa", "pa2", signer_role="staf_pa", person_id=None)
    seen = "persetujuan bukan oleh peran langkahnya, atau atas permohonan lain"
    assert _told(desk) == ("REKOM-013", seen, "peran menurut langkah SOP", letter)
    desk.approve()
    assert footed(desk)[1].satisfied
    desk.approve(decision="reject")
    assert _told(desk) == ("REKOM-012", "penolakan", "persetujuan", letter)
    desk.approve()
    seen = "proyek dagang/e-retribusi (id 42) bukan yang disiapkan kawal"
    needed = "proyek dari catatan penyiapan"
    assert _told(desk, project_id=42) == ("SUBJEK-001", seen, needed, "kawal siapkan e-retribusi")


def _told(desk: Desk, **seen: Any) -> tuple[str | None, str, str, str | None]:
    said = footed(desk, **seen)[1]
    assert (said.rule, said.satisfied, said.inputs) == ("rekomendasi", False, ())
    return said.code, said.found, said.needed, said.next


# --- who touched it -----------------------------------------------------------------------------------------------------


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
    assert authors_of_merge(case, merged(commits=(COMMIT,), author_user_id=DEV)) == {99, OFFICER, DEV}
    assert forge_ids(desk.trust, ("p-pa", "p-tak-ada", "p-dev")) == {OFFICER, 99, DEV}


def test_the_authors_of_a_merge_request_are_those_of_its_commits() -> None:
    case = Desk().case(commits_since=(by(COMMIT, 21), by(HEAD, 22, None, 23), by(WORK, 24)))
    assert authors_of_merge(case, merged(commits=(HEAD, WORK), author_user_id=25)) == {22, 23, 24, 25}


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


# --- the review ---------------------------------------------------------------------------------------------------------


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
        "setiap alamat surel commit terdaftar pada akun forge penulisnya",
        ("tim_pengembang",),
        "daftarkan alamat surel commit itu pada akun forge, lalu ulangi",
    )


# --- since when ---------------------------------------------------------------------------------------------------------


def opened(desk: Desk, **changes: Any) -> Entry:
    return desk.add(desk.world.make_permit(**changes), "permit")


def asked(desk: Desk, tag: str = "v1.0.0", commit: str = COMMIT, environment: str = "production") -> ToRead:
    policy = parse_policy(policy_bytes(desk.world.policy))
    return to_read(policy, desk.entries, desk.trust, APP, environment, tag=tag, commit=commit)


def test_changes_count_since_the_newest_opening_of_another_commit_there() -> None:
    desk = Desk().begin()
    assert asked(desk) == ToRead(None, ())
    opened(desk, commit=HEAD)
    opened(desk, commit=WORK)
    opened(desk, commit=FIRST, environment="staging")
    opened(desk, commit=FIRST, app_id="lain")
    opened(desk)
    assert asked(desk).since == WORK
    assert asked(desk, environment="staging").since == FIRST
    assert asked(desk, commit=WORK).since == COMMIT


@pytest.mark.parametrize(
    ("app_id", "gone", "before", "since"),
    [
        (APP, None, None, WORK),
        (APP, None, 5, HEAD),
        (APP, None, 4, None),
        (APP, 5, None, HEAD),
        ("lain", None, None, FIRST),
    ],
)
def test_the_last_release_is_the_newest_opening_that_stands(
    app_id: str, gone: int | None, before: int | None, since: str | None
) -> None:
    desk = Desk().begin()
    for commit, app in ((HEAD, APP), (WORK, APP), (FIRST, "lain")):
        opened(desk, commit=commit, app_id=app)
    digests = frozenset(one.payload_sha256 for one in desk.entries if one.seq == gone)
    found = last_released(
        list(reversed(desk.entries)),
        app_id,
        "production",
        other_than=COMMIT,
        gone=digests,
        before=before,
    )
    assert found == since


def test_a_permit_that_the_root_took_back_ends_no_history() -> None:
    desk = Desk().begin()
    opened(desk, commit=HEAD)
    desk.withdraw(opened(desk, commit=WORK))
    assert asked(desk).since == HEAD


def going_back(desk: Desk, **changes: Any) -> Entry:
    value = {
        "about": {"release": "v1.0.0-kembali.1"},
        "base_release": "v1.0.0",
        "role": "subkoor_pa",
        "person_id": "p-pa",
    }
    return desk.sign("rollback", "pa", **{**value, **changes})


def test_for_a_way_back_history_ends_before_the_first_opening() -> None:
    desk = Desk().begin()
    opened(desk, commit=HEAD, release="v0.9.0")
    opened(desk)
    opened(desk, commit=WORK, release="v1.1.0")
    opened(desk)
    tag = "v1.0.0-kembali.1"
    assert asked(desk, tag).since == WORK
    going_back(desk)
    assert asked(desk, tag).since == HEAD
    assert asked(desk).since == WORK


def test_a_way_back_to_what_was_never_open_there_has_the_history_of_a_release() -> None:
    desk = Desk().begin()
    opened(desk, commit=WORK)
    opened(desk, environment="staging")
    going_back(desk)
    assert asked(desk, "v1.0.0-kembali.1").since == WORK


def test_without_a_request_or_with_an_unknown_profile_there_is_no_way_back() -> None:
    desk = Desk()
    opened(desk, commit=WORK)
    assert asked(desk).since == WORK
    desk.request(profile_id="tak-dikenal")
    assert asked(desk).since == WORK


BASE = {"release": "v0.9.0", "commit": OTHER, "tree": "7" * 40, "artifact_sha256": "b" * 64}


def test_what_a_re_examination_names_is_compared() -> None:
    desk = Desk().begin()
    desk.sign("persandian", about=BASE)
    desk.sign("persandian", about={**BASE, "commit": FIRST})
    desk.sign("persandian", about=BASE)
    desk.sign("persandian", about={**BASE, "release": "v0.8.0", "commit": WORK})
    desk.sign("uat", about={**BASE, "commit": HEAD})
    assert asked(desk).compare == ()
    desk.sign("persandian-perbaikan")
    assert asked(desk).compare == (OTHER, FIRST)
    assert asked(desk, tag="v1.0.1").compare == ()
    assert asked(desk, commit=WORK).compare == ()


def test_at_most_five_are_compared() -> None:
    desk = Desk().begin()
    for digit in "6789abc":
        desk.sign("persandian", about={**BASE, "commit": digit * 40})
    desk.sign("persandian-perbaikan")
    assert asked(desk).compare == tuple(digit * 40 for digit in "6789a")


# --- records ------------------------------------------------------------------------------------------------------------


def test_records_stand_in_the_order_of_the_ledger() -> None:
    desk = Desk().begin()
    records = sorted_records(list(reversed(desk.entries)), APP, desk.trust)
    assert [one.seq for one in records] == [1, 2, 3]
    case: Case = desk.case()
    assert [type(one) for _, one in case.with_withdrawn(r.Approval)] == [r.Approval]
    assert case.of(r.Signoff) == []


def test_a_role_takes_back_its_own_record_and_no_other() -> None:
    desk = Desk().begin()
    uat, sandi = desk.sign("uat"), desk.sign("persandian")

    def taken(entry: Entry, role: str, person: str, signer: str) -> None:
        desk.add(
            r.Withdraw(
                app_id=APP,
                issued_at=desk.now,
                record_sha256=entry.payload_sha256,
                role=role,
                person_id=person,
                reason="keliru",
            ),
            signer,
        )

    taken(sandi, "pemohon", "p-pemohon", "pemohon")
    taken(desk.prove("beban"), "pemohon", "p-pemohon", "pemohon")  # made by no role
    assert len(desk.case().of(r.Evidence)) == 1
    assert [one.kind for _, one in desk.case().of(r.Signoff)] == ["uat", "persandian"]
    taken(uat, "pemohon", "p-pemohon", "pemohon")
    taken(desk.entries[1], "subkoor_tata_kelola", "p-tata", "tata")  # the letter, by who signed it
    case = desk.case()
    assert [one.kind for _, one in case.of(r.Signoff)] == ["persandian"]
    assert [one.withdrawn for one, _ in case.with_withdrawn(r.Signoff)] == [True, False]
    assert case.of(r.Approval) == []
