"""What goes in decides what comes out: a changed input changes the verdict and its figures, through the real pipeline."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from kantor import Kantor
from kawal.demo.develop import application_files

pytestmark = pytest.mark.e2e

APP = "retribusi-ketat"
FAILING_TEST = '''"""Uji yang gagal dengan sengaja."""


def test_tarif_salah() -> None:
    assert 2 + 2 == 5
'''
PLANTED = '''"""Temuan yang ditanam: perintah shell dari luar."""

import subprocess


def jalankan(perintah: str) -> int:
    return subprocess.call(perintah, shell=True)
'''
PLANTED_AT = "aplikasi/rawan.py:7"


def strict(request: dict[str, Any]) -> None:
    """A p95 that no application reaches, in a short run."""
    request["uji"]["beban"]["detik"] = 3
    for point in request["uji"]["beban"]["titik"]:
        point.update(p95_ms=1, permintaan_min=5)


@pytest.fixture(scope="module")
def project(kantor: Kantor) -> int:
    """The provisioned project of an application with strict thresholds, three branches of it in merge requests; the test target runs.

    !1 the application, !2 the same with a failing test, !3 the same with a planted finding; all three are approved.
    """
    made = kantor.approved(APP, edit=strict)
    kantor.stage.start_target("uji", "uji-1", "uji")
    id_ = int(made.data["proyek_id"])
    repo = kantor.clone(id_, APP)
    application: dict[str, str | bytes] = {**application_files()}
    branches: dict[str, dict[str, str | bytes]] = {
        "aplikasi": application,
        "gagal": {**application, "uji/fungsi/test_gagal.py": FAILING_TEST},
        "rawan": {**application, "aplikasi/rawan.py": PLANTED},
    }
    for branch, files in branches.items():
        kantor.pushed(repo, branch, files)
        kantor.approve_head(id_, kantor.merge_request(id_, branch))
    return id_


def merge_refusal(kantor: Kantor, project: int, iid: int) -> dict[str, Any]:
    """What `kawal gabung` says about a merge request whose pipeline has finished and that is approved."""
    main = kantor.api("GET", f"/projects/{project}/repository/branches/main")["commit"]["id"]
    said = kantor.must("gabung", APP, "--mr", str(iid), expect=3)
    assert kantor.api("GET", f"/projects/{project}/repository/branches/main")["commit"]["id"] == main
    assert len(said.findings) == 1
    return said.findings[0]


def test_a_failing_test_keeps_the_merge_request_out(kantor: Kantor, project: int) -> None:
    pipeline = kantor.finished(project, iid=2)
    jobs = kantor.jobs(project, pipeline["id"])
    assert pipeline["status"] == "failed"
    assert {name: job["status"] for name, job in jobs.items()} == {
        "fungsi": "failed",
        "integrasi": "success",
        "keamanan-kode": "success",
        "rahasia": "success",
        "dependensi": "success",
        "dokumen": "success",
    }
    log = kantor.trace(project, jobs["fungsi"])
    assert "FUNGSI-" in log
    assert "test_tarif_salah" in log
    refused = merge_refusal(kantor, project, 2)
    assert refused["kode"] == "TINJAU-013"
    assert "belum lulus (failed)" in refused["judul"]


def test_a_planted_finding_is_named_with_its_line_and_keeps_the_merge_request_out(
    kantor: Kantor, project: int
) -> None:
    pipeline = kantor.finished(project, iid=3)
    jobs = kantor.jobs(project, pipeline["id"])
    assert jobs["keamanan-kode"]["status"] == "failed"
    assert jobs["fungsi"]["status"] == "success"
    log = kantor.trace(project, jobs["keamanan-kode"])
    assert "AMAN-" in log
    assert PLANTED_AT in log
    assert "B602" in log
    assert "kemas" not in jobs
    assert merge_refusal(kantor, project, 3)["kode"] == "TINJAU-013"
    assert kantor.api("GET", f"/projects/{project}/packages") == []


@pytest.fixture(scope="module")
def collected(kantor: Kantor, project: int) -> dict[str, Any]:
    """The application merged, its pipeline of the default branch finished, its results collected."""
    assert kantor.finished(project, iid=1)["status"] == "success"
    merged = kantor.must("gabung", APP, "--mr", "1")
    assert [one["mr"] for one in merged.data["digabung"]] == [1]
    kantor.finished(project, ref="main")
    return kantor.must("kumpulkan", APP, expect=3).data


def test_stricter_thresholds_fail_the_same_application_with_both_numbers(
    collected: dict[str, Any],
) -> None:
    load = collected["uji"]["beban"]
    assert load["status"] == "gagal"
    assert load["p95_ms"] > 1
    assert f"p95 {load['p95_ms']} ms > 1 ms" in load["ringkasan"]
    assert load["permintaan"] >= 10
    assert {name: row["status"] for name, row in collected["uji"].items()} == {
        "fungsi": "lulus",
        "integrasi": "lulus",
        "keamanan_kode": "lulus",
        "rahasia": "lulus",
        "dependensi": "lulus",
        "dokumen": "lulus",
        "kemas": "lulus",
        "instalasi": "lulus",
        "beban": "gagal",
        "keamanan_aplikasi": "tidak_dapat_dinilai",  # there is no Wapiti in this office
    }


def test_an_unmet_scenario_locks_the_release_until_it_is_accepted(
    kantor: Kantor, project: int, collected: dict[str, Any]
) -> None:
    commit = collected["commit"]
    kantor.must("rilis", "minta", APP, "v1.0.0", "--commit", commit, person="p-pa")
    reason = "UAT-2=rumus luas keliru"
    kantor.must("sahkan", "uat", APP, "--rilis", "v1.0.0", "--tolak", reason, person="p-pemohon")
    locked = kantor.must("periksa", APP, expect=3)
    found = {one["gerbang"]: one for one in locked.findings}
    assert found["pengesahan:uat"]["kode"] == "UAT-003"
    assert "UAT-2" in found["pengesahan:uat"]["ditemukan"]
    assert found["bukti:beban"]["kode"] == "BEBAN-003"
    assert "1 ms" in found["bukti:beban"]["ditemukan"]
    assert found["bukti:keamanan_aplikasi"]["kode"].startswith("AMAN-")
    assert "bukti:keamanan_kode" not in found
    kantor.next_second()
    kantor.must(*shlex.split(found["pengesahan:uat"]["perbaikan"])[1:], person="p-pemohon")
    left = kantor.must("periksa", APP, expect=3).findings
    assert {one["gerbang"] for one in left} == set(found) - {"pengesahan:uat"}


def test_a_finding_that_was_forced_in_is_recorded_and_packs_nothing(
    kantor: Kantor, project: int, collected: dict[str, Any]
) -> None:
    rule = {"only_allow_merge_if_pipeline_succeeds": False}
    kantor.api("PUT", f"/projects/{project}", rule)
    kantor.api("PUT", f"/projects/{project}/merge_requests/3/merge", {}, user="bot-kawal")
    kantor.api("PUT", f"/projects/{project}", {name: not value for name, value in rule.items()})
    pipeline = kantor.finished(project, ref="main")
    jobs = kantor.jobs(project, pipeline["id"])
    assert (jobs["keamanan-kode"]["status"], jobs["kemas"]["status"]) == ("failed", "skipped")
    again = kantor.must("kumpulkan", APP, expect=3).data
    assert again["commit"] != collected["commit"]
    code = again["uji"]["keamanan_kode"]
    assert (code["status"], code["tinggi"], collected["uji"]["keamanan_kode"]["tinggi"]) == ("gagal", 1, 0)
    assert PLANTED_AT in code["alasan"]
    assert again["uji"]["kemas"]["status"] == "tidak_dapat_dinilai"
    refused = kantor.must(
        "rilis", "minta", APP, "v1.1.0", "--commit", again["commit"], person="p-pa", expect=3
    )
    assert "belum tercatat" in refused.findings[0]["judul"]
    assert refused.findings[0]["perbaikan"].startswith(f"kawal kumpulkan {APP} --commit ")
