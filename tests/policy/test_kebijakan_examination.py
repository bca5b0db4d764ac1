"""What an examination found, at its edges."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from kebijakan_ask import INSIDERS
from kebijakan_desk import DAY, NOBODY, SECOND, Desk, at

from kawal.ledger import records as r
from kawal.policy.examination import examination_flaw
from kawal.policy.flaw import Flaw


def examined(
    *findings: tuple[str, str, str], risks: tuple[dict[str, Any], ...] = (), now: Any = None, **asked: Any
) -> Flaw | None:
    desk = Desk().begin()
    made = tuple(
        r.Finding(id=name, severity=severity, cwe=None, group="d", retest=retest)  # type: ignore[arg-type]
        for name, severity, retest in findings
    )
    officer = {"role": "subkoor_pa", "person_id": "p-pa", "reason": "WAF", "expires_at": desk.now + DAY}
    part = r.Persandian(
        result="memenuhi_dengan_catatan",
        findings=made,
        accepted=tuple(r.AcceptedRisk(**{**officer, **one}) for one in risks),
        reports=(),
        note=None,
    )
    start = desk.now
    desk.sign("persandian", persandian=part)
    case = desk.case()
    record, one = case.of(r.Signoff)[0]
    assert one.persandian is not None
    moment = start + (now if now is not None else SECOND)
    return examination_flaw(at(case, moment), asked.get("people", NOBODY), record, one.persandian)


def test_open_serious_findings_are_counted_and_five_are_named() -> None:
    many = [(f"T{n}", "kritis" if n % 2 else "tinggi", "belum") for n in range(1, 7)]
    assert examined(*many, ("T7", "sedang", "belum"), ("T8", "kritis", "lulus")) == Flaw(
        "SANDI-008",
        "Persandian: 6 temuan masih terbuka",
        "T1 (kritis), T2 (tinggi), T3 (kritis), T4 (tinggi), T5 (kritis)",
        "uji ulang lulus, atau risiko diterima pejabat sampai suatu tanggal",
    )


def test_what_an_officer_accepted_is_not_counted() -> None:
    found = examined(("T1", "kritis", "belum"), ("T2", "kritis", "gagal"), risks=({"finding": "T1"},))
    assert found is not None
    assert (found.what, found.found) == ("Persandian: 1 temuan masih terbuka", "T2 (kritis)")
    assert examined(("T1", "kritis", "belum"), risks=({"finding": "T1"},)) is None


@pytest.mark.parametrize("moment", [DAY - SECOND, DAY])
def test_an_accepted_risk_ends_at_its_second(moment: timedelta) -> None:
    risks = ({"finding": "T1", "expires_at": Desk().begin().now + DAY},)
    found = examined(("T1", "rendah", "belum"), risks=risks, now=moment)
    wanted = Flaw(
        "SANDI-009", "Risiko yang diterima sudah kedaluwarsa", "T1, sampai 2026-11-21", "pemeriksaan ulang"
    )
    assert found == (wanted if moment == DAY else None)


@pytest.mark.parametrize(
    ("risk", "seen"),
    [
        ({"person_id": "p-tak-ada"}, "T1: p-tak-ada sebagai subkoor_pa"),
        ({"role": "kadis"}, "T1: p-pa sebagai kadis"),
    ],
)
def test_a_risk_is_accepted_by_who_holds_that_role(risk: dict[str, Any], seen: str) -> None:
    assert examined(("T1", "rendah", "belum"), risks=({"finding": "T1", **risk},)) == Flaw(
        "SANDI-010", "Risiko diterima oleh yang tidak memegang peran itu", seen, "pejabat berperan"
    )


def test_a_risk_is_accepted_by_an_outsider() -> None:
    found = examined(("T1", "rendah", "belum"), risks=({"finding": "T1"},), people=INSIDERS)
    assert found == Flaw(
        "IDENT-003", "Risiko diterima oleh orang dalam rilis ini", "p-pa", "orang di luarnya"
    )


def test_every_accepted_risk_is_looked_at() -> None:
    found = examined(
        ("T1", "rendah", "belum"),
        ("T2", "rendah", "belum"),
        risks=({"finding": "T1"}, {"finding": "T2", "role": "kadis"}),
    )
    assert found is not None
    assert found.code == "SANDI-010"
