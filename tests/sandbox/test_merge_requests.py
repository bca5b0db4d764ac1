"""Merge requests: who may merge what, bound to which head, and what git says afterwards."""

from typing import Any

import pytest
from sandbox_client import Client, commit, new_project, new_user

from kawal_sandbox.server import Server


def opened(root: Client, client: Client | None = None, **settings: Any) -> tuple[dict[str, Any], str]:
    """A project with branch `fitur` ahead of main and a merge request for it: (project, API path of the request)."""
    project = new_project(root, **settings)
    commit(root, project["id"], "fitur", {"a.txt": "satu\n"}, start_branch="main", message="tambah a")
    author = client or root
    made = author.post(
        f"/projects/{project['id']}/merge_requests",
        {"source_branch": "fitur", "target_branch": "main", "title": "Tambah a"},
    )
    return project, f"/projects/{project['id']}/merge_requests/{made['iid']}"


def test_merges_with_a_real_merge_commit_of_both_sides(root: Client) -> None:
    project, mr = opened(root)
    main = root.get(f"/projects/{project['id']}/repository/branches/main")["commit"]["id"]
    before = root.get(mr)
    assert (before["detailed_merge_status"], before["merge_status"]) == ("mergeable", "can_be_merged")
    merged = root.put(f"{mr}/merge", {"sha": before["sha"]})
    assert (merged["state"], merged["merged_by"]["username"]) == ("merged", "root")
    tip = root.get(f"/projects/{project['id']}/repository/commits/main")
    assert tip["id"] == merged["merge_commit_sha"]
    assert tip["parent_ids"] == [main, before["sha"]]
    assert (
        tip["message"]
        == f"Merge branch 'fitur' into 'main'\n\nTambah a\n\nSee merge request {project['path_with_namespace']}!1\n"
    )
    assert root.get(f"/projects/{project['id']}/repository/files/a.txt?ref=main")["size"] == 5
    assert root("PUT", f"{mr}/merge", {"sha": before["sha"]}).status == 405


def test_refuses_a_stale_sha(root: Client) -> None:
    project, mr = opened(root)
    old = root.get(mr)["sha"]
    new = commit(root, project["id"], "fitur", {"b.txt": "dua\n"})["id"]
    refused = root("PUT", f"{mr}/merge", {"sha": old})
    assert (refused.status, refused.json) == (
        409,
        {"message": f"SHA does not match HEAD of source branch: {new}"},
    )
    assert [version["head_commit_sha"] for version in root.get(f"{mr}/versions")] == [new, old]


@pytest.mark.parametrize(("merge_level", "status"), [(0, 401), (40, 401), (30, 200)])
def test_merge_level_of_the_protection_decides(root: Client, merge_level: int, status: int) -> None:
    project, mr = opened(root)
    developer, _ = new_user(root, 30, project["id"])
    root("DELETE", f"/projects/{project['id']}/protected_branches/main")
    root.post(
        f"/projects/{project['id']}/protected_branches",
        {"name": "main", "push_access_level": 0, "merge_access_level": merge_level},
    )
    assert developer("PUT", f"{mr}/merge", {}).status == status


def test_conflicts_are_seen_and_refused(root: Client) -> None:
    project, mr = opened(root)
    commit(root, project["id"], "main", {"a.txt": "lain\n"})
    shown = root.get(mr)
    assert (shown["detailed_merge_status"], shown["has_conflicts"]) == ("conflict", True)
    refused = root("PUT", f"{mr}/merge", {"sha": shown["sha"]})
    assert (refused.status, refused.json) == (405, {"message": "405 Method Not Allowed"})


def test_waits_for_the_pipeline_when_the_project_says_so(server: Server, root: Client) -> None:
    project, mr = opened(root)
    root.put(f"/projects/{project['id']}", {"only_allow_merge_if_pipeline_succeeds": True})
    assert root.get(mr)["detailed_merge_status"] == "ci_must_pass"
    assert root("PUT", f"{mr}/merge", {}).status == 405


def test_unresolved_threads_and_drafts_hold_the_merge(root: Client) -> None:
    project, mr = opened(root)
    root.put(f"/projects/{project['id']}", {"only_allow_merge_if_all_discussions_are_resolved": True})
    thread = root.post(f"{mr}/discussions", {"body": "kenapa?"})
    assert root.get(mr)["detailed_merge_status"] == "discussions_not_resolved"
    root.put(f"{mr}/discussions/{thread['id']}", {"resolved": True})
    root.put(mr, {"title": "Draft: Tambah a"})
    assert root.get(mr)["detailed_merge_status"] == "draft_status"
    root.put(mr, {"title": "Tambah a"})
    assert root.get(mr)["detailed_merge_status"] == "mergeable"


