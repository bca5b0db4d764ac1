"""The same case as kawal's own values (records, facts, trust), and what kawal's judge says of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache, lru_cache
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
    key,
    policy_bytes,
    policy_value,
    special_ways,
    trust_value,
)

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.model import Actor
from kawal.policy import Judgement, judge, parse_policy
from kawal_seal.keys import PublicKey
from kawal_seal.trustfile import Trust
from oracle.told import ACCEPTOR, BACK, GLASS, GLASS_MINUTES, PATCH, Case, Found, Report, Sign, Weakness

NOW = START + timedelta(days=200)
WORLD = World.__new__(World)  # only its makers of records are used: no ledger, no disk
WORLD.policy = policy_value()
WORLD.now = NOW
OFFICER_ACCOUNTS = {"author": 71, "reviewer": 72}


def _entry(
    predicate: r.Predicate, *signers: str, age: timedelta = timedelta(), key_gone: bool = False
) -> Entry:
    """`key_gone`: by the keys that the same people had under a trust version of before."""
    digest = hashlib.sha256(predicate.record_id.encode()).hexdigest()
    keys = tuple((_old_key(name) if key_gone else KEYS[name].public) for name in signers)
    trust = _old_trust() if key_gone else _trust("good", frozenset(), "0" * 64)
    return Entry(0, NOW - age, digest, predicate.TYPE, predicate, keys, b"", trust)


@cache
def _old_key(name: str) -> PublicKey:
    return key(f"{name}-lama").public


@cache
def _old_trust() -> Trust:
    trust = _trust("good", frozenset(), "0" * 64)
    persons = tuple(one._replace(keys=(_old_key(one.person_id.removeprefix("p-")),)) for one in trust.persons)
    return trust._replace(persons=persons, root_keys=(_old_key("root1"), _old_key("root2")))


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


EARLIER, BASE = "v0.9.0", "v0.8.0"
BASE_CODE = {"commit": "8" * 40, "tree": "9" * 40}
SUBJECTS: dict[str, dict[str, str]] = {
    "this": {},
    "bytes": {"artifact_sha256": "6" * 64},
    "earlier": {"release": EARLIER},
    "base": {"release": BASE, "artifact_sha256": "8" * 64, **BASE_CODE},
    "other": {"release": "v0.0.9"},
    "sibling": {"release": "v0.8.1"},
    "second sibling": {"release": "v0.8.2"},
}


@cache
def _policy(persons: int, ways: bool) -> tuple[Any, str]:
    value = policy_value()
    if ways:
        decided = special_ways()
        decided["break_glass"]["minutes"] = GLASS_MINUTES
        value["authorities"]["contoh"].update(decided)
    for rule in value["authorities"]["contoh"]["signoffs"]:
        if rule["kind"] == "persandian":
            rule["persons"] = persons
    data = policy_bytes(value)
    return parse_policy(data), hashlib.sha256(data).hexdigest()


@cache
def _letters(letter: str, profile_same: bool) -> tuple[Entry, ...]:
    """The request, and what was decided on it."""
    request = WORLD.request = REQUEST if profile_same else OTHER_PROFILE
    approve = WORLD.make_approval(record_id=LETTER_ID)
    reject = WORLD.make_approval(decision="reject")
    # A letter of somebody whose role the step does not name, taken in by two recorders.
    wrong = WORLD.make_approval(signer_role="staf_pa", person_id=None)
    yes, no = _entry(approve, "tata"), _entry(reject, "tata")
    decided: dict[str, tuple[Entry, ...]] = {
        "approved": (yes,),
        "none": (),
        "refused_after": (yes, no),
        "refused_before": (no, yes),
        "by_wrong_role": (_entry(wrong, "pa", "pa2"),),
    }
    return (request, *decided[letter])


@cache
def _step() -> Entry:
    return _entry(WORLD.make_step(), "pa")


@cache
def _evidence(report: Report, _earlier: int) -> tuple[Entry, ...]:
    """Of each report that looks the same a record of its own (after `_earlier` others), for no ledger holds one twice.

    The record; of a scan that found something also the list; of one that an officer spoke about, what was accepted."""
    origin: dict[str, Any] = {"runner_id": 2 if report.on_pa_runner else 1}
    if not report.from_template:
        origin["ci_config_path"] = ".gitlab-ci.yml"
    changes: dict[str, Any] = {
        "class": report.claimed_class,
        "result": report.result,
        "finished_at": NOW - timedelta(days=report.age_days),
        "origin": origin,
    }
    if report.of_base:
        changes |= BASE_CODE
    if not report.same_code:
        changes["commit"] = "6" * 40
    if not report.same_bytes:
        changes["artifact_sha256"] = "6" * 64
    if not report.approved_thresholds:
        changes["thresholds_sha256"] = "6" * 64
    age = timedelta(days=report.age_days)
    if not report.found:
        return (_entry(WORLD.make_evidence(report.uji, **changes), "evidence", age=age),)
    codes = ("AMAN-104",) if report.accepted == "mixed" else ()
    evidence, listed = WORLD.make_failed_scan(report.uji, *report.found, codes=codes, **changes)
    found = [_entry(evidence, "evidence", age=age)]
    if report.listed:
        found.append(_entry(listed, "evidence", age=age))
    return (*found, *_acceptance(report))


def _acceptance(report: Report) -> list[Entry]:
    if report.accepted == "no":
        return []
    items: Found = {
        "other_finding": (("c", "tinggi", 2), ("b", "kritis", 1)),
        "partly": (("a", "tinggi", 1), ("b", "kritis", 1)),
    }.get(report.accepted, report.found)
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


def _weakness(number: int, one: Weakness) -> tuple[r.Finding, r.AcceptedRisk | None]:
    finding = r.Finding(
        id=f"T{number}",
        severity=one.severity,  # type: ignore[arg-type]
        cwe=None,
        group="d",
        retest=one.retest,  # type: ignore[arg-type]
    )
    if one.risk == "no":
        return finding, None
    risk = r.AcceptedRisk(
        finding=finding.id,
        role="kadis" if one.risk == "foreign" else ROLES[one.officer][0],
        person_id=f"p-{one.officer}",
        reason="ditutup di WAF",
        expires_at=NOW if one.risk == "expired" else NOW + timedelta(seconds=1),
    )
    return finding, risk


@cache
def _examined(weaknesses: tuple[Weakness, ...], approves: bool) -> r.Persandian:
    """The result is as good as what is still open lets it be."""
    made = [_weakness(number, one) for number, one in enumerate(weaknesses)]
    left = any(one.retest != "lulus" and one.severity in ("kritis", "tinggi", "sedang") for one in weaknesses)
    result = "memenuhi_dengan_catatan" if left else "memenuhi"
    return r.Persandian(
        result="tidak_memenuhi" if not approves else result,  # type: ignore[arg-type]
        findings=tuple(finding for finding, _ in made),
        accepted=tuple(risk for _, risk in made if risk is not None),
        reports=(),
        note=None,
    )


@cache
def _signoff(sign: Sign, number: int) -> tuple[Entry, ...]:
    """The record; followed by its withdrawal when it was taken back. `number` keeps equal ones apart."""
    age = timedelta(days=sign.age_days, minutes=sign.age_minutes)
    at = NOW - age
    start = NOW + timedelta(days=1) if sign.not_yet else at
    own = timedelta(minutes=sign.own_minutes) if sign.kind == GLASS else timedelta(days=sign.own_days)
    signer = sign.person
    changes: dict[str, Any] = {
        "person_id": f"p-{signer}",
        "role": ROLES[signer][0],
        "issued_at": at,
        "not_before": start,
        "expires_at": start + own,
        "rekomendasi_id": LETTER_ID if sign.of_this_letter else r.new_id(),
        "about": SUBJECTS[sign.subject],
    }
    if not sign.approves:
        changes["decision"] = "reject"
    if sign.kind == "uat":
        ids = ["UAT-1", "UAT-2"] if sign.complete else ["UAT-1"]
        changes["uat"] = tuple(
            r.UatScenario(id=one, accepted=sign.all_accepted or one != "UAT-1", note=None) for one in ids
        )
    if sign.kind in ("persandian", PATCH):
        changes["persandian"] = _examined(sign.weaknesses, sign.approves)
    if sign.kind in (BACK, PATCH):
        names = {BACK: EARLIER, PATCH: BASE}
        changes["base_release"] = names[sign.kind] if sign.rests_on == "known" else "v0.7.0"
    keys = (signer,) if sign.second is None else (signer, sign.second)
    if not sign.right_role:
        if sign.kind == BACK:
            keys = ("tata",)
            changes |= {"role": ROLES["tata"][0], "person_id": "p-tata"}
        else:  # an official of another role, with a letter of two recorders
            changes |= {"role": "subkoor_pa", "person_id": "p-pa", "grade": "surat"}
            keys = ("pa2", "tata")
    if not sign.entitled:
        keys = ("dev",)
    entry = _entry(WORLD.make_signoff(sign.kind, **changes), *keys, age=age, key_gone=sign.key_gone)
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
    own_hand = ("pa",) if sign.kind not in (BACK, GLASS) and not sign.right_role else keys[:1]
    by = ("root1", "root2") if by_root else own_hand
    return (entry, _entry(back, *by, key_gone=sign.withdrawer_gone))


PERMIT = WORLD.make_permit(release=EARLIER)
OPENED: dict[str, dict[str, Any]] = {
    "yes": {},
    "other_code": {"tree": "6" * 40},
    "other_bytes": {"artifacts": ("6" * 64,)},
    "other_place": {"environment": "staging"},
    "by_glass": {"kind": "break-glass"},
    "other_name": {"release": "v0.9.1"},
    "withdrawn": {},
}


def _permit(opened: str, inputs: tuple[str, ...]) -> tuple[Entry, ...]:
    """What an earlier opening left in the ledger, resting on the records of these digests."""
    if opened == "no":
        return ()
    entry = _entry(PERMIT.model_copy(update={**OPENED[opened], "inputs": inputs}), "permit")
    if opened != "withdrawn":
        return (entry,)
    back = r.Withdraw(
        app_id=APP,
        issued_at=NOW,
        record_sha256=entry.payload_sha256,
        role=None,
        person_id=None,
        reason="keliru",
    )
    return (entry, _entry(back, "root1", "root2"))


@lru_cache(maxsize=4096)
def _facts(case: Case) -> Any:
    """Of a case without its records."""
    base = facts(NOW)
    read_at = NOW - timedelta(seconds=case.facts_age_s)
    changes: dict[str, Any] = {"read_at": read_at}
    changes["forge_time"] = {
        "same": read_at,
        "silent": None,
        "apart": read_at + timedelta(seconds=301),
    }[case.forge_clock]
    merge = base.merges[0]
    parts = {one for _, one in case.parts}
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
    tags: dict[str, dict[str, Any]] = {
        "bad_name": {"tag": "rilis-1"},
        "unprotected": {"tag_protected": False},
        "off_branch": {"on_default_branch": False},
        "no_package": {"artifact_sha256": None},
        "good": {},
    }
    postures: dict[str, dict[str, Any]] = {
        "good": {},
        "drift": {"posture_drift": ("ci_config_path berubah",)},
        "unread": {"posture": ()},
    }
    changes |= tags[case.tag] | postures[case.posture]
    files = {
        "harmless": ("src/tarif.php",),
        "dependency": ("src/tarif.php", "api/composer.json"),
        "sensitive": ("src/AuthController.php",),
    }.get(case.changed)
    changes["changed"] = ((BASE_CODE["commit"], files),)
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
    answer, _ = judged_by_kawal(case)
    assert answer.allowed == (not answer.codes)
    return frozenset(answer.codes)


def judged_by_kawal(case: Case) -> tuple[Judgement, list[Entry]]:
    """What kawal's judge says of the same case, and the records that it saw."""
    found = [*_letters(case.letter, case.profile_same)]
    if case.project_known:
        found.append(PROVISION)
    if case.step_done:
        found.append(_step())
    earlier = Counter[Report]()
    for report in case.reports:
        found += _evidence(report, earlier[report])
        earlier[report] += 1
    carried: list[str] = []
    for number, sign in enumerate(case.signs):
        made = _signoff(sign, number)
        found += made
        if sign.carried:
            carried.append(made[0].payload_sha256)
    found += _permit(case.opened, tuple(carried) or ("2" * 64,))
    entries = [_numbered(one, number) for number, one in enumerate(found, 1)]
    policy, digest = _policy(case.persons_needed, case.special_ways)
    answer = judge(
        policy,
        digest,
        _facts(case._replace(reports=(), signs=())),
        entries,
        _trust(case.trust, case.parts, digest),
        NOW,
        app_id=APP,
        door="izin",
        target_id="lain" if case.job == "target" else "produksi-1",
    )
    return answer, entries
