"""Whose approval a release rests on, and which records count: each rule asked by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kawal_world import (
    APP,
    FORGE,
    PROFILE,
    policy_bytes,
)
from kebijakan_ask import OTHER
from kebijakan_desk import Desk

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.policy import parse_policy
from kawal.policy.case import Case, sorted_records
from kawal.policy.process import (
    Footing,
    footing,
    governing_request,
    may_approve,
    revisions,
)
from kawal.policy.verdict import Verdict

NEWER, NEWEST = "e" * 64, "f" * 64


# --- the approval ------------------------------------------------------------------------------------------------------


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
    assert unknown.type == r.Approval.TYPE
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
    by_another_role = move(Desk(), NEWER, NEWEST, role="subkoor_pa", person_id="p-pa").predicate
    assert isinstance(by_another_role, r.Move)
    desk.add(by_another_role, "pa")
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


# --- records -----------------------------------------------------------------------------------------------------------


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
