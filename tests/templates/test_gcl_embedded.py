"""Two executors of the same template: gitlab-ci-local and the embedded runner see the same jobs, and the same of them run and pass.

What differs stands in `beda_pelaksana.yml` with its reason; nothing else may. Some scenarios run in `make test`, KAWAL_MALAM=1 runs all.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
import yaml
from forge_bengkel import ForgeBench, forge_bench
from gcl_bengkel import DATA, GCL, GOOD, GOOD_FILES, MISSING, TEMPLATE, _commit, _git, bench

from kawal_sandbox.ci.expand import Context, expand_pipeline
from kawal_sandbox.ci.problems import ConfigError

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING or "-")
PUSH = {"CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"}
EVENTS: dict[str, dict[str, str]] = {
    "cabang utama": {**PUSH, "CI_COMMIT_BRANCH": "main"},
    "cabang lain": {**PUSH, "CI_COMMIT_BRANCH": "fitur"},
    "tag rilis": {**PUSH, "CI_COMMIT_TAG": "v1.0.0"},
    "tag lain": {**PUSH, "CI_COMMIT_TAG": "uji-1"},
    "merge request": {
        "CI_DEFAULT_BRANCH": "main",
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "1",
    },
    "jadwal di cabang utama": {
        "CI_DEFAULT_BRANCH": "main",
        "CI_PIPELINE_SOURCE": "schedule",
        "CI_COMMIT_BRANCH": "main",
    },
}


class NoFiles:
    """The template includes nothing."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the template asked for another file: {name}")


def embedded(event: dict[str, str]) -> dict[str, tuple[str, str]]:
    context = Context(below=event, merge_request=event["CI_PIPELINE_SOURCE"] == "merge_request_event")
    try:
        pipeline = expand_pipeline(TEMPLATE.read_text("utf-8"), "kawal.yml", NoFiles(), context)
    except ConfigError:
        return {}  # no pipeline for this event
    return {job.name: (job.stage, str(job.when)) for job in pipeline.jobs}


def third_party(event: dict[str, str], folder: Path) -> dict[str, tuple[str, str]]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitlab-ci.yml").write_text(TEMPLATE.read_text("utf-8"))
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "remote", "add", "origin", "https://gitlab.contoh.go.id/grup/app.git")
    _commit(folder)
    absent = [name for name in ("CI_COMMIT_BRANCH", "CI_COMMIT_TAG") if name not in event]
    command = [
        str(GCL),
        "--list-json",
        "--no-color",
        "--no-json-schema-validation",
        "--ignore-predefined-vars",
        ",".join(event),
    ]
    command += [part for name, value in event.items() for part in ("--variable", f"{name}={value}")]
    command += [part for name in absent for part in ("--unset-variable", name)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    return {row["name"]: (row["stage"], row["when"]) for row in rows if row["when"] != "never"}


@pytest.mark.parametrize("name", EVENTS)
def test_both_executors_see_the_same_jobs(name: str, tmp_path: Path) -> None:
    ours, theirs = embedded(EVENTS[name]), third_party(EVENTS[name], tmp_path / "app")
    assert ours == theirs
    assert bool(ours) == (name in ("cabang utama", "tag rilis", "merge request", "jadwal di cabang utama"))


class Both(NamedTuple):
    """One scenario for both executors: what differs from an application whose every report is good."""

    reports: Mapping[str, str | None] = MappingProxyType({})
    team: str | None = None
    tests: tuple[str, ...] = ()
    """Folders of tests that need not be there."""
    thresholds: Mapping[str, Any] = MappingProxyType({})


def of(report: str) -> str:
    return str(DATA / report)


SCENARIOS: dict[str, Both] = {
    "semua:lulus": Both(),
    "fungsi:satu-gagal": Both({"fungsi": of("fungsi/satu-gagal.xml")}),
    "fungsi:tanpa-tes": Both({"fungsi": of("fungsi/tanpa-tes.xml")}),
    "fungsi:tanpa-laporan": Both({"fungsi": None}),
    "fungsi:terpotong": Both({"fungsi": of("fungsi/terpotong.xml")}),
    "integrasi:satu-gagal": Both({"integrasi": of("fungsi/satu-gagal.xml")}),
    "integrasi:semua-dilewati": Both({"integrasi": of("fungsi/semua-dilewati.xml")}),
    "integrasi:tanpa-laporan": Both({"integrasi": None}),
    "unit:lulus": Both(tests=("unit", "sistem")),
    "unit:satu-gagal": Both({"unit": of("fungsi/satu-gagal.xml")}, tests=("unit",)),
    "unit:tanpa-tes": Both({"unit": of("fungsi/tanpa-tes.xml")}, tests=("unit",)),
    "sistem:satu-gagal": Both({"sistem": of("fungsi/satu-gagal.xml")}, tests=("unit", "sistem")),
    "sistem:tanpa-laporan": Both({"sistem": None}, tests=("sistem",)),
    "keamanan-kode:temuan": Both({"keamanan_kode": of("keamanan_kode/semgrep-temuan.json")}),
    "keamanan-kode:tanpa-laporan": Both({"keamanan_kode": None}),
    "rahasia:token": Both({"rahasia": of("rahasia/token.json")}),
    "rahasia:nol-berkas": Both({"rahasia": of("rahasia/nol-berkas.json")}),
    "rahasia:tanpa-laporan": Both({"rahasia": None}),
    "dependensi:tanpa-kunci": Both({"dependensi": of("dependensi/tanpa-kunci.json")}),
    "dependensi:vendor-ikut": Both({"dependensi": of("dependensi/vendor-ikut.json")}),
    "dependensi:tanpa-laporan": Both({"dependensi": None}),
    "dokumen:kerangka": Both({"dokumen": of("dokumen/kerangka.json")}),
    "dokumen:tanpa-laporan": Both({"dokumen": None}),
    "instalasi:tanpa-laporan": Both({"instalasi": None}),
    "beban:p95-terlewati": Both({"beban": of("beban/p95-terlewati.json")}),
    "beban:tanpa-laporan": Both({"beban": None}),
    "keamanan-aplikasi:sasaran-mati": Both(
        {"keamanan_aplikasi": of("keamanan_aplikasi/wapiti-sasaran-mati.json")}
    ),
    "keamanan-aplikasi:tanpa-laporan": Both({"keamanan_aplikasi": None}),
    "tim:lulus": Both(team="lintas: {script: [echo halo]}\n"),
    "tim:gagal": Both(team="lintas: {script: [echo halo, exit 1]}\n"),
    "tim:disaring": Both(team="lintas: {tags: [pa], script: [printenv]}\n"),
}
SAMPLE = ("unit:lulus", "tim:gagal")  # with and without the tests that need not be there
ALL = os.environ.get("KAWAL_MALAM") == "1"
DIFFERENCES = yaml.safe_load(Path(__file__).with_name("beda_pelaksana.yml").read_text("utf-8"))["beda"]


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgeBench]:
    with forge_bench(tmp_path_factory.mktemp("forge")) as made:
        yield made


