"""Accepted risks (`pengecualian`): findings of a scanner that an entitled officer set aside until a date. Nothing in the code does that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from kawal.ledger.records import CountedFinding, Evidence, FindingLimits, Findings, Request, RiskAcceptance
from kawal.policy.case import Case, Record
from kawal.policy.model import AcceptanceRule
from kawal.policy.people import Involved, conflict

ABOUT_FINDINGS = {"AMAN-102", "AMAN-202"}
"""Codes of the gates that say "too many findings". A result that failed for any other reason is not to be accepted."""
SEVERITIES = ("kritis", "tinggi", "sedang")
"""Those with a limit in the approved thresholds."""

Key = tuple[str, str]
"""fingerprint, severity"""


@dataclass(frozen=True)
class Accepted:
    """The acceptances that bring a failed result below its limits."""

    findings: int
    until: datetime
    role: str
    reason: str
    inputs: tuple[str, ...]


def limits_of(request: Request, uji: str) -> FindingLimits | None:
    found = {
        "keamanan_kode": request.thresholds.keamanan_kode,
        "keamanan_aplikasi": request.thresholds.keamanan_aplikasi,
    }
    return found.get(uji)


def accepted(case: Case, people: Involved, request: Request | None, evidence: Evidence) -> Accepted | None:
    """What makes a failed result count as passed now; None when anything is missing, over, foreign or out of date."""
    codes = {one.code for one in evidence.reasons}
    if evidence.result != "FAILED" or not codes or not codes <= ABOUT_FINDINGS:
        return None
    rule = case.rules.acceptance
    limits = limits_of(request, evidence.uji) if request else None
    listed = _listed(case, evidence)
    if rule is None or limits is None or listed is None:
        return None
    record, findings = listed
    taken: Counter[Key] = Counter()
    used: list[tuple[Record, RiskAcceptance]] = []
    for made, one in case.of(RiskAcceptance):
        if one.uji == evidence.uji and flaw(case, rule, people, made, one) is None:
            # Two officers who accept the same finding do not accept it twice.
            taken |= _count(one.items)
            used.append((made, one))
    left = _count(findings.items) - taken
    for severity in SEVERITIES:
        if sum(number for key, number in left.items() if key[1] == severity) > getattr(limits, severity):
            return None
    wanted = _count(findings.items).keys()
    used = [(made, one) for made, one in used if _count(one.items).keys() & wanted]
    if not used:
        return None
    return Accepted(
        sum((_count(findings.items) - left).values()),
        min(end(rule, made, one) for made, one in used),
        used[-1][1].role,
        used[-1][1].reason,
        (record.sha256, *(made.sha256 for made, _ in used)),
    )


def end(rule: AcceptanceRule, record: Record, one: RiskAcceptance) -> datetime:
    """Its own end or the policy's, whichever is first."""
    return min(one.expires_at, record.received_at + timedelta(days=rule.days))


def flaw(
    case: Case, rule: AcceptanceRule, people: Involved, record: Record, one: RiskAcceptance
) -> str | None:
    """Why an acceptance does not count; None when it does. Withdrawn ones are not asked about."""
    if one.role not in rule.roles:
        return f"oleh {one.role}, bukan {' atau '.join(rule.roles)}"
    if not record.received_at - timedelta(seconds=60) <= case.now < end(rule, record, one):
        return f"kedaluwarsa {end(rule, record, one):%Y-%m-%d}"
    clash = conflict(case, people, (one.person_id, *record.authority.persons))
    return None if clash is None else clash[1]


def _listed(case: Case, evidence: Evidence) -> tuple[Record, Findings] | None:
    """The list that belongs to this evidence, whole: as many of each severity as the evidence counts."""
    found = [(r, one) for r, one in case.of(Findings) if one.evidence_id == evidence.record_id]
    if len(found) != 1 or found[0][1].uji != evidence.uji:
        return None
    by_severity: Counter[str] = Counter()
    for one in found[0][1].items:
        by_severity[one.severity] += one.count
    whole = all(by_severity[name] == evidence.counts.get(name) for name in SEVERITIES)
    return found[0] if whole else None


def _count(items: tuple[CountedFinding, ...]) -> Counter[Key]:
    return Counter({(one.fingerprint, one.severity): one.count for one in items})
