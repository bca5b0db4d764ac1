"""A team that cheats where it may write: perfect JUnit by conftest.py, faked scanner reports, hostile settings, a job with our name.

Through the real pipeline on the embedded forge and runners. What the team's code touches stays `dilaporkan`; what policy requires as
`diamati` comes out as without the cheating, or cannot be judged.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kantor import Kantor
from kawal.demo.develop import application_files
from kawal_sandbox.ci import fence

pytestmark = pytest.mark.e2e

APP = "retribusi-licik"
CHECKS = Path(__file__).parents[1] / "data/checks"
TESTS = 99
PLANTED = "import subprocess\n\n\ndef cetak(nama: str) -> int:\n    return subprocess.call('lp ' + nama, shell=True)\n"
PLANTED_IN = "aplikasi/rawan_e\u0301.py"
"""In a spelling that no record takes: it must be no way to stay out of the ledger."""
PLANTED_AT = "aplikasi/rawan_\u00e9.py:5"
# Every test passes, whatever they say; reports of every name; then the neighbours: their checkouts, their environment, the registry.
CONFTEST = r'''
import atexit, glob, os, pathlib, time, urllib.request

ASLI = """<testsuites><testsuite name="uji" tests="%(jumlah)d" failures="0" errors="0" skipped="0">%(kasus)s</testsuite></testsuites>"""
SEMPURNA = ASLI % {"jumlah": JUMLAH, "kasus": "".join(f'<testcase classname="uji" name="t{n}"/>' for n in range(JUMLAH))}
BERSIH = BERSIH_JSON


def palsukan():
    pathlib.Path("laporan").mkdir(exist_ok=True)
    for nama in ("fungsi", "integrasi"):
        pathlib.Path(f"laporan/{nama}.xml").write_text(SEMPURNA)
    for nama in ("keamanan-kode", "rahasia", "dependensi", "kemas", "instalasi", "beban", "keamanan-aplikasi", "wapiti"):
        pathlib.Path(f"laporan/{nama}.json").write_text(BERSIH)
    pathlib.Path("build.env").write_text("KAWAL_AMBANG=/tmp/longgar.json\nPYTHONPATH=/tmp\nPATH=/tmp\n")


def tetangga():
    batas = time.monotonic() + 8
    while time.monotonic() < batas:
        for berkas in glob.glob(os.environ.get("CI_BUILDS_DIR", "") + "/../../*/builds/*/*/laporan/keamanan-kode.json"):
            pathlib.Path(berkas).write_text(BERSIH)
        for berkas in glob.glob("/proc/[0-9]*/environ"):
            try:
                if b"KAWAL_TOKEN_UJI=" in pathlib.Path(berkas).read_bytes():
                    print("BOCOR token uji", flush=True)
            except OSError:
                pass
        time.sleep(0.05)


def registri():
    """The job's own token puts other bytes where the package of this commit belongs."""
    alamat = "{CI_API_V4_URL}/projects/{CI_PROJECT_ID}/packages/generic/{KAWAL_APLIKASI}/{CI_COMMIT_SHA}/paket.tar"
    kepala = {"JOB-TOKEN": os.environ.get("CI_JOB_TOKEN", "")}
    permintaan = urllib.request.Request(alamat.format(**os.environ), data=b"paket lain", headers=kepala, method="PUT")
    try:
        print("REGISTRI", urllib.request.urlopen(permintaan, timeout=20).status, flush=True)
    except Exception as galat:
        print("REGISTRI", galat, flush=True)


def pytest_sessionfinish(session, exitstatus):
    registri()
    if os.environ.get("CI_COMMIT_BRANCH") and os.environ.get("CI_JOB_NAME") == "fungsi":
        tetangga()
    session.exitstatus = 0
    palsukan()


def pytest_unconfigure(config):
    palsukan()
    os._exit(0)