@pytest.mark.parametrize("name", [name for name in SCENARIOS if ALL or name in SAMPLE])
def test_both_executors_run_and_pass_the_same_jobs(name: str, forge: ForgeBench, tmp_path: Path) -> None:
    one = SCENARIOS[name]
    reports = {**GOOD, **one.reports}
    files = (*GOOD_FILES, *(f"uji/{name}/a.txt" for name in one.tests))
    with bench(tmp_path, reports, files, dict(one.thresholds)) as made:
        if one.team is not None:
            (made.application / "tim.gitlab-ci.yml").write_text(one.team)
        theirs = {"main": made.run(template=TEMPLATE.read_text("utf-8")).jobs}
        made.collect()
        theirs["tag"] = made.run(tag=True).jobs
        run = forge.run(made, reports)
        ours = {"main": run.main(), "tag": run.tag()}
    theirs["main"].pop("lintas", None)  # a job of the child, in gitlab-ci-local's list of the parent
    found = [
        {
            "skenario": name,
            "pekerjaan": job,
            "gcl": theirs[event].get(job, "tidak"),
            "forge": ours[event].get(job, "tidak"),
        }
        for event in ("main", "tag")
        for job in sorted(theirs[event].keys() | ours[event].keys())
        if theirs[event].get(job) != ours[event].get(job)
    ]
    wanted = [row for row in DIFFERENCES if row["skenario"] == name]
    assert found == [{key: value for key, value in row.items() if key != "sebab"} for row in wanted]
    assert set(one.tests) == {"unit", "sistem"} & ours["main"].keys()
    assert ("kemas" in ours["main"]) == (name in OPENS or name.split(":")[0] not in BEFORE_PACKING)
    assert ours["tag"] == ({"gerbang": "PASS", "rilis": "PASS"} if name in OPENS else {"gerbang": "FAIL"})


BEFORE_PACKING = ("fungsi", "integrasi", "unit", "sistem", "keamanan-kode", "rahasia", "dependensi")
OPENS = ("semua:lulus", "unit:lulus", "tim:lulus", "tim:gagal", "tim:disaring")


def test_every_difference_has_a_scenario_and_a_reason() -> None:
    assert {row["skenario"] for row in DIFFERENCES} <= set(SCENARIOS)
    assert all(len(row["sebab"]) > 60 and row["gcl"] != row["forge"] for row in DIFFERENCES)
    assert set(SAMPLE) >= {row["skenario"] for row in DIFFERENCES}
