"""The judge: every rule asked, one tree answered. Pure; the only place where a release becomes allowed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kawal.ledger.records import Request
from kawal.ledger.tables import Entry
from kawal.model import ReleaseFacts
from kawal.policy import emergency, rollback
from kawal.policy.case import Case, sorted_records
from kawal.policy.evidence import judge_evidence
from kawal.policy.ground import (
    Door,
    judge_freshness,
    judge_job,
    judge_posture,
    judge_subject,
    judge_trust,
)
from kawal.policy.model import AuthorityPolicy, Policy, SwitchedOff
from kawal.policy.pentest import judge_pentest
from kawal.policy.people import involved
from kawal.policy.process import footing, governing_request, judge_identities, judge_review
from kawal.policy.signoffs import judge_signoff
from kawal.policy.steps import Flow, judge_steps
from kawal.policy.verdict import Verdict, all_of
from kawal_seal import strictjson
from kawal_seal.trustfile import Trust

Way = Literal["rilis", "rollback", "break-glass"]


@dataclass(frozen=True)
class Judgement:
    """The answer about one release. `verdict` explains it; `codes` is empty iff it is allowed."""

    app_id: str
    app_name: str
    tag: str
    commit: str
    verdict: Verdict
    roles: dict[str, str]
    """Role id to display name, for people."""
    way: Way = "rilis"
    """What a permit for this would be called."""
    alarms: tuple[emergency.Pending, ...] = ()
    """Broken glass of this application that nobody made up for, whatever is decided now."""
    off: tuple[SwitchedOff, ...] = ()
    """What the Dinas does not ask for, by its own decision."""

    @property
    def allowed(self) -> bool:
        return self.verdict.satisfied

    @property
    def codes(self) -> tuple[str, ...]:
        return () if self.verdict.satisfied else self.verdict.codes()


def judge(
    policy: Policy,
    policy_sha256: str,
    facts: ReleaseFacts,
    entries: Sequence[Entry],
    trust: Trust,
    now: datetime,
    *,
    app_id: str,
    environment: str = "production",
    door: Door = "periksa",
    target_id: str | None = None,
) -> Judgement:
    """May these bytes go to `environment`? `entries` are the application's, straight from the ledger."""
    policy = policy.for_project(dict(facts.posture).get("ci_config_path"))
    records = sorted_records(entries, app_id, trust)
    request = governing_request(policy, records)
    rules = policy.authorities.get(request.profile_id) if request else None
    name = request.name if request else app_id
    alarms = emergency.alarms(policy, entries)
    if rules is None:
        verdict = _without_rules(app_id, request)
        return Judgement(app_id, name, facts.tag, facts.commit, verdict, {}, "rilis", alarms)
    case = Case(app_id, policy, rules, facts, trust, now, records)
    way, verdict = _judge_all(case, policy_sha256, environment, door, target_id)
    roles = dict(rules.roles)
    return Judgement(app_id, name, facts.tag, facts.commit, verdict, roles, way, alarms, rules.off)


def _without_rules(app_id: str, request: Request | None) -> Verdict:
    if request is None:
        one = Verdict(
            "permohonan",
            "Aplikasi tidak dikenal",
            False,
            "REKOM-001",
            "tidak ada permohonan",
            "permohonan yang disetujui",
            next="kawal permohonan ajukan FILE",
        )
    else:
        one = Verdict(
            "profil",
            f"Profil {request.profile_id} tidak ada dalam kebijakan",
            False,
            "PROFIL-032",
            request.profile_id,
            "profil yang dikenal kebijakan",
            next="kawal kepercayaan ubah",
        )
    return all_of("rilis", app_id, [one])


def _judge_all(
    case: Case, policy_sha256: str, environment: str, door: Door, target_id: str | None
) -> tuple[Way, Verdict]:
    """The way that the records ask for. Broken glass is looked at only where the ordinary way stays shut."""
    base, approved = footing(case)
    people = involved(case, base.provision.first_commit if base.provision else None)
    rules: AuthorityPolicy = case.rules
    ground = [
        judge_review(case, base),
        judge_identities(people),
        judge_subject(case),
        *judge_posture(case),
        judge_trust(case, policy_sha256),
        judge_freshness(case),
        *judge_job(case, door, target_id, environment),
    ]

    def tree(steps: Sequence[Verdict], title: str, required: Sequence[Verdict]) -> Verdict:
        """Approval and ground hold on every way; only what is required of the release itself differs."""
        syarat = all_of("syarat", title, required)
        return all_of("rilis", f"rilis {case.facts.tag}", [approved, *steps, *ground, syarat])

    back = rollback.asked(case.records, rules, case.facts.tag, case.facts.commit)
    if back is not None:
        required = rollback.judge_rollback(case, back[1], people, environment, base.approval)
        return "rollback", tree([], "kembali ke rilis terdahulu", required)
    flow = Flow.of(case, base)
    pentest = rules.pentest if rules.pentest and not flow.passed_by(rules.pentest.unless) else None
    required = [
        *(
            judge_evidence(case, rule, base.request, people)
            for rule in rules.evidence
            if not flow.passed_by(rule.unless)
        ),
        *([judge_pentest(case, pentest)] if pentest else []),
        *(
            judge_signoff(case, rule, people, environment, base.approval, base.request)
            for rule in rules.signoffs
        ),
    ]
    ordinary = tree(judge_steps(case, flow), "bukti dan pengesahan", required)
    broken = emergency.broken(case, environment)
    if ordinary.satisfied or broken is None:
        return "rilis", ordinary
    glass = emergency.judge_break_glass(case, broken, people, environment, base.approval)
    return "break-glass", tree([], "break-glass", [glass])


def posture_sha256(facts: ReleaseFacts) -> str:
    return hashlib.sha256(strictjson.dumps([list(pair) for pair in facts.posture])).hexdigest()
