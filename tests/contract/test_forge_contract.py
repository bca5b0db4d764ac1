"""What every adapter of the port has to do, on a running forge. Rows run once per adapter."""

from __future__ import annotations

import itertools
import subprocess
from datetime import date
from pathlib import Path

import pytest
from pengembang import approve, join, kind, publish, push

from fault_proxy import SUCCESS_LOST, FaultProxy, fault_proxy
from forge_latihan import ForgeLatihan
from kawal.errors import ConflictError, InputError, LoginError, NotFoundError
from kawal.forges.gitlab import GitLabForge
from kawal.forges.port import Forge, Project, ReadForge
from kawal.forges.readonly import READ_METHODS, read_only
from kawal.forges.registry import open_forge
from kawal.model import FileWanted, HookWanted, ProtectedRef, Variable

_numbers = itertools.count(1)
FILES = (
    FileWanted("README.md", b"# Halo\n"),
    FileWanted("app/jalan.sh", b"#!/bin/sh\n", executable=True),
    FileWanted("app.d/isi", b"x"),
    FileWanted("gambar.bin", bytes(range(256))),
)


@pytest.fixture
def project(adapter: Forge) -> Project:
    """An empty project of the bot."""
    group = adapter.create_group("kontrak/uji", "Uji")
    name = f"proyek-{next(_numbers)}"
    return adapter.create_project(group, name, name, f"teks\n\nkawal:uji/{name}", {"visibility": "private"})


@pytest.fixture
def filled(adapter: Forge, project: Project) -> Project:
    """A project with a first commit on `main`."""
    adapter.commit_files(project.id, "main", "Pertama", FILES)
    return project


# --- forge, people, groups, projects


def test_reads_and_writes_of_the_port_are_there(adapter: Forge) -> None:
    assert isinstance(adapter, ReadForge)


def test_names_itself_and_the_bot(adapter: Forge, latihan: ForgeLatihan) -> None:
    info = adapter.info()

    assert info.url.startswith("http://127.0.0.1:")
    assert info.bot_username == "kawal-bot"
    assert info.tier in {"gitlab": ("ce",), "github": ("unknown",)}[info.kind]
    assert adapter.server_time() is not None


def test_finds_people_by_name_and_by_address(adapter: Forge, latihan: ForgeLatihan) -> None:
    ani, _ = latihan.user("ani")

    assert adapter.user_id("ani") == ani
    assert adapter.user_id_of_email("ANI@contoh.go.id") == ani
    assert adapter.user_id_of_email("tidak-ada@contoh.go.id") is None
    with pytest.raises(NotFoundError, match="tidak-ada"):
        adapter.user_id("tidak-ada")


@pytest.mark.parametrize("adapter", ["gitlab"], indirect=True)
def test_whoever_puts_an_address_into_their_name_does_not_become_its_owner(
    adapter: Forge, latihan: ForgeLatihan
) -> None:
    hidden = {"username": "tersembunyi", "name": "Tersembunyi", "email": "tersembunyi@contoh.go.id"}
    latihan.ok("POST", "/users", hidden | {"force_random_password": True})
    latihan.user("peniru", name="tersembunyi@contoh.go.id")

    assert adapter.user_id_of_email("tersembunyi@contoh.go.id") is None


@pytest.mark.parametrize("adapter", ["gitlab"], indirect=True)
@pytest.mark.parametrize("times", [1, 2])
def test_a_protection_the_forge_makes_by_itself_in_between_is_made_again_once(
    adapter: Forge, filled: Project, latihan: ForgeLatihan, times: int
) -> None:
    path, wanted = f"/projects/{filled.id}/protected_branches", ProtectedRef("main", "branch", 0, 40)
    left = [{"name": "main", "push_access_level": 40, "merge_access_level": 40}] * times

    def first_the_forge(number: int, method: str, called: str) -> None:
        # GitLab's background job after the first push protects the default branch when it gets to it.
        if method == "POST" and called.endswith(path) and left:
            latihan.ok("POST", path, left.pop())

    if latihan.all(path):
        latihan.ok("DELETE", f"{path}/main")
    with fault_proxy(latihan.url) as between:
        between.decide = first_the_forge
        late = GitLabForge(between.url, latihan.user("kawal-bot")[1], timeout=20)
        if times == 1:
            late.protect(filled.id, wanted)
            assert adapter.protections(filled.id) == [wanted]
        else:
            with pytest.raises(InputError, match="FORGE-011"):
                late.protect(filled.id, wanted)


