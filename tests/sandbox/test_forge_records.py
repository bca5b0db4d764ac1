"""Commit statuses, releases, environments and the job token allowlist, as CE keeps them."""

from sandbox_client import Client, commit, new_project, new_user


def test_any_developer_can_hide_a_failed_status_with_one_of_the_same_name(root: Client) -> None:
    project = new_project(root)
    base = f"/projects/{project['id']}"
    first, _ = new_user(root, 30, project["id"])
    second, _ = new_user(root, 30, project["id"])
    sha = commit(first, project["id"], "fitur", {"a.txt": "a"}, start_branch="main")["id"]
    first.post(f"{base}/statuses/{sha}", {"state": "running", "name": "gerbang", "ref": "fitur"})
    repeat = first("POST", f"{base}/statuses/{sha}", {"state": "running", "name": "gerbang", "ref": "fitur"})
    assert (repeat.status, repeat.json["message"].split(" (")[0]) == (
        400,
        "Cannot transition status via :run from :running",
    )
    first.post(f"{base}/statuses/{sha}", {"state": "failed", "name": "gerbang", "ref": "fitur"})
    second.post(f"{base}/statuses/{sha}", {"state": "success", "name": "gerbang", "ref": "fitur"})
    assert [row["status"] for row in root.get(f"{base}/repository/commits/{sha}/statuses")] == ["success"]
    assert [row["status"] for row in root.get(f"{base}/repository/commits/{sha}/statuses?all=true")] == [
        "failed",
        "success",
    ]


def test_a_release_on_a_protected_tag_needs_the_right_to_make_the_tag(root: Client) -> None:
    project = new_project(root)
    base = f"/projects/{project['id']}"
    root.post(f"{base}/protected_tags", {"name": "v*", "create_access_level": 40})
    developer, _ = new_user(root, 30, project["id"])
    wanted = {"tag_name": "v1.0.0", "ref": "main", "description": "rilis"}
    assert developer("POST", f"{base}/releases", wanted).status == 403
    refused = developer("POST", f"{base}/repository/tags", {"tag_name": "v1.0.0", "ref": "main"})
    assert (refused.status, refused.json) == (
        400,
        {"message": "GitLab: You are not allowed to create this tag as it is protected."},
    )
    root.post(f"{base}/releases", wanted)
    assert root.get(f"{base}/repository/tags/v1.0.0")["release"]["description"] == "rilis"
    assert root("POST", f"{base}/releases", wanted).json == {"message": "Release already exists"}


def test_environments_guess_their_tier_and_names_are_unique(root: Client) -> None:
    project = new_project(root)
    base = f"/projects/{project['id']}"
    assert root.post(f"{base}/environments", {"name": "production"})["tier"] == "production"
    assert root("POST", f"{base}/environments", {"name": "production"}).json["message"]["name"] == [
        "has already been taken"
    ]
    sha = root.get(f"{base}/repository/branches/main")["commit"]["id"]
    root.post(
        f"{base}/deployments",
        {"environment": "uji", "sha": sha, "ref": "main", "tag": False, "status": "success"},
    )
    assert [(row["environment"]["name"], row["status"]) for row in root.get(f"{base}/deployments")] == [
        ("uji", "success")
    ]


def test_job_token_allowlist_starts_with_the_project_alone(root: Client) -> None:
    project, other = new_project(root), new_project(root)
    base = f"/projects/{project['id']}/job_token_scope"
    assert root.get(base) == {"inbound_enabled": True, "outbound_enabled": False}
    root.post(f"{base}/allowlist", {"target_project_id": other["id"]})
    assert [row["id"] for row in root.get(f"{base}/allowlist")] == [project["id"], other["id"]]
    assert root("DELETE", f"{base}/allowlist/{other['id']}").status == 204
    assert [row["id"] for row in root.get(f"{base}/allowlist")] == [project["id"]]


def test_label_of_the_group_counts_as_existing_in_the_project(root: Client) -> None:
    project = new_project(root)
    root.post(f"/groups/{project['namespace']['id']}/labels", {"name": "peran::pa", "color": "red"})
    again = root("POST", f"/projects/{project['id']}/labels", {"name": "peran::pa", "color": "red"})
    assert (again.status, again.json) == (409, {"message": "Label already exists"})
    listed = root.get(f"/projects/{project['id']}/labels")
    assert [(row["name"], row["color"], row["is_project_label"]) for row in listed] == [
        ("peran::pa", "#FF0000", False)
    ]
    unknown = root.post(f"/projects/{project['id']}/issues", {"title": "x", "labels": "baru"})
    assert unknown["labels"] == ["baru"]
    assert {row["name"]: row["color"] for row in root.get(f"/projects/{project['id']}/labels")}[
        "baru"
    ] == "#6699cc"


def test_project_token_is_a_bot_member_at_no_more_than_its_makers_level(root: Client) -> None:
    project = new_project(root)
    maintainer, _ = new_user(root, 40, project["id"])
    base = f"/projects/{project['id']}/access_tokens"
    assert maintainer("POST", base, {"name": "bot", "scopes": ["api"], "access_level": 50}).status == 400
    made = maintainer.post(base, {"name": "bot", "scopes": ["api"], "access_level": 30})
    bot = Client(root.url, made["token"])
    assert bot.get(f"/projects/{project['id']}")["permissions"]["project_access"]["access_level"] == 30
    assert "token" not in root.get(base)[0]
    maintainer("DELETE", f"{base}/{made['id']}")
    assert bot("GET", "/user").status == 401
