"""Sign-offs at their edges: which one is shown, the second that it ends, how many hands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from kawal_world import FORGE, KEYS, OFFICER, PROJECT
from kebijakan_ask import LAIN, OTHER, ask, pair, rule_of, told
from kebijakan_desk import DAY, NOBODY, SECOND, Desk

from kawal.ledger import records as r
from kawal.ledger.trust import Authority
from kawal.policy import Verdict
from kawal.policy.people import Involved
from kawal.policy.process import footing
from kawal.policy.refusal import refused
from kawal.policy.signoffs import (
    command,
    expiry,
    judge_signoff,
    same_subject,
)
from kawal.policy.standing import negative

# --- what is asked for -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("pse", "kawal catat pse a --bukti FILE"),
        ("rollback", "kawal sahkan rollback a --rilis v1 --ke RILIS --alasan TEKS"),
        ("uat", "kawal sahkan uat a --rilis v1"),
    ],
)
def test_each_kind_has_its_command(kind: str, wanted: str) -> None:
    assert command(kind, "a", "v1") == wanted


MISSING = {
    "uat": ("UAT-001", "UAT belum ada untuk v1.0.0", "pengesahan atas v1.0.0"),
    "persandian": (
        "SANDI-001",
        "Pengesahan Persandian belum ada untuk v1.0.0",
        "pengesahan atas v1.0.0",
    ),
    "pse": (
        "PSE-001",
        "Bukti Pendataan Sistem Elektronik belum dicatat",
        "satu catatan dengan berkas bukti",
    ),
}


@pytest.mark.parametrize("kind", MISSING)
def test_a_sign_off_that_is_not_there_is_asked_for_word_for_word(kind: str) -> None:
    desk = Desk().begin()
    rule = rule_of(desk.case(), kind)
    code, what, needed = MISSING[kind]
    assert ask(desk, kind) == Verdict(
        f"pengesahan:{kind}",
        what,
        False,
        code,
        f"tidak ada catatan jenis {kind}",
        needed,
        rule.roles,
        command(kind, "e-retribusi", "v1.0.0"),
        rule.basis,
    )


def test_of_several_that_do_not_count_the_last_ones_flaw_is_shown() -> None:
    desk = Desk().begin()
    desk.sign("persandian", decision="reject", reason="bocor")
    assert told(desk) == ("SANDI-003", "bocor", "hasil yang memenuhi")
    desk.sign("persandian", about={"release": "v0.1.0"})
    assert told(desk) == (
        "SANDI-002",
        "v0.1.0 (44444444)",
        "v1.0.0 (44444444) dengan paket yang sama",
    )
    desk.withdraw(desk.sign("persandian"))
    assert told(desk) == ("SANDI-004", "catatan pencabutan", "pengesahan baru")
    desk.sign("persandian", "pa", "pa2", grade="surat", role="subkoor_pa", person_id="p-pa")
    assert told(desk) == (
        "SANDI-006",
        "subkoor_pa dengan tingkat surat",
        "subkoor_persandian dengan tingkat key atau surat",
    )


def test_a_grade_that_the_rule_does_not_take_is_not_entitled() -> None:
    desk = Desk().begin()
    desk.contoh["signoffs"][1].update(grades=["surat"], roles=["subkoor_persandian", "kadis"])
    desk.sign("persandian")
    assert told(desk) == (
        "SANDI-006",
        "subkoor_persandian dengan tingkat key",
        "subkoor_persandian atau kadis dengan tingkat surat",
    )


def test_hands_are_counted_by_persons_and_by_keys() -> None:
    desk = Desk().begin()
    desk.contoh["signoffs"][1]["persons"] = 2
    desk.sign("persandian", decision="reject", reason="belum")
    for _ in range(2):
        desk.sign("persandian")
    assert told(desk) == ("IDENT-005", "1 orang dengan 1 kunci", "2 orang dengan kunci masing-masing")
    assert ask(desk, "persandian").title == "Pengesahan Persandian: orang yang mengesahkan belum cukup"
    desk.sign("persandian", "sandi2", person_id="p-sandi2")
    said = ask(desk, "persandian")
    assert said == Verdict(
        "pengesahan:persandian",
        "Pengesahan Persandian",
        True,
        found="disahkan 2026-11-20 oleh subkoor_persandian, tingkat key",
        needed="2 orang: subkoor_persandian",
        who=("subkoor_persandian",),
        basis=desk.case().rules.signoffs[1].basis,
        note="disaksikan",
        inputs=tuple(one.payload_sha256 for one in desk.entries[-3:]),
    )


def test_one_key_for_two_persons_is_one_hand() -> None:
    desk = Desk().begin()
    desk.contoh["signoffs"][1]["persons"] = 2
    desk.sign("persandian")
    desk.sign("persandian", "sandi2", person_id="p-sandi2")
    assert ask(desk, "persandian").satisfied
    case = desk.case()
    borrowed = tuple(
        replace(one, authority=Authority(("p-sandi",), None, (KEYS["sandi"].public,))) for one in case.records
    )
    base = footing(case)[0]
    said = judge_signoff(
        replace(case, records=borrowed), case.rules.signoffs[1], NOBODY, "production", base.approval, None
    )
    assert (said.code, said.found) == ("IDENT-005", "2 orang dengan 1 kunci")


# --- for exactly this --------------------------------------------------------------------------------------------------

SUBJECTS: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"forge": PROJECT.model_copy(update={"url": FORGE + "/"})}, True),
    ({"forge": PROJECT.model_copy(update={"path": "dagang/baru"})}, True),
    ({"forge": PROJECT.model_copy(update={"project_id": 42})}, False),
    ({"forge": LAIN}, False),
    ({"forge": PROJECT.model_copy(update={"url": FORGE + "X"})}, False),
    ({"release": "v1.0.1"}, False),
    ({"environment": "staging"}, False),
    ({"commit": OTHER}, False),
    ({"tree": OTHER}, False),
    ({"artifact_sha256": "6" * 64}, False),
]


@pytest.mark.parametrize(("about", "same"), SUBJECTS)
def test_a_sign_off_is_for_one_release_of_one_project(about: dict[str, Any], same: bool) -> None:
    desk = Desk().begin()
    one = desk.world.make_signoff("uat", about=about)
    assert same_subject(desk.case(), one, "production") == same


def test_a_policy_may_write_the_forge_with_a_slash_at_its_end() -> None:
    for end, same in (("/", True), ("X", False)):
        desk = Desk(url=FORGE + end).begin()
        assert same_subject(desk.case(), desk.world.make_signoff("uat"), "production") == same


def test_only_the_registration_speaks_of_no_release() -> None:
    desk = Desk().begin()
    assert same_subject(desk.case(), desk.world.make_signoff("pse"), "staging")
    bare = desk.world.make_signoff("uat").model_copy(update={"subject": None})
    assert not same_subject(desk.case(), bare, "production")
    desk.sign("uat")
    desk.entries[-1] = replace(desk.entries[-1], predicate=bare)
    assert told(desk, "uat")[:2] == ("UAT-002", "tanpa rilis")


def test_where_it_goes_is_part_of_what_was_signed() -> None:
    desk = Desk().ready("uat")
    desk.sign("uat", about={"environment": "staging"})
    assert told(desk, "uat")[0] == "UAT-002"
    assert told(desk, "uat", environment="staging")[0] is None
    desk.sign("uat", about={"environment": "staging"}, decision="reject", reason="tolak")
    assert told(desk, "uat", environment="staging")[0] == "UAT-003"


def test_it_rests_on_the_approval_of_now() -> None:
    desk = Desk().begin()
    other = desk.sign("persandian").predicate
    desk.approve()
    assert isinstance(other, r.Signoff)
    assert told(desk) == ("SANDI-002", other.rekomendasi_id, "rekomendasi ini")
    desk.approve(decision="reject")
    case = desk.case()
    said = judge_signoff(case, rule_of(case, "persandian"), NOBODY, "production", None, None)
    assert (said.code, said.found) == ("SANDI-002", other.rekomendasi_id)


@pytest.mark.parametrize("part", ["author", "reviewer"])
def test_who_signs_or_took_the_letter_in_stands_outside_of_the_release(part: str) -> None:
    users = frozenset({OFFICER})
    people = Involved(users, frozenset(), 0) if part == "author" else Involved(frozenset(), users, 0)
    code = {"author": "IDENT-003", "reviewer": "IDENT-004"}[part]
    desk = Desk().begin()
    desk.sign("persandian", "tata", "pa", grade="surat")
    assert told(desk, people=people) == (code, "p-sandi", "orang di luar tim rilis ini")
    desk = Desk().begin()
    desk.sign("persandian", "tata", "pa2", grade="surat")
    assert told(desk, people=people)[0] is None
    persons = tuple(
        one._replace(forge_user_ids=(OFFICER,)) if one.person_id == "p-sandi" else one
        for one in desk.trust.persons
        if one.person_id != "p-pa"
    )
    desk.trust = desk.trust._replace(persons=persons)
    assert told(desk, people=people)[0] == code


# --- in date -----------------------------------------------------------------------------------------------------------


def test_it_counts_from_its_first_second_until_before_its_last() -> None:
    desk = Desk().begin()
    start = desk.now + 30 * SECOND
    entry = desk.sign("persandian", not_before=start, expires_at=start + DAY)
    assert told(desk, now=start - SECOND) == (
        "SANDI-005",
        "berlaku 2026-11-20 s.d. 2026-11-21",
        "pengesahan yang masih berlaku",
    )
    assert told(desk, now=start)[0] is None
    assert told(desk, now=start + DAY - SECOND)[0] is None
    assert told(desk, now=start + DAY)[0] == "SANDI-005"
    assert entry.received_at < start


def test_it_ends_with_the_policys_days_after_it_was_received() -> None:
    desk = Desk().begin()
    entry = desk.sign("uat", expires_at=desk.now + 60 * DAY)
    end = entry.received_at + 30 * DAY
    assert told(desk, "uat", now=end - SECOND)[0] is None
    assert told(desk, "uat", now=end)[:2] == ("UAT-005", "berlaku 2026-11-20 s.d. 2026-12-20")
    case = desk.case()
    record, one = pair(case, "uat")
    rule = rule_of(case, "uat")
    assert expiry(rule, record, one) == end
    assert expiry(rule, record, one.model_copy(update={"expires_at": end - SECOND})) == end - SECOND


def test_a_record_may_be_a_minute_ahead_of_the_clock() -> None:
    desk = Desk().begin()
    entry = desk.sign("persandian", not_before=desk.now - DAY)
    assert told(desk, now=entry.received_at - 60 * SECOND)[0] is None
    assert told(desk, now=entry.received_at - 61 * SECOND)[0] == "SANDI-005"


# --- refusals ----------------------------------------------------------------------------------------------------------


def test_a_refusal_is_shown_with_its_reason() -> None:
    desk = Desk().begin()
    desk.sign("uat", decision="reject", reason="salah hitung")
    assert told(desk, "uat") == ("UAT-003", "salah hitung", "hasil yang memenuhi")
    scenarios = tuple(r.UatScenario(id=f"UAT-{n}", accepted=n == 2, note=None) for n in (1, 2, 3))
    desk.sign("uat", uat=scenarios)
    assert told(desk, "uat")[1] == "tidak diterima: UAT-1, UAT-3"
    refusal = desk.world.make_signoff("persandian", decision="reject")
    desk.add(refusal.model_copy(update={"reason": None}), "sandi")
    assert told(desk)[1] == "ditolak"


def test_what_is_a_refusal() -> None:
    world = Desk().begin().world
    assert not negative(world.make_signoff("uat"))
    assert not negative(world.make_signoff("pse"))
    assert negative(world.make_signoff("pse", decision="reject"))
    mixed = tuple(r.UatScenario(id=f"U{n}", accepted=n == 1, note=None) for n in (1, 2))
    assert negative(world.make_signoff("uat", uat=mixed))


@pytest.mark.parametrize(
    ("change", "beats"),
    [
        ({}, True),
        ({"withdrawn": True}, False),
        ({"seq": 4, "issued": 0}, False),
        ({"seq": 4, "issued": 1}, True),
        ({"seq": 5, "issued": 0}, False),
        ({"seq": 6, "issued": -9}, True),
        ({"role": "pemohon"}, False),
        ({"approve": True}, False),
        ({"same": False}, False),
    ],
)
def test_a_refusal_beats_what_it_is_later_than(change: dict[str, Any], beats: bool) -> None:
    desk = Desk().begin()
    desk.sign("persandian")
    record, one = pair(desk.case(), "persandian")
    record = replace(record, seq=5)
    other = one.model_copy(
        update={
            "decision": "approve" if change.get("approve") else "reject",
            "role": change.get("role", one.role),
            "issued_at": one.issued_at + change.get("issued", 0) * SECOND,
        }
    )
    against = replace(record, seq=change.get("seq", 6), withdrawn=change.get("withdrawn", False))
    said = refused([(against, other)], record, one, (one.role,), lambda _: change.get("same", True))
    assert said == beats


def test_a_later_refusal_is_named_as_such() -> None:
    desk = Desk().begin()
    desk.sign(
        "persandian", "sandi2", person_id="p-sandi2", decision="reject", issued_at=desk.now + 5 * SECOND
    )
    desk.sign("persandian")
    said = ask(desk, "persandian")
    assert (said.code, said.title) == ("SANDI-003", "Pengesahan Persandian ditolak sesudah disahkan")
    assert (said.found, said.needed) == ("penolakan", "pengesahan baru")


# --- scenarios ---------------------------------------------------------------------------------------------------------


def scenarios(*ids: str) -> tuple[r.UatScenario, ...]:
    return tuple(r.UatScenario(id=one, accepted=True, note=None) for one in ids)


def test_every_scenario_of_the_request_is_accepted() -> None:
    desk = Desk().begin()
    desk.sign("uat", uat=scenarios("UAT-2", "UAT-9"))
    assert told(desk, "uat") == ("UAT-007", "1 dari 2 skenario diterima", "UAT-1")
    assert ask(desk, "uat").title == "UAT belum lengkap"
    desk.sign("uat", uat=scenarios("UAT-1", "UAT-2", "UAT-9"))
    said = ask(desk, "uat")
    assert (said.satisfied, said.found) == (True, "3 skenario diterima, 2026-11-20")


def test_of_many_scenarios_that_lack_ten_are_named() -> None:
    desk = Desk()
    many = tuple(r.Scenario(id=f"S{n:02}", judul="x") for n in range(1, 14))
    thresholds = desk.world.make_request().thresholds.model_copy(update={"uat": many})
    desk.request(thresholds=thresholds)
    desk.approve()
    desk.sign("uat", uat=scenarios("S02"))
    wanted = [f"S{n:02}" for n in (1, *range(3, 12))]
    assert told(desk, "uat") == ("UAT-007", "1 dari 13 skenario diterima", ", ".join(wanted))


def test_without_a_request_no_scenario_is_known() -> None:
    desk = Desk().begin()
    desk.sign("uat")
    case = desk.case()
    base = footing(case)[0]
    said = judge_signoff(case, rule_of(case, "uat"), NOBODY, "production", base.approval, None)
    assert (said.code, said.found, said.needed) == (
        "UAT-007",
        "0 dari 0 skenario diterima",
        "daftar skenario",
    )


def test_the_registration_is_shown_with_its_number_and_day() -> None:
    desk = Desk().begin()
    desk.sign("pse")
    assert ask(desk, "pse").found == "bukti_pendataan 1/PSE, 2026-11-01"
    made = desk.world.make_signoff("pse").pse
    assert made is not None
    bare = made.model_copy(update={"number": None, "registered_on": date(2026, 10, 2)})
    desk.sign("pse", pse=bare)
    assert ask(desk, "pse").found == "bukti_pendataan, 2026-10-02"