@pytest.mark.parametrize("adapter", ["gitlab"], indirect=True)
def test_a_deploy_key_let_into_a_protection_is_seen_and_taken_out_again(
    adapter: Forge, filled: Project, latihan: ForgeLatihan
) -> None:
    path, wanted = f"/projects/{filled.id}", ProtectedRef("v*", "tag", 40)
    body = {"title": "mesin", "key": "ssh-ed25519 AAAA mesin", "can_push": True}
    key = latihan.ok("POST", f"{path}/deploy_keys", body)["id"]
    let_in = {"name": "v*", "create_access_level": 40, "allowed_to_create": [{"deploy_key_id": key}]}
    latihan.ok("POST", f"{path}/protected_tags", let_in)
    assert adapter.protections(filled.id) != [wanted]

    adapter.protect(filled.id, wanted)
    assert [one for one in adapter.protections(filled.id) if one.kind == "tag"] == [wanted]
    (levels,) = latihan.all(f"{path}/protected_tags")
    assert [one["deploy_key_id"] for one in levels["create_access_levels"]] == [None]


@pytest.mark.parametrize("adapter", ["gitlab"], indirect=True)
def test_a_note_that_is_counted_but_hidden_from_the_bot_does_not_stop_its_own(
    adapter: Forge, filled: Project, latihan: ForgeLatihan
) -> None:
    guest, token = latihan.user("tamu")
    adapter.set_member(filled.id, "tamu", 10)
    iid = adapter.create_issue(filled.id, "Isu", "x", [], None, None)
    notes = f"/projects/{filled.id}/issues/{iid}/notes"
    latihan.ok("POST", notes, {"body": "hanya untuk tim", "internal": True})

    for text in ("satu", "dua"):
        low = GitLabForge(latihan.url, token, timeout=20)
        low.comment_issue(filled.id, iid, "<!-- kawal:a -->", text)

    assert [row["body"] for row in latihan.all(notes) if row["author"]["id"] == guest] == [
        "dua\n\n<!-- kawal:a -->"
    ]


def test_creates_missing_groups_once(adapter: Forge) -> None:
    top = "dinas" if kind(adapter) == "gitlab" else "kontrak"
    first = adapter.create_group(f"{top}/bidang/seksi", "Seksi")

    assert (
        adapter.create_group(f"{top}/bidang/seksi", "Seksi")
        == first
        == adapter.group_id(f"{top}/bidang/seksi")
    )
    assert adapter.group_id("tidak-ada-sama-sekali") is None


@pytest.mark.parametrize("adapter", ["gitlab-galat", "github-galat"], indirect=True)
def test_the_spoiled_setups_really_meet_every_kind_of_fault(
    adapter: Forge, project: Project, proxy: FaultProxy
) -> None:
    already = len(proxy.spoiled)
    for number in range(40):
        adapter.create_label(project.id, f"l-{number}", "#ff0000", "")
        adapter.update_label(project.id, f"l-{number}", "#00ff00", "")

    assert {label.colour for label in adapter.labels(project.id)} == {"#00ff00"}
    assert len(adapter.labels(project.id)) == 40
    met = {(spoiled.method == "POST", spoiled.fault) for spoiled in proxy.spoiled[already:]}
    assert {(True, SUCCESS_LOST), (False, "jawaban-hilang"), (True, "429-tunggu"), (False, "502")} <= met


@pytest.mark.parametrize("adapter", ["github"], indirect=True)
def test_github_makes_no_organisations_and_says_so(adapter: Forge) -> None:
    with pytest.raises(NotFoundError, match="Organisasi tidak-ada"):
        adapter.create_group("tidak-ada/uji", "Uji")


