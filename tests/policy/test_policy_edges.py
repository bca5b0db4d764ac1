"""Small parts of the judge by themselves: what counts for nothing, and what is not shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kawal_world import APP, OFFICER, START, World, facts, policy_bytes, policy_value, trust_value

from kawal.errors import InputError
from kawal.ledger import records as r
from kawal.policy.case import sorted_records
from kawal.policy.emergency import Pending
from kawal.policy.judge import posture_sha256
from kawal.policy.model import parse_policy
from kawal.policy.people import with_aliases
from kawal.policy.screen import details
from kawal.policy.verdict import Verdict


def test_a_refusal_shows_no_line_that_it_has_nothing_for() -> None:
    assert details(Verdict("a", "b", False), {}) == []
    assert details(Verdict("a", "b", False, "PSE-001", "x", "", next="tunggu"), {}) == [
        "Ditemukan:  x",
        "Berikutnya: tunggu",
    ]


def test_an_account_of_nobody_stays_itself() -> None:
    assert with_aliases(trust_value("0" * 64), {999, OFFICER}) == {999, OFFICER}


def test_a_break_glass_that_is_owed_something_says_what_and_one_that_is_not_points_to_the_list() -> None:
    owed = Pending(APP, "id", "v1.0.0", "4" * 40, START, "banjir\nrinci", True, ("persandian",))
    assert owed.line == (
        "BREAK-GLASS v1.0.0 (2026-11-20 02.00 UTC): banjir; pengesahan susulan belum ada: persandian"
    )
    assert "persandian" in owed.next
    settled = replace(owed, missing=())
    assert settled.line == "BREAK-GLASS v1.0.0 (2026-11-20 02.00 UTC): banjir"
    assert settled.next == f"kawal rilis daftar {APP}"


def test_a_verdict_has_one_digest_that_follows_its_words() -> None:
    one = Verdict("a", "b", True, found="x")
    assert one.sha256() == Verdict("a", "b", True, found="x").sha256()
    assert one.sha256() != Verdict("a", "b", True, found="y").sha256()


def test_the_posture_has_one_digest_that_follows_its_settings() -> None:
    seen = facts(START)
    assert posture_sha256(seen) == posture_sha256(facts(START))
    assert posture_sha256(seen) != posture_sha256(facts(START, posture=(("a", "b"),)))


def test_records_of_another_application_count_for_nothing(world: World) -> None:
    world.begin()
    trust = world.ledger.trust()
    assert trust is not None
    assert sorted_records(world.ledger.entries(), "lain", trust) == ()
    assert len(sorted_records(world.ledger.entries(), APP, trust)) == 3


def test_a_withdrawal_takes_back_a_record_that_is_there_and_no_withdrawal(world: World) -> None:
    world.begin()
    entry = world.sign("pse")
    first = world.withdraw(entry, None, None, "root1", "root2")
    world.withdraw(first, None, None, "root1", "root2")
    world.add(
        r.Withdraw(
            app_id=APP, issued_at=START, record_sha256="0" * 64, role=None, person_id=None, reason="x"
        ),
        "root1",
        "root2",
    )
    trust = world.ledger.trust()
    assert trust is not None
    gone = [one.sha256 for one in sorted_records(world.ledger.entries(), APP, trust) if one.withdrawn]
    assert gone == [entry.payload_sha256]


def test_going_back_is_a_way_of_its_own_and_no_condition() -> None:
    value: dict[str, Any] = policy_value()
    value["authorities"]["contoh"]["signoffs"][0]["kind"] = "rollback"
    with pytest.raises(InputError, match="rollback: bukan syarat rilis"):
        parse_policy(policy_bytes(value))
