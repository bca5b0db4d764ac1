"""What the security examination itself says: open findings, and the risks that officers accepted for a time."""

from __future__ import annotations

from kawal.ledger.records import AcceptedRisk, Persandian
from kawal.ledger.trust import holds, person
from kawal.policy.case import Case, Record
from kawal.policy.flaw import Flaw
from kawal.policy.people import Involved, conflict

BLOCKING = ("kritis", "tinggi")
"""Open findings of these severities lock a release unless their risk was accepted."""


def examination_flaw(case: Case, people: Involved, record: Record, one: Persandian) -> Flaw | None:
    """An expired or unentitled acceptance locks; so does an open serious finding that nobody accepted."""
    for risk in one.accepted:
        flaw = _risk_flaw(case, people, record, risk)
        if flaw is not None:
            return flaw
    accepted = {risk.finding for risk in one.accepted}
    left = [
        finding
        for finding in one.findings
        if finding.open and finding.severity in BLOCKING and finding.id not in accepted
    ]
    if left:
        seen = ", ".join(f"{finding.id} ({finding.severity})" for finding in left[:5])
        needed = "uji ulang lulus, atau risiko diterima pejabat sampai suatu tanggal"
        return Flaw("SANDI-008", f"Persandian: {len(left)} temuan masih terbuka", seen, needed)
    return None


def _risk_flaw(case: Case, people: Involved, record: Record, risk: AcceptedRisk) -> Flaw | None:
    if case.now >= risk.expires_at:
        seen = f"{risk.finding}, sampai {risk.expires_at:%Y-%m-%d}"
        return Flaw("SANDI-009", "Risiko yang diterima sudah kedaluwarsa", seen, "pemeriksaan ulang")
    officer = person(case.trust, risk.person_id)
    if officer is None or not holds(officer, risk.role, record.received_at):
        seen = f"{risk.finding}: {risk.person_id} sebagai {risk.role}"
        return Flaw(
            "SANDI-010", "Risiko diterima oleh yang tidak memegang peran itu", seen, "pejabat berperan"
        )
    clash = conflict(case, people, (risk.person_id,))
    if clash is not None:
        return Flaw(
            clash[0], "Risiko diterima oleh orang dalam rilis ini", risk.person_id, "orang di luarnya"
        )
    return None