def test_a_project_of_ours_is_adopted_and_a_stranger_is_not(adapter: Forge, project: Project) -> None:
    group = adapter.group_id("kontrak/uji")
    assert group is not None
    path = project.full_path.rsplit("/", 1)[-1]

    assert adapter.create_project(group, path, path, project.description, {}).id == project.id
    with pytest.raises(ConflictError, match="bukan milik aplikasi ini"):
        adapter.create_project(group, path, path, "x\n\nkawal:lain/lain", {})


def test_a_project_is_found_by_path_and_by_number(adapter: Forge, project: Project) -> None:
    assert adapter.project_by_path(project.full_path) == adapter.project(project.id)
    assert adapter.project_by_path("kontrak/tidak-ada") is None
    assert project.empty
    assert project.settings["visibility"] == "private"
    with pytest.raises(NotFoundError):
        adapter.project(999_999)


def test_settings_are_read_back_and_a_silently_dropped_one_is_an_error(
    adapter: Forge, project: Project
) -> None:
    adapter.update_project(project.id, {"squash_option": "never", "remove_source_branch_after_merge": True})

    settings = adapter.project(project.id).settings
    assert (settings["squash_option"], settings["remove_source_branch_after_merge"]) == ("never", True)
    with pytest.raises(InputError, match="merge_trains_enabled"):
        adapter.update_project(project.id, {"merge_trains_enabled": True})


@pytest.mark.parametrize("kind", ["gitlab", "github"])
def test_a_wrong_token_is_a_login_error(kind: str, latihan: ForgeLatihan) -> None:
    with pytest.raises(LoginError, match="Token ditolak"):
        open_forge(kind, latihan.url, "salah").info()


def test_a_developer_may_not_change_settings(adapter: Forge, project: Project, latihan: ForgeLatihan) -> None:
    _, token = latihan.user("ani")
    join(adapter, latihan, project, "ani")

    with pytest.raises(LoginError, match="Hak token"):
        open_forge(kind(adapter), latihan.url, token).update_project(project.id, {"description": "diubah"})


# --- repository


def test_the_first_commit_holds_exactly_the_files(
    adapter: Forge, project: Project, latihan: ForgeLatihan, tmp_path: Path
) -> None:
    sha = adapter.commit_files(project.id, "main", "Pertama", FILES)
    clone(latihan, project, tmp_path / "salinan")

    assert git(tmp_path / "salinan", "rev-parse", "HEAD") == sha
    assert adapter.tree(project.id, sha) == {
        line.split()[3]: line.split()[2]
        for line in git(tmp_path / "salinan", "ls-tree", "-r", "HEAD").splitlines()
    }
    assert adapter.tree_id(project.id, sha) == git(tmp_path / "salinan", "rev-parse", "HEAD^{tree}")
    assert git(tmp_path / "salinan", "ls-tree", "HEAD", "app/jalan.sh").startswith("100755")
    assert adapter.file(project.id, "gambar.bin", sha) == bytes(range(256))
    assert adapter.project(project.id).default_branch == "main"


def test_the_same_first_commit_again_is_found_not_repeated(adapter: Forge, filled: Project) -> None:
    head = adapter.branch(filled.id, "main")
    assert head is not None

    assert adapter.commit_files(filled.id, "main", "Pertama", FILES) == head.sha
    with pytest.raises(ConflictError):
        adapter.commit_files(filled.id, "main", "Pertama", (FileWanted("README.md", b"lain"),))


def test_history_between_two_commits_is_newest_first(adapter: Forge, filled: Project) -> None:
    first = adapter.branch(filled.id, "main")
    assert first is not None
    second = adapter.commit_files(
        filled.id, "main", "Dua\n\nCo-authored-by: A <a@b.id>", (FileWanted("dua", b"2"),)
    )
    third = adapter.commit_files(filled.id, "main", "Tiga", (FileWanted("dua", b"3"),), update=["dua"])

    assert [commit.sha for commit in adapter.commits(filled.id, third, since=first.sha)] == [third, second]
    assert [commit.sha for commit in adapter.commits(filled.id, "main")] == [third, second, first.sha]
    assert list(adapter.commits(filled.id, first.sha, since=third)) == []
    assert adapter.commit(filled.id, second).parents == (first.sha,)
    assert "Co-authored-by: A <a@b.id>" in adapter.commit(filled.id, second).message


