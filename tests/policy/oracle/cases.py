"""Random cases, and the same cases as kawal's own values (records, facts, trust)."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from kawal_world import (
    APP,
    KEYS,
    PROJECT,
    ROLES,
    START,
    World,
    facts,
    job,
    policy_bytes,
    policy_value,
    trust_value,
)

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.model import Actor
from kawal.policy import judge, parse_policy
from kawal_seal.trustfile import Trust
from oracle.model import ACCEPTOR, AREA, LEAST, PACK, SCANNERS, SIGN, Case, Report, Sign

NOW = START + timedelta(days=200)
UJI = (*AREA, PACK)
PERSONS = {"uat": ("pemohon",), "persandian": ("sandi", "sandi2"), "pse": ("pemohon",)}
NOT_ACCEPTED = ("expired", "foreign", "withdrawn", "other_finding", "partly", "mixed")
Change = Callable[[Case, random.Random], Case]


# --- cases ------------------------------------------------------------------------------------------------------------


def good_report(uji: str, rng: random.Random) -> Report:
    least = LEAST.get(uji, 2)
    level = rng.choice(("dilaporkan", "disaksikan", "diamati")[least:])
    return Report(
        uji,
        claimed_class=level,
        on_pa_runner=level == "diamati" or rng.random() < 0.5,
        age_days=rng.choice((0, 1, 29, 30)),
    )


def good_sign(kind: str, person: str, rng: random.Random) -> Sign:
    life = {"uat": 30, "persandian": 90, "pse": 365}[kind]
    return Sign(kind, person, person, age_days=rng.choice((0, 1, life - 1)), own_days=rng.choice((life, 400)))


def without(items: tuple[Any, ...], rng: random.Random, unwanted: Callable[[Any], bool]) -> tuple[Any, ...]:
    return tuple(one for one in items if not unwanted(one))


def good_case(rng: random.Random) -> Case:
    """Everything in place, with harmless things around it: older failures, other releases, withdrawn refusals."""
    needed = rng.choice((1, 1, 2))
    reports: list[Report] = []
    for uji in UJI:
        if rng.random() < 0.15:
            older = good_report(uji, rng)
            reports.append(replace(older, result=rng.choice(("FAILED", "UNUSABLE")), age_days=30))
        report = good_report(uji, rng)
        if uji in SCANNERS and rng.random() < 0.1:
            report = replace(report, result="FAILED", accepted="yes")
        reports.append(report)
        if rng.random() < 0.15:  # later, but of something else: the code, the template, or a stranger's job
            other = rng.choice(({"same_code": False}, {"from_template": False}))
            if uji != PACK or "from_template" in other:
                reports.append(
                    replace(good_report(uji, rng), result=rng.choice(("PASSED", "FAILED")), **other)
                )
    signs: list[Sign] = []
    for kind in SIGN:
        if rng.random() < 0.15:
            signs.append(replace(good_sign(kind, PERSONS[kind][0], rng), approves=False, withdrawn=True))
        if rng.random() < 0.1 and kind != "pse":
            signs.append(
                replace(
                    good_sign(kind, PERSONS[kind][0], rng), approves=rng.random() < 0.5, same_subject=False
                )
            )
        if rng.random() < 0.1:
            signs.append(replace(good_sign(kind, PERSONS[kind][0], rng), approves=False, entitled=False))
        people = PERSONS[kind][: needed if kind == "persandian" else 1]
        signs += [good_sign(kind, person, rng) for person in people]
        if rng.random() < 0.1:
            signs.append(replace(good_sign(kind, people[0], rng), right_role=False))
    letter = rng.choice(("approved", "approved", "approved", "refused_before"))
    case = Case(letter=letter, persons_needed=needed, reports=tuple(reports), signs=tuple(signs))
    return replace(case, facts_age_s=rng.choice((0, 1, 59, 60, -60)))


def _last(items: tuple[Any, ...], fits: Callable[[Any], bool]) -> int:
    return max(place for place, one in enumerate(items) if fits(one))


def set_field(name: str, value: Any) -> Change:
    return lambda case, rng: replace(case, **{name: value})


def report_change(uji: str, **changes: Any) -> Change:
    """The only reports of a kind are changed ones."""

    def change(case: Case, rng: random.Random) -> Case:
        kept = tuple(one for one in case.reports if one.uji != uji)
        return replace(case, reports=(*kept, replace(good_report(uji, rng), **changes)))

    return change


def no_report(uji: str) -> Change:
    return lambda case, rng: replace(case, reports=tuple(one for one in case.reports if one.uji != uji))


def sign_change(kind: str, **changes: Any) -> Change:
    """Every sign-off of a kind is a changed one."""

    def change(case: Case, rng: random.Random) -> Case:
        kept = tuple(one for one in case.signs if one.kind != kind)
        people = PERSONS[kind][: case.persons_needed if kind == "persandian" else 1]
        made = tuple(replace(good_sign(kind, person, rng), **changes) for person in people)
        return replace(case, signs=(*kept, *made))

    return change


def no_sign(kind: str) -> Change:
    return lambda case, rng: replace(case, signs=tuple(one for one in case.signs if one.kind != kind))


def refused_after(kind: str) -> Change:
    def change(case: Case, rng: random.Random) -> Case:
        person = rng.choice(PERSONS[kind])
        return replace(
            case, signs=(*case.signs, replace(good_sign(kind, person, rng), approves=False, age_days=0))
        )

    return change


def one_person_of_two(case: Case, rng: random.Random) -> Case:
    kept = tuple(one for one in case.signs if one.kind != "persandian")
    made = tuple(good_sign("persandian", "sandi", rng) for _ in range(rng.choice((1, 2, 3))))
    return replace(case, persons_needed=2, signs=(*kept, *made))


def deviations() -> list[Change]:
    """One change each; most have exactly one code for their effect."""
    found: list[Change] = [
        *(set_field("review", one) for one in ("unapproved", "no_request", "history_cut")),
        *(set_field("tag", one) for one in ("bad_name", "unprotected", "off_branch", "no_package")),
        *(set_field("posture", one) for one in ("drift", "unread")),
        *(set_field("trust", one) for one in ("expired", "other_policy")),
        *(set_field("facts_age_s", one) for one in (61, 3600, -61, -3600)),
        *(set_field("forge_clock", one) for one in ("silent", "apart")),
        *(set_field("job", one) for one in ("none", "name", "status", "ref", "source", "runner", "target")),
        set_field("project_known", False),
        set_field("profile_same", False),
        set_field("step_done", False),
        set_field("nameless_author", True),
        one_person_of_two,
    ]
    for uji in UJI:
        found += [no_report(uji), report_change(uji, result="FAILED"), report_change(uji, result="UNUSABLE")]
        found += [report_change(uji, same_code=False), report_change(uji, from_template=False)]
        if LEAST.get(uji, 2) == 2:
            found += [report_change(uji, claimed_class="diamati", on_pa_runner=False)]
            found += [report_change(uji, claimed_class="disaksikan")]
        if uji != PACK:
            found += [report_change(uji, age_days=31), report_change(uji, approved_thresholds=False)]
        else:
            found += [report_change(uji, same_bytes=False)] * 2
    for uji in SCANNERS:
        found += [report_change(uji, result="FAILED", accepted=one) for one in NOT_ACCEPTED]
    for kind in SIGN:
        found += [no_sign(kind), sign_change(kind, entitled=False), sign_change(kind, right_role=False)]
        found += [sign_change(kind, approves=False), sign_change(kind, withdrawn=True), refused_after(kind)]
        found += [sign_change(kind, age_days=366, own_days=400), sign_change(kind, age_days=5, own_days=5)]
        found += [sign_change(kind, of_this_letter=False), sign_change(kind, not_yet=True)]
        found += [sign_change(kind, part="author"), sign_change(kind, part="reviewer")]
        if kind != "pse":
            found += [sign_change(kind, same_subject=False)]
    found += [sign_change("uat", all_accepted=False), sign_change("uat", complete=False)] * 2
    return found


def whole_persons(case: Case) -> Case:
    """Who wrote or reviewed the release did so in every record of hers."""
    parts = {one.person: one.part for one in case.signs if one.part != "outsider"}
    return replace(
        case, signs=tuple(replace(one, part=parts.get(one.person, "outsider")) for one in case.signs)
    )


DEVIATIONS = deviations()


# --- the same as kawal's values --------------------------------------------------------------------------------------

WORLD = World.__new__(World)  # only its makers of records are used: no ledger, no disk
WORLD.policy = policy_value()
WORLD.now = NOW
OFFICER_ACCOUNTS = {"author": 71, "reviewer": 72}


def _entry(predicate: r.Predicate, *signers: str, age: timedelta = timedelta()) -> Entry:
    digest = hashlib.sha256(predicate.record_id.encode()).hexdigest()
    keys = tuple(KEYS[name].public for name in signers)
    return Entry(0, NOW - age, digest, predicate.TYPE, predicate, keys, b"")


REQUEST = _entry(WORLD.make_request(), "pa", age=timedelta(days=199))
OTHER_PROFILE = _entry(WORLD.make_request(profile_sha256="1" * 64), "pa", age=timedelta(days=199))
THRESHOLDS = WORLD.make_request().thresholds.sha256()
PROVISION = _entry(
    r.Provision(
        app_id=APP,
        issued_at=NOW,
        step=None,
        forge=PROJECT,
        plan_sha256="7" * 64,
        created=(),
        first_commit="1" * 40,
    ),
    "evidence",
)
LETTER_ID = r.new_id()
WORLD.request = REQUEST
WORLD.approval = WORLD.make_approval(record_id=LETTER_ID)


@cache
def _policy(persons: int) -> tuple[Any, str]:
    value = policy_value()
    for rule in value["authorities"]["contoh"]["signoffs"]:
        if rule["kind"] == "persandian":
            rule["persons"] = persons
    data = policy_bytes(value)
    return parse_policy(data), hashlib.sha256(data).hexdigest()


@cache
def _letters(letter: str, request: Entry) -> tuple[Entry, ...]:
    WORLD.request = request
    approve = WORLD.make_approval(record_id=LETTER_ID)
    reject = WORLD.make_approval(decision="reject")
    # A letter of somebody whose role the step does not name, taken in by two recorders.
    wrong = WORLD.make_approval(signer_role="staf_pa", person_id=None)
    yes, no = _entry(approve, "tata"), _entry(reject, "tata")
    return {
        "approved": (yes,),
        "none": (),
        "refused_after": (yes, no),
        "refused_before": (no, yes),
        "by_wrong_role": (_entry(wrong, "pa", "pa2"),),
    }[letter]


@cache
def _step() -> Entry:
    return _entry(WORLD.make_step(), "pa")


@cache
def _evidence(report: Report) -> tuple[Entry, ...]:
    """The record; for a failed scan that somebody spoke about also its findings and what was accepted."""
    origin: dict[str, Any] = {"runner_id": 2 if report.on_pa_runner else 1}
    if not report.from_template:
        origin["ci_config_path"] = ".gitlab-ci.yml"
    changes: dict[str, Any] = {
        "class": report.claimed_class,
        "result": report.result,
        "finished_at": NOW - timedelta(days=report.age_days),
        "origin": origin,
    }
    if not report.same_code:
        changes["commit"] = "6" * 40
    if not report.same_bytes:
        changes["artifact_sha256"] = "6" * 64
    if not report.approved_thresholds:
        changes["thresholds_sha256"] = "6" * 64
    age = timedelta(days=report.age_days)
    if report.accepted == "no":
        return (_entry(WORLD.make_evidence(report.uji, **changes), "evidence", age=age),)
    del changes["result"]
    codes = ("AMAN-104",) if report.accepted == "mixed" else ()
    evidence, listed = WORLD.make_failed_scan(
        report.uji, ("a", "tinggi", 2), ("b", "kritis", 1), codes=codes, **changes
    )
    found = [_entry(evidence, "evidence", age=age), _entry(listed, "evidence", age=age)]
    return (*found, *_acceptance(report))


def _acceptance(report: Report) -> list[Entry]:
    items = {
        "other_finding": (("c", "tinggi", 2), ("b", "kritis", 1)),
        "partly": (("a", "tinggi", 1), ("b", "kritis", 1)),
    }.get(report.accepted, (("a", "tinggi", 2), ("b", "kritis", 1)))
    signer = "pa" if report.accepted == "foreign" else ACCEPTOR
    changes: dict[str, Any] = {"role": ROLES[signer][0], "person_id": f"p-{signer}"}
    changes["expires_at"] = NOW if report.accepted == "expired" else NOW + timedelta(days=1)
    made = _entry(WORLD.make_acceptance(report.uji, *items, **changes), signer, age=timedelta(days=2))
    if report.accepted != "withdrawn":
        return [made]
    back = r.Withdraw(
        app_id=APP,
        issued_at=NOW,
        record_sha256=made.payload_sha256,
        role=changes["role"],
        person_id=changes["person_id"],
        reason="keliru",
    )
    return [made, _entry(back, signer)]


def _signer(sign: Sign) -> str:
    return sign.person


@cache
def _signoff(sign: Sign, number: int) -> tuple[Entry, ...]:
    """The record; followed by its withdrawal when it was taken back. `number` keeps equal ones apart."""
    age = timedelta(days=sign.age_days)
    at = NOW - age
    signer = sign.person
    role = ROLES[signer][0]
    changes: dict[str, Any] = {
        "person_id": f"p-{signer}",
        "role": role,
        "issued_at": at,
        "not_before": NOW + timedelta(days=1) if sign.not_yet else at,
        "expires_at": max(at, NOW + timedelta(days=2) if sign.not_yet else at)
        + timedelta(days=sign.own_days),
        "rekomendasi_id": LETTER_ID if sign.of_this_letter else r.new_id(),
    }
    if not sign.approves:
        changes["decision"] = "reject"
    if not sign.same_subject:
        changes["about"] = {"release": "v0.0.9"}
    if sign.kind == "uat":
        ids = ["UAT-1", "UAT-2"] if sign.complete else ["UAT-1"]
        changes["uat"] = tuple(
            r.UatScenario(id=one, accepted=sign.all_accepted or one != "UAT-1", note=None) for one in ids
        )
    keys = (signer,)
    if not sign.right_role:  # an official of another role, with a letter of two recorders
        changes |= {"role": "subkoor_pa", "person_id": "p-pa", "grade": "surat"}
        keys = ("pa2", "tata")
    if not sign.entitled:
        keys = ("dev",)
    entry = _entry(WORLD.make_signoff(sign.kind, **changes), *keys, age=age)
    if not sign.withdrawn:
        return (entry,)
    by_root = number % 2 == 1
    back = r.Withdraw(
        app_id=APP,
        issued_at=NOW,
        record_sha256=entry.payload_sha256,
        role=None if by_root else changes["role"],
        person_id=None if by_root else changes["person_id"],
        reason="keliru",
    )
    if by_root:
        return (entry, _entry(back, "root1", "root2"))
    return (entry, _entry(back, *(("pa",) if not sign.right_role else (signer,))))


@cache
def _trust(state: str, parts: frozenset[tuple[str, str]], policy_sha256: str) -> Trust:
    """`parts`: which officer was author or reviewer; their forge account says so."""
    accounts = {person: OFFICER_ACCOUNTS[part] for person, part in parts}
    trust = trust_value("9" * 64 if state == "other_policy" else policy_sha256)
    persons = tuple(
        one._replace(forge_user_ids=(accounts[name],))
        if (name := one.person_id.removeprefix("p-")) in accounts
        else one
        for one in trust.persons
    )
    since = int((START - timedelta(days=400)).timestamp())
    persons = tuple(
        one._replace(roles=tuple(role._replace(valid_from=since) for role in one.roles)) for one in persons
    )
    expires = int(NOW.timestamp()) if state == "expired" else trust.expires_at
    return trust._replace(persons=persons, expires_at=expires, issued_at=int(START.timestamp()))


def _facts(case: Case) -> Any:
    base = facts(NOW)
    read_at = NOW - timedelta(seconds=case.facts_age_s)
    changes: dict[str, Any] = {"read_at": read_at}
    changes["forge_time"] = {
        "same": read_at,
        "silent": None,
        "apart": read_at + timedelta(seconds=301),
    }[case.forge_clock]
    merge = base.merges[0]
    parts = {one.part for one in case.signs}
    if case.review == "unapproved":
        merge = replace(merge, approvals=())
    elif "reviewer" in parts:
        approval = merge.approvals[0]
        merge = replace(
            merge, approvals=(*merge.approvals, replace(approval, user_id=OFFICER_ACCOUNTS["reviewer"]))
        )
    changes["merges"] = () if case.review == "no_request" else (merge,)
    if case.review == "history_cut":
        changes["commits_since"] = base.commits_since[1:]
    extra = list(base.extra_actors)
    if "author" in parts:
        extra.append(Actor("pusher", OFFICER_ACCOUNTS["author"], "e" * 64))
    if case.nameless_author:
        extra.append(Actor("author", None, "f" * 64))
    changes["extra_actors"] = tuple(extra)
    changes |= {
        "bad_name": {"tag": "rilis-1"},
        "unprotected": {"tag_protected": False},
        "off_branch": {"on_default_branch": False},
        "no_package": {"artifact_sha256": None},
        "good": {},
    }[case.tag]
    changes |= {
        "good": {},
        "drift": {"posture_drift": ("ci_config_path berubah",)},
        "unread": {"posture": ()},
    }[case.posture]
    jobs: dict[str, dict[str, Any]] = {
        "good": {},
        "name": {"name": "lain"},
        "status": {"status": "success"},
        "ref": {"ref_is_tag": False},
        "source": {"pipeline_source": "web"},
        "runner": {"runner_id": 7},
        "target": {},
    }
    changes["job"] = (
        None if case.job == "none" else job(**{"ref": changes.get("tag", base.tag), **jobs[case.job]})
    )
    return replace(base, **changes)


NUMBERED: dict[tuple[int, int], tuple[Entry, Entry]] = {}


def _numbered(entry: Entry, seq: int) -> Entry:
    """The entry at its place; kept (with the entry, so that its id stays its own), since making it took a tenth of the time."""
    key = (id(entry), seq)
    if key not in NUMBERED:
        NUMBERED[key] = (entry, replace(entry, seq=seq))
    return NUMBERED[key][1]


def asked_of_kawal(case: Case) -> frozenset[str]:
    """The codes of kawal's judge for the same case."""
    request = REQUEST if case.profile_same else OTHER_PROFILE
    found = [request, *_letters(case.letter, request)]
    if case.project_known:
        found.append(PROVISION)
    if case.step_done:
        found.append(_step())
    for report in case.reports:
        found += _evidence(report)
    for number, sign in enumerate(case.signs):
        found += _signoff(sign, number)
    entries = [_numbered(one, number) for number, one in enumerate(found, 1)]
    policy, digest = _policy(case.persons_needed)
    parts = frozenset((one.person, one.part) for one in case.signs if one.part != "outsider")
    answer = judge(
        policy,
        digest,
        _facts(case),
        entries,
        _trust(case.trust, parts, digest),
        NOW,
        app_id=APP,
        door="izin",
        target_id="lain" if case.job == "target" else "produksi-1",
    )
    assert answer.allowed == (not answer.codes)
    return frozenset(answer.codes)
