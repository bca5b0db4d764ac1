"""Re-examinations at their edges: what a base carries, what a changed file or a scanner's finding takes from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kawal_world import COMMIT, OFFICER, policy_bytes
from kebijakan_ask import BASE, INSIDERS, LAIN, OTHER, pair, rule_of, told
from kebijakan_desk import DAY, NOBODY, SECOND, Desk, at

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.policy import parse_policy
from kawal.policy.case import Record
from kawal.policy.flaw import Flaw
from kawal.policy.model import PatchRule
from kawal.policy.patch import _listed, _of_base, _resting_on, _serious, matches_any, patch_flaw
from kawal.policy.people import Involved
from kawal.policy.signoffs import (
    _examined_in_full,
    kinds_for,
)

# --- re-examinations ---------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    "people", [INSIDERS, replace(INSIDERS, authors=frozenset(), reviewers=INSIDERS.authors)]
)
def test_whoever_had_a_part_in_the_release_did_not_examine_its_base(people: Involved) -> None:
    """One officer examines in full what he wrote, another one only what changed since."""
    desk = Desk().begin()
    accounts = tuple(
        one._replace(forge_user_ids=(OFFICER,) if one.person_id == "p-sandi" else ())
        for one in desk.trust.persons
    )
    desk.trust = desk.trust._replace(persons=accounts)
    based(desk)
    desk.sign("persandian-perbaikan", "sandi2", person_id="p-sandi2")
    assert full_of(desk) is not None
    assert full_of(desk, people=people) is None
    desk.sign("persandian", "sandi2", person_id="p-sandi2", about=BASE)
    assert full_of(desk, people=people) is not None


def test_two_recorders_of_an_examination_are_outsiders_too() -> None:
    desk = Desk().begin()
    desk.sign("persandian", "pa", "tata", grade="surat", about=BASE)
    desk.sign("persandian-perbaikan")
    assert full_of(desk) is not None
    assert full_of(desk, people=INSIDERS) is None


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


# --- findings of scanners ----------------------------------------------------------------------------------------------

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
