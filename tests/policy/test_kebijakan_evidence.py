"""Evidence at its edges: of which commit, by whose job, how old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from kebijakan_ask import OTHER, evidence_rule_of, proved
from kebijakan_desk import DAY, SECOND, Desk

from kawal.ledger import records as r
from kawal.policy import Verdict
from kawal.policy.evidence import (
    about_these_bytes,
    actual_class,
    area,
    from_the_pipeline,
    newest,
    title,
)


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


def said_no(desk: Desk, number: int, what: str, found: str, needed: str, *, again: bool = True) -> Verdict:
    rule = evidence_rule_of(desk.case(), "beban")
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
        basis=evidence_rule_of(desk.case(), "beban").basis,
        note="diamati, pipeline #88",
        inputs=(entry.payload_sha256,),
    )
