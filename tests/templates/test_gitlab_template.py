"""The central GitLab pipeline: accepted by a third party's schema, and shaped so that nothing in it weakens a gate."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kawal_checks import readers
from kawal_checks.gates import GATES, find_gate
from kawal_checks.jobs import _parser as job_parser

ROOT = Path(__file__).parents[2] / "pipeline-templates"
PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "gitlab/kawal.yml").read_text("utf-8"))
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifes.yml").read_text("utf-8"))
NOT_JOBS = {"stages", "workflow", "variables"}
KEYWORDS = {
    "stage", "tags", "rules", "needs", "script", "before_script", "artifacts", "id_tokens", "environment", "timeout",
    "interruptible", "resource_group", "allow_failure", "variables", "extends",
}  # fmt: skip


def resolved(name: str) -> dict[str, Any]:
    job = PIPELINE[name]
    return {**PIPELINE.get(job.get("extends", ""), {}), **job}


JOBS = {name: resolved(name) for name in PIPELINE if name not in NOT_JOBS and not name.startswith(".")}


def test_schema_of_gitlab_accepts_the_file() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"]
    command += ["--data-transform", "gitlab-ci", str(ROOT / "gitlab/kawal.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert set(JOBS) == {
        "fungsi", "integrasi", "keamanan-kode", "kemas", "instalasi", "beban", "keamanan-aplikasi", "gerbang", "rilis",
    }  # fmt: skip


def test_only_agreed_keywords_are_used() -> None:
    used = {key for name in PIPELINE if name not in NOT_JOBS for key in PIPELINE[name]}
    assert used <= KEYWORDS
    assert PIPELINE["stages"] == ["uji", "kemas", "pasang-uji", "uji-kelaikan", "gerbang", "rilis"]


@pytest.mark.parametrize("name", sorted(JOBS))
def test_every_job_leaves_its_report_even_when_it_fails(name: str) -> None:
    artifacts = JOBS[name]["artifacts"]
    assert artifacts["when"] == "always"
    assert artifacts["paths"]
    assert "timeout" in JOBS[name]
    assert "allow_failure" not in JOBS[name]


@pytest.mark.parametrize("name", sorted(name for name in JOBS if JOBS[name]["tags"] == ["pa"]))
def test_jobs_of_pa_run_no_team_code_and_take_no_team_artifacts(name: str) -> None:
    for line in JOBS[name]["script"]:
        first = shlex.split(line)[:4]
        assert first[0] in ("wapiti", "rm") or (
            first[:3] == ["python", "-I", "-m"] and first[3].startswith("kawal_")
        )
    if JOBS[name]["stage"] not in ("uji", "gerbang"):
        # without `needs` GitLab would hand over the artifacts of every earlier stage
        assert "needs" in JOBS[name]
    taken = {need["job"] for need in JOBS[name].get("needs", []) if need["artifacts"]}
    assert taken <= {"kemas"}


def test_tokens_are_held_by_gate_and_release_alone() -> None:
    tokens = {name: job["id_tokens"] for name, job in JOBS.items() if "id_tokens" in job}
    assert tokens == {
        "gerbang": {"KAWAL_PERIKSA_TOKEN": {"aud": "kawal-periksa"}},
        "rilis": {"KAWAL_IZIN_TOKEN": {"aud": "kawal-izin"}},
    }
    assert [name for name, job in JOBS.items() if "environment" in job] == ["rilis"]


def test_release_waits_for_the_gate_and_asks_the_permit_first() -> None:
    assert JOBS["rilis"]["needs"] == [{"job": "gerbang", "artifacts": False}]
    assert JOBS["rilis"]["rules"] == JOBS["gerbang"]["rules"] == [{"if": "$CI_COMMIT_TAG =~ /^v/"}]
    commands = [shlex.split(line)[4] for line in JOBS["rilis"]["script"]]
    assert commands == ["minta-izin", "ambil-paket", "kirim"]


@pytest.mark.parametrize("name", sorted(JOBS))
def test_every_kawal_checks_line_is_a_command_that_exists(name: str) -> None:
    for line in JOBS[name]["script"]:
        words = shlex.split(line.partition("||")[0])
        if words[:4] != ["python", "-I", "-m", "kawal_checks"]:
            continue
        if "--laporan" in words:
            assert find_gate(words[4]) is not None
        else:
            job_parser().parse_args(words[4:])


def test_manifest_agrees_with_the_pipeline_and_the_gates() -> None:
    assert MANIFEST["schema"] == 1
    assert (ROOT / MANIFEST["gitlab"]["berkas"]).is_file()
    for row in MANIFEST["gitlab"]["pekerjaan"]:
        job = JOBS[row["pekerjaan"]]
        assert job["artifacts"]["paths"] == [row["artefak"]]
        assert job["tags"] == [row["runner"]]
        assert (row["kelas"] == "diamati") == (row["runner"] == "pa")
        assert row["format"] in readers.FORMATS
        assert row["format"] in GATES[row["uji"]].formats
    named = {row["pekerjaan"] for row in MANIFEST["gitlab"]["pekerjaan"]}
    assert named | {MANIFEST["gitlab"][key]["pekerjaan"] for key in ("gerbang", "rilis")} == JOBS.keys()
