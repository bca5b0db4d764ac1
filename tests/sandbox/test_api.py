"""The API's manners: credentials, hidden things, error shapes, pages, settings that are dropped."""

import hashlib
import json
import urllib.request

import pytest
from sandbox_client import ROOT, Client, commit, new_project, new_user, unique

from kawal_sandbox.server import Server


def test_reports_a_community_edition_without_premium_routes(root: Client) -> None:
    project = new_project(root)
    assert root.get("/metadata")["enterprise"] is False
    refused = root("GET", f"/projects/{project['id']}/protected_environments")
    assert (refused.status, refused.json) == (404, {"error": "404 Not Found"})


@pytest.mark.parametrize(
    "header",
    [
        {"PRIVATE-TOKEN": ROOT},
        {"private-token": ROOT},
        {"Authorization": f"Bearer {ROOT}"},
        {"Authorization": f"token {ROOT}"},
    ],
)
def test_takes_the_token_in_every_usual_header(server: Server, header: dict[str, str]) -> None:
    assert Client(server.url, None)("GET", "/user", headers=header).json["username"] == "root"


def test_refuses_missing_unknown_revoked_and_narrow_tokens(server: Server, root: Client) -> None:
    assert Client(server.url, None)("GET", "/user").json == {"message": "401 Unauthorized"}
    assert Client(server.url, "salah")("GET", "/user").status == 401
    client, user = new_user(root)
    made = root.post(f"/users/{user['id']}/personal_access_tokens", {"name": "baca", "scopes": ["read_api"]})
    narrow = Client(server.url, made["token"])("POST", "/groups", {"name": "x", "path": "x"})
    assert (narrow.status, narrow.json["error"]) == (403, "insufficient_scope")
    assert root("DELETE", f"/personal_access_tokens/{made['id']}").status == 204
    revoked = Client(server.url, made["token"])("GET", "/user")
    assert (revoked.status, revoked.json["error"]) == (401, "invalid_token")
    assert client.get("/personal_access_tokens/self")["user_id"] == user["id"]


def test_hides_private_projects_and_forbids_by_level(root: Client) -> None:
    project = new_project(root)
    stranger, _ = new_user(root)
    reporter, _ = new_user(root, 20, project["id"])
    hidden = stranger("GET", f"/projects/{project['id']}")
    assert (hidden.status, hidden.json) == (404, {"message": "404 Project Not Found"})
    assert stranger.get("/projects") == []
    assert reporter.get(f"/projects/{project['id']}")["permissions"]["project_access"]["access_level"] == 20
    refused = reporter("PUT", f"/projects/{project['id']}", {"description": "x"})
    assert (refused.status, refused.json) == (403, {"message": "403 Forbidden"})


def test_finds_projects_by_encoded_path_in_subgroups(root: Client) -> None:
    name = unique("induk")
    top = root.post("/groups", {"name": name, "path": name})
    sub = root.post("/groups", {"name": "Bidang", "path": "bidang", "parent_id": top["id"]})
    made = root.post("/projects", {"name": "E-Kinerja", "namespace_id": sub["id"]})
    assert root.get(f"/projects/{name}%2Fbidang%2Fe-kinerja")["id"] == made["id"]
    assert root.get(f"/groups/{name}%2Fbidang")["id"] == sub["id"]
    assert [row["id"] for row in root.get(f"/groups/{top['id']}/projects?include_subgroups=true")] == [
        made["id"]
    ]
    assert made["name_with_namespace"] == f"{name} / Bidang / E-Kinerja"


def test_members_are_inherited_at_their_highest_level(root: Client) -> None:
    project = new_project(root)
    group = project["namespace"]["id"]
    developer, user = new_user(root)
    root.post(f"/groups/{group}/members", {"user_id": user["id"], "access_level": 30})
    assert developer.get(f"/projects/{project['id']}")["permissions"]["group_access"]["access_level"] == 30
    root.post(f"/projects/{project['id']}/members", {"user_id": user["id"], "access_level": 40})
    found = {row["id"]: row["access_level"] for row in root.get(f"/projects/{project['id']}/members/all")}
    assert found[user["id"]] == 40
    assert [row["id"] for row in root.get(f"/projects/{project['id']}/members")] == [user["id"]]
    repeat = root("POST", f"/projects/{project['id']}/members", {"user_id": user["id"], "access_level": 30})
    assert (repeat.status, repeat.json) == (409, {"message": "Member already exists"})
    unknown = root("POST", f"/projects/{project['id']}/members", {"user_id": 9999, "access_level": 30})
    assert (unknown.status, unknown.json) == (404, {"message": "404 User Not Found"})


