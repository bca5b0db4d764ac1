"""The ground of a release at its edges: the second that trust ends, the age of facts, the two clocks, the tag, the asking job."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from kawal_world import COMMIT, START, facts, job
from kebijakan_desk import DAY, SECOND, Desk, at

from kawal.policy.ground import (
    judge_freshness,
    judge_job,
    judge_posture,
    judge_subject,
    judge_trust,
)
from kawal.policy.judge import posture_sha256
from kawal.policy.verdict import Verdict

AFTER = 300 * DAY


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (timedelta(seconds=-61), "PERCAYA-005"),
        (timedelta(seconds=-60), None),
        (AFTER - SECOND, None),
        (AFTER, "PERCAYA-005"),
    ],
)
def test_trust_holds_from_a_minute_before_it_was_signed_until_its_end(
    moment: timedelta, code: str | None
) -> None:
    desk = Desk()
    assert judge_trust(at(desk.case(), START + moment), desk.trust.policy_sha256).code == code


def test_another_policy_than_the_signed_one_is_named_by_both_digests() -> None:
    desk = Desk()
    said = judge_trust(desk.case(), "0123456789abcdef" * 4)
    assert (said.code, said.found) == ("PERCAYA-002", "0123456789ab")
    assert said.needed == desk.trust.policy_sha256[:12]


@pytest.mark.parametrize(
    ("seconds", "code", "found"),
    [
        (61, "FORGE-030", "61 detik"),
        (60, None, "dibaca 60 detik lalu"),
        (0, None, "dibaca 0 detik lalu"),
        (-60, None, "dibaca 0 detik lalu"),
        (-61, "JAM-001", "61 detik di belakang"),
    ],
)
def test_facts_are_young_and_not_of_the_future(seconds: int, code: str | None, found: str) -> None:
    read = START - seconds * SECOND
    said = judge_freshness(Desk().case(read_at=read, forge_time=read))
    assert (said.code, said.found) == (code, found)


@pytest.mark.parametrize(
    ("seconds", "code"), [(-301, "JAM-002"), (-300, None), (300, None), (301, "JAM-002")]
)
def test_the_two_clocks_may_differ_by_what_the_policy_says(seconds: int, code: str | None) -> None:
    said = judge_freshness(Desk().case(forge_time=START + seconds * SECOND))
    assert said.code == code
    if code:
        assert (said.found, said.needed) == ("301 detik", "300 detik")


def test_each_setting_that_drifted_has_a_line_and_its_own_cure() -> None:
    drift = ("main tidak dilindungi", "pemanggil .github/workflows/kawal.yml berubah")
    said = judge_posture(Desk().case(posture_drift=drift))
    assert [(one.code, one.found, one.next) for one in said] == [
        ("POSTUR-001", drift[0], "kawal siapkan e-retribusi"),
        ("POSTUR-001", drift[1], "kembalikan berkas itu lewat merge request yang ditinjau"),
    ]
    assert all(
        one.rule == "postur" and not one.satisfied and one.needed == "menurut kebijakan" for one in said
    )


def test_settings_as_signed_are_counted() -> None:
    (said,) = judge_posture(Desk().case(posture=(("a", "1"), ("b", "2"))))
    assert said.found == "2 pengaturan sesuai kebijakan"


def test_the_digest_of_the_posture_is_of_its_pairs_as_json() -> None:
    seen = facts(START, posture=(("b", "é"), ("a", "1")))
    assert posture_sha256(seen) == hashlib.sha256('[["b","é"],["a","1"]]'.encode()).hexdigest()


@pytest.mark.parametrize(
    ("tag", "good"),
    [
        ("v1", True),
        ("v" + "1" * 62, True),
        ("v" + "1" * 63, False),
        ("v1.0.0-a_b+c", True),
        ("v1/2", False),
        ("v1é", False),
        ("V1", False),
        ("-v1", False),
    ],
)
def test_a_tag_is_short_plain_and_as_the_policy_names_releases(tag: str, good: bool) -> None:
    said = judge_subject(Desk().ready().case(tag=tag))
    assert said.satisfied == good
    if not good:
        command = f"kawal rilis minta e-retribusi {tag} --commit {COMMIT}"
        assert said == Verdict(
            "subjek",
            "Nama rilis tidak menurut kebijakan",
            False,
            "SUBJEK-002",
            ascii(tag),
            "v*",
            next=command,
        )


def test_where_the_forge_has_no_protected_tags_none_is_asked_for() -> None:
    desk = Desk(protections="dianjurkan").ready()
    said = judge_subject(desk.case(tag_protected=False))
    assert (said.satisfied, said.needed) == (True, "cabang utama, paket yang dikemas sekali")


def test_evidence_of_an_open_branch_counts_only_where_the_forge_cannot_protect_it() -> None:
    for protections, code in (("ditegakkan", "SUBJEK-005"), ("dianjurkan", None)):
        desk = Desk(protections=protections).ready("kemas")
        desk.prove("kemas", origin={"ref_protected": False})
        assert judge_subject(desk.case()).code == code


def test_the_default_branch_is_the_policys() -> None:
    said = judge_subject(Desk(default_branch="utama").case(on_default_branch=False))
    assert (said.code, said.found, said.needed) == (
        "SUBJEK-004",
        "commit 44444444 di luar utama",
        "commit di utama",
    )


@pytest.mark.parametrize(
    ("packed", "code", "found"),
    [
        (
            {"artifact_sha256": "6" * 64},
            "SUBJEK-006",
            "aaaaaaaaaaaa di registri, 666666666666 dikemas",
        ),
        ({"artifact_sha256": None}, "SUBJEK-006", "aaaaaaaaaaaa di registri, None dikemas"),
        ({"commit": "6" * 40, "artifact_sha256": "6" * 64}, "SUBJEK-005", "tidak ada bukti kemas"),
        ({"result": "FAILED"}, "SUBJEK-005", "tidak ada bukti kemas"),
        ({"tree": "6" * 40}, "SUBJEK-005", "tidak ada bukti kemas"),
        ({"origin": {"runner_id": 1}}, "SUBJEK-008", "runner 1"),
    ],
)
def test_the_package_in_the_registry_is_the_one_that_was_packed(
    packed: dict[str, Any], code: str, found: str
) -> None:
    desk = Desk().ready("kemas")
    desk.prove("kemas", **packed)
    desk.prove("beban", artifact_sha256="6" * 64)
    said = judge_subject(desk.case())
    assert (said.code, said.found) == (code, found)


def test_the_newest_packing_is_named() -> None:
    desk = Desk().ready("kemas")
    for letter in "67":
        desk.prove("kemas", artifact_sha256=letter * 64)
    assert judge_subject(desk.case()).found == "aaaaaaaaaaaa di registri, 777777777777 dikemas"


def test_a_person_who_asks_has_no_job() -> None:
    assert judge_job(Desk().case(), "periksa", None, "production") == []


JOBS: list[tuple[dict[str, Any], str | None, str]] = [
    ({}, None, "#812, runner PA"),
    ({"name": "rilis é"}, "IZIN-011", "'rilis \\xe9'"),
    ({"name": "gerbang"}, "IZIN-011", "'gerbang'"),
    ({"status": "é"}, "IZIN-012", "'\\xe9'"),
    ({"ref_is_tag": False}, "IZIN-013", "'v1.0.0' (44444444)"),
    ({"ref": "v2é"}, "IZIN-013", "'v2\\xe9' (44444444)"),
    ({"sha": "6" * 40}, "IZIN-013", "'v1.0.0' (66666666)"),
    ({"pipeline_source": "é"}, "IZIN-014", "'\\xe9'"),
    ({"config": "é"}, "IZIN-017", "'\\xe9'"),
    ({"config": "gitlab/kawal.yml@pa/templat:" + "c" * 40}, None, "#812, runner PA"),
    ({"runner_id": None}, "IZIN-015", "runner None"),
]


@pytest.mark.parametrize(("changes", "code", "found"), JOBS)
def test_the_asking_job_is_the_release_job_of_the_tag(
    changes: dict[str, Any], code: str | None, found: str
) -> None:
    (said,) = judge_job(Desk().case(job=job(**changes)), "izin", "produksi-1", "production")
    assert (said.code, said.found) == (code, found)
    assert said.rule == "izin"
    assert said.next == ("jalankan lagi pipeline tag v1.0.0" if code else None)


@pytest.mark.parametrize(
    ("target", "environment", "found"),
    [
        ("produksi-é", "production", "'produksi-\\xe9'"),
        (None, "production", "None"),
        ("produksi-1", "staging", "'produksi-1'"),
    ],
)
def test_a_permit_is_for_a_target_of_that_environment(
    target: str | None, environment: str, found: str
) -> None:
    (said,) = judge_job(Desk().case(job=job()), "izin", target, environment)
    assert (said.code, said.found) == ("IZIN-016", found)


def test_the_gate_asks_by_its_own_job_and_for_no_target() -> None:
    (said,) = judge_job(Desk().case(job=job("gerbang")), "gerbang", None, "staging")
    assert said == Verdict("izin", "job gerbang", True, found="#812, runner PA", needed="job rilis dari tag")
    (said,) = judge_job(Desk().case(job=job("rilis")), "gerbang", None, "production")
    assert (said.code, said.needed) == ("IZIN-011", "gerbang")


def test_the_sources_of_pipelines_are_named() -> None:
    desk = Desk(pipeline_sources=["push", "web"])
    (said,) = judge_job(desk.case(job=job(pipeline_source="api")), "gerbang", None, "x")
    assert said.code == "IZIN-011"
    (said,) = judge_job(desk.case(job=job("gerbang", pipeline_source="api")), "gerbang", None, "x")
    assert (said.code, said.needed) == ("IZIN-014", "push, web")