def test_a_tag_is_made_once_and_never_moved(adapter: Forge, filled: Project) -> None:
    first = adapter.branch(filled.id, "main")
    assert first is not None
    second = adapter.commit_files(filled.id, "main", "Dua", (FileWanted("dua", b"2"),))
    adapter.protect(filled.id, ProtectedRef("v*", "tag", 40))
    adapter.create_tag(filled.id, "v1.0.0", first.sha, "Rilis v1.0.0")
    adapter.create_tag(filled.id, "v1.0.0", first.sha, "Rilis v1.0.0")

    tag = adapter.tag(filled.id, "v1.0.0")
    assert tag is not None
    assert (tag.sha, tag.protected) == (first.sha, True)
    assert adapter.tag(filled.id, "v2.0.0") is None
    with pytest.raises(ConflictError):
        adapter.create_tag(filled.id, "v1.0.0", second, "Rilis v1.0.0")


def test_a_protection_stands_exactly_as_wanted(
    adapter: Forge, filled: Project, latihan: ForgeLatihan
) -> None:
    wanted = (
        ProtectedRef("main", "branch", 0, 40),
        ProtectedRef("rilis/*", "branch", 40, 40),
        ProtectedRef("v*", "tag", 40),
    )
    for ref in wanted:
        adapter.protect(filled.id, ref)

    assert set(adapter.protections(filled.id)) == set(wanted)
    before = latihan.last_request()
    for ref in wanted:
        adapter.protect(filled.id, ref)
    assert latihan.writes(before) == []


# --- labels, milestones, issues


def test_labels_are_made_once_and_changed(adapter: Forge, project: Project) -> None:
    adapter.create_label(project.id, "12", "#ff0000", "")
    adapter.create_label(project.id, "tahap::kajian", "#428BCA", "Kajian")
    adapter.create_label(project.id, "tahap::kajian", "#428BCA", "Kajian")
    adapter.update_label(project.id, "tahap::kajian", "#00FF00", "Lain")

    assert {(x.name, x.colour, x.description) for x in adapter.labels(project.id)} == {
        ("12", "#ff0000", ""),
        ("tahap::kajian", "#00ff00", "Lain"),
    }


def test_milestones_keep_their_day(adapter: Forge, project: Project) -> None:
    made = adapter.create_milestone(project.id, "Kajian", "teks", date(2026, 12, 4))

    assert adapter.create_milestone(project.id, "Kajian", "teks", date(2026, 12, 4)) == made
    adapter.update_milestone(project.id, made, "baru", None)
    (milestone,) = adapter.milestones(project.id)
    assert (milestone.title, milestone.description, milestone.due) == ("Kajian", "baru", None)


def test_an_issue_keeps_all_it_was_given(adapter: Forge, project: Project) -> None:
    adapter.create_label(project.id, "a", "#ff0000", "")
    adapter.create_label(project.id, "b", "#ff0000", "")
    milestone = adapter.create_milestone(project.id, "Kajian", "", None)
    body = "Teks\n\n- [ ] satu\n\n<!-- kawal:uji app langkah-1 -->"
    iid = adapter.create_issue(project.id, "Langkah 1", body, ["a"], milestone, date(2026, 12, 1))
    (issue,) = adapter.issues(project.id)
    assert (issue.iid, issue.title, issue.body, issue.labels) == (iid, "Langkah 1", body, ("a",))
    assert (issue.milestone_id, issue.due, issue.closed) == (milestone, date(2026, 12, 1), False)

    adapter.update_issue(project.id, iid, labels=["b"], closed=True)
    (issue,) = adapter.issues(project.id)
    assert (issue.labels, issue.closed, issue.title) == (("b",), True, "Langkah 1")
    adapter.update_issue(project.id, iid, closed=False)
    assert not adapter.issues(project.id)[0].closed


