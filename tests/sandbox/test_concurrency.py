"""Many at once: numbers stay unique, one of two equal merges wins, pushes do not starve their own hooks."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox_client import ROOT, Client, commit, new_project
from test_git_http import QUIET, address, change, git

from kawal_sandbox.server import Server


def test_issue_numbers_are_unique_under_parallel_creation(root: Client) -> None:
    project = new_project(root)
    with ThreadPoolExecutor(12) as pool:
        made = list(
            pool.map(
                lambda n: root.post(f"/projects/{project['id']}/issues", {"title": f"isu {n}"})["iid"],
                range(40),
            )
        )
    assert sorted(made) == list(range(1, 41))


def test_the_same_merge_twice_at_once_happens_once(root: Client) -> None:
    project = new_project(root)
    sha = commit(root, project["id"], "fitur", {"a.txt": "a"}, start_branch="main")["id"]
    mr = root.post(
        f"/projects/{project['id']}/merge_requests",
        {"source_branch": "fitur", "target_branch": "main", "title": "A"},
    )
    with ThreadPoolExecutor(4) as pool:
        path = f"/projects/{project['id']}/merge_requests/{mr['iid']}/merge"
        answers = sorted(pool.map(lambda _: root("PUT", path, {"sha": sha}).status, range(4)))
    assert answers == [200, 405, 405, 405]


def test_parallel_pushes_all_arrive(server: Server, root: Client, tmp_path: Path) -> None:
    project = new_project(root)
    names = [f"b{number}" for number in range(20)]

    def push(name: str) -> int:
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "clone", "-q", address(server, project, ROOT), "w")
        change(folder / "w", name)
        return subprocess.run(
            ["git", "-C", str(folder / "w"), "push", "-q", "origin", name],
            env=QUIET,
            capture_output=True,
            check=False,
        ).returncode

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(push, names)) == [0] * 20
    found = {row["name"] for row in root.get(f"/projects/{project['id']}/repository/branches?per_page=100")}
    assert found == {*names, "main"}
