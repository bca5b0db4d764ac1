"""Rules asked by themselves, as several tests ask them; and the values that they change."""

from __future__ import annotations

from typing import Any

from kawal_world import OFFICER
from kebijakan_desk import NOBODY, Desk, at

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.policy import Verdict
from kawal.policy.case import Case, Record
from kawal.policy.evidence import judge_evidence
from kawal.policy.model import EvidenceRule, SignoffRule
from kawal.policy.people import Involved
from kawal.policy.process import footing
from kawal.policy.signoffs import judge_signoff

OTHER = "6" * 40
BASE = {"release": "v0.9.0", "commit": OTHER, "tree": "7" * 40, "artifact_sha256": "b" * 64}
INSIDERS = Involved(frozenset({OFFICER}), frozenset(), 0)
LAIN = r.ForgeProject(kind="gitlab", url="https://lain.contoh", project_id=41, path="dagang/e-retribusi")
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


def evidence_rule_of(case: Case, uji: str) -> EvidenceRule:
    return next(one for one in case.rules.evidence if one.uji == uji)


def proved(
    desk: Desk, uji: str = "beban", *, now: Any = None, known: bool = True, people: Any = NOBODY
) -> Verdict:
    case = at(desk.case(), now or desk.now)
    request = desk.world.request.predicate
    assert isinstance(request, r.Request)
    return judge_evidence(case, evidence_rule_of(case, uji), request if known else None, people)


def do(desk: Desk, name: str = "8", signer: str = "pa", **changes: Any) -> Entry:
    return desk.add(desk.world.make_step(name, **changes), signer)