def test_more_issues_than_a_page_all_come(adapter: Forge, project: Project, latihan: ForgeLatihan) -> None:
    for number in range(101):
        latihan.ok("POST", f"/projects/{project.id}/issues", {"title": f"Isu {number}"})

    assert [issue.iid for issue in adapter.issues(project.id)] == list(range(1, 102))


def test_a_sticky_note_is_written_once_and_changed_in_place(
    adapter: Forge, project: Project, latihan: ForgeLatihan
) -> None:
    iid = adapter.create_issue(project.id, "Langkah", "x", [], None, None)
    adapter.comment_issue(project.id, iid, "<!-- kawal:catatan -->", "TERKUNCI")
    adapter.comment_issue(project.id, iid, "<!-- kawal:catatan -->", "terbuka")

    notes = [
        note["body"]
        for note in latihan.all(f"/projects/{project.id}/issues/{iid}/notes")
        if not note["system"]
    ]
    assert notes == ["terbuka\n\n<!-- kawal:catatan -->"]


# --- members, variables, hooks


def test_members_get_exactly_the_wanted_level(
    adapter: Forge, project: Project, latihan: ForgeLatihan
) -> None:
    budi, _ = latihan.user("budi")
    adapter.set_member(project.id, "budi", 20)
    adapter.set_member(project.id, "budi", 30)

    assert {m.username: (m.user_id, m.level) for m in adapter.members(project.id)}["budi"] == (budi, 30)
    inherited = {m.username: m.level for m in adapter.members(project.id, inherited=True)}
    assert inherited["kawal-bot"] == 50
    with pytest.raises(NotFoundError):
        adapter.set_member(project.id, "tidak-ada", 30)


def test_variables_keep_their_bytes(adapter: Forge, project: Project) -> None:
    wanted = [
        Variable("KAWAL_AMBANG", '{"a": "$X"}\n', "file"),
        # GitHub's variables know no protection.
        Variable("KAWAL_APLIKASI", "app", protected=kind(adapter) == "gitlab"),
    ]
    adapter.set_variable(project.id, Variable("KAWAL_AMBANG", "lama"))
    for variable in wanted:
        adapter.set_variable(project.id, variable)

    assert sorted(adapter.variables(project.id), key=lambda v: v.key) == wanted


def test_a_hook_is_made_once_with_exactly_its_events(adapter: Forge, project: Project) -> None:
    url = "http://127.0.0.1:9/webhook"
    adapter.set_hook(project.id, HookWanted(url, ("push_events",)), token="rahasia")
    adapter.set_hook(project.id, HookWanted(url, ("issues_events", "pipeline_events")), token="rahasia")

    (hook,) = adapter.hooks(project.id)
    assert (hook.url, set(hook.events)) == (url, {"issues_events", "pipeline_events"})
    with pytest.raises(InputError, match="tidak dikenal"):
        adapter.set_hook(project.id, HookWanted(url, ("lain_events",)), token="rahasia")


def test_runners_and_job_tokens_are_told(adapter: Forge, project: Project) -> None:
    assert adapter.job_token_limited(project.id) is True
    assert isinstance(adapter.runner_ids(project.id), tuple)


# --- merge requests, packages


def test_the_bot_proposes_a_change_once(adapter: Forge, filled: Project) -> None:
    head = adapter.branch(filled.id, "main")
    assert head is not None
    changed = [FileWanted("README.md", b"# Baru\n")]
    for _ in range(2):  # a run that was cut off is repeated whole
        adapter.create_branch(filled.id, "kawal/usul", head.sha)
        sha = adapter.commit_files(filled.id, "kawal/usul", "Usul", changed, update=["README.md"])
        made = adapter.create_merge_request(filled.id, "kawal/usul", "main", "Usul", "Isi.")
        assert (made.source_branch, made.target_branch, made.head_sha) == ("kawal/usul", "main", sha)

    assert adapter.merge_requests(filled.id, state="opened") == [made]
    assert made.author_id == adapter.info().bot_user_id
    assert adapter.commit(filled.id, sha).parents == (head.sha,)
    assert adapter.branch(filled.id, "main") == head
    with pytest.raises(InputError):
        adapter.create_merge_request(filled.id, "tidak-ada", "main", "Usul", "Isi.")


