"""Sign-offs and re-examinations at their edges: which one is shown, the second that it ends, how many hands, what a base carries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from kawal_world import COMMIT, FORGE, KEYS, OFFICER, PROJECT, policy_bytes
from kebijakan_desk import DAY, NOBODY, SECOND, Desk, at

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.ledger.trust import Authority
from kawal.policy import Verdict, parse_policy
from kawal.policy.case import Case, Record
from kawal.policy.flaw import Flaw
from kawal.policy.model import PatchRule, SignoffRule
from kawal.policy.patch import _listed, _of_base, _resting_on, _serious, matches_any, patch_flaw
from kawal.policy.people import Involved
from kawal.policy.process import footing
from kawal.policy.refusal import negative, refused
from kawal.policy.signoffs import (
    _examined_in_full,
    command,
    expiry,
    judge_signoff,
    kinds_for,
    same_subject,
)

OTHER = "6" * 40
BASE = {"release": "v0.9.0", "commit": OTHER, "tree": "7" * 40, "artifact_sha256": "b" * 64}
NUMBER = {"uat": 0, "persandian": 1, "pse": 2}


def ask(
    desk: Desk, kind: str, *, now: Any = None, people: Involved = NOBODY, environment: str = "production"
) -> Verdict:
    case = desk.case()
    base = footing(case)[0]
    rule = case.rules.signoffs[NUMBER[kind]]
    return judge_signoff(at(case, now or desk.now), rule, people, environment, base.approval, base.request)


def told(desk: Desk, kind: str = "persandian", **asked: Any) -> tuple[str | None, str, str]:
    said = ask(desk, kind, **asked)
    return said.code, said.found, said.needed


def rule_of(case: Case, kind: str) -> SignoffRule:
    return case.rules.signoffs[NUMBER[kind]]


def pair(case: Case, kind: str) -> tuple[Record, r.Signoff]:
    return next((record, one) for record, one in case.with_withdrawn(r.Signoff) if one.kind == kind)


# --- what is asked for ----------------------------------------------------------------------------------------------------


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


# --- for exactly this -----------------------------------------------------------------------------------------------------

LAIN = r.ForgeProject(kind="gitlab", url="https://lain.contoh", project_id=41, path="dagang/e-retribusi")
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


# --- in date --------------------------------------------------------------------------------------------------------------


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


# --- refusals -------------------------------------------------------------------------------------------------------------


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


# --- scenarios ------------------------------------------------------------------------------------------------------------


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


# --- re-examinations ------------------------------------------------------------------------------------------------------


def based(desk: Desk, **changes: Any) -> Entry:
    return desk.sign("persandian", **{"about": BASE, **changes})


def patched(**changes: Any) -> Desk:
    desk = Desk().begin()
    based(desk)
    desk.sign("persandian-perbaikan", **changes)
    return desk


def full_of(desk: Desk, **asked: Any) -> tuple[Record, r.Signoff] | None:
    case = desk.case()
    people = asked.get("people", NOBODY)
    now = asked.get("now", desk.now)
    return _examined_in_full(
        at(case, now), rule_of(case, "persandian"), people, pair(case, "persandian-perbaikan")[1]
    )


def test_a_re_examination_is_of_the_kind_where_the_policy_has_a_rule() -> None:
    case = Desk().case()
    assert kinds_for(case, rule_of(case, "persandian")) == ("persandian", "persandian-perbaikan")
    assert kinds_for(case, rule_of(case, "uat")) == ("uat",)
    case = Desk(ways=False).case()
    assert kinds_for(case, rule_of(case, "persandian")) == ("persandian",)


def test_the_newest_full_sign_off_of_the_base_carries() -> None:
    desk = patched()
    newer = based(desk)
    found = full_of(desk)
    assert found is not None
    assert found[0].sha256 == newer.payload_sha256


@pytest.mark.parametrize(
    ("changes", "carries"),
    [
        ({}, True),
        ({"about": {**BASE, "release": "v0.8.0"}}, False),
        ({"about": {**BASE, "environment": "staging"}}, False),
        ({"about": {**BASE, "forge": LAIN}}, False),
        ({"decision": "reject"}, False),
        ({"signers": ("pa", "pa2"), "grade": "surat", "role": "subkoor_pa", "person_id": "p-pa"}, False),
        ({"signers": ("tata", "pa2"), "grade": "surat"}, True),
    ],
)
def test_what_carries_a_re_examination(changes: dict[str, Any], carries: bool) -> None:
    desk = Desk().begin()
    signers = changes.pop("signers", ())
    desk.sign("persandian", *signers, **{"about": BASE, **changes})
    desk.sign("uat", about=BASE)
    desk.sign("persandian-perbaikan", about={**BASE, "release": "v0.9.1"})
    assert (full_of(desk) is not None) == carries


def test_a_grade_that_the_rule_does_not_take_carries_nothing() -> None:
    desk = Desk().begin()
    desk.contoh["signoffs"][1]["grades"] = ["surat"]
    based(desk)
    desk.sign("persandian-perbaikan")
    assert full_of(desk) is None


def test_a_base_carries_in_its_dates_only() -> None:
    desk = Desk().begin()
    first = based(desk, not_before=desk.now + DAY, expires_at=desk.now + 9 * DAY)
    desk.sign("persandian-perbaikan")
    start = first.received_at - SECOND + DAY
    assert full_of(desk, now=start - SECOND) is None
    assert full_of(desk, now=start) is not None
    assert full_of(desk, now=start + 8 * DAY) is None


def test_a_refusal_of_the_base_beats_all_before_it_whatever_bytes_it_names() -> None:
    desk = patched()
    based(desk, about={**BASE, "artifact_sha256": "c" * 64}, decision="reject")
    assert full_of(desk) is None
    based(desk)
    assert full_of(desk) is not None


def test_as_many_persons_examined_the_same_base() -> None:
    desk = Desk().begin()
    desk.contoh["signoffs"][1]["persons"] = 2
    based(desk)
    desk.sign("persandian", "sandi2", person_id="p-sandi2", about={**BASE, "artifact_sha256": "c" * 64})
    desk.sign("persandian-perbaikan")
    assert full_of(desk) is None  # each of other bytes
    newest = based(desk, issued_at=desk.now)
    desk.sign("persandian", "sandi2", person_id="p-sandi2", about=BASE)
    found = full_of(desk)
    assert found is not None
    assert found[0].sha256 == desk.entries[-1].payload_sha256 != newest.payload_sha256


def test_an_examination_with_open_findings_carries_nothing() -> None:
    open_one = r.Finding(id="T1", severity="kritis", cwe=None, group="d", retest="belum")
    part = r.Persandian(
        result="memenuhi_dengan_catatan", findings=(open_one,), accepted=(), reports=(), note=None
    )
    desk = Desk().begin()
    based(desk, persandian=part)
    desk.sign("persandian-perbaikan")
    assert full_of(desk) is None


def rule() -> PatchRule:
    found = Desk().case().rules.patch
    assert found is not None
    return found


def flawed(desk: Desk, *, changed: Any = ("a.php",), now: Any = None, days: int = 30) -> Flaw | None:
    seen = {} if changed is None else {"changed": ((OTHER, tuple(changed)),)}
    case = at(desk.case(**seen), now or desk.now)
    record, one = pair(case, "persandian-perbaikan")
    full = next(
        (found for found in case.of(r.Signoff) if found[1].kind == "persandian"),
        None,
    )
    return patch_flaw(case, rule().model_copy(update={"days": days}), full, record, one)


def test_without_a_full_examination_nothing_is_carried() -> None:
    desk = Desk().begin()
    desk.sign("persandian-perbaikan")
    wanted = Flaw(
        "SANDI-011",
        "Rilis dasar v0.9.0 tidak disahkan penuh oleh Persandian",
        "tanpa pengesahan penuh yang berlaku",
        "pengesahan persandian rilis dasar",
    )
    assert flawed(desk) == wanted
    desk = patched()
    case = desk.case()
    record, base = pair(case, "persandian")
    bare = base.model_copy(update={"subject": None})
    found = pair(case, "persandian-perbaikan")
    assert patch_flaw(case, rule(), (record, bare), *found) == wanted


def test_a_re_examination_may_come_until_the_days_are_over() -> None:
    desk = patched()
    received = desk.entries[-2].received_at
    assert flawed(desk, now=received + 30 * DAY - SECOND) is None
    assert flawed(desk, now=received + 30 * DAY) == Flaw(
        "SANDI-012", "Masa rilis perbaikan habis", "diperiksa penuh 2026-11-20", "paling lama 30 hari"
    )


def test_as_many_releases_as_the_policy_says_rest_on_one_base() -> None:
    desk = Desk().begin()
    based(desk)
    desk.sign("persandian-perbaikan", about={"release": "v0.9.1"})
    desk.sign("persandian-perbaikan", about={"release": "v0.9.1"})
    assert told_of_patch(desk, "v1.0.0") is None
    desk.entries.pop()
    desk.sign("persandian-perbaikan", about={"release": "v0.9.2"})
    assert told_of_patch(desk, "v1.0.0") == Flaw(
        "SANDI-012", "Terlalu banyak rilis perbaikan", "3 rilis bertumpu pada v0.9.0", "paling banyak 2"
    )


def told_of_patch(desk: Desk, release: str) -> Flaw | None:
    desk.sign("persandian-perbaikan", about={"release": release})
    case = desk.case(changed=((OTHER, ()),))
    full = pair(case, "persandian")
    record, one = case.of(r.Signoff)[-1]
    return patch_flaw(case, rule(), full, record, one)


def resting(desk: Desk) -> set[str]:
    case = desk.case()
    record, one = next(
        (record, one)
        for record, one in case.with_withdrawn(r.Signoff)
        if one.kind == "persandian-perbaikan" and one.subject and one.subject.release == "v1.0.0"
    )
    return _resting_on(case, one, record)


def test_which_releases_rest_on_a_base() -> None:
    desk = Desk().begin()
    based(desk)
    desk.sign("persandian-perbaikan", about={"release": "v0.9.1"}, decision="reject")
    desk.sign("persandian-perbaikan", about={"release": "v0.9.2"}, base_release="v0.8.0")
    desk.withdraw(desk.sign("persandian-perbaikan", about={"release": "v0.9.3"}))
    used = desk.sign("persandian-perbaikan", about={"release": "v0.9.4"})
    desk.withdraw(used)
    desk.add(desk.world.make_permit(inputs=("2" * 64, used.payload_sha256)), "permit")
    desk.sign("persandian-perbaikan", about={"release": "v0.9.5"})
    desk.sign("persandian-perbaikan")
    desk.sign("persandian-perbaikan", about={"release": "v1.0.1"})
    assert resting(desk) == {"v0.9.4", "v0.9.5", "v1.0.0"}


@pytest.mark.parametrize(
    ("changed", "code", "found"),
    [
        (None, "SANDI-016", "v0.9.0 tidak dibandingkan"),
        ((), None, ""),
        (("a.php", "x/composer.json"), "SANDI-014", "x/composer.json"),
        (("auth.php", "composer.json"), "SANDI-014", "composer.json"),
        (
            ("a/auth.php", "b.php", "b/auth.php", "config/x", "z/auth"),
            "SANDI-015",
            "a/auth.php, b/auth.php, config/x",
        ),
    ],
)
def test_what_changed_since_the_base_is_looked_at(changed: Any, code: str | None, found: str) -> None:
    flaw = flawed(patched(), changed=changed)
    assert (flaw and flaw.code, flaw.found if flaw else "") == (code, found)
    what = {
        "SANDI-016": ("Perubahan sejak rilis dasar tidak terbaca", "daftar berkas yang berubah"),
        "SANDI-014": ("Perbaikan mengubah dependensi", "pemeriksaan penuh (kawal sahkan persandian)"),
        "SANDI-015": ("Perbaikan menyentuh berkas sensitif", "pemeriksaan penuh (kawal sahkan persandian)"),
    }
    assert flaw is None or (flaw.what, flaw.needed) == what[flaw.code]


@pytest.mark.parametrize(
    ("path", "pattern", "touched"),
    [
        ("src/Auth.php", "*AUTH*", True),
        ("auth/x.php", "*auth*", False),
        ("auth/x.php", "auth/*", True),
        ("src/auth/x.php", "auth/*", False),
        ("Config/App.php", "config/*", True),
        ("a/composer.json", "composer.json", True),
        ("a/composer.json", "/composer.json", False),
    ],
)
def test_a_pattern_without_a_slash_is_about_the_name(path: str, pattern: str, touched: bool) -> None:
    assert matches_any(path, ("tidak-ada", pattern)) == touched
    assert not matches_any(path, ())


# --- findings of scanners -------------------------------------------------------------------------------------------------

UJI = "keamanan_kode"


def scan(desk: Desk, *items: tuple[str, str, int], listed: bool = True, **changes: Any) -> r.Evidence:
    evidence, found = desk.world.make_failed_scan(UJI, *items, **{"result": "PASSED", **changes})
    desk.add(evidence, "evidence")
    if listed:
        desk.add(found, "evidence")
    return evidence


THEN: dict[str, Any] = {"commit": OTHER, "tree": "7" * 40}
SCANS: list[tuple[tuple[Any, ...], tuple[Any, ...] | None, int | None]] = [
    ((("a", "sedang", 1),), (("a", "sedang", 1),), None),
    ((("a", "sedang", 1),), (("a", "sedang", 2), ("b", "kritis", 1)), None),
    ((("a", "sedang", 2),), (("a", "sedang", 1),), 2),
    ((("a", "tinggi", 1),), (("a", "sedang", 1),), 1),
    ((("a", "kritis", 1), ("b", "tinggi", 2), ("c", "sedang", 3)), None, 6),
]


@pytest.mark.parametrize(("now", "then", "count"), SCANS)
def test_a_patch_brings_no_finding_that_the_base_had_not(
    now: tuple[Any, ...], then: tuple[Any, ...] | None, count: int | None
) -> None:
    desk = patched()
    if then is not None:
        scan(desk, *then, **THEN)
    scan(desk, *now)
    wanted = None
    if count is not None:
        wanted = Flaw(
            "SANDI-013",
            "Perbaikan membawa temuan baru",
            f"{count} temuan sedang ke atas pada keamanan_kode",
            "tanpa temuan baru dari sedang ke atas",
        )
    assert flawed(desk) == wanted


@pytest.mark.parametrize("which", ["now", "then"])
def test_findings_that_are_not_listed_count_as_new(which: str) -> None:
    desk = patched()
    scan(desk, ("a", "sedang", 1), listed=which == "now", **THEN)
    scan(desk, ("a", "sedang", 1), listed=which == "then")
    flaw = flawed(desk)
    assert flaw is not None
    assert flaw.code == "SANDI-013"


def test_a_scanner_that_finds_nothing_does_not_hide_the_next() -> None:
    desk = patched()
    desk.prove("fungsi")
    desk.prove("beban")
    scan(desk, ("a", "tinggi", 1))
    flaw = flawed(desk)
    assert flaw is not None
    assert flaw.code == "SANDI-013"


def test_what_is_serious_is_counted_where_it_is_a_number() -> None:
    world = Desk().world
    counts = {"kritis": 1, "tinggi": 2, "sedang": 4, "rendah": 8}
    assert _serious(world.make_evidence(UJI, counts=counts)) == 7
    assert _serious(world.make_evidence(UJI, counts={"kritis": "1", "tinggi": 2})) == 2
    assert _serious(world.make_evidence(UJI, counts={})) == 0


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"commit": COMMIT}, False),
        ({"tree": COMMIT}, False),
        ({"origin": {"name": "lain"}}, False),
        ({"origin": {"ref": "cabang"}}, False),
    ],
)
def test_the_scan_of_the_base_is_the_same_job_of_its_code(changes: dict[str, Any], counts: bool) -> None:
    desk = patched()
    desk.prove(UJI, **{**THEN, **changes})
    case = desk.case()
    base = pair(case, "persandian")[1]
    found = _of_base(case, UJI, "keamanan-kode", base)
    assert (found is not None) == counts
    desk.prove("fungsi", origin={"name": "keamanan-kode"}, **THEN)
    assert (_of_base(desk.case(), UJI, "keamanan-kode", base) is not None) == counts
    later = desk.prove(UJI, **THEN).predicate
    assert _of_base(desk.case(), UJI, "keamanan-kode", base) == later


def test_a_list_of_findings_is_whole_or_none() -> None:
    desk = Desk().begin()
    wanted = scan(desk, ("a", "sedang", 2), ("b", "kritis", 1))
    other = scan(desk, ("c", "sedang", 1))
    assert _listed(desk.case(), wanted) == {("a" * 64, "sedang"): 2, ("b" * 64, "kritis"): 1}
    assert _listed(desk.case(), other) == {("c" * 64, "sedang"): 1}
    (again,) = [one for _, one in desk.case().of(r.Findings) if one.evidence_id == other.record_id]
    desk.add(again.model_copy(update={"record_id": r.new_id()}), "evidence")
    assert _listed(desk.case(), other) is None  # listed twice
    more = wanted.model_copy(update={"counts": {**wanted.counts, "sedang": 3}})
    assert _listed(desk.case(), more) is None
    assert _listed(desk.case(), desk.world.make_evidence(UJI, counts={})) == {}


def test_a_policy_without_patches_judges_no_re_examination() -> None:
    desk = patched()
    desk.contoh["patch"] = None
    assert told(desk)[0] == "SANDI-002"
    rules = parse_policy(policy_bytes(desk.world.policy)).authorities["contoh"]
    assert rules.patch is None
