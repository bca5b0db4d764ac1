"""What an examination says inside: open findings lock, an accepted risk holds until its day and by its officer only."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kawal_world import World, facts, policy_bytes, policy_value

from kawal.ledger import records as r
from kawal.model import Actor
from kawal.policy import judge, parse_policy


def finding(name: str = "T1", severity: str = "tinggi", retest: str = "belum") -> r.Finding:
    return r.Finding(id=name, severity=severity, cwe="CWE-89", group="d", retest=retest)  # type: ignore[arg-type]


def part(*findings: r.Finding, accepted: tuple[r.AcceptedRisk, ...] = (), **changes: Any) -> r.Persandian:
    value: dict[str, Any] = {
        "result": "memenuhi_dengan_catatan",
        "findings": findings,
        "accepted": accepted,
        "reports": ("5" * 64,),
        "note": None,
    }
    return r.Persandian(**{**value, **changes})


class Office:
    def __init__(self, folder: Path) -> None:
        self.world = World(folder, policy_value()).ready(without=("persandian",))

    def risk(self, name: str = "T1", **changes: Any) -> r.AcceptedRisk:
        value: dict[str, Any] = {
            "finding": name,
            "role": "subkoor_tata_kelola",
            "person_id": "p-tata",
            "reason": "ditutup di WAF",
            "expires_at": self.world.now + timedelta(days=10),
        }
        return r.AcceptedRisk(**{**value, **changes})

    def examined(self, persandian: r.Persandian) -> None:
        self.world.sign("persandian", persandian=persandian)

    def codes(self, **changes: Any) -> tuple[str, ...]:
        world = self.world
        return judge(
            parse_policy(policy_bytes(world.policy)),
            world.policy_sha256,
            facts(world.now, **changes),
            world.entries_once(),
            world.ledger.trust() or pytest.fail("tanpa kepercayaan"),
            world.now,
            app_id="e-retribusi",
        ).codes


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.mark.parametrize("severity", ["kritis", "tinggi"])
@pytest.mark.parametrize("retest", ["belum", "gagal"])
def test_an_open_serious_finding_locks(office: Office, severity: str, retest: str) -> None:
    office.examined(part(finding(severity=severity, retest=retest)))
    assert office.codes() == ("SANDI-008",)


@pytest.mark.parametrize(
    "one", [finding(retest="lulus"), finding(severity="sedang"), finding(severity="info")]
)
def test_a_retested_or_lesser_finding_does_not(office: Office, one: r.Finding) -> None:
    office.examined(part(one))
    assert office.codes() == ()


def test_an_officer_lets_it_stand_until_that_day(office: Office) -> None:
    office.examined(part(finding(), accepted=(office.risk(),)))
    assert office.codes() == ()
    office.world.tick(days=9)
    assert office.codes() == ()
    office.world.tick(days=1)
    assert office.codes() == ("SANDI-009",)


def test_an_expired_risk_locks_whatever_it_was_about(office: Office) -> None:
    soon = office.world.now + timedelta(minutes=1)
    office.examined(part(finding(severity="rendah"), accepted=(office.risk(expires_at=soon),)))
    assert office.codes() == ()
    office.world.tick(minutes=2)
    assert office.codes() == ("SANDI-009",)


@pytest.mark.parametrize("changes", [{"person_id": "p-tak-ada"}, {"person_id": "p-pa2"}, {"role": "kadis"}])
def test_only_an_officer_who_holds_that_role_accepts_a_risk(office: Office, changes: dict[str, Any]) -> None:
    office.examined(part(finding(), accepted=(office.risk(**changes),)))
    assert office.codes() == ("SANDI-010",)


def test_whoever_worked_on_the_release_accepts_no_risk_of_it(office: Office) -> None:
    officer = office.risk(person_id="p-pa", role="subkoor_pa")
    office.examined(part(finding(), accepted=(officer,)))
    assert office.codes() == ()
    extra = (*facts(office.world.now).extra_actors, Actor("pusher", 13, "9" * 64))
    assert office.codes(extra_actors=extra) == ("IDENT-003",)


def test_each_finding_needs_its_own_acceptance(office: Office) -> None:
    office.examined(part(finding("T1"), finding("T2"), accepted=(office.risk("T1"),)))
    assert office.codes() == ("SANDI-008",)


@pytest.mark.parametrize(
    ("findings", "accepted", "changes"),
    [
        ((finding(), finding()), (), {}),
        ((finding(severity="sedang"),), (), {"result": "memenuhi"}),
        ((finding(retest="lulus"),), ("T1",), {}),
        ((finding(),), ("T1", "T1"), {}),
        ((), ("T1",), {}),
    ],
)
def test_an_examination_that_contradicts_itself_is_no_record(
    office: Office, findings: tuple[r.Finding, ...], accepted: tuple[str, ...], changes: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"findings|accepted|result"):
        part(*findings, accepted=tuple(office.risk(one) for one in accepted), **changes)