def test_approvals_name_the_person_and_leave_a_dated_system_note(root: Client) -> None:
    project, mr = opened(root)
    reviewer, user = new_user(root, 30, project["id"])
    reporter, _ = new_user(root, 20, project["id"])
    head = root.get(mr)["sha"]
    assert reporter("POST", f"{mr}/approve", {}).status == 401
    assert reviewer("POST", f"{mr}/approve", {"sha": "0" * 40}).status == 409
    reviewer.post(f"{mr}/approve", {"sha": head})
    assert reviewer("POST", f"{mr}/approve", {"sha": head}).status == 401
    assert [item["user"]["id"] for item in root.get(f"{mr}/approvals")["approved_by"]] == [user["id"]]
    notes = [
        (note["author"]["id"], note["created_at"])
        for note in root.get(f"{mr}/notes")
        if note["system"] and note["body"] == "approved this merge request"
    ]
    assert notes[0][0] == user["id"]
    assert notes[0][1] >= root.get(f"{mr}/versions")[0]["created_at"]
    commit(root, project["id"], "fitur", {"c.txt": "tiga\n"})
    assert len(root.get(f"{mr}/approvals")["approved_by"]) == 1, "on Free a push does not take approvals back"
    reviewer.post(f"{mr}/unapprove")
    assert root.get(f"{mr}/approvals")["approved_by"] == []


def test_refuses_a_second_request_for_the_same_branches(root: Client) -> None:
    project, _ = opened(root)
    again = root(
        "POST",
        f"/projects/{project['id']}/merge_requests",
        {"source_branch": "fitur", "target_branch": "main", "title": "x"},
    )
    assert (again.status, again.json) == (
        409,
        {"message": ["Another open merge request already exists for this source branch: !1"]},
    )
    none = root(
        "POST",
        f"/projects/{project['id']}/merge_requests",
        {"source_branch": "tidak-ada", "target_branch": "main", "title": "x"},
    )
    assert none.status == 400


def test_squash_and_removed_source_branch(root: Client) -> None:
    project, mr = opened(root)
    commit(root, project["id"], "fitur", {"b.txt": "dua\n"})
    merged = root.put(f"{mr}/merge", {"squash": True, "should_remove_source_branch": True})
    tip = root.get(f"/projects/{project['id']}/repository/commits/main")
    assert tip["parent_ids"][1] == merged["squash_commit_sha"]
    assert root("GET", f"/projects/{project['id']}/repository/branches/fitur").status == 404
    assert [
        row["iid"]
        for row in root.get(f"/projects/{project['id']}/repository/commits/{tip['id']}/merge_requests")
    ] == [1]


def test_fast_forward_needs_a_rebase_first(root: Client) -> None:
    project, mr = opened(root, merge_method="ff")
    commit(root, project["id"], "main", {"lain.txt": "x\n"})
    assert root.get(mr)["detailed_merge_status"] == "need_rebase"
    assert root("PUT", f"{mr}/rebase", {}).status == 202
    head = root.get(mr)["sha"]
    root.put(f"{mr}/merge", {"sha": head})
    assert root.get(f"/projects/{project['id']}/repository/branches/main")["commit"]["id"] == head


def test_shows_what_it_changes(root: Client) -> None:
    project, mr = opened(root)
    assert [commit["title"] for commit in root.get(f"{mr}/commits")] == ["tambah a"]
    (change,) = root.get(f"{mr}/changes")["changes"]
    assert (change["new_path"], change["new_file"], change["diff"]) == (
        "a.txt",
        True,
        "@@ -0,0 +1 @@\n+satu\n",
    )
    refs = root.get(mr)["diff_refs"]
    assert (
        refs["head_sha"] == root.get(f"/projects/{project['id']}/repository/branches/fitur")["commit"]["id"]
    )
    assert (
        root.get(f"/projects/{project['id']}/merge_requests?source_branch=fitur&state=opened")[0]["iid"] == 1
    )


def test_closes_when_the_source_goes_and_counts_as_merged_when_pushed_by_hand(root: Client) -> None:
    project, mr = opened(root)
    root("DELETE", f"/projects/{project['id']}/repository/branches/fitur")
    assert root.get(mr)["state"] == "closed"