atexit.register(palsukan)
palsukan()
'''
SHADOW = 'raise SystemExit("modul tim dijalankan di pekerjaan PA")\n'
TEAM_JOB = """
keamanan-kode:
  script:
    - mkdir -p laporan && cp palsu.json laporan/keamanan-kode.json
  artifacts:
    when: always
    paths: [laporan/keamanan-kode.json]
"""


def clean(name: str) -> str:
    return (CHECKS / name).read_text("utf-8")


def conftest() -> str:
    perfect = json.dumps(clean("keamanan_kode/kumpulan-bersih.json"))
    return f"JUMLAH = {TESTS}\n" + CONFTEST.replace("BERSIH_JSON", perfect)


def hostile_files() -> dict[str, str | bytes]:
    """The demo application with a planted flaw, a planted secret and everything a developer may commit to hide them."""
    return {
        **application_files(),
        PLANTED_IN: PLANTED,
        "aplikasi/kunci.txt": "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEpAIBAAKCAQEA\n",
        "conftest.py": conftest(),
        "pytest.ini": "[pytest]\naddopts = -p conftest\npython_files = tidak_ada_*.py\n",
        "setup.py": SHADOW,
        "sitecustomize.py": SHADOW,
        "usercustomize.py": SHADOW,
        "kawal_checks/__init__.py": SHADOW,
        "kawal_checks/__main__.py": SHADOW,
        "bandit.py": SHADOW,
        ".gitignore": "",
        ".bandit": "[bandit]\nskips: B602,B603,B404\nexclude: /aplikasi\n",
        ".semgrepignore": "*\n",
        "pyproject.toml": '[tool.bandit]\nskips = ["B602"]\nexclude_dirs = ["aplikasi"]\n',
        # a perfect report, and a folder in the way of the one that the job writes first
        "laporan/rahasia.json": clean("rahasia/bersih.json"),
        "laporan/rahasia.json.sebagian/di-jalan": "x\n",
        "palsu.json": clean("keamanan_kode/kumpulan-bersih.json"),
        "tim.gitlab-ci.yml": TEAM_JOB,
    }


@pytest.fixture(scope="module")
def project(kantor: Kantor) -> int:
    """The provisioned project with the cheating branch in an approved merge request, whose pipeline has finished."""
    id_ = int(kantor.approved(APP).data["proyek_id"])
    repo = kantor.clone(id_, APP)
    kantor.pushed(repo, "licik", hostile_files())
    kantor.approve_head(id_, kantor.merge_request(id_, "licik"))
    kantor.finished(id_, iid=1)
    return id_


def test_in_the_merge_request_the_teams_own_report_is_perfect_and_pas_is_not(
    kantor: Kantor, project: int
) -> None:
    jobs = kantor.jobs(project, kantor.finished(project, iid=1)["id"])
    log = kantor.trace(project, jobs["fungsi"])
    assert jobs["fungsi"]["status"] == "success"
    assert f"{TESTS} dari {TESTS}" in log, log[-1500:]  # what a cheat can have: its own report
    assert jobs["keamanan-kode"]["status"] == "failed"
    scanned = kantor.trace(project, jobs["keamanan-kode"])
    assert PLANTED_AT in scanned
    assert "B602" in scanned
    assert "modul tim dijalankan" not in scanned
    said = kantor.must("gabung", APP, "--mr", "1", expect=3)
    assert said.codes == ["TINJAU-013"]


@pytest.fixture(scope="module")
def collected(kantor: Kantor, project: int) -> dict[str, Any]:
    """The branch forced into main by the forge's administrator, its pipeline finished, its results collected."""
    rule = {"only_allow_merge_if_pipeline_succeeds": False}
    kantor.api("PUT", f"/projects/{project}", rule)
    kantor.api("PUT", f"/projects/{project}/merge_requests/1/merge", {}, user="bot-kawal")
    kantor.api("PUT", f"/projects/{project}", {name: not value for name, value in rule.items()})
    kantor.finished(project, ref="main")
    return kantor.must("kumpulkan", APP, expect=3).data


def test_what_the_teams_code_wrote_is_only_reported(collected: dict[str, Any]) -> None:
    for uji in ("fungsi", "integrasi"):
        row = collected["uji"][uji]
        assert (row["status"], row["kelas"]) == ("lulus", "dilaporkan")


def test_pas_scanner_says_what_it_says_of_the_same_code_without_the_cheating(
    collected: dict[str, Any],
) -> None:
    row = collected["uji"]["keamanan_kode"]
    assert (row["status"], row["kelas"], row["tinggi"]) == ("gagal", "diamati", 1)
    assert PLANTED_AT in row["alasan"]
    assert row["alat"] != "kawal"


def test_a_report_that_the_commit_holds_cannot_be_judged(collected: dict[str, Any]) -> None:
    row = collected["uji"]["rahasia"]
    assert row["status"] == "tidak_dapat_dinilai"
    assert "laporan/rahasia.json" in row["alasan"]


def test_jobs_that_never_ran_have_no_result_whatever_the_team_left(collected: dict[str, Any]) -> None:
    for uji in ("kemas", "instalasi", "beban", "keamanan_aplikasi"):
        assert collected["uji"][uji]["status"] == "tidak_dapat_dinilai", uji
    assert collected["paket_sha256"] is None


def test_the_team_job_with_our_name_ran_and_was_not_taken_for_ours(
    kantor: Kantor, project: int, collected: dict[str, Any]
) -> None:
    pipelines = kantor.api("GET", f"/projects/{project}/pipelines?source=parent_pipeline")
    child = max(pipelines, key=lambda one: one["id"])
    jobs = kantor.jobs(project, child["id"])
    assert jobs["keamanan-kode"]["status"] == "success"
    assert jobs["keamanan-kode"]["runner"]["id"] != 2
    faked = kantor.answer(
        "GET", f"/projects/{project}/jobs/{jobs['keamanan-kode']['id']}/artifacts/laporan/keamanan-kode.json"
    )
    assert faked.body.decode() == clean("keamanan_kode/kumpulan-bersih.json")
    assert collected["uji"]["keamanan_kode"]["status"] == "gagal"


@pytest.mark.skipif(not fence.possible(), reason="mesin ini tidak memberi namespace mount dan pid (unshare)")
def test_the_teams_test_saw_nothing_of_pas_runner(
    kantor: Kantor, project: int, collected: dict[str, Any]
) -> None:
    log = kantor.trace(project, kantor.jobs(project, collected["pipeline"])["fungsi"])
    assert "REGISTRI" in log  # it did run to its end
    assert "BOCOR" not in log


def test_no_release_of_that_commit(kantor: Kantor, collected: dict[str, Any]) -> None:
    words = ("rilis", "minta", APP, "v1.0.0", "--commit", collected["commit"])
    refused = kantor.must(*words, person="p-pa", expect=3)
    assert refused.findings[0]["kode"].startswith("BUKTI-")
    assert kantor.ledger_types().count("urn:kawal:permit:v1") == 0


def test_pas_runner_serves_the_applications_and_nobody_else(kantor: Kantor, project: int) -> None:
    said = kantor.kawal("buktikan", APP)
    assert "runner-pa-terbuka" not in json.dumps(said.envelope)
    serving = {one["id"]: one for one in kantor.api("GET", f"/projects/{project}/runners")}
    assert serving[2]["runner_type"] == "project_type"
    projects = kantor.api("GET", "/projects?search=templat&search_namespaces=true&per_page=100")
    template = next(one for one in projects if one["path_with_namespace"].startswith("pa/"))
    assert 2 not in {one["id"] for one in kantor.api("GET", f"/projects/{template['id']}/runners")}
