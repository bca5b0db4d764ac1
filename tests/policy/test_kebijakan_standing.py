"""Keys that are replaced: what was said no to stays no; what was said yes to is asked for again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kawal_world import APP, KEYS, PROJECT, key
from kebijakan_ask import do
from kebijakan_desk import Desk
from test_kebijakan_flow import stepped
from test_kebijakan_pentest import pentest_of, printed, report

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.policy.case import sorted_records
from kawal.policy.standing import authority_of, shuts


def rekey(desk: Desk, *names: str) -> None:
    """The next trust version: these persons have a new key and no other."""
    persons = tuple(
        one._replace(keys=(key(f"{one.person_id}-baru").public,))
        if one.person_id.removeprefix("p-") in names
        else one
        for one in desk.trust.persons
    )
    desk.trust = desk.trust._replace(version=desk.trust.version + 1, persons=persons)


def rekey_root(desk: Desk) -> None:
    roots = (KEYS["root1"].public, key("root3").public)
    desk.trust = desk.trust._replace(version=desk.trust.version + 1, root_keys=roots)


def rekey_service(desk: Desk, name: str) -> None:
    keys = {**desk.trust.service_keys, name: key(f"{name}-baru").public}
    desk.trust = desk.trust._replace(version=desk.trust.version + 1, service_keys=keys)


def taken_back(desk: Desk, entry: Entry, name: str = "sandi2", role: str = "subkoor_persandian") -> Entry:
    made = r.Withdraw(
        app_id=APP,
        issued_at=desk.now,
        record_sha256=entry.payload_sha256,
        role=role,
        person_id=f"p-{name}",
        reason="keliru",
    )
    return desk.add(made, name)


def by_second(desk: Desk, **changes: Any) -> Entry:
    return desk.sign("persandian", "sandi2", person_id="p-sandi2", **changes)


def refusal(desk: Desk) -> Entry:
    return by_second(desk, decision="reject", reason="x")


def codes(desk: Desk) -> tuple[str, ...]:
    return desk.later(seconds=1).judge().codes


def examination(desk: Desk) -> Entry:
    return next(one for one in desk.entries if getattr(one.predicate, "kind", "") == "persandian")


# --- what shuts stays -------------------------------------------------------------------------------------------------


def test_a_refusal_outlives_the_key_that_signed_it() -> None:
    desk = Desk().ready()
    assert codes(desk) == ()
    refusal(desk)
    assert codes(desk) == ("SANDI-003",)
    rekey(desk, "sandi2")
    assert codes(desk) == ("SANDI-003",)


def test_a_withdrawal_outlives_the_key_that_signed_it() -> None:
    desk = Desk().ready()
    taken_back(desk, examination(desk))
    rekey(desk, "sandi2")
    assert codes(desk) == ("SANDI-004",)


def test_a_withdrawal_by_the_root_outlives_its_lost_key() -> None:
    desk = Desk().ready()
    desk.withdraw(examination(desk))
    rekey_root(desk)
    assert codes(desk) == ("SANDI-004",)


def test_a_person_who_left_the_trust_file_leaves_the_refusals_behind() -> None:
    desk = Desk().ready()
    refusal(desk)
    persons = tuple(one for one in desk.trust.persons if one.person_id != "p-sandi2")
    desk.trust = desk.trust._replace(version=2, persons=persons)
    assert codes(desk) == ("SANDI-003",)


def test_a_refusal_of_an_unaccepted_scenario_and_of_the_letter_stay() -> None:
    desk = Desk().ready()
    one = next(one for one in desk.entries if getattr(one.predicate, "kind", "") == "uat").predicate
    assert isinstance(one, r.Signoff)
    scenarios = tuple(item.model_copy(update={"accepted": False}) for item in one.uat or ())
    desk.sign("uat", "tata", "pa2", grade="surat", uat=scenarios)
    rekey(desk, "tata", "pa2")
    desk.approve("pa", signer_role="subkoor_pa", person_id="p-pa")  # of a role that approves nothing
    assert "UAT-003" in codes(desk)

    desk = Desk().ready()
    desk.approve("pa2", "sandi2", decision="reject", person_id=None)
    assert codes(desk)[0] == "REKOM-012"
    rekey(desk, "sandi2")
    assert codes(desk)[0] == "REKOM-012"


def test_a_failed_penetration_test_stays() -> None:
    desk = printed()
    report(desk)
    report(desk, result="tidak_memenuhi")
    rekey(desk, "pa")
    assert pentest_of(desk).code == "PENTEST-003"


def test_a_refusal_that_the_trust_file_never_stood_behind_refuses_nothing() -> None:
    desk = Desk().ready()
    desk.sign("persandian", "dev", decision="reject", reason="x")
    rekey(desk, "dev")
    assert codes(desk) == ()


# --- what opens needs a key of today ----------------------------------------------------------------------------------


def test_a_sign_off_goes_with_its_key() -> None:
    desk = Desk().ready()
    rekey(desk, "sandi")
    assert codes(desk) == ("SANDI-001",)


def test_to_take_a_refusal_back_opens_so_it_goes_with_its_key() -> None:
    desk = Desk().ready()
    no = refusal(desk)
    taken_back(desk, no)
    assert codes(desk) == ()
    rekey(desk, "sandi2")
    assert codes(desk) == ("SANDI-003",)


def test_the_root_and_the_role_take_back_what_a_lost_key_refused() -> None:
    desk = Desk().ready()
    no = refusal(desk)
    rekey(desk, "sandi2")
    desk.withdraw(no)
    assert codes(desk) == ()
    desk = Desk().ready()
    no = refusal(desk)
    rekey(desk, "sandi2")
    taken_back(desk, no, "sandi")
    assert codes(desk) == ()


def test_a_new_sign_off_follows_a_refusal_whose_key_is_gone() -> None:
    desk = Desk().ready()
    refusal(desk)
    rekey(desk, "sandi2")
    desk.sign("persandian")
    assert codes(desk) == ()


# --- steps: the policy says which answers are a no --------------------------------------------------------------------


def answered(desk: Desk, name: str, decision: str, step: str = "8") -> Entry:
    role = {"tata": "subkoor_tata_kelola", "pa2": "staf_pa"}[name]
    return do(desk, step, name, role=role, person_id=f"p-{name}", decision=decision)


def deciding() -> Desk:
    """Step 8 is anybody's, and asks for an answer."""
    desk = Desk().begin()
    desk.contoh["steps"][1] |= {"accept": ["sesuai", "ulang"], "who": []}
    return desk