def test_says_taken_in_gitlabs_shapes(root: Client) -> None:
    project = new_project(root)
    base = f"/projects/{project['id']}"
    again = root("POST", "/projects", {"name": project["name"], "namespace_id": project["namespace"]["id"]})
    assert (again.status, again.json["message"]["path"]) == (400, ["has already been taken"])
    group = root("POST", "/groups", {"name": "x", "path": project["namespace"]["path"]})
    assert group.status == 400
    assert group.json["message"].startswith("Failed to save group {")
    label = {"name": "tahap::uji", "color": "#aabbcc"}
    root.post(f"{base}/labels", label)
    assert root("POST", f"{base}/labels", label).json == {"message": "Label already exists"}
    assert root("POST", f"/groups/{project['namespace']['id']}/labels", label).status == 201
    assert root("POST", f"{base}/protected_branches", {"name": "main"}).json == {
        "message": "Protected branch 'main' already exists"
    }
    root.post(f"{base}/milestones", {"title": "Uji"})
    assert root("POST", f"{base}/milestones", {"title": "Uji"}).status == 400
    root.post(f"{base}/variables", {"key": "A", "value": "1"})
    assert root("POST", f"{base}/variables", {"key": "A", "value": "1"}).json == {
        "message": {"key": ["(A) has already been taken"]}
    }
    assert root("POST", f"{base}/repository/branches", {"branch": "main", "ref": "main"}).json == {
        "message": "Branch already exists"
    }
    root.post(f"{base}/repository/tags", {"tag_name": "t", "ref": "main"})
    assert root("POST", f"{base}/repository/tags", {"tag_name": "t", "ref": "main"}).json == {
        "message": "Tag t already exists"
    }
    assert root("POST", f"{base}/issues", {}).json == {"error": "title is missing"}


def test_drops_unknown_parameters_and_keeps_known_settings(root: Client) -> None:
    project = new_project(root, ci_config_path="kawal.yml@pa/templat:main", approvals_before_merge=2)
    wanted = {
        "ci_pipeline_variables_minimum_override_role": "no_one_allowed",
        "only_allow_merge_if_pipeline_succeeds": True,
        "allow_merge_on_skipped_pipeline": False,
        "ci_forward_deployment_rollback_allowed": False,
        "public_jobs": False,
        "auto_devops_enabled": False,
        "merge_method": "merge",
    }
    root.put(f"/projects/{project['id']}", wanted)
    shown = root.get(f"/projects/{project['id']}")
    assert {name: shown[name] for name in wanted} == wanted
    assert shown["ci_config_path"] == "kawal.yml@pa/templat:main"
    assert "approvals_before_merge" not in shown
    bad = root("PUT", f"/projects/{project['id']}", {"merge_method": "sihir"})
    assert (bad.status, bad.json) == (400, {"error": "merge_method does not have a valid value"})


def test_settings_of_the_pipeline_show_to_maintainers_only(root: Client) -> None:
    project = new_project(root)
    developer, _ = new_user(root, 30, project["id"])
    maintainer, _ = new_user(root, 40, project["id"])
    assert "ci_forward_deployment_enabled" not in developer.get(f"/projects/{project['id']}")
    assert maintainer.get(f"/projects/{project['id']}")["ci_forward_deployment_enabled"] is True


def test_pages_with_totals_and_links_to_the_host_the_client_used(server: Server, root: Client) -> None:
    project = new_project(root)
    for number in range(5):
        root.post(f"/projects/{project['id']}/issues", {"title": f"isu {number}"})
    answer = root(
        "GET",
        f"/projects/{project['id']}/issues?per_page=2&page=2&labels[]=",
        headers={"Host": f"localhost:{server.url.rsplit(':', 1)[1]}"},
    )
    assert [row["iid"] for row in answer.json] == [3, 2]
    assert (answer.headers["X-Total"], answer.headers["X-Next-Page"], answer.headers["X-Prev-Page"]) == (
        "5",
        "3",
        "1",
    )
    assert '>; rel="next"' in answer.headers["Link"]
    assert (
        f"<http://localhost:{server.url.rsplit(':', 1)[1]}/api/v4/projects/{project['id']}/issues?"
        in answer.headers["Link"]
    )
    assert root("GET", f"/projects/{project['id']}/issues?page=50001&per_page=1").status == 405


def test_keyset_pages_of_projects_meet_every_project_once(root: Client) -> None:
    made = {new_project(root)["id"] for _ in range(3)}
    url, seen = "/projects?pagination=keyset&order_by=id&sort=asc&per_page=2&simple=true", []
    while url:
        answer = root("GET", url)
        seen += [row["id"] for row in answer.json]
        link = answer.headers["Link"]
        url = link.split(">")[0].lstrip("<") if link else ""
    assert seen == sorted(set(seen))
    assert made <= set(seen)
    assert root("GET", "/projects?pagination=keyset&order_by=name").status == 405


