"""The central GitLab pipeline, every entry: accepted by a third party's schema, and shaped so that nothing in it weakens a gate."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from templat import ENTRIES, MANIFEST, ROOT, jobs, pipeline

from kawal_checks import readers
from kawal_checks.gates import GATES, find_gate
from kawal_checks.jobs import _parser as job_parser
from kawal_checks.jobs.zap import KINDS, plan_for
from kawal_checks.lint import lint_document

JOBS = jobs()
ALL = {entry: jobs(entry) for entry in ENTRIES}
EVERY = [(entry, name) for entry, found in ALL.items() for name in found]
SCRIPTED = [(entry, name) for entry, name in EVERY if name != "tim"]
CORE = {
    "fungsi", "integrasi", "unit", "sistem", "keamanan-kode", "rahasia", "dependensi", "dokumen", "saring-tim", "tim", "kemas", "instalasi", "beban",
    "keamanan-aplikasi", "gerbang", "rilis",
}  # fmt: skip
TEAM_TESTS = ("fungsi", "integrasi", "unit", "sistem")
KEYWORDS = {
    "stage", "tags", "rules", "needs", "script", "artifacts", "id_tokens", "environment", "timeout", "interruptible", "resource_group",
    "variables", "image", "cache", "trigger",
}  # fmt: skip


def of_pa() -> list[tuple[str, str]]:
    return [(entry, name) for entry, name in SCRIPTED if ALL[entry][name]["tags"] == ["pa"]]


def test_schema_of_gitlab_accepts_every_file(tmp_path: Path) -> None:
    """The tool takes one document, so a file with `spec` is checked in halves."""
    parts = []
    for path in sorted((ROOT / "gitlab").glob("*.yml")):
        for number, half in enumerate(path.read_text("utf-8").split("\n---\n")):
            parts.append(tmp_path / f"{path.stem}-{number}.yml")
            parts[-1].write_text(half, "utf-8")
    assert len(parts) == len(ENTRIES) + 2  # kawal.yml has two halves; zap.yml is included by entries
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"]
    command += ["--data-transform", "gitlab-ci", *map(str, parts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_has_the_same_gates_and_the_linter_finds_no_weakening(entry: str) -> None:
    zap = {"rencana-zap", "pindai-zap"} if "zap-" in entry else set()
    assert ALL[entry].keys() == CORE | zap
    assert {key for job in ALL[entry].values() for key in job} <= KEYWORDS
    whole = pipeline(entry)
    visible = {key: value for key, value in whole.items() if not key.startswith(".")}
    assert lint_document(json.dumps(visible).encode(), entry)[1] == ()
    for name in CORE - {
        *TEAM_TESTS,
        "keamanan-aplikasi",
    }:  # the team's tests and the scanner are all that differs
        assert ALL[entry][name] == JOBS[name]


LARAVEL = {"integrasi": "Integration", "unit": "Unit", "sistem": "System"}


def test_each_stack_runs_its_own_test_tool_with_a_cache_and_an_image() -> None:
    tools = {
        "python": "python -m pytest",
        "php": "vendor/bin/phpunit",
        "laravel": "tests/Feature",
        "node": "node --test",
    }
    locks = {
        "python": "requirements.txt",
        "php": "composer.lock",
        "laravel": "composer.lock",
        "node": "package-lock.json",
    }
    for stack, entry in MANIFEST["gitlab"]["tumpukan"].items():
        for name in TEAM_TESTS:
            job = ALL[entry][name]
            assert job["image"]
            if stack != "statis":
                wanted = tools[stack].replace("Feature", LARAVEL.get(name, "Feature"))
                assert any(wanted in line for line in job["script"]), entry
                assert job["cache"]["key"]["files"] == [locks[stack]]
    assert "periksa-situs" in ALL["gitlab/statis.yml"]["fungsi"]["script"][0]


def test_an_unknown_stack_is_no_pipeline() -> None:
    text = (ROOT / "gitlab/php.yml").read_text("utf-8")
    from templat import Disk

    from kawal_sandbox.ci.expand import read_config
    from kawal_sandbox.ci.problems import ConfigError

    with pytest.raises(ConfigError, match="not in the list of allowed options"):
        read_config(text.replace("tumpukan: php", "tumpukan: cobol"), "x.yml", Disk())


def test_stages_are_named_as_the_tests_and_the_pipeline_says_what_blocks() -> None:
    whole = pipeline()
    assert whole["stages"] == [
        "uji-unit", "uji-fungsi", "uji-integrasi", "uji-sistem", "uji-keamanan-kode", "dokumen", "uji-tim", "kemas", "uji-instalasi", "uji-beban",
        "uji-keamanan-aplikasi", "gerbang", "rilis",
    ]  # fmt: skip
    assert whole["workflow"]["name"] == "$KAWAL_APLIKASI: $TAHAP"
    assert ["TERKUNCI" in rule["variables"]["TAHAP"] for rule in whole["workflow"]["rules"]] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(("entry", "name"), SCRIPTED)
def test_every_job_leaves_its_report_even_when_it_fails(entry: str, name: str) -> None:
    job = ALL[entry][name]
    assert job["artifacts"]["when"] == "always"
    assert job["artifacts"]["paths"]
    assert "timeout" in job
    assert (
        "needs" in job or name == "gerbang"
    )  # without `needs` GitLab hands over the artifacts of every earlier stage


def test_every_gate_leaves_junit_and_one_job_leaves_code_quality() -> None:
    with_junit = {
        name for name, job in JOBS.items() if "junit" in job.get("artifacts", {}).get("reports", {})
    }
    assert with_junit == CORE - {"saring-tim", "tim", "rilis"}
    assert [
        name for name, job in JOBS.items() if "codequality" in job.get("artifacts", {}).get("reports", {})
    ] == ["keamanan-kode"]
    for name in ("keamanan-kode", "rahasia", "dependensi", "beban"):
        assert "--simpan gitlab=laporan/anotasi.json" in JOBS[name]["script"][-1]
        assert JOBS[name]["artifacts"]["reports"]["annotations"] == "laporan/anotasi.json"


@pytest.mark.parametrize("entry", ENTRIES)
def test_only_the_jobs_that_the_manifest_calls_optional_depend_on_a_folder(entry: str) -> None:
    depends = {name for name, job in ALL[entry].items() if any("exists" in rule for rule in job["rules"])}
    optional = {one["pekerjaan"] for one in MANIFEST["gitlab"]["pekerjaan"] if one.get("opsional")}
    assert depends == optional | {"saring-tim", "tim"}
    for name in optional:
        (folder,) = {path for rule in ALL[entry][name]["rules"] for path in rule["exists"]}
        tests = " ".join(ALL[entry][name]["script"])
        assert f" {folder.removesuffix('/**/*')} " in tests  # what is looked for is what is run
        assert [{**rule, "exists": None} for rule in ALL[entry][name]["rules"]] == [
            {**rule, "exists": None} for rule in ALL[entry]["fungsi"]["rules"]
        ]


def test_the_load_job_keeps_the_page_with_plots_beside_what_is_judged() -> None:
    run, gate = JOBS["beban"]["script"]
    assert "--keluar laporan/beban.json --html laporan/beban.html" in run
    assert "--lampirkan laporan/beban.html" in gate
    assert JOBS["beban"]["artifacts"]["paths"] == ["laporan/beban.json", "laporan/beban.html"]


def test_tests_can_be_interrupted_and_what_touches_a_target_runs_alone() -> None:
    groups = {name: job["resource_group"] for name, job in JOBS.items() if "resource_group" in job}
    assert groups == {"instalasi": "uji", "beban": "uji", "keamanan-aplikasi": "uji", "rilis": "produksi"}
    interruptible = {name for name, job in JOBS.items() if job.get("interruptible")}
    assert interruptible == {
        *TEAM_TESTS,
        "keamanan-kode",
        "rahasia",
        "dependensi",
        "dokumen",
        "saring-tim",
    }


@pytest.mark.parametrize(("entry", "name"), of_pa())
def test_jobs_of_pa_run_no_team_code_and_take_no_team_artifacts(entry: str, name: str) -> None:
    job = ALL[entry][name]
    for line in job["script"]:
        first = shlex.split(line)[:4]
        assert first[0] in ("wapiti", "rm", "zap.sh") or (
            first[:3] == ["python", "-I", "-m"] and first[3].startswith("kawal_")
        )
    taken = {need["job"] for need in job.get("needs", []) if need["artifacts"]}
    assert taken <= {"kemas", "rencana-zap", "pindai-zap"}
    assert "cache" not in job


def test_the_teams_own_jobs_are_screened_and_no_gate_waits_for_them() -> None:
    trigger = JOBS["tim"]["trigger"]
    assert trigger["include"] == [{"artifact": "tim-tersaring.yml", "job": "saring-tim"}]
    assert trigger["strategy"] == "depend"
    assert not any(trigger["forward"].values())
    waited = {need["job"] for name, job in JOBS.items() if name != "tim" for need in job.get("needs", [])}
    assert not waited & {"tim", "saring-tim"}


def test_the_package_is_made_once_and_the_release_builds_nothing() -> None:
    makers = {
        name for name, job in JOBS.items() for line in job.get("script", []) if "kemas --sumber" in line
    }
    assert makers == {"kemas"}
    waits = {need["job"]: need.get("optional", False) for need in JOBS["kemas"]["needs"]}
    assert waits == {
        "fungsi": False, "integrasi": False, "unit": True, "sistem": True, "keamanan-kode": False, "rahasia": False, "dependensi": False,
    }  # fmt: skip
    for name in ("gerbang", "rilis"):
        assert JOBS[name]["variables"] == {"GIT_STRATEGY": "none"}


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


@pytest.mark.parametrize(("entry", "name"), SCRIPTED)
def test_every_kawal_checks_line_is_a_command_that_exists(entry: str, name: str) -> None:
    commands = [
        shlex.split(line)
        for line in ALL[entry][name]["script"]
        if line.startswith("python -I -m kawal_checks")
    ]
    assert commands or name == "pindai-zap"
    for words in commands:
        if "--laporan" in words:
            assert find_gate(words[4]) is not None
        else:
            values = [word.replace("${KAWAL_RENCANA_ZAP:-baseline}", "baseline") for word in words[4:]]
            job_parser().parse_args(values)


@pytest.mark.parametrize("entry", ENTRIES)
def test_manifest_agrees_with_the_pipeline_and_the_gates(entry: str) -> None:
    part = MANIFEST["gitlab"]
    assert MANIFEST["schema"] == 1
    for row in part["pekerjaan"]:
        job = ALL[entry][row["pekerjaan"]]
        assert job["artifacts"]["paths"][0] == row["artefak"]
        assert job["tags"] == [row["runner"]]
        assert (row["kelas"] == "diamati") == (row["runner"] == "pa")
        assert row["format"] in readers.FORMATS
        assert row["format"] in GATES[row["uji"]].formats
    named = {row["pekerjaan"] for row in part["pekerjaan"]} | {
        part[key]["pekerjaan"] for key in ("gerbang", "rilis")
    }
    assert named == ALL[entry].keys() - set(part["lain"])


@pytest.mark.parametrize("kind", KINDS)
def test_zap_plans_prove_that_something_was_scanned_and_attack_only_when_named_so(kind: str) -> None:
    """Structure only: no ZAP was ever run by this project."""
    plan: dict[str, Any] = yaml.safe_load(plan_for(kind, "https://uji.contoh.go.id:443/app"))
    (context,) = plan["env"]["contexts"]
    assert context["urls"] == ["https://uji.contoh.go.id/app/"]
    assert plan["env"]["parameters"]["failOnError"] is True
    assert re.fullmatch(context["includePaths"][0], "https://uji.contoh.go.id/app/masuk?x=1")
    kinds = [job["type"] for job in plan["jobs"]]
    assert kinds[0] == "passiveScan-config"
    assert kinds[-2:] == ["report", "exitStatus"]
    assert ("activeScan" in kinds) == (kind != "baseline")
    finder = next(job for job in plan["jobs"] if job["type"] in ("spider", "openapi"))
    (proof,) = finder["tests"]
    assert (proof["operator"], proof["onFail"]) == (">=", "error")
    assert proof["statistic"] == ("openapi.urls.added" if kind == "api" else "automation.spider.urls.added")
    assert ("users" in context) == (kind == "masuk")
    report = plan["jobs"][-2]["parameters"]
    assert (report["template"], report["reportFile"]) == ("traditional-json", "keamanan-aplikasi")