def lacking(desk: Desk) -> list[str]:
    return [one.found for one in stepped(desk) if not one.satisfied]


def test_an_answer_that_is_not_accepted_stays_and_an_accepted_one_goes() -> None:
    desk = deciding()
    answered(desk, "pa2", "sesuai")
    answered(desk, "tata", "tidak_sesuai")
    assert lacking(desk) == ["keputusan tidak_sesuai"]
    rekey(desk, "pa2")
    assert lacking(desk) == ["keputusan tidak_sesuai"]
    desk = deciding()
    answered(desk, "pa2", "sesuai")
    rekey(desk, "pa2")
    assert lacking(desk) == ["tidak ada catatan"]


def test_a_refusing_answer_stays_when_its_key_goes() -> None:
    desk = deciding()
    answered(desk, "tata", "sesuai")
    answered(desk, "pa2", "tidak_sesuai")
    rekey(desk, "pa2")
    assert lacking(desk) == ["keputusan tidak_sesuai"]
    answered(desk, "tata", "sesuai")
    assert lacking(desk) == []


def test_a_way_back_stays_and_passes_nothing_by() -> None:
    desk = deciding()
    ulang = [{"step": "8", "decision": "ulang"}]
    plain = {"number": "7.", "who": ["subkoor_tata_kelola"], "basis": desk.contoh["steps"][0]["basis"]}
    desk.contoh["steps"] += [{**plain, "step": "7", "again": ulang}, {**plain, "step": "6", "unless": ulang}]
    answered(desk, "tata", "sesuai", step="7")
    answered(desk, "pa2", "ulang")
    back = "catatan sebelum alur kembali (langkah 8: ulang)"
    assert lacking(desk) == [back]
    rekey(desk, "pa2")
    assert lacking(desk) == ["catatan dengan kunci yang tidak berlaku lagi", back, "tidak ada catatan"]


