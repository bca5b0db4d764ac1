"""git over HTTP as a third-party client sees it: credentials, protections on push, what follows from a push."""

import base64
import gzip
import http.client
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sandbox_client import ROOT, Client, commit, new_project, new_user, unique

from kawal_sandbox.server import Server

QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "HOME": os.devnull,
    "PATH": os.environ["PATH"],
}


def git(folder: Path, *args: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
    identity = ["-c", "user.name=Uji", "-c", "user.email=uji@example.com"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *args], capture_output=True, text=True, env=QUIET, check=False
    )
    assert not ok or done.returncode == 0, done.stderr
    return done


def address(server: Server, project: dict[str, Any], token: str | None, suffix: str = ".git") -> str:
    credentials = f"siapa-saja:{token}@" if token else ""
    return f"http://{credentials}{urlsplit(server.url).netloc}/{project['path_with_namespace']}{suffix}"


def clone(server: Server, project: dict[str, Any], client: Client, folder: Path) -> Path:
    git(folder, "clone", "-q", address(server, project, client.token), "salinan")
    return folder / "salinan"


def change(work: Path, branch: str, name: str = "a.txt", text: str = "isi\n") -> None:
    git(work, "checkout", "-q", "-B", branch)
    (work / name).write_text(text)
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", f"tulis {name}")


@pytest.mark.parametrize("suffix", ["", ".git"])
def test_clones_with_any_username_and_with_or_without_suffix(
    server: Server, root: Client, tmp_path: Path, suffix: str
) -> None:
    project = new_project(root)
    git(tmp_path, "clone", "-q", address(server, project, ROOT, suffix), "x")
    assert (tmp_path / "x/README.md").exists()


def test_asks_for_credentials_and_hides_private_projects(server: Server, root: Client) -> None:
    project = new_project(root)
    asked = root(
        "GET",
        f"{server.url}/{project['path_with_namespace']}.git/info/refs?service=git-upload-pack",
        headers={"PRIVATE-TOKEN": ""},
    )
    assert asked.status == 401
    assert asked.headers["WWW-Authenticate"].startswith("Basic ")
    stranger, _ = new_user(root)
    header = {"Authorization": "Basic " + base64.b64encode(f"x:{stranger.token}".encode()).decode()}
    hidden = root(
        "GET",
        f"{server.url}/{project['path_with_namespace']}.git/info/refs?service=git-upload-pack",
        headers=header,
    )
    assert hidden.status == 404
    wrong = {"Authorization": "Basic " + base64.b64encode(b"x:salah").decode()}
    assert (
        root(
            "GET",
            f"{server.url}/{project['path_with_namespace']}.git/info/refs?service=git-upload-pack",
            headers=wrong,
        ).status
        == 401
    )


def test_first_push_makes_the_default_branch_and_protects_it(
    server: Server, root: Client, tmp_path: Path
) -> None:
    project = new_project(root, readme=False)
    work = tmp_path / "w"
    work.mkdir()
    git(work, "init", "-q", "-b", "utama")
    change(work, "utama")
    git(work, "push", "-q", address(server, project, ROOT), "utama")
    assert root.get(f"/projects/{project['id']}")["default_branch"] == "utama"
    rules = root.get(f"/projects/{project['id']}/protected_branches")
    assert [
        (
            rule["name"],
            rule["push_access_levels"][0]["access_level"],
            rule["merge_access_levels"][0]["access_level"],
        )
        for rule in rules
    ] == [("utama", 40, 40)]


@pytest.mark.parametrize(("level", "allowed"), [(20, False), (30, False), (40, True)])
def test_push_to_the_protected_branch_follows_the_level(
    server: Server, root: Client, tmp_path: Path, level: int, allowed: bool
) -> None:
    project = new_project(root)
    client, _ = new_user(root, level, project["id"])
    work = clone(server, project, client, tmp_path)
    change(work, "main")
    pushed = git(work, "push", "origin", "main", ok=False)
    assert (pushed.returncode == 0) is allowed, pushed.stderr
    if level == 30:
        assert (
            "remote: GitLab: You are not allowed to push code to protected branches on this project."
            in pushed.stderr
        )
        assert "pre-receive hook declined" in pushed.stderr