def test_reads_forms_as_well_as_json(root: Client) -> None:
    project = new_project(root)
    form = b"title=Dari+formulir&labels%5B%5D=a&labels%5B%5D=b"
    answer = root(
        "POST",
        f"/projects/{project['id']}/issues",
        form,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (answer.json["title"], answer.json["labels"]) == ("Dari formulir", ["a", "b"])


def test_deletes_with_delay_frees_the_path_and_restores(root: Client) -> None:
    project = new_project(root)
    base = f"/projects/{project['id']}"
    assert root("DELETE", base).json == {"message": "202 Accepted"}
    marked = root.get(base)
    assert marked["path"] == f"{project['path']}-deletion_scheduled-{project['id']}"
    assert marked["marked_for_deletion_on"]
    assert root("DELETE", base).json == {"message": "Project has been already marked for deletion"}
    assert root("POST", f"{base}/issues", {"title": "x"}).status == 403
    root.post(f"{base}/restore")
    assert root.get(base)["path_with_namespace"] == project["path_with_namespace"]
    root("DELETE", base)
    twin = root.post("/projects", {"name": project["name"], "namespace_id": project["namespace"]["id"]})
    gone = root(
        "DELETE",
        f"{base}?permanently_remove=true&full_path={marked['path_with_namespace'].replace('/', '%2F')}",
    )
    assert (gone.status, root("GET", base).status) == (202, 404)
    assert root.get(f"/projects/{twin['id']}")["path"] == project["path"]


def test_renamed_project_answers_its_old_path_with_a_redirect(server: Server, root: Client) -> None:
    project = new_project(root)
    root.put(f"/projects/{project['id']}", {"path": "baru"})
    old = project["path_with_namespace"].replace("/", "%2F")
    request = urllib.request.Request(f"{server.url}/api/v4/projects/{old}", headers={"PRIVATE-TOKEN": ROOT})
    with urllib.request.urlopen(request, timeout=30) as reply:  # urllib follows the 301
        assert json.load(reply)["id"] == project["id"]
    assert root("PUT", f"/projects/{old}", {"description": "x"}).status == 405


def test_issue_keeps_its_fields_and_logs_who_set_labels(root: Client) -> None:
    project = new_project(root)
    base = f"/projects/{project['id']}"
    reporter, user = new_user(root, 20, project["id"])
    milestone = root.post(f"{base}/milestones", {"title": "Tahap 1", "due_date": "2026-12-01"})
    root.post(f"{base}/labels", {"name": "langkah::1", "color": "#112233", "description": "Langkah 1"})
    made = root.post(
        f"{base}/issues",
        {
            "title": "Langkah 1",
            "description": "- [x] a\n- [ ] b\n<!-- kawal:abc -->",
            "labels": "langkah::1",
            "milestone_id": milestone["id"],
            "due_date": "2026-12-01",
        },
    )
    assert (made["labels"], made["milestone"]["title"], made["due_date"]) == (
        ["langkah::1"],
        "Tahap 1",
        "2026-12-01",
    )
    assert made["task_completion_status"] == {"count": 2, "completed_count": 1}
    reporter.put(f"{base}/issues/1", {"add_labels": "baru", "state_event": "close"})
    closed = root.get(f"{base}/issues?search=kawal:abc&in=description")[0]
    assert (closed["state"], closed["labels"], closed["closed_by"]["id"]) == (
        "closed",
        ["baru", "langkah::1"],
        user["id"],
    )
    events = root.get(f"{base}/issues/1/resource_label_events")
    assert [(event["action"], event["label"]["name"], event["user"]["id"]) for event in events] == [
        ("add", "langkah::1", 1),
        ("add", "baru", user["id"]),
    ]
    reporter.post(f"{base}/issues/1/notes", {"body": "sudah"})
    assert [note["body"] for note in root.get(f"{base}/issues/1/notes")] == ["sudah"]
    assert root.get(f"{base}/milestones/{milestone['id']}/issues")[0]["iid"] == 1


def test_variables_are_addressed_by_scope(root: Client) -> None:
    base = f"/projects/{new_project(root)['id']}/variables"
    root.post(base, {"key": "A", "value": "1"})
    root.post(
        base,
        {
            "key": "A",
            "value": "rahasia123",
            "environment_scope": "production",
            "masked": True,
            "protected": True,
        },
    )
    assert root("GET", f"{base}/A").status == 409
    assert root.get(f"{base}/A?filter%5Benvironment_scope%5D=production")["protected"] is True
    assert root("DELETE", f"{base}/A?filter%5Benvironment_scope%5D=*").status == 204
    assert [row["environment_scope"] for row in root.get(base)] == ["production"]


def test_commits_several_actions_at_once_or_none(root: Client) -> None:
    project = new_project(root)
    base = f"/projects/{project['id']}/repository"
    first = commit(root, project["id"], "main", {"a.txt": "a", "dir/b.txt": "b"})
    assert first["stats"]["additions"] == 2
    bad = root(
        "POST",
        f"{base}/commits",
        {
            "branch": "main",
            "commit_message": "x",
            "actions": [
                {"action": "delete", "file_path": "a.txt"},
                {"action": "create", "file_path": "dir/b.txt", "content": ""},
            ],
        },
    )
    assert (bad.status, bad.json) == (400, {"message": "A file with this name already exists"})
    actions = [
        {"action": "move", "previous_path": "a.txt", "file_path": "c.txt"},
        {"action": "chmod", "file_path": "c.txt", "execute_filemode": True},
        {
            "action": "update",
            "file_path": "dir/b.txt",
            "content": "Yg==",
            "encoding": "base64",
            "last_commit_id": first["id"],
        },
    ]
    second = root.post(f"{base}/commits", {"branch": "main", "commit_message": "pindah", "actions": actions})
    tree = {row["path"]: row["mode"] for row in root.get(f"{base}/tree?recursive=true")}
    assert tree == {"README.md": "100644", "c.txt": "100755", "dir": "040000", "dir/b.txt": "100644"}
    stale = {
        "branch": "main",
        "commit_message": "x",
        "actions": [
            {"action": "update", "file_path": "c.txt", "content": "y", "last_commit_id": first["id"]}
        ],
    }
    assert root("POST", f"{base}/commits", stale).status == 400
    assert root("GET", f"{base}/files/dir%2Fb.txt/raw?ref=main").raw == b"b"
    compared = root.get(f"{base}/compare?from={first['id']}&to={second['id']}")
    assert [row["title"] for row in compared["commits"]] == ["pindah"]
    assert root.get(f"{base}/commits?per_page=1")[0]["id"] == second["id"]
    assert root.get(f"{base}/files/c.txt?ref=main")["last_commit_id"] == second["id"]


def test_packages_keep_their_bytes_and_digest(root: Client) -> None:
    project = new_project(root)
    developer, _ = new_user(root, 30, project["id"])
    base = f"/projects/{project['id']}/packages"
    path = f"{base}/generic/e-kinerja/1.0.0/paket.tar"
    assert (
        developer("PUT", path, b"isi paket", headers={"Content-Type": "application/octet-stream"}).status
        == 201
    )
    assert developer("GET", path).raw == b"isi paket"
    package = developer.get(base)[0]
    file = developer.get(f"{base}/{package['id']}/package_files")[0]
    assert (package["name"], file["size"]) == ("e-kinerja", 9)
    assert file["file_sha256"] == hashlib.sha256(b"isi paket").hexdigest()


def test_counts_requests_for_the_administrator_only(root: Client) -> None:
    client, user = new_user(root)
    before = root.get("/kawal_latihan/requests")[-1]["seq"]
    client.get("/user")
    rows = [
        row for row in root.get(f"/kawal_latihan/requests?since={before}") if row["user"] == user["username"]
    ]
    assert [(row["method"], row["path"], row["status"]) for row in rows] == [("GET", "/api/v4/user", 200)]
    assert client("GET", "/kawal_latihan/requests").status == 403


def test_hostile_values_do_no_harm(server: Server, root: Client) -> None:
    project = new_project(root)
    base = f"/projects/{project['id']}"
    action = {"action": "create", "file_path": "a*.txt", "content": "a"}
    made = root.post(
        f"{base}/repository/commits",
        {
            "branch": "main",
            "commit_message": "x",
            "actions": [action],
            "author_name": "<x>\n",
            "author_email": "a@b",
        },
    )
    assert made["author_name"] == "x"
    target = server.forge.data / "tertulis"
    root("GET", f"{base}/repository/archive.tar?path=--output%3D{str(target).replace('/', '%2F')}")
    assert not target.exists()
    for path in ("../x", "/x", ".git/config", "a/../../x", "a\0b"):
        refused = root(
            "POST",
            f"{base}/repository/commits",
            {"branch": "main", "commit_message": "x", "actions": [{**action, "file_path": path}]},
        )
        assert refused.status == 400, path
    assert root("PUT", f"{base}/packages/generic/a/1/..%2F..%2Fx", b"x").status == 400
    assert root("GET", f"/projects/{'9' * 40}").status == 404
    assert root("GET", f"{base}/issues/{'9' * 40}").status == 404
    assert root("GET", f"{base}/repository/tree?ref=--help").status == 404
    Client(server.url, None)("GET", f"/user?private_token={ROOT}")
    assert ROOT not in json.dumps(root.get("/kawal_latihan/requests"))
