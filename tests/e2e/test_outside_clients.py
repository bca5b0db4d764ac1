"""Independent clients, unmodified, on a project that kawal provisioned: git with a token, and the `gitlab` command of python-gitlab."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aplikasi_kecil import DOCUMENTS, TESTS, one_test_is_enough
from kantor import Kantor

pytestmark = pytest.mark.e2e

APP = "klien-mandiri"
SMALL = {**TESTS, **DOCUMENTS, "aplikasi/__init__.py": '"""Aplikasi kecil."""\n'}
Cli = Callable[..., Any]


@pytest.fixture(scope="module")
def project(kantor: Kantor) -> int:
    return int(kantor.approved(APP, edit=one_test_is_enough).data["proyek_id"])


@pytest.fixture
def cli(kantor: Kantor, tmp_path: Path) -> Cli:
    """The `gitlab` command as a user of the forge."""

    def run(user: str, *words: str, expect: int = 0) -> Any:
        config = tmp_path / f"{user}.cfg"
        config.write_text(
            "[global]\ndefault = latihan\ntimeout = 30\n"
            f"[latihan]\nurl = {kantor.stage.forge_url}\nprivate_token = {kantor.stage.tokens[user]}\n",
            "utf-8",
        )
        gitlab = str(Path(sys.executable).with_name("gitlab"))
        done = subprocess.run(
            [gitlab, "-c", str(config), "-o", "json", *words],
            env={**kantor.stage.environ, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == expect, done.stderr
        return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else done.stderr

    return run


def test_the_gitlab_command_reads_the_provisioned_project(cli: Cli, project: int) -> None:
    seen = cli("pengembang-1", "project", "list", "--get-all")
    assert project in {one["id"] for one in seen}
    issues = cli("pengembang-1", "project-issue", "list", "--project-id", str(project), "--get-all")
    assert len(issues) == 10
    assert [one["state"] for one in sorted(issues, key=lambda one: one["iid"])[:3]] == [
        "closed",
        "closed",
        "opened",
    ]
    labels = cli("pengembang-1", "project-label", "list", "--project-id", str(project), "--get-all")
    assert {"tahap::persandian", "gerbang::terkunci", "uji::beban"} <= {one["name"] for one in labels}
    milestones = cli("pengembang-1", "project-milestone", "list", "--project-id", str(project), "--get-all")
    assert len(milestones) == 9
    assert any(one["due_date"] for one in milestones)  # where the SOP prints a duration


def test_git_and_the_gitlab_command_carry_a_change_to_main(
    kantor: Kantor, cli: Cli, project: int, tmp_path: Path
) -> None:
    path = f"aplikasi-opd/disperindag/{APP}.git"
    token = kantor.stage.tokens["pengembang-1"]
    url = f"{kantor.stage.forge_url.replace('://', f'://pengembang-1:{token}@')}/{path}"
    repo = tmp_path / "klon"

    def git(*words: str, expect: int = 0) -> str:
        identity = ["-c", "user.name=pengembang-1", "-c", "user.email=pengembang-1@contoh.go.id"]
        environ = {**kantor.stage.environ, "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0"}
        done = subprocess.run(
            ["git", *identity, *words], env=environ, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode == 0) == (expect == 0), done.stderr
        return done.stdout + done.stderr

    git("clone", "--quiet", url, str(repo))
    assert {"README.md", "uat.yml", "load.yml"} <= {one.name for one in repo.iterdir()}
    for name, text in SMALL.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text, "utf-8")
    git("-C", str(repo), "checkout", "--quiet", "-b", "kecil")
    git("-C", str(repo), "add", "--all")
    git("-C", str(repo), "commit", "--quiet", "-m", "Aplikasi kecil")
    assert "protected" in git("-C", str(repo), "push", "origin", "HEAD:main", expect=1)
    git("-C", str(repo), "push", "--quiet", "origin", "kecil")
    wanted = ["--source-branch", "kecil", "--target-branch", "main", "--title", "Aplikasi kecil"]
    of = ["--project-id", str(project)]
    made = cli("pengembang-1", "project-merge-request", "create", *of, *wanted)
    one = [*of, "--iid", str(made["iid"])]
    assert kantor.finished(project, iid=made["iid"])["status"] == "success"
    refused = cli("pengembang-1", "project-merge-request", "merge", *one, expect=1)
    assert "40" in refused  # 401 or 405: nobody of the team merges
    cli("peninjau-1", "project-merge-request", "approve", *one)
    cli("bot-kawal", "project-merge-request", "merge", *one)
    assert cli("pengembang-1", "project-merge-request", "get", *one)["state"] == "merged"
    git("-C", str(repo), "pull", "--quiet", "origin", "main")
    assert (repo / "aplikasi" / "__init__.py").exists()
    for pipeline in cli("root", "project-pipeline", "list", *of, "--ref", "main", "--get-all"):
        cli("root", "project-pipeline", "cancel", *of, "--id", str(pipeline["id"]))
