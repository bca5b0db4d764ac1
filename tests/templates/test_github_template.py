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

ROOT = Path(__file__).parents[2] / "pipeline-templates"
FILES = sorted((ROOT / "github").rglob("*.yml"))
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / "github/kawal.yml").read_text("utf-8"))
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / "gitlab/kawal.yml").read_text("utf-8"))
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
    known = {"stages", "workflow", "variables"}
    gitlab = {name: job for name, job in GITLAB.items() if name not in known and not name.startswith(".")}
    assert WORKFLOW["jobs"].keys() == gitlab.keys()
    for name, job in WORKFLOW["jobs"].items():
        tags = gitlab[name].get("tags") or GITLAB[gitlab[name]["extends"]]["tags"]
        assert job["runs-on"] == ["self-hosted", *tags], name


@pytest.mark.parametrize("name", sorted(set(WORKFLOW["jobs"]) - {"rilis", "kemas", "gerbang"}))
def test_every_gate_is_judged_with_annotations_and_summary(name: str) -> None:
    lines = "\n".join(step.get("run", "") for step in WORKFLOW["jobs"][name]["steps"])
    assert re.search(rf"kawal_checks {name} --laporan .*--keluaran github$", lines, re.MULTILINE)


def test_only_gate_and_release_get_an_identity_token() -> None:
    holders = {name for name, job in WORKFLOW["jobs"].items() if "id-token" in job["permissions"]}
    assert holders == {"gerbang", "rilis"}
    assert WORKFLOW["permissions"] == {}


def test_every_action_is_pinned_to_a_commit() -> None:
    uses = [step["uses"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses
    assert all(re.fullmatch(r"actions/(checkout|upload-artifact)@[0-9a-f]{40}", one) for one in uses)
