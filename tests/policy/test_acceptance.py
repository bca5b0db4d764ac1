"""Accepted risks: they count only while they stand, for exactly the findings they name, by an officer who had no part."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from kawal_world import APP, REVIEWER, World, facts, policy_bytes, trust_value

from kawal.errors import BlockedError
from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.policy import judge, parse_policy
from kawal.policy.judge import Judgement

ONE = ("a", "tinggi", 1)


def scanned(world: World, *items: tuple[str, str, int], codes: tuple[str, ...] = ()) -> World:
    world.ready(without=("keamanan_kode",))
    evidence, listed = world.make_failed_scan("keamanan_kode", *(items or (ONE,)), codes=codes)
    world.add(evidence, "evidence")
    world.add(listed, "evidence")
    return world


def accept(world: World, *items: tuple[str, str, int], signer: str = "sandi", **changes: Any) -> Entry:
    return world.add(world.make_acceptance("keamanan_kode", *(items or (ONE,)), **changes), signer)


def ask(world: World, **changes: Any) -> Judgement:
    trust = world.ledger.trust()
    assert trust is not None
    return judge(
        parse_policy(policy_bytes(world.policy)),
        world.policy_sha256,
        facts(world.now, **changes),
        world.entries_once(),
        trust,
        world.now,
        app_id=APP,
    )


def test_an_accepted_finding_opens_and_says_until_when_and_by_whom(world: World) -> None:
    scanned(world)
    assert ask(world).codes == ("AMAN-003",)
    entry = accept(world)
    answer = ask(world)
    assert answer.allowed
    shown = next(one for one in answer.verdict.leaves() if one.rule == "bukti:keamanan_kode")
    assert shown.found.startswith("1 temuan DIKECUALIKAN s.d. 2027-01-19: Hanya dipakai")
    assert shown.note == "dikecualikan oleh subkoor_persandian"
    assert entry.payload_sha256 in answer.verdict.used()


@pytest.mark.parametrize(
    ("found", "taken"),
    [
        ((("a", "tinggi", 1), ("b", "tinggi", 1)), (ONE,)),
        ((("a", "tinggi", 2),), (ONE,)),
        ((("a", "kritis", 1),), (ONE,)),
        ((ONE,), (("b", "tinggi", 1),)),
    ],
    ids=["a second finding", "the same once more", "rated worse since", "another finding"],
)
def test_what_was_not_accepted_stays_locked(world: World, found: Any, taken: Any) -> None:
    scanned(world, *found)
    accept(world, *taken)
    assert ask(world).codes == ("AMAN-003",)


def test_two_officers_do_not_accept_one_finding_twice(world: World) -> None:
    scanned(world, ("a", "tinggi", 2))
    accept(world)
    accept(world, signer="sandi2", person_id="p-sandi2")
    assert ask(world).codes == ("AMAN-003",)


def test_findings_below_the_limit_need_no_acceptance(world: World) -> None:
    scanned(world, ONE, ("c", "sedang", 5))
    accept(world)
    assert ask(world).allowed


def test_a_failed_scan_whose_findings_are_all_below_the_limit_opens_for_nobody(world: World) -> None:
    """The report says FAILED, its list says nothing is over the limit: only what an officer accepted may open."""
    scanned(world, ("c", "sedang", 1))
    assert ask(world).codes == ("AMAN-003",)


def test_it_ends_on_its_own_date_and_on_the_policys(world: World) -> None:
    scanned(world)
    entry = accept(world, expires_at=world.now + timedelta(days=20))
    world.now = entry.received_at + timedelta(days=19)
    assert ask(world).allowed
    world.now = entry.received_at + timedelta(days=20)
    assert ask(world).codes == ("AMAN-003",)
    world.policy["authorities"]["contoh"]["acceptance"]["days"] = 1
    world.now = entry.received_at + timedelta(hours=25)
    assert "AMAN-003" in ask(world).codes


def test_an_officer_of_another_role_does_not_count(world: World) -> None:
    scanned(world)
    accept(world, signer="pa", role="subkoor_pa", person_id="p-pa")
    assert ask(world).codes == ("AMAN-003",)


def test_a_role_that_the_signer_does_not_hold_is_no_record(world: World) -> None:
    scanned(world)
    with pytest.raises(BlockedError, match="IDENT-001"):
        accept(world, signer="dev", person_id="p-dev")
    with pytest.raises(BlockedError, match="IDENT-001"):
        world.add(world.make_acceptance("keamanan_kode", ONE), "evidence")


def test_withdrawn_is_over_at_once(world: World) -> None:
    scanned(world)
    entry = accept(world)
    world.withdraw(entry, "subkoor_persandian", "p-sandi", "sandi")
    assert ask(world).codes == ("AMAN-003",)


def test_who_reviewed_the_change_accepts_nothing_of_it(world: World) -> None:
    scanned(world)
    accept(world)
    trust = trust_value(world.policy_sha256, version=2)
    reviewer = next(one for one in trust.persons if one.person_id == "p-reviewer")
    persons = tuple(
        one._replace(forge_user_ids=(REVIEWER,))
        if one.person_id == "p-sandi"
        else one._replace(forge_user_ids=())
        if one is reviewer
        else one
        for one in trust.persons
    )
    world.trust(version=2, persons=persons)
    assert "AMAN-003" in ask(world).codes


def test_a_scan_that_could_not_read_a_file_is_not_made_good_by_acceptance(world: World) -> None:
    scanned(world, codes=("AMAN-104",))
    accept(world)
    assert ask(world).codes == ("AMAN-003",)


def test_without_a_rule_of_the_dinas_nobody_accepts_anything(world: World) -> None:
    world.policy["authorities"]["contoh"]["acceptance"] = None
    scanned(world)
    accept(world)
    assert ask(world).codes == ("AMAN-003",)


def test_a_list_that_leaves_findings_out_is_not_believed(world: World) -> None:
    world.ready(without=("keamanan_kode",))
    evidence, _ = world.make_failed_scan("keamanan_kode", ONE, ("b", "kritis", 1))
    _, short = world.make_failed_scan("keamanan_kode", ONE)
    world.add(evidence, "evidence")
    world.add(
        r.Findings(**{**short.model_dump(exclude={"schema_"}), "evidence_id": evidence.record_id}), "evidence"
    )
    accept(world)
    assert ask(world).codes == ("AMAN-003",)
