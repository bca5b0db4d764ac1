"""Evidence, accepted risks, examinations and penetration tests at their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from kawal_world import APP, OFFICER, basis
from kebijakan_desk import DAY, NOBODY, SECOND, Desk, at

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.policy import Verdict
from kawal.policy.acceptance import (
    Accepted,
    _listed,
    accepted,
    end,
    flaw,
    limits_of,
)
from kawal.policy.case import Case
from kawal.policy.evidence import (
    about_these_bytes,
    actual_class,
    area,
    from_the_pipeline,
    judge_evidence,
    newest,
    title,
)
from kawal.policy.examination import examination_flaw
from kawal.policy.flaw import Flaw
from kawal.policy.model import AcceptanceRule, EvidenceRule, PentestRule
from kawal.policy.pentest import end_of_waiver, judge_pentest
from kawal.policy.people import Involved

OTHER = "6" * 40
UJI = "keamanan_kode"
INSIDERS = Involved(frozenset({OFFICER}), frozenset(), 0)

# --- evidence --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uji", "wanted"),
    [
        ("fungsi", ("FUNGSI", "uji fungsi")),
        ("unit", ("UNIT", "uji unit")),
        ("sistem", ("SISTEM", "uji sistem")),
        ("integrasi", ("INTEG", "uji integrasi")),
        ("beban", ("BEBAN", "uji beban")),
        ("keamanan_kode", ("AMAN", "uji keamanan kode")),
        ("keamanan_aplikasi", ("AMAN", "uji keamanan aplikasi")),
        ("rahasia", ("RAHASIA", "uji rahasia")),
        ("kegunaan", ("GUNA", "uji kegunaan")),
        ("kemas", ("BUKTI", "kemasan")),
        ("uji_baru_lain", ("BUKTI", "uji uji baru lain")),
    ],
)
def test_each_kind_has_its_codes_and_its_name(uji: str, wanted: tuple[str, str]) -> None:
    assert (area(uji), title(uji)) == wanted


@pytest.mark.parametrize(
    ("claimed", "runner", "actual"),
    [
        ("diamati", 2, "diamati"),
        ("diamati", 1, "dilaporkan"),
        ("diamati", None, "dilaporkan"),
        ("disaksikan", 1, "disaksikan"),
        ("dilaporkan", 2, "dilaporkan"),
    ],
)
def test_what_ran_elsewhere_was_not_observed(claimed: str, runner: int | None, actual: str) -> None:
    desk = Desk()
    made = desk.world.make_evidence("beban", origin={"runner_id": runner}, **{"class": claimed})
    assert actual_class(desk.case(), made) == actual


@pytest.mark.parametrize(
    ("uji", "changes", "fits"),
    [
        ("fungsi", {}, True),
        ("fungsi", {"artifact_sha256": "a" * 64}, True),
        ("fungsi", {"artifact_sha256": "6" * 64}, False),
        ("fungsi", {"commit": OTHER}, False),
        ("fungsi", {"tree": OTHER}, False),
        ("beban", {}, True),
        ("beban", {"artifact_sha256": None}, False),
        ("beban", {"artifact_sha256": "6" * 64}, False),
        ("instalasi", {"artifact_sha256": None}, False),
        ("kemas", {"artifact_sha256": None}, False),
        ("keamanan_aplikasi", {"artifact_sha256": None}, False),
        ("keamanan_kode", {"artifact_sha256": None}, True),
    ],
)
def test_evidence_is_of_these_bytes(uji: str, changes: dict[str, Any], fits: bool) -> None:
    desk = Desk()
    assert about_these_bytes(desk.case(), desk.world.make_evidence(uji, **changes)) == fits


@pytest.mark.parametrize(
    ("origin", "counts"),
    [
        ({}, True),
        ({"project_id": 42}, False),
        ({"pipeline_source": "web"}, False),
        ({"ref": "cabang"}, False),
        ({"ref_protected": False}, False),
        ({"ci_config_path": ".gitlab-ci.yml"}, False),
    ],
)
def test_evidence_comes_from_the_central_pipeline(origin: dict[str, Any], counts: bool) -> None:
    desk = Desk()
    assert from_the_pipeline(desk.case(), desk.world.make_evidence("beban", origin=origin)) == counts
    open_forge = Desk(protections="dianjurkan")
    made = open_forge.world.make_evidence("beban", origin=origin)
    assert from_the_pipeline(open_forge.case(), made) == (counts or "ref_protected" in origin)


def test_the_newest_of_its_kind_and_job_counts() -> None:
    desk = Desk()
    assert newest(desk.case(), "beban", "beban") is None
    desk.prove("beban")
    wanted = desk.prove("beban")
    desk.prove("fungsi", origin={"name": "beban"})
    desk.prove("beban", origin={"name": "lain"})
    desk.prove("beban", commit=OTHER)
    desk.prove("beban", origin={"ref": "cabang"})
    desk.withdraw(desk.prove("beban"))
    found = newest(desk.case(), "beban", "beban")
    assert found is not None
    assert (found[0].sha256, found[1]) == (wanted.payload_sha256, wanted.predicate)


def rule_of(case: Case, uji: str) -> EvidenceRule:
    return next(one for one in case.rules.evidence if one.uji == uji)


def proved(
    desk: Desk, uji: str = "beban", *, now: Any = None, known: bool = True, people: Any = NOBODY
) -> Verdict:
    case = at(desk.case(), now or desk.now)
    request = desk.world.request.predicate
    assert isinstance(request, r.Request)
    return judge_evidence(case, rule_of(case, uji), request if known else None, people)


def said_no(desk: Desk, number: int, what: str, found: str, needed: str, *, again: bool = True) -> Verdict:
    rule = rule_of(desk.case(), "beban")
    collect = "kawal kumpulkan e-retribusi"
    command = f"perbaiki, gabungkan, lalu {collect}" if again else collect
    return Verdict(
        "bukti:beban",
        what,
        False,
        f"BEBAN-00{number}",
        found,
        needed,
        ("tim_pengembang",),
        command,
        rule.basis,
        "diamati",
    )


def test_evidence_that_is_not_there_is_asked_for_word_for_word() -> None:
    desk = Desk().begin()
    assert proved(desk) == said_no(
        desk,
        1,
        "Hasil uji beban belum ada untuk v1.0.0",
        "tidak ada catatan bukti",
        "job beban lulus",
        again=False,
    )
    desk.prove("beban", commit="8" * 40)
    desk.prove("beban", commit=OTHER)
    desk.prove("fungsi", commit="9" * 40)
    assert proved(desk) == said_no(
        desk,
        2,
        "Hasil uji beban bukan dari v1.0.0",
        "uji beban untuk commit 66666666",
        "commit 44444444",
        again=False,
    )


REASONS = tuple(r.Reason(code=f"BEBAN-10{n}", text=f"sebab {n}") for n in range(1, 5))


def test_a_result_that_is_no_pass_says_up_to_three_reasons() -> None:
    desk = Desk().begin()
    desk.prove("beban", result="UNUSABLE", summary="kosong")
    assert proved(desk) == said_no(
        desk, 7, "Uji beban tidak dapat dinilai", "kosong", "laporan yang menguji sesuatu"
    )
    desk.prove("beban", result="UNUSABLE", reasons=REASONS)
    assert proved(desk).found == "sebab 1; sebab 2; sebab 3"
    desk.prove("beban", result="FAILED", reasons=REASONS[:2])
    assert proved(desk) == said_no(
        desk, 3, "Uji beban tidak lulus", "sebab 1; sebab 2", "lulus menurut ambang yang disetujui"
    )
    desk.prove("beban", result="WARNED")
    assert proved(desk).code == "BEBAN-003"


def test_a_class_below_the_rules_is_named() -> None:
    desk = Desk().begin()
    for claimed in ("disaksikan", "dilaporkan"):
        desk.prove("beban", **{"class": claimed})
        assert proved(desk) == said_no(desk, 4, "Kelas bukti uji beban terlalu rendah", claimed, "diamati")
    desk.prove("fungsi")
    assert proved(desk, "fungsi").satisfied
    assert proved(desk, "fungsi").note == "dilaporkan, pipeline #88"


@pytest.mark.parametrize(
    ("age", "good"),
    [
        (30 * DAY, True),
        (30 * DAY + SECOND, False),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-5, seconds=-1), False),
    ],
)
def test_evidence_is_as_old_as_the_policy_says_and_not_of_the_future(age: timedelta, good: bool) -> None:
    desk = Desk().begin()
    finished = desk.now
    desk.prove("beban", finished_at=finished)
    said = proved(desk, now=finished + age)
    assert said.satisfied == good
    if not good:
        wanted = said_no(desk, 5, "Hasil uji beban kedaluwarsa", "2026-11-20", "paling lama 30 hari")
        assert said == wanted


def test_evidence_of_other_thresholds_is_named_by_their_digest() -> None:
    desk = Desk().begin()
    desk.prove("beban", thresholds_sha256="0123456789abcdef" * 4)
    assert proved(desk) == said_no(
        desk,
        6,
        "Uji beban dinilai dengan ambang lain",
        "0123456789ab",
        "ambang permohonan yang disetujui",
    )
    desk.prove("beban")
    assert proved(desk).satisfied
    assert proved(desk, known=False).code == "BEBAN-006"


def test_a_pass_says_what_it_found_and_rests_on_its_record() -> None:
    desk = Desk().begin()
    entry = desk.prove("beban", summary="p95 300 ms")
    assert proved(desk) == Verdict(
        "bukti:beban",
        "uji beban",
        True,
        found="p95 300 ms",
        needed="lulus, paling rendah diamati",
        who=("tim_pengembang",),
        basis=rule_of(desk.case(), "beban").basis,
        note="diamati, pipeline #88",
        inputs=(entry.payload_sha256,),
    )


# --- accepted risks --------------------------------------------------------------------------------------------------------

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
    for changes in ({"uji": "keamanan_aplikasi"}, {"record_id": r.new_id()}, {"counts": {}}):
        assert _listed(desk.case(), evidence.model_copy(update=changes)) is None
    for name in ("kritis", "tinggi", "sedang"):
        counts = {**evidence.counts, name: 9}
        assert _listed(desk.case(), evidence.model_copy(update={"counts": counts})) is None
    counts = {**evidence.counts, "rendah": 9}
    assert _listed(desk.case(), evidence.model_copy(update={"counts": counts})) is not None
    again = found[1].model_copy(update={"record_id": r.new_id()})
    desk.add(again, "evidence")
    assert _listed(desk.case(), evidence) is None


# --- examinations ----------------------------------------------------------------------------------------------------------


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


# --- penetration tests -----------------------------------------------------------------------------------------------------

CLEAN = r.Severities(kritis=0, tinggi=0, sedang=0, rendah=0, info=0)


def printed() -> Desk:
    desk = Desk().begin()
    desk.contoh["pentest"] = {
        "step": "8",
        "who": ["subkoor_pa"],
        "waiver_who": ["subkoor_tata_kelola", "subkoor_pa"],
        "max_age_days": 365,
        "waiver_days": 180,
        "basis": basis("SOP Contoh langkah 8"),
    }
    return desk


def report(desk: Desk, signer: str = "pa", **changes: Any) -> Entry:
    value: dict[str, Any] = {
        "app_id": APP,
        "issued_at": desk.now,
        "result": "memenuhi",
        "findings": CLEAN,
        "retest": "tidak_perlu",
        "tester": "CSIRT Contoh",
        "tested_on": date(2026, 11, 19),
        "document_sha256": "c" * 64,
        "role": "subkoor_pa",
        "person_id": "p-pa",
    }
    return desk.add(r.Pentest(**{**value, **changes}), signer)


def declare(desk: Desk, signer: str = "tata", **changes: Any) -> Entry:
    value: dict[str, Any] = {
        "app_id": APP,
        "issued_at": desk.now,
        "gate": "penetrasi",
        "reason": "Belum ada penguji.",
        "role": "subkoor_tata_kelola",
        "person_id": "p-tata",
        "expires_at": desk.now + 90 * DAY,
        "document_sha256": "d" * 64,
    }
    return desk.add(r.Waiver(**{**value, **changes}), signer)


def pentest_of(desk: Desk, now: Any = None) -> Verdict:
    case = at(desk.case(), now or desk.now)
    rule: PentestRule | None = case.rules.pentest
    assert rule is not None
    return judge_pentest(case, rule)


def shut(desk: Desk, number: int, what: str, found: str, needed: str, *who: str) -> Verdict:
    rule = desk.case().rules.pentest
    assert rule is not None
    command = "kawal catat pentest e-retribusi --bukti FILE"
    code = f"PENTEST-00{number}"
    return Verdict("pentest", what, False, code, found, needed, who or ("subkoor_pa",), command, rule.basis)


EITHER = "laporan uji penetrasi, atau pernyataan tidak tersedia"


def test_each_answer_about_the_penetration_test_word_for_word() -> None:
    desk = printed()
    assert pentest_of(desk) == shut(desk, 1, "Uji penetrasi belum dicatat", "tidak ada catatan", EITHER)
    declare(desk, gate="lain")
    assert pentest_of(desk).code == "PENTEST-001"
    declare(desk, "sandi", role="subkoor_persandian", person_id="p-sandi")
    both = ("subkoor_pa", "subkoor_tata_kelola")
    what = "Catatan uji penetrasi bukan oleh yang berhak"
    assert pentest_of(desk) == shut(desk, 4, what, "subkoor_persandian", EITHER, *both)
    report(desk, "tata", role="subkoor_tata_kelola", person_id="p-tata")
    assert pentest_of(desk).found == "subkoor_persandian"  # declarations are looked at after reports
    entry = report(desk, result="tidak_memenuhi")
    assert pentest_of(desk) == shut(
        desk,
        3,
        "Uji penetrasi tidak memenuhi",
        "laporan 2026-11-19: tidak memenuhi",
        "laporan uji ulang yang memenuhi",
    )
    entry = report(desk, result="memenuhi_dengan_catatan", retest="menunggu")
    rule = desk.case().rules.pentest
    assert rule is not None
    assert pentest_of(desk) == Verdict(
        "pentest",
        "uji penetrasi",
        True,
        found="laporan 2026-11-19: memenuhi dengan catatan",
        needed="laporan, atau pernyataan tidak tersedia",
        who=("subkoor_pa",),
        basis=rule.basis,
        note="disaksikan; uji ulang menunggu",
        inputs=(entry.payload_sha256,),
    )


@pytest.mark.parametrize(
    ("retest", "note"),
    [
        ("menunggu", "disaksikan; uji ulang menunggu"),
        ("selesai", "disaksikan; uji ulang selesai"),
        ("tidak_perlu", "disaksikan"),
    ],
)
def test_the_retest_is_told(retest: str, note: str) -> None:
    desk = printed()
    report(desk, retest=retest)
    assert pentest_of(desk).note == note


def test_a_report_counts_for_its_days_after_the_day_of_the_test() -> None:
    desk = printed()
    report(desk, tested_on=date(2026, 11, 1))
    end_ = datetime(2026, 11, 1, tzinfo=UTC) + 366 * DAY
    assert pentest_of(desk, end_ - SECOND).satisfied
    assert pentest_of(desk, end_) == shut(
        desk, 2, "Uji penetrasi kedaluwarsa", "lewat masa berlakunya", EITHER
    )


def test_a_declaration_counts_until_its_end_or_the_policys() -> None:
    desk = printed()
    declare(desk, reason="lama")
    entry = declare(desk)
    one = entry.predicate
    assert isinstance(one, r.Waiver)
    said = pentest_of(desk, one.expires_at - SECOND)
    assert said.found == "TIDAK TERSEDIA s.d. 2027-02-18: Belum ada penguji."
    assert said.note == "dikecualikan oleh subkoor_tata_kelola"
    assert said.inputs == (entry.payload_sha256,)
    assert pentest_of(desk, one.expires_at).code == "PENTEST-002"
    assert end_of_waiver(180, entry.received_at, one) == one.expires_at
    assert end_of_waiver(10, entry.received_at, one) == entry.received_at + 10 * DAY


def test_a_declaration_stands_in_for_a_report_that_ended() -> None:
    desk = printed()
    declare(desk)
    report(desk, tested_on=date(2020, 1, 1))
    assert pentest_of(desk).note == "dikecualikan oleh subkoor_tata_kelola"
    report(desk)
    assert pentest_of(desk).found.startswith("laporan 2026-11-19")
