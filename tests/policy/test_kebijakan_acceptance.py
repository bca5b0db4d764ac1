"""Accepted risks at their edges: which findings, by whom, until when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kebijakan_ask import INSIDERS, proved
from kebijakan_desk import DAY, NOBODY, SECOND, Desk, at

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.policy.acceptance import (
    Accepted,
    _listed,
    accepted,
    end,
    flaw,
    limits_of,
)
from kawal.policy.case import Case
from kawal.policy.model import AcceptanceRule
from kawal.policy.people import Involved

UJI = "keamanan_kode"


A, B = ("a", "tinggi", 1), ("b", "tinggi", 1)


def scan(desk: Desk, *items: tuple[str, str, int], uji: str = UJI, **changes: Any) -> r.Evidence:
    evidence, listed = desk.world.make_failed_scan(uji, *items, **changes)
    desk.add(evidence, "evidence")
    desk.add(listed, "evidence")
    return evidence


def accept(desk: Desk, *items: tuple[str, str, int], signer: str = "sandi", **changes: Any) -> Entry:
    return desk.add(desk.world.make_acceptance(changes.pop("uji", UJI), *items, **changes), signer)


def taken(
    desk: Desk, evidence: r.Evidence, *, known: bool = True, people: Involved = NOBODY, **seen: Any
) -> Accepted | None:
    case = at(desk.case(), seen.get("now", desk.now))
    request = desk.world.request.predicate
    assert isinstance(request, r.Request)
    return accepted(case, people, request if known else None, evidence)


def test_what_was_accepted_is_told_with_its_end_its_officer_and_its_records() -> None:
    desk = Desk().begin()
    evidence = scan(desk, A, ("b", "kritis", 2), ("c", "sedang", 3))
    listed = desk.entries[-1]
    foreign = accept(desk, ("f", "tinggi", 1), expires_at=desk.now + 2 * DAY)
    first = accept(desk, ("b", "kritis", 2), expires_at=desk.now + 9 * DAY, reason="pertama")
    second = accept(desk, A, expires_at=desk.now + 8 * DAY, reason="kedua\nrinci")
    until = desk.now + 8 * DAY - SECOND
    assert taken(desk, evidence) == Accepted(
        3,
        until,
        "subkoor_persandian",
        "kedua\nrinci",
        (listed.payload_sha256, first.payload_sha256, second.payload_sha256),
    )
    said = proved(desk, UJI)
    assert said.found == "3 temuan DIKECUALIKAN s.d. 2026-11-28: kedua"
    assert said.note == "dikecualikan oleh subkoor_persandian"
    assert said.inputs[1:] == (listed.payload_sha256, first.payload_sha256, second.payload_sha256)
    assert said.inputs[0] == desk.entries[-4 - 1].payload_sha256 != foreign.payload_sha256


def test_a_scan_of_the_application_has_limits_of_its_own() -> None:
    desk = Desk().begin()
    request = desk.world.request.predicate
    assert isinstance(request, r.Request)
    assert limits_of(request, "keamanan_kode") == request.thresholds.keamanan_kode
    assert limits_of(request, "keamanan_aplikasi") == request.thresholds.keamanan_aplikasi
    assert limits_of(request, "beban") is None
    evidence = scan(desk, ("a", "sedang", 1), uji="keamanan_aplikasi")
    assert taken(desk, evidence) is None
    accept(desk, ("a", "sedang", 1))
    assert taken(desk, evidence) is None  # of the other scanner
    accept(desk, ("a", "sedang", 1), uji="keamanan_aplikasi")
    found = taken(desk, evidence)
    assert found is not None
    assert found.findings == 1


def test_what_is_left_is_below_each_limit() -> None:
    desk = Desk().begin()
    evidence = scan(desk, A, ("c", "sedang", 4), ("d", "sedang", 2))
    accept(desk, A)
    assert taken(desk, evidence) is None
    accept(desk, ("d", "sedang", 1))
    found = taken(desk, evidence)
    assert found is not None
    assert found.findings == 2


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"result": "WARNED"}, False),
        ({"codes": ("AMAN-104",)}, False),
        ({"codes": ("AMAN-202",)}, True),
    ],
)
def test_only_a_result_that_failed_by_findings_alone_is_accepted(
    changes: dict[str, Any], counts: bool
) -> None:
    desk = Desk().begin()
    evidence = scan(desk, A, **changes)
    accept(desk, A)
    assert (taken(desk, evidence) is not None) == counts


def test_a_failure_without_a_reason_is_not_accepted() -> None:
    desk = Desk().begin()
    evidence = scan(desk, A)
    accept(desk, A)
    assert taken(desk, evidence) is not None
    assert taken(desk, evidence.model_copy(update={"reasons": ()})) is None
    assert taken(desk, evidence, known=False) is None
    desk.contoh["acceptance"] = None
    assert taken(desk, evidence) is None


def test_two_officers_accept_the_larger_number_of_both() -> None:
    desk = Desk().begin()
    evidence = scan(desk, ("a", "tinggi", 2))
    accept(desk, ("a", "tinggi", 1))
    accept(desk, ("a", "tinggi", 1), signer="sandi2", person_id="p-sandi2")
    assert taken(desk, evidence) is None
    accept(desk, ("a", "tinggi", 2))
    assert taken(desk, evidence) is not None


def test_an_acceptance_that_does_not_count_does_not_hide_the_next() -> None:
    desk = Desk().begin()
    evidence = scan(desk, A)
    accept(desk, A, signer="pa", role="subkoor_pa", person_id="p-pa")
    accept(desk, A, uji="keamanan_aplikasi")
    accept(desk, A)
    found = taken(desk, evidence)
    assert found is not None
    assert found.inputs[1:] == (desk.entries[-1].payload_sha256,)


def acceptance(desk: Desk, entry: Entry) -> tuple[Case, AcceptanceRule, Any, r.RiskAcceptance]:
    case = desk.case()
    assert case.rules.acceptance is not None
    record, one = next(
        found for found in case.of(r.RiskAcceptance) if found[0].sha256 == entry.payload_sha256
    )
    return case, case.rules.acceptance, record, one


def test_an_acceptance_counts_from_its_record_until_its_end() -> None:
    desk = Desk().begin()
    entry = accept(desk, A, expires_at=desk.now + 9 * DAY)
    case, rule, record, one = acceptance(desk, entry)
    ends = one.expires_at
    for moment, counts in (
        (record.received_at - 60 * SECOND, True),
        (record.received_at - 61 * SECOND, False),
        (ends - SECOND, True),
        (ends, False),
    ):
        found = flaw(at(case, moment), rule, NOBODY, record, one)
        assert found == (None if counts else "kedaluwarsa 2026-11-29")
    short = rule.model_copy(update={"days": 1})
    assert end(short, record, one) == record.received_at + DAY
    assert end(rule, record, one) == ends


def test_the_flaw_of_an_acceptance_is_said() -> None:
    desk = Desk().begin()
    entry = accept(desk, A, signer="pa", role="subkoor_pa", person_id="p-pa")
    case, rule, record, one = acceptance(desk, entry)
    two = rule.model_copy(update={"roles": ("subkoor_persandian", "kadis")})
    assert flaw(case, two, NOBODY, record, one) == "oleh subkoor_pa, bukan subkoor_persandian atau kadis"
    own = rule.model_copy(update={"roles": ("subkoor_pa",)})
    assert flaw(case, own, NOBODY, record, one) is None
    what = "penanda tangan juga penulis, pengirim atau pemicu rilis ini"
    assert flaw(case, own, INSIDERS, record, one) == what
    elsewhere = replace(record, authority=replace(record.authority, persons=("p-tata",)))
    assert flaw(case, own, INSIDERS, elsewhere, one) == what
    other = one.model_copy(update={"person_id": "p-tata"})
    assert flaw(case, own, INSIDERS, record, other) == what


def test_a_list_belongs_to_its_evidence_whole() -> None:
    desk = Desk().begin()
    evidence = scan(desk, A, ("b", "tinggi", 2), ("c", "sedang", 1))
    other = scan(desk, B)
    found = _listed(desk.case(), evidence)
    assert found is not None
    assert found[1].evidence_id == evidence.record_id
    assert _listed(desk.case(), other) is not None
    changed: tuple[dict[str, Any], ...] = (
        {"uji": "keamanan_aplikasi"},
        {"record_id": r.new_id()},
        {"counts": {}},
    )
    for changes in changed:
        assert _listed(desk.case(), evidence.model_copy(update=changes)) is None
    for name in ("kritis", "tinggi", "sedang"):
        counts = {**evidence.counts, name: 9}
        assert _listed(desk.case(), evidence.model_copy(update={"counts": counts})) is None
    counts = {**evidence.counts, "rendah": 9}
    assert _listed(desk.case(), evidence.model_copy(update={"counts": counts})) is not None
    again = found[1].model_copy(update={"record_id": r.new_id()})
    desk.add(again, "evidence")
    assert _listed(desk.case(), evidence) is None
