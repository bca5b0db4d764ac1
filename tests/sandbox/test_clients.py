"""Independent clients, unmodified: python-gitlab and its `gitlab` command, and the forge as a process of its own."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gitlab
import pytest
from sandbox_client import ROOT, Client, commit, new_project, unique

from kawal_sandbox.server import Server, start
from kawal_sandbox.store import Store


@pytest.fixture
def gl(server: Server) -> Iterator[gitlab.Gitlab]:
    with gitlab.Gitlab(server.url, private_token=ROOT, timeout=30, keep_base_url=True) as client:
        yield client


def test_python_gitlab_walks_through_a_project(gl: gitlab.Gitlab) -> None:
    name = unique("dinas")
    group = gl.groups.create({"name": name, "path": name})
    project = gl.projects.create(
        {"name": "aplikasi", "namespace_id": group.id, "initialize_with_readme": True}
    )
    label = project.labels.create({"name": "tahap::uji", "color": "#336699"})
    label.color = "#00ff00"
    label.save()
    assert {row.name: row.color for row in project.labels.list(get_all=True)} == {"tahap::uji": "#00ff00"}
    milestone = project.milestones.create({"title": "Tahap 1", "due_date": "2026-12-31"})
    issue = project.issues.create(
        {"title": "Langkah", "labels": ["tahap::uji"], "milestone_id": milestone.id}
    )
    issue.state_event = "close"
    issue.save()
    assert project.issues.get(issue.iid).state == "closed"
    issue.notes.create({"body": "catatan"})
    assert [event.label["name"] for event in issue.resourcelabelevents.list(get_all=True)] == ["tahap::uji"]
    project.protectedbranches.create({"name": "release/*", "push_access_level": 0, "merge_access_level": 40})
    protection = project.protectedbranches.get("release/*")
    protection.allow_force_push = True
    protection.save()
    assert project.protectedbranches.get("release/*").allow_force_push is True
    project.protectedtags.create({"name": "v*", "create_access_level": "40"})
    project.variables.create({"key": "KAWAL_APLIKASI", "value": "aplikasi"})
    assert project.variables.get("KAWAL_APLIKASI").value == "aplikasi"
    project.ci_config_path = "kawal.yml@pa/templat"
    project.save()
    action = {"action": "create", "file_path": "a.txt", "content": "a"}
    made = project.commits.create(
        {"branch": "fitur", "start_branch": "main", "commit_message": "a", "actions": [action]}
    )
    request = project.mergerequests.create({"source_branch": "fitur", "target_branch": "main", "title": "A"})
    request.approve(sha=made.id)
    assert [row["user"]["username"] for row in request.approvals.get().approved_by] == ["root"]
    request.merge(sha=made.id)
    assert project.mergerequests.get(request.iid).state == "merged"
    tag = project.tags.create({"tag_name": "v1.0.0", "ref": "main", "message": "rilis"})
    assert tag.commit["id"] == project.branches.get("main").commit["id"]
    assert project.files.get("a.txt", ref="v1.0.0").decode() == b"a"
    hook = project.hooks.create({"url": "http://127.0.0.1:9/x", "token": "t", "push_events": False})
    assert project.hooks.get(hook.id).push_events is False
    assert [row["name"] for row in project.repository_tree(get_all=True)] == ["README.md", "a.txt"]
    assert project.repository_archive(format="tar")
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        project.labels.create({"name": "tahap::uji", "color": "#336699"})
    assert (refused.value.response_code, refused.value.error_message) == (409, "Label already exists")
    with pytest.raises(gitlab.GitlabMRClosedError):
        request.merge()


def test_python_gitlab_uploads_packages_and_pages_by_keyset(
    gl: gitlab.Gitlab, root: Client, tmp_path: Path
) -> None:
    project = gl.projects.get(new_project(root)["id"])
    (tmp_path / "paket.tar").write_bytes(b"isi")
    project.generic_packages.upload(
        package_name="app", package_version="1.0", file_name="paket.tar", path=str(tmp_path / "paket.tar")
    )
    assert (
        project.generic_packages.download(package_name="app", package_version="1.0", file_name="paket.tar")
        == b"isi"
    )
    for _ in range(3):
        new_project(root, readme=False)
    ids = [row.id for row in gl.projects.list(pagination="keyset", order_by="id", per_page=2, iterator=True)]
    assert len(ids) == len(set(ids))
    assert project.id in ids


@pytest.fixture
def cli(server: Server, tmp_path: Path) -> Callable[..., Any]:
    config = tmp_path / "gitlab.cfg"
    config.write_text(
        f"[global]\ndefault = latihan\ntimeout = 30\n[latihan]\nurl = {server.url}\nprivate_token = {ROOT}\n"
    )

    def run(*args: str) -> Any:
        command = [str(Path(sys.executable).with_name("gitlab")), "-c", str(config), "-o", "json", *args]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else {}

    return run


def test_the_gitlab_command_works(cli: Callable[..., Any], root: Client) -> None:
    made = cli("project", "create", "--name", unique("lewat-cli"), "--initialize-with-readme", "true")
    project = str(made["id"])
    assert made["id"] in [row["id"] for row in cli("project", "list", "--get-all")]
    cli("project-label", "create", "--project-id", project, "--name", "tahap::uji", "--color", "#112233")
    cli("project-issue", "create", "--project-id", project, "--title", "Langkah 1", "--labels", "tahap::uji")
    assert [row["title"] for row in cli("project-issue", "list", "--project-id", project, "--get-all")] == [
        "Langkah 1"
    ]
    commit(root, made["id"], "fitur", {"a.txt": "a"}, start_branch="main")
    request = cli(
        "project-merge-request",
        "create",
        "--project-id",
        project,
        "--source-branch",
        "fitur",
        "--target-branch",
        "main",
        "--title",
        "A",
    )
    cli("project-merge-request", "merge", "--project-id", project, "--iid", str(request["iid"]))
    assert (
        cli("project-merge-request", "get", "--project-id", project, "--iid", str(request["iid"]))["state"]
        == "merged"
    )
    assert [
        row["name"] for row in cli("project-protected-branch", "list", "--project-id", project, "--get-all")
    ] == ["main"]


def test_runs_as_a_process_prints_one_line_and_keeps_state_over_a_restart(tmp_path: Path) -> None:
    def run(**env: str) -> tuple["subprocess.Popen[str]", dict[str, str]]:
        command = [sys.executable, "-m", "kawal_sandbox", "--data", str(tmp_path / "data"), "--port", "0"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"], **env}
        )
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    def stop(process: "subprocess.Popen[str]", number: int) -> None:
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
        process.communicate()

    process, ready = run()
    client = Client(ready["url"], ready["admin_token"])
    project = new_project(client)
    commit(client, project["id"], "main", {"a.txt": "a"})
    stop(process, signal.SIGTERM)
    process, again = run(KAWAL_LATIHAN_TOKEN_ADMIN="token-pilihan-sendiri")
    assert "admin_token" not in again
    for token in (ready["admin_token"], "token-pilihan-sendiri"):
        assert (
            Client(again["url"], token).get(f"/projects/{project['id']}/repository/files/a.txt?ref=main")[
                "size"
            ]
            == 1
        )
    stop(process, signal.SIGINT)


def test_a_page_of_projects_costs_the_same_number_of_queries_whatever_its_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start(tmp_path / "data", admin_token=ROOT)
    connection, count = Store._connection, [0]

    def counting(store: Store) -> sqlite3.Connection:
        count[0] += 1
        return connection(store)

    def queries(client: Client, path: str, rows: int) -> int:
        count[0] = 0
        assert len(client.get(path)) == rows
        return count[0]

    try:
        client, store = Client(running.url, ROOT), running.forge.store
        group = client.post("/groups", {"name": "banyak", "path": "banyak"})
        with store.tx():
            for number in range(5000):
                name = f"app-{number}"
                place = {
                    "name": name,
                    "path": name,
                    "full_path": f"banyak/{name}",
                    "visibility": "private",
                    "default_branch": "main",
                }
                store.insert(
                    "projects",
                    namespace_id=group["id"],
                    creator_id=1,
                    created_at="",
                    updated_at="",
                    last_activity_at="",
                    **place,
                )
        monkeypatch.setattr(Store, "_connection", counting)
        for path in ("/projects?page=2&per_page=", f"/groups/{group['id']}/projects?per_page="):
            assert queries(client, f"{path}10", 10) == queries(client, f"{path}100", 100)
    finally:
        running.stop()