def test_nobody_means_nobody_even_the_administrator(server: Server, root: Client, tmp_path: Path) -> None:
    project = new_project(root)
    root("DELETE", f"/projects/{project['id']}/protected_branches/main")
    root.post(
        f"/projects/{project['id']}/protected_branches",
        {"name": "main", "push_access_level": 0, "merge_access_level": 30},
    )
    work = clone(server, project, root, tmp_path)
    change(work, "main")
    assert "not allowed to push" in git(work, "push", "origin", "main", ok=False).stderr
    refused = root(
        "POST",
        f"/projects/{project['id']}/repository/commits",
        {
            "branch": "main",
            "commit_message": "x",
            "actions": [{"action": "create", "file_path": "x", "content": "x"}],
        },
    )
    assert (refused.status, refused.json) == (
        403,
        {"message": "403 Forbidden - You are not allowed to push into this branch"},
    )


def test_force_push_is_refused_where_protected_and_possible_elsewhere(
    server: Server, root: Client, tmp_path: Path
) -> None:
    project = new_project(root)
    work = clone(server, project, root, tmp_path)
    change(work, "fitur")
    git(work, "push", "-q", "origin", "fitur")
    git(work, "commit", "-q", "--amend", "-m", "lain")
    git(work, "push", "-q", "--force", "origin", "fitur")
    git(work, "checkout", "-q", "main")
    git(work, "commit", "-q", "--amend", "-m", "lain")
    refused = git(work, "push", "--force", "origin", "main", ok=False)
    assert "You are not allowed to force push code to a protected branch on this project." in refused.stderr
    root("PATCH", f"/projects/{project['id']}/protected_branches/main", {"allow_force_push": True})
    git(work, "push", "-q", "--force", "origin", "main")


def test_wildcard_tag_protection_holds_on_push_and_tags_never_move(
    server: Server, root: Client, tmp_path: Path
) -> None:
    project = new_project(root)
    root.post(f"/projects/{project['id']}/protected_tags", {"name": "v*", "create_access_level": 40})
    developer, _ = new_user(root, 30, project["id"])
    work = clone(server, project, developer, tmp_path)
    git(work, "tag", "v1.0.0")
    git(work, "tag", "catatan")
    git(work, "push", "-q", "origin", "catatan")
    refused = git(work, "push", "origin", "v1.0.0", ok=False)
    assert "You are not allowed to create this tag as it is protected." in refused.stderr
    root.post(f"/projects/{project['id']}/repository/tags", {"tag_name": "v1.0.0", "ref": "main"})
    change(work, "fitur")
    moved = git(work, "push", "--force", address(server, project, ROOT), "fitur:refs/tags/v1.0.0", ok=False)
    assert "Protected tags cannot be updated." in moved.stderr


def test_developer_pushes_branch_and_may_not_delete_a_protected_one(
    server: Server, root: Client, tmp_path: Path
) -> None:
    project = new_project(root)
    developer, _ = new_user(root, 30, project["id"])
    work = clone(server, project, developer, tmp_path)
    change(work, "fitur/satu")
    git(work, "push", "-q", "origin", "fitur/satu")
    assert root.get(f"/projects/{project['id']}/repository/branches/fitur%2Fsatu")["protected"] is False
    root.post(f"/projects/{project['id']}/protected_branches", {"name": "fitur/*", "push_access_level": 30})
    assert "delete protected branches" in git(work, "push", "origin", ":fitur/satu", ok=False).stderr


def test_accepts_gzip_and_chunked_bodies(server: Server, root: Client) -> None:
    project = new_project(root)
    body = gzip.compress(b"0014command=ls-refs\n0000")
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    headers = {
        "Authorization": "Basic " + base64.b64encode(f"x:{ROOT}".encode()).decode(),
        "Content-Type": "application/x-git-upload-pack-request",
        "Content-Encoding": "gzip",
        "Git-Protocol": "version=2",
    }
    connection.request(
        "POST",
        f"/{project['path_with_namespace']}/git-upload-pack",
        iter([body[:5], body[5:]]),
        headers,
        encode_chunked=True,
    )
    reply = connection.getresponse()
    assert reply.status == 200
    assert b"refs/heads/main" in reply.read()
    connection.close()


