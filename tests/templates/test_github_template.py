"""The GitHub workflows: the same gates as on GitLab, accepted by a third party's schema and security linter."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from templat import MANIFEST, ROOT, jobs

from kawal_checks.lint import lint_document

FILES = sorted((ROOT / "github").rglob("*.yml"))
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / "github/kawal.yml").read_text("utf-8"))
GITLAB = jobs()
NOT_ON_GITHUB = {"saring-tim", "tim"}
"""A team's own workflows run beside these without being called from here: GitHub starts every file of `.github/workflows`."""
ZIZMOR = os.environ.get("KAWAL_ZIZMOR") or shutil.which("zizmor")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_schema_of_github_accepts_the_file(path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_our_own_linter_finds_no_weakening(path: Path) -> None:
    assert lint_document(path.read_bytes(), path.name) == ("github", ())


@pytest.mark.skipif(ZIZMOR is None, reason="zizmor tidak terpasang: taruh di PATH atau sebut di KAWAL_ZIZMOR")
def test_zizmor_finds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for number, path in enumerate(FILES):
        shutil.copy(path, folder / f"{number}.yml")
    assert ZIZMOR is not None
    command = [ZIZMOR, "--offline", "--format", "plain", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_jobs_as_on_gitlab_on_the_same_kind_of_runner() -> None:
    assert WORKFLOW["jobs"].keys() == GITLAB.keys() - NOT_ON_GITHUB
    for name, job in WORKFLOW["jobs"].items():
        assert job["runs-on"] == ["self-hosted", *GITLAB[name]["tags"]], name


def test_every_report_has_the_name_that_the_manifest_says() -> None:
    for row in MANIFEST["gitlab"]["pekerjaan"]:
        lines = "\n".join(step.get("run", "") for step in WORKFLOW["jobs"][row["pekerjaan"]]["steps"])
        assert row["artefak"] in lines


@pytest.mark.parametrize("name", ["fungsi", "integrasi", "unit", "sistem"])
def test_each_stack_has_one_step_and_the_verdict_is_unconditional(name: str) -> None:
    steps = WORKFLOW["jobs"][name]["steps"]
    chosen = [step["if"] for step in steps if "if" in step and "uses" not in step]
    for stack in MANIFEST["gitlab"]["tumpukan"]:
        assert sum(f"== '{stack}'" in one for one in chosen) == 1, stack
    (verdict,) = [step for step in steps if f"kawal_checks {name} --laporan" in step.get("run", "")]
    assert "if" not in verdict


@pytest.mark.parametrize("name", sorted(set(WORKFLOW["jobs"]) - {"rilis", "gerbang"}))
def test_every_gate_is_judged_with_annotations_and_summary(name: str) -> None:
    lines = "\n".join(step.get("run", "") for step in WORKFLOW["jobs"][name]["steps"])
    assert re.search(rf"kawal_checks {name} --laporan .*--keluaran github$", lines, re.MULTILINE)


def test_accepted_risks_reach_every_gate_that_has_findings() -> None:
    """On GitLab the variable is a file in every job's environment; here its text is written down first."""
    gates = {
        name: line
        for name, job in WORKFLOW["jobs"].items()
        for step in job["steps"]
        for line in step.get("run", "").splitlines()
        if "--laporan" in line and "--ambang" in line and "pa" in job["runs-on"]
    }
    assert gates.keys() == {"keamanan-kode", "rahasia", "dependensi", "dokumen", "beban", "keamanan-aplikasi"}
    assert all('--pengecualian "$RUNNER_TEMP/pengecualian.json"' in line for line in gates.values())


def test_what_a_collaborator_may_change_names_no_image() -> None:
    """Repository variables are writable with the right to write (docs/pengguna/github.md): the image is of PA's runner alone."""
    text = (ROOT / "github/kawal.yml").read_text("utf-8")
    assert not re.findall(r"vars\.KAWAL_(?:CITRA|RENCANA)", text)
    steps = WORKFLOW["jobs"]["keamanan-aplikasi"]["steps"]
    assert [step.get("if") for step in steps if "wapiti -u" in step.get("run", "")] == [
        "steps.zap.outputs.zap != 'ya'"
    ]


def test_only_gate_and_release_get_an_identity_token() -> None:
    holders = {name for name, job in WORKFLOW["jobs"].items() if "id-token" in job["permissions"]}
    assert holders == {"gerbang", "rilis"}
    assert WORKFLOW["permissions"] == {}


CALLERS = sorted((ROOT / "github/pemanggil").glob("*.yml"))
_LEVELS = ["none", "read", "write"]


def _most_asked() -> dict[str, int]:
    """Scope -> the highest level that any job of the called workflow asks, whatever its `if` says."""
    asked: dict[str, int] = {}
    for job in WORKFLOW["jobs"].values():
        for scope, level in job.get("permissions", WORKFLOW["permissions"]).items():
            asked[scope] = max(asked.get(scope, 0), _LEVELS.index(level))
    return asked


@pytest.mark.parametrize("path", CALLERS, ids=lambda path: path.name)
def test_a_caller_grants_what_any_called_job_asks(path: Path) -> None:
    """GitHub compares when it reads the files, before any `if`: a nested job that asks more ends the whole run in startup_failure."""
    (calling,) = yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
    granted = {scope: _LEVELS.index(level) for scope, level in calling["permissions"].items()}
    assert {scope: level for scope, level in _most_asked().items() if granted.get(scope, 0) < level} == {}
    assert granted == _most_asked(), "nor more than is asked"


def test_every_called_job_narrows_what_its_caller_grants() -> None:
    """What runs the team's code gets no identity token although its caller has to grant one."""
    assert all(isinstance(job.get("permissions"), dict) for job in WORKFLOW["jobs"].values())
    of_team = [job["permissions"] for job in WORKFLOW["jobs"].values() if "umum" in job["runs-on"]]
    assert of_team
    assert all(one == {"contents": "read"} for one in of_team)


def test_every_action_is_pinned_to_a_commit() -> None:
    uses = [step["uses"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses
    assert all(re.fullmatch(r"actions/(checkout|upload-artifact)@[0-9a-f]{40}", one) for one in uses)
