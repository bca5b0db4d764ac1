"""The way back and broken glass at their edges: which decision counts, what of then still stands, what stays red until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from kawal_world import APP, COMMIT, DEV, KEYS, OFFICER, TREE, policy_bytes
from kebijakan_ask import OTHER, rule_of
from kebijakan_desk import NOBODY, SECOND, Desk, at

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.ledger.trust import Authority
from kawal.policy import Verdict, parse_policy
from kawal.policy.case import Case
from kawal.policy.emergency import Pending, alarms, broken, judge_break_glass, pending
from kawal.policy.people import Involved
from kawal.policy.process import footing
from kawal.policy.rollback import _still_stands, asked, judge_rollback, opened

BACK_TAG = "v1.0.0-kembali.1"
MINUTE = timedelta(minutes=1)

# --- back ------------------------------------------------------------------------------------------------------------------


def go_back(desk: Desk, *signers: str, **changes: Any) -> Entry:
    about = {"release": BACK_TAG, **changes.pop("about", {})}
    value = {"base_release": "v1.0.0", "role": "subkoor_pa", "person_id": "p-pa", **changes}
    return desk.sign("rollback", *(signers or ("pa",)), about=about, **value)


def decision(desk: Desk, tag: str = BACK_TAG, commit: str = COMMIT) -> str | None:
    case = desk.case()
    found = asked(case.records, case.rules, tag, commit)
    assert found is None or found[0].predicate == found[1]
    return found[0].sha256 if found else None


def test_the_newest_decision_that_counts_is_the_one() -> None:
    desk = Desk().begin()
    assert decision(desk) is None
    go_back(desk)
    second = go_back(desk)
    go_back(desk, decision="reject", reason="tidak")
    go_back(desk, "tata", role="subkoor_tata_kelola", person_id="p-tata")
    go_back(desk, about={"release": "v2"})
    go_back(desk, about={"commit": OTHER})
    desk.withdraw(go_back(desk))
    desk.sign("uat", about={"release": BACK_TAG})
    assert decision(desk) == second.payload_sha256
    assert decision(desk, tag="v1.0.0") is None
    assert decision(desk, commit=TREE) is None
    desk.contoh["rollback"] = None
    assert decision(desk) is None


def permit(desk: Desk, **changes: Any) -> Entry:
    return desk.add(desk.world.make_permit(**changes), "permit")


def test_the_first_ordinary_permit_that_stands_opened_it() -> None:
    desk = Desk().begin()
    permit(desk, kind="break-glass")
    permit(desk, environment="staging")
    permit(desk, release="v0.9.0")
    permit(desk, commit=OTHER)
    desk.withdraw(permit(desk))
    first = permit(desk)
    permit(desk)
    found = opened(desk.case().records, "production", "v1.0.0", COMMIT)
    assert found is not None
    assert (found[0].sha256, found[1]) == (first.payload_sha256, first.predicate)
    assert opened(desk.case().records, "production", None, COMMIT) is None


def ready_to_go_back() -> Desk:
    desk = Desk().ready()
    signed = [one.payload_sha256 for one in desk.entries if isinstance(one.predicate, r.Signoff)]
    permit(desk, inputs=tuple(signed))
    return desk


def back(desk: Desk, **seen: Any) -> list[Verdict]:
    wanted = desk.entries[-1].predicate
    assert isinstance(wanted, r.Signoff)
    case = desk.case(tag=BACK_TAG, **seen)
    return judge_rollback(case, wanted, NOBODY, "production", footing(case)[0].approval)


def test_a_way_back_is_judged_by_the_opening_the_decision_and_the_registration() -> None:
    desk = ready_to_go_back()
    go_back(desk)
    said = back(desk)
    assert [one.rule for one in said] == ["kembali", "pengesahan:rollback", "pengesahan:pse"]
    assert all(one.satisfied for one in said)
    assert said[0] == Verdict(
        "kembali",
        "rilis terdahulu",
        True,
        found="v1.0.0 terbuka 2026-11-20",
        needed="pernah terbuka dengan pengesahannya",
        inputs=(desk.entries[-2].payload_sha256,),
    )
    assert said[1].inputs == (desk.entries[-1].payload_sha256,)


@pytest.mark.parametrize("seen", [{"tree": OTHER}, {"artifact_sha256": "6" * 64}, {"artifact_sha256": None}])
def test_other_bytes_under_the_old_name_were_never_open(seen: dict[str, Any]) -> None:
    desk = ready_to_go_back()
    go_back(desk)
    assert back(desk, **seen)[0] == Verdict(
        "kembali",
        "v1.0.0 tidak pernah terbuka dengan isi ini",
        False,
        "IZIN-057",
        "tanpa izin rilis untuk bita ini",
        "rilis terdahulu yang pernah terbuka",
        next="kawal rilis daftar e-retribusi",
    )


def test_what_was_never_open_is_no_place_to_go_back_to() -> None:
    desk = ready_to_go_back()
    go_back(desk, base_release="v0.8.0")
    said = back(desk)[0]
    assert (said.code, said.title) == ("IZIN-057", "v0.8.0 tidak pernah terbuka dengan isi ini")


def test_each_sign_off_that_no_longer_stands_is_named() -> None:
    desk = ready_to_go_back()
    desk.sign("uat", decision="reject", reason="rusak")
    desk.withdraw(next(one for one in desk.entries if getattr(one.predicate, "kind", "") == "persandian"))
    go_back(desk)
    assert back(desk)[0] == Verdict(
        "kembali",
        "Pengesahan v1.0.0 sudah ditarik atau tidak lengkap",
        False,
        "IZIN-058",
        "uat, persandian",
        "pengesahan yang dulu membuka rilis itu",
        next="kawal rilis daftar e-retribusi",
    )


STANDS: list[tuple[str, dict[str, Any], bool]] = [
    ("uat", {}, False),
    ("uat", {"about": {"release": "v3", "tree": OTHER}}, False),
    ("uat", {"about": {"commit": OTHER}}, True),
    ("uat", {"about": {"artifact_sha256": "6" * 64}}, True),
    ("pse", {}, False),
    ("persandian", {}, True),
]


@pytest.mark.parametrize(("kind", "changes", "stands"), STANDS)
def test_a_refusal_of_the_same_bytes_ends_a_sign_off_of_then(
    kind: str, changes: dict[str, Any], stands: bool
) -> None:
    desk = ready_to_go_back()
    desk.sign(kind, decision="reject", reason="rusak", **changes)
    case = desk.case()
    (opening,) = [one for _, one in case.of(r.PermitRecord)]
    assert _still_stands(case, rule_of(case, "pse" if kind == "pse" else "uat"), opening) == stands


def test_a_refusal_by_another_role_or_of_nothing_ends_no_sign_off() -> None:
    desk = ready_to_go_back()
    desk.sign("uat", "pa", decision="reject", reason="x", role="subkoor_pa", person_id="p-pa")
    bare = desk.world.make_signoff("uat", decision="reject", reason="x").model_copy(update={"subject": None})
    desk.add(bare, "pemohon")
    case = desk.case()
    (opening,) = [one for _, one in case.of(r.PermitRecord)]
    uat = rule_of(case, "uat")
    assert _still_stands(case, uat, opening)
    assert case.rules.rollback is not None
    assert not _still_stands(case, case.rules.rollback, opening)
    assert not _still_stands(case, uat, opening.model_copy(update={"inputs": ("2" * 64,)}))


@pytest.mark.parametrize(
    "changes",
    [
        {"release": "v3"},
        {"environment": "staging"},
        {"commit": OTHER},
        {"tree": OTHER},
        {"artifacts": (OTHER,)},
    ],
)
def test_a_permit_rests_on_sign_offs_of_its_own_bytes_alone(changes: dict[str, Any]) -> None:
    """Also one whose record somebody made with a stolen service key."""
    case = ready_to_go_back().case()
    (opening,) = [one for _, one in case.of(r.PermitRecord)]
    other = opening.model_copy(update=changes)
    assert not _still_stands(case, rule_of(case, "uat"), other)
    assert _still_stands(case, rule_of(case, "pse"), other)


def test_a_refusal_among_what_a_permit_names_carries_nothing() -> None:
    desk = ready_to_go_back()
    no = desk.sign("persandian", "sandi2", person_id="p-sandi2", decision="reject", reason="x")
    case = desk.case()
    (opening,) = [one for _, one in case.of(r.PermitRecord)]
    named = opening.model_copy(update={"inputs": (no.payload_sha256,)})
    assert not _still_stands(case, rule_of(case, "persandian"), named)


def test_back_as_many_persons_stand_as_the_rule_asks() -> None:
    desk = Desk().ready()
    desk.contoh["signoffs"][1]["persons"] = 2
    second = desk.sign("persandian", "sandi2", person_id="p-sandi2")
    signed = [one.payload_sha256 for one in desk.entries if isinstance(one.predicate, r.Signoff)]
    permit(desk, inputs=tuple(signed))
    go_back(desk)
    assert back(desk)[0].satisfied
    desk.withdraw(second)
    go_back(desk)
    assert (back(desk)[0].code, back(desk)[0].found) == ("IZIN-058", "persandian")


# --- broken glass ----------------------------------------------------------------------------------------------------------


def break_glass(desk: Desk, *signers: str, **changes: Any) -> Entry:
    value = {"role": "subkoor_pa", "person_id": "p-pa", "reason": "banjir\nrinci", **changes}
    return desk.sign("break-glass", *(signers or ("pa", "tata")), **value)


def glass(desk: Desk, now: Any = None, environment: str = "production") -> str | None:
    found = broken(at(desk.case(), now or desk.now), environment)
    assert found is None or found[0].predicate == found[1]
    return found[0].sha256 if found else None


def test_the_newest_break_glass_of_this_release_counts_for_its_time() -> None:
    desk = Desk().begin()
    start = desk.now
    first = break_glass(desk, expires_at=start + 10 * MINUTE)
    break_glass(desk, about={"release": "v2"})
    break_glass(desk, "pa", "tata", decision="reject")
    desk.withdraw(break_glass(desk))
    desk.sign("uat")
    assert glass(desk) == first.payload_sha256
    assert glass(desk, start - SECOND) is None
    assert glass(desk, start) == first.payload_sha256
    assert glass(desk, start + 10 * MINUTE - SECOND) == first.payload_sha256
    assert glass(desk, start + 10 * MINUTE) is None
    assert glass(desk, environment="staging") is None
    second = break_glass(desk)
    assert glass(desk) == second.payload_sha256


def test_the_policy_ends_it_earlier() -> None:
    desk = Desk().begin()
    desk.contoh["break_glass"]["minutes"] = 20
    start = desk.now
    entry = break_glass(desk)
    assert glass(desk, start + 20 * MINUTE - SECOND) == entry.payload_sha256
    assert glass(desk, start + 20 * MINUTE) is None
    desk.contoh["break_glass"] = None
    assert glass(desk) is None


def opened_by(desk: Desk, *, case: Case | None = None, people: Involved = NOBODY) -> Verdict:
    case = case or desk.case()
    found = broken(case, "production")
    assert found is not None
    return judge_break_glass(case, found, people, "production", footing(case)[0].approval)


ROLES = ("subkoor_pa", "subkoor_tata_kelola")
NEXT = "kawal sahkan break-glass e-retribusi --rilis v1.0.0 --alasan TEKS"


def test_two_officers_open_and_it_says_until_when_and_why() -> None:
    desk = Desk().begin()
    entry = break_glass(desk)
    basis = desk.case().rules.break_glass
    assert basis is not None
    assert opened_by(desk) == Verdict(
        "break-glass",
        "BREAK-GLASS",
        True,
        found="2 orang sampai 03.00 UTC: banjir",
        needed="2 orang, alasan, paling lama 60 menit",
        who=ROLES,
        basis=basis.basis,
        note="MERAH",
        inputs=(entry.payload_sha256,),
    )


def refusal(desk: Desk, code: str, what: str, found: str, needed: str) -> Verdict:
    rule = desk.case().rules.break_glass
    assert rule is not None
    return Verdict("break-glass", what, False, code, found, needed, ROLES, NEXT, rule.basis)


ENOUGH = "{} orang berperan subkoor_pa atau subkoor_tata_kelola, masing-masing dengan kuncinya"


@pytest.mark.parametrize(("signers", "count"), [(("pa", "sandi"), 1), (("pa", "pa2"), 1)])
def test_both_hold_a_role_of_the_rule(signers: tuple[str, ...], count: int) -> None:
    desk = Desk().begin()
    break_glass(desk, *signers)
    found, needed = f"{count} orang", ENOUGH.format(2)
    assert opened_by(desk) == refusal(desk, "IZIN-061", "Break-glass oleh yang belum cukup", found, needed)


def test_as_many_as_the_policy_says_decide() -> None:
    desk = Desk().begin()
    break_glass(desk, "pa", "tata", "sandi")
    assert opened_by(desk).satisfied
    desk.contoh["break_glass"]["persons"] = 3
    assert opened_by(desk).found == "2 orang"
    assert opened_by(desk).needed == ENOUGH.format(3)
    desk.contoh["break_glass"]["roles"].append("subkoor_persandian")
    assert opened_by(desk).satisfied


def test_a_role_counts_at_the_time_the_record_was_received() -> None:
    desk = Desk().begin()
    entry = break_glass(desk)
    seconds = int(entry.received_at.timestamp())
    for end, good in ((seconds, False), (seconds + 1, True)):
        persons = tuple(
            one._replace(roles=tuple(role._replace(valid_to=end) for role in one.roles))
            if one.person_id == "p-tata"
            else one
            for one in desk.trust.persons
        )
        case = replace(desk.case(), trust=desk.trust._replace(persons=persons))
        approval = desk.world.approval
        found = broken(case, "production")
        assert found is not None
        assert judge_break_glass(case, found, NOBODY, "production", approval).satisfied == good


@pytest.mark.parametrize(
    ("grade", "persons", "keys"),
    [
        ("surat", ("p-pa", "p-tata"), ("pa", "tata")),
        ("key", ("p-pa", "p-tata"), ("pa", "pa")),
        ("key", ("p-pa", "p-tak-ada"), ("pa", "tata")),
    ],
)
def test_the_judge_looks_at_hands_by_itself(
    grade: str, persons: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    """Who may append has counted them before; the judge does not rest on that."""
    desk = Desk().begin()
    break_glass(desk)
    case = desk.case()
    authority = Authority(persons, None, tuple(KEYS[name].public for name in keys))
    last = case.records[-1]
    one = last.predicate.model_copy(update={"grade": grade})
    records = (*case.records[:-1], replace(last, authority=authority, predicate=one))
    said = opened_by(desk, case=replace(case, records=records))
    assert said.code == "IZIN-061"


@pytest.mark.parametrize("part", ["author", "reviewer"])
def test_who_took_part_breaks_no_glass(part: str) -> None:
    desk = Desk().begin()
    break_glass(desk)
    users = frozenset({OFFICER})
    people = Involved(users, frozenset(), 0) if part == "author" else Involved(frozenset(), users, 0)
    what = {
        "author": ("IDENT-003", "penanda tangan juga penulis, pengirim atau pemicu rilis ini"),
        "reviewer": ("IDENT-004", "penanda tangan juga peninjau perubahan ini"),
    }[part]
    wanted = refusal(
        desk, what[0], f"Break-glass tidak berlaku: {what[1]}", "p-pa", "orang di luar tim rilis"
    )
    assert opened_by(desk, people=people) == wanted
    assert opened_by(desk, people=Involved(frozenset({DEV}), frozenset(), 0)).satisfied


def test_it_rests_on_the_approval_of_now() -> None:
    desk = Desk().begin()
    one = break_glass(desk).predicate
    assert isinstance(one, r.Signoff)
    desk.approve()
    wanted = refusal(
        desk, "IZIN-062", "Break-glass merujuk rekomendasi lain", one.rekomendasi_id, "rekomendasi ini"
    )
    assert opened_by(desk) == wanted
    case = desk.case()
    found = broken(case, "production")
    assert found is not None
    assert judge_break_glass(case, found, NOBODY, "production", None) == wanted


@pytest.mark.parametrize(
    ("signer", "changes", "refused"),
    [
        ("tata", {"role": "subkoor_tata_kelola", "person_id": "p-tata"}, True),
        ("sandi", {"role": "subkoor_persandian", "person_id": "p-sandi"}, False),
        ("tata", {"role": "subkoor_tata_kelola", "person_id": "p-tata", "about": {"release": "v2"}}, False),
        (
            "tata",
            {"role": "subkoor_tata_kelola", "person_id": "p-tata", "about": {"environment": "staging"}},
            False,
        ),
    ],
)
def test_a_refusal_by_a_role_of_the_rule_beats_it(
    signer: str, changes: dict[str, Any], refused: bool
) -> None:
    desk = Desk().begin()
    break_glass(desk)
    break_glass(desk, signer, decision="reject", **changes)
    desk.sign("uat", decision="reject", reason="x")
    said = opened_by(desk)
    assert said.satisfied != refused
    if refused:
        assert said == refusal(
            desk,
            "IZIN-063",
            "Break-glass ditolak sesudah disetujui",
            "penolakan",
            "keputusan baru dua orang",
        )


def test_a_refusal_of_another_kind_by_the_same_role_is_none_of_it() -> None:
    desk = Desk().begin()
    break_glass(desk)
    go_back(desk, decision="reject", about={"release": "v1.0.0"}, base_release="v0.9.0")
    assert opened_by(desk).satisfied


# --- it stays red ----------------------------------------------------------------------------------------------------------


def red(desk: Desk) -> list[tuple[str, ...]]:
    rules = parse_policy(policy_bytes(desk.world.policy)).authorities["contoh"]
    return [one.missing for one in pending(desk.entries, rules)]


def test_a_broken_glass_is_told_whole() -> None:
    desk = Desk().begin()
    entry = break_glass(desk)
    policy = parse_policy(policy_bytes(desk.world.policy))
    one = entry.predicate
    assert isinstance(one, r.Signoff)
    wanted = Pending(
        APP,
        one.record_id,
        "v1.0.0",
        COMMIT,
        entry.received_at,
        "banjir\nrinci",
        False,
        ("uat", "persandian"),
    )
    assert alarms(policy, desk.entries) == (wanted,)
    assert wanted.next == "kawal sahkan uat e-retribusi --rilis v1.0.0"
    assert wanted.line == (
        "BREAK-GLASS v1.0.0 (2026-11-20 02.00 UTC): banjir; pengesahan susulan belum ada: uat, persandian"
    )
    permit(desk, kind="rilis", inputs=(entry.payload_sha256,))
    permit(desk, kind="break-glass", inputs=("2" * 64,))
    assert alarms(policy, desk.entries) == (wanted,)
    permit(desk, kind="break-glass", inputs=("2" * 64, entry.payload_sha256))
    assert alarms(policy, desk.entries) == (replace(wanted, permitted=True),)
    bare = replace(entry, predicate=one.model_copy(update={"reason": None}))
    assert alarms(policy, [*desk.entries[:3], bare])[0].reason == ""


def test_alarms_follow_the_profile_that_was_asked_for_last() -> None:
    desk = Desk()
    other = dict(desk.contoh)
    other["signoffs"] = [one for one in desk.contoh["signoffs"] if one["kind"] == "uat"]
    desk.world.policy["authorities"]["lain"] = other
    desk.begin()
    break_glass(desk)
    policy = parse_policy(policy_bytes(desk.world.policy))
    assert [one.missing for one in alarms(policy, desk.entries)] == [("uat", "persandian")]
    desk.request(profile_id="lain")
    assert [one.missing for one in alarms(policy, desk.entries)] == [("uat",)]
    desk.request(profile_id="tak-dikenal")
    assert alarms(policy, desk.entries) == ()
    assert alarms(policy, []) == ()


def test_only_a_decision_of_two_breaks_the_glass() -> None:
    desk = Desk().begin()
    break_glass(desk, decision="reject")
    go_back(desk)
    assert red(desk) == []


def test_what_was_set_aside_is_decided_for_these_bytes_by_its_role() -> None:
    desk = Desk().begin()
    desk.sign("uat")
    break_glass(desk)
    assert red(desk) == [("persandian",)]
    desk.sign("persandian", about={"tree": OTHER})
    desk.sign("persandian", "pa", "pa2", grade="surat", role="subkoor_pa", person_id="p-pa")
    desk.withdraw(desk.sign("persandian"))
    desk.sign("pse", decision="reject", reason="x")
    assert red(desk) == [("persandian",)]
    desk.sign("persandian-perbaikan")
    assert red(desk) == []


def test_the_registration_is_not_owed_wherever_it_stands_among_the_rules() -> None:
    desk = Desk().begin()
    desk.contoh["signoffs"].insert(0, desk.contoh["signoffs"].pop())
    break_glass(desk)
    assert red(desk) == [("uat", "persandian")]


def test_a_re_examination_decides_nothing_of_another_kind() -> None:
    desk = Desk().begin()
    desk.contoh["signoffs"][0]["roles"] = ["subkoor_persandian"]
    break_glass(desk)
    desk.sign("persandian-perbaikan")
    assert red(desk) == [("uat",)]


@pytest.mark.parametrize("order", [("reject", "approve"), ("approve", "reject")])
def test_the_last_decision_says_whether_it_was_refused(order: tuple[str, ...]) -> None:
    desk = Desk().begin()
    break_glass(desk)
    desk.sign("persandian")
    for decision_ in order:
        desk.sign("uat", decision=decision_)
    assert red(desk) == ([()] if order[-1] == "reject" else [])


def test_a_refusal_of_one_kind_is_not_forgotten_for_the_next() -> None:
    desk = Desk().begin()
    break_glass(desk)
    desk.sign("uat", decision="reject")
    desk.sign("persandian")
    assert red(desk) == [()]
    desk.sign("pse")
    assert red(desk) == [()]


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({"commit": OTHER}, True),
        ({"commit": OTHER, "kind": "rollback"}, True),
        ({"commit": OTHER, "kind": "break-glass"}, False),
        ({}, False),
    ],
)
def test_another_release_ends_what_was_refused(changes: dict[str, Any], ends: bool) -> None:
    desk = Desk().begin()
    permit(desk, commit=OTHER)
    break_glass(desk)
    desk.sign("uat", decision="reject")
    desk.sign("persandian")
    assert red(desk) == [()]
    permit(desk, **changes)
    assert red(desk) == ([] if ends else [()])


def test_another_release_ends_nothing_that_nobody_decided() -> None:
    desk = Desk().begin()
    break_glass(desk)
    permit(desk, commit=OTHER)
    assert red(desk) == [("uat", "persandian")]