def test_large_push_arrives_whole(server: Server, root: Client, tmp_path: Path) -> None:
    project = new_project(root)
    work = clone(server, project, root, tmp_path)
    git(work, "checkout", "-q", "-b", "besar")
    (work / "besar.bin").write_bytes(
        os.urandom(3 * 1024 * 1024)
    )  # above http.postBuffer, so git sends it chunked
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "besar")
    git(work, "push", "-q", "origin", "besar")
    assert (
        root.get(f"/projects/{project['id']}/repository/files/besar.bin?ref=besar")["size"] == 3 * 1024 * 1024
    )


def test_commit_by_api_is_there_for_git(server: Server, root: Client, tmp_path: Path) -> None:
    project = new_project(root)
    made = commit(root, project["id"], "fitur", {"dir/a.b.yml": "satu\n"}, start_branch="main")
    work = clone(server, project, root, tmp_path)
    assert git(work, "rev-parse", "origin/fitur").stdout.strip() == made["id"]
    assert git(work, "show", "origin/fitur:dir/a.b.yml").stdout == "satu\n"


def test_refs_of_merge_requests_can_be_fetched_but_not_pushed(
    server: Server, root: Client, tmp_path: Path
) -> None:
    project = new_project(root)
    made = commit(root, project["id"], "fitur", {"a.txt": "a"}, start_branch="main")
    root.post(
        f"/projects/{project['id']}/merge_requests",
        {"source_branch": "fitur", "target_branch": "main", "title": "A"},
    )
    work = clone(server, project, root, tmp_path)
    git(work, "fetch", "-q", "origin", "refs/merge-requests/1/head")
    assert git(work, "rev-parse", "FETCH_HEAD").stdout.strip() == made["id"]
    assert git(work, "push", "origin", "HEAD:refs/merge-requests/1/head", ok=False).returncode != 0


def test_archived_project_takes_no_push(server: Server, root: Client, tmp_path: Path) -> None:
    project = new_project(root)
    work = clone(server, project, root, tmp_path)
    change(work, "fitur")
    root.post(f"/projects/{project['id']}/archive")
    assert git(work, "push", "origin", "fitur", ok=False).returncode != 0
    assert root("POST", f"/projects/{project['id']}/issues", {"title": "x"}).status == 403


def test_internal_project_is_readable_by_everyone_signed_in_and_writable_by_none_of_them(
    server: Server, root: Client, tmp_path: Path
) -> None:
    group = root.post("/groups", {"name": unique("pa"), "path": unique("pa"), "visibility": "internal"})
    project = root.post(
        "/projects",
        {
            "name": "templat",
            "namespace_id": group["id"],
            "visibility": "internal",
            "initialize_with_readme": True,
        },
    )
    stranger, _ = new_user(root)
    assert stranger.get(f"/projects/{project['id']}/repository/tree")[0]["name"] == "README.md"
    work = clone(server, project, stranger, tmp_path)
    change(work, "fitur")
    assert git(work, "push", "origin", "fitur", ok=False).returncode != 0
    assert (
        git(tmp_path, "clone", "-q", address(server, project, None), "tanpa-token", ok=False).returncode != 0
    )
    assert (
        stranger(
            "POST", f"/projects/{project['id']}/repository/branches", {"branch": "x", "ref": "main"}
        ).status
        == 403
    )


def test_project_is_never_easier_to_see_than_its_group(root: Client) -> None:
    group = root.post("/groups", {"name": unique("tertutup"), "path": unique("tertutup")})
    refused = root("POST", "/projects", {"name": "x", "namespace_id": group["id"], "visibility": "internal"})
    assert refused.json == {"message": {"visibility_level": ["internal is not allowed in a private group."]}}