def test_a_withdrawn_step_stays_withdrawn_and_a_refusing_one_comes_back() -> None:
    desk = deciding()
    desk.withdraw(answered(desk, "pa2", "sesuai"))
    rekey_root(desk)
    assert lacking(desk) == ["tidak ada catatan"]
    desk = deciding()
    answered(desk, "tata", "sesuai")
    desk.withdraw(answered(desk, "pa2", "tidak_sesuai"))
    assert lacking(desk) == []
    rekey_root(desk)
    assert lacking(desk) == ["keputusan tidak_sesuai"]


def test_a_step_recorded_without_the_answer_it_asks_for_is_not_recorded() -> None:
    desk = deciding()
    do(desk)
    assert lacking(desk) == ["tidak ada catatan"]
    answered(desk, "pa2", "tidak_sesuai")
    do(desk)
    assert lacking(desk) == ["keputusan tidak_sesuai"]
    desk.contoh["steps"][1]["accept"] = []
    assert lacking(desk) == []


# --- what the service recorded ----------------------------------------------------------------------------------------


def test_that_a_release_was_open_outlives_the_permit_key_and_its_withdrawal_the_roots() -> None:
    desk = Desk().begin()
    opening = desk.add(desk.world.make_permit(), "permit")
    rekey_service(desk, "permit")
    assert [one.sha256 for one, _ in desk.case().of(r.PermitRecord)] == [opening.payload_sha256]
    desk.withdraw(opening)
    rekey_root(desk)
    assert desk.case().of(r.PermitRecord) == []


def test_a_project_counts_by_the_evidence_key_of_today() -> None:
    """The record says which commit nobody reviewed: whoever stole the key could name another one."""
    desk = Desk().ready()
    rekey_service(desk, "evidence")
    assert "SUBJEK-001" in codes(desk)
    made = r.Provision(
        app_id=APP,
        issued_at=desk.now,
        step=None,
        forge=PROJECT,
        plan_sha256="7" * 64,
        created=(),
        first_commit="1" * 40,
    )
    entry = desk.add(made, "evidence")
    desk.entries[-1] = replace(entry, signers=(key("evidence-baru").public,))
    assert "SUBJEK-001" not in codes(desk)


# --- whose authority --------------------------------------------------------------------------------------------------


def test_without_a_trust_version_there_is_no_authority() -> None:
    desk = Desk().begin()
    entry = desk.entries[0]
    assert authority_of(entry, desk.trust) is not None
    assert authority_of(entry, None) is None
    assert authority_of(replace(entry, predicate=desk.trust), desk.trust) is None
    unknown = [replace(one, trust=None) for one in desk.entries]
    rekey(desk, "pa", "tata")
    assert [type(one.predicate) for one in sorted_records(unknown, APP, desk.trust)] == [r.Provision]


@pytest.mark.parametrize(
    ("make", "no"),
    [
        (lambda desk: refusal(desk), True),
        (lambda desk: by_second(desk), False),
        (lambda desk: desk.approve(decision="reject"), True),
        (lambda desk: desk.approve(), False),
        (lambda desk: report(desk, result="tidak_memenuhi"), True),
        (lambda desk: report(desk), False),
        (lambda desk: taken_back(desk, desk.entries[0]), True),
        (lambda desk: desk.prove("beban", result="FAILED"), False),
    ],
)
def test_what_can_only_take_away_shuts(make: Any, no: bool) -> None:
    predicate = make(Desk().begin()).predicate
    assert shuts(predicate) is no