def test_exactly_the_approved_head_is_merged(adapter: Forge, filled: Project, latihan: ForgeLatihan) -> None:
    (ani, by_ani), (budi, by_budi) = latihan.user("ani"), latihan.user("budi")
    for name in ("ani", "budi"):
        join(adapter, latihan, filled, name)
    first = push(latihan, filled, by_ani, "satu", start="main")
    iid = latihan.ok(
        "POST",
        f"/projects/{filled.id}/merge_requests",
        {"source_branch": "kerja", "target_branch": "main", "title": "Kerja"},
        token=by_ani,
    )["iid"]
    head = push(latihan, filled, by_ani, "dua")
    approve(adapter, latihan, filled, iid, head, by_budi)
    for text in ("catatan lama", "catatan baru"):
        adapter.comment_merge_request(filled.id, iid, "<!-- kawal:tinjauan -->", text)
    said = latihan.all(f"/projects/{filled.id}/merge_requests/{iid}/notes")
    assert [note["body"].partition("\n")[0] for note in said if not note["system"]] == ["catatan baru"]

    request = adapter.merge_request(filled.id, iid)
    assert (request.state, request.head_sha, request.author_id, request.merge_sha) == (
        "opened",
        head,
        ani,
        None,
    )
    assert sorted(adapter.merge_request_commits(filled.id, iid)) == sorted([first, head])
    (approval,) = adapter.approvals(filled.id, iid)
    pushed = adapter.head_pushed_at(filled.id, iid)
    assert approval.user_id == budi
    assert approval.approved_at is not None
    assert pushed is not None
    assert approval.approved_at >= pushed

    with pytest.raises(ConflictError, match="bergeser"):
        adapter.merge(filled.id, iid, head_sha=first)
    merged = adapter.merge(filled.id, iid, head_sha=head)
    assert adapter.merge(filled.id, iid, head_sha=head) == merged
    main = adapter.branch(filled.id, "main")
    assert main is not None
    assert main.sha == merged
    (after,) = adapter.merge_requests(filled.id, state="merged")
    assert (after.merge_sha, after.merged_by_id) == (merged, adapter.info().bot_user_id)


def test_package_bytes_come_back_unchanged_or_not_at_all(
    adapter: Forge, filled: Project, latihan: ForgeLatihan
) -> None:
    content = bytes(range(256)) * 100
    publish(adapter, latihan, filled, "app", "1", "paket.tar", content)

    assert adapter.package_file(filled.id, "app", "1", "paket.tar", limit=len(content)) == content
    assert adapter.package_file(filled.id, "app", "2", "paket.tar", limit=10) is None
    with pytest.raises(InputError, match="terlalu besar"):
        adapter.package_file(filled.id, "app", "1", "paket.tar", limit=len(content) - 1)


def test_a_job_that_is_not_there_has_no_artifact(adapter: Forge, filled: Project) -> None:
    assert adapter.artifact_file(filled.id, 999_999, "laporan/fungsi.xml", limit=10) is None
    assert adapter.pipelines(filled.id, sha="0" * 40) == []


# --- the read-only view


def test_the_read_only_view_has_no_write(adapter: GitLabForge, project: Project) -> None:
    view = read_only(adapter)
    writes = [name for name in vars(Forge) if not name.startswith("_")]

    assert isinstance(view, ReadForge)
    assert view.project(project.id) == adapter.project(project.id)
    assert writes
    assert [name for name in writes if hasattr(view, name)] == []
    assert set(READ_METHODS).isdisjoint(writes)


# --- helpers


def git(folder: Path, *args: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *args], capture_output=True, text=True, check=True
    ).stdout.strip()


def clone(forge: ForgeLatihan, project: Project, target: Path) -> None:
    _, token = forge.user("kawal-bot")
    url = project.http_url.replace("http://", f"http://oauth2:{token}@")
    subprocess.run(["git", "clone", "-q", url, str(target)], check=True, capture_output=True)
