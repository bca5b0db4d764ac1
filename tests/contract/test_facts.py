"""Facts of a release, read from a running forge after a team has worked in it."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pengembang import Wanted, push, upload

from forge_latihan import ForgeLatihan
from kawal.errors import NotFoundError
from kawal.facts import read_release_facts
from kawal.forges.port import Forge, Project
from kawal.forges.readonly import read_only
from kawal.model import FileWanted, ProtectedRef, ReleaseFacts
from kawal.posture import WANTED_SETTINGS

_numbers = itertools.count(1)
NOW = datetime(2026, 12, 1, tzinfo=UTC)

# What is judged here are facts of a forge with its own runner; GitHub's runs are placed by tests elsewhere.
pytestmark = pytest.mark.parametrize("adapter", ["gitlab"], indirect=True)


@dataclass
class Story:
    """A project as kawal provisions it, with one reviewed merge request and the release tag."""

    project: Project
    policy: Wanted
    head: str
    merged: str
    iid: int
    adapter: Forge

    def facts(self, *, since: str | None = None, tag: str = "v1.0.0") -> ReleaseFacts:
        return read_release_facts(
            read_only(self.adapter),
            self.policy,
            project_id=self.project.id,
            tag=tag,
            job_id=None,
            since_commit=since,
            now=NOW,
            package_name="app",
        )


@pytest.fixture
def story(adapter: Forge, latihan: ForgeLatihan) -> Story:
    number = next(_numbers)
    group = adapter.create_group("fakta/uji", "Uji")
    template = adapter.create_project(
        group, f"templat-{number}", f"Templat {number}", f"kawal:uji/templat-{number}", {}
    )
    commit = adapter.commit_files(template.id, "main", "Templat", (FileWanted("kawal.yml", b"{}"),))
    path = f"gitlab/kawal.yml@fakta/uji/templat-{number}:{commit}"
    app = adapter.create_project(
        group, f"app-{number}", f"App {number}", f"kawal:uji/app-{number}", {"visibility": "private"}
    )
    adapter.update_project(app.id, dict(WANTED_SETTINGS))
    adapter.commit_files(app.id, "main", "Kerangka", (FileWanted("README.md", b"#"),))
    for ref in (ProtectedRef("main", "branch", 0, 40), ProtectedRef("v*", "tag", 40)):
        adapter.protect(app.id, ref)
    _, by_ani = latihan.user("ani")
    _, by_budi = latihan.user("budi")
    for name in ("ani", "budi"):
        adapter.set_member(app.id, name, 30)
    head = push(latihan, app, by_ani, "satu", start="main")
    request = {"source_branch": "kerja", "target_branch": "main", "title": "Kerja"}
    iid = latihan.ok("POST", f"/projects/{app.id}/merge_requests", request, token=by_ani)["iid"]
    latihan.ok("POST", f"/projects/{app.id}/merge_requests/{iid}/approve", {"sha": head}, token=by_budi)
    # Without pipelines in this forge nothing could ever be merged under the wanted setting.
    adapter.update_project(app.id, {"only_allow_merge_if_pipeline_succeeds": False})
    merged = adapter.merge(app.id, iid, head_sha=head)
    adapter.update_project(app.id, {"only_allow_merge_if_pipeline_succeeds": True, "ci_config_path": path})
    adapter.create_tag(app.id, "v1.0.0", merged, "Rilis v1.0.0")
    policy = Wanted(path, template.id, commit, adapter.info().bot_user_id)
    return Story(app, policy, head, merged, iid, adapter)


def test_a_project_as_provisioned_has_no_drift(story: Story) -> None:
    assert story.facts().posture_drift == ()


def test_the_release_is_a_commit_a_tree_and_bytes(story: Story, latihan: ForgeLatihan) -> None:
    assert story.facts().artifact_sha256 is None
    upload(latihan, story.project, "app", story.merged, "paket.tar", b"isi paket")
    facts = story.facts()

    assert (facts.commit, facts.tag_protected, facts.on_default_branch) == (story.merged, True, True)
    assert facts.tree == story.adapter.tree_id(story.project.id, "main")
    assert facts.artifact_sha256 == hashlib.sha256(b"isi paket").hexdigest()
    assert facts.forge_time is not None
    assert facts.project_path == story.project.full_path


def test_people_are_found_behind_every_commit(story: Story, latihan: ForgeLatihan) -> None:
    ani, budi = latihan.user("ani")[0], latihan.user("budi")[0]
    facts = story.facts()
    by_sha = {commit.sha: commit for commit in facts.commits_since}

    # The bot's skeleton is nobody's change, and the bot is no author of the merge it makes.
    assert set(by_sha) == {story.merged, story.head}
    assert by_sha[story.merged].actors == ()
    assert {(actor.part, actor.user_id) for actor in by_sha[story.head].actors} == {
        ("author", ani),
        ("committer", ani),
    }
    address = hashlib.sha256(b"ani@contoh.go.id").hexdigest()
    assert {actor.git_identity for actor in by_sha[story.head].actors} == {address}
    (merge,) = facts.merges
    assert (merge.merge_sha, merge.head_sha, merge.commits) == (story.merged, story.head, (story.head,))
    assert (merge.author_user_id, merge.merged_by) == (ani, story.policy.bot_user_id)
    assert [approval.user_id for approval in merge.approvals] == [budi]
    assert merge.approvals[0].approved_at >= merge.head_pushed_at
    assert ("mr_author", ani) in {(actor.part, actor.user_id) for actor in facts.extra_actors}


def test_only_what_is_new_since_the_last_release_counts(story: Story) -> None:
    facts = story.facts(since=story.merged)

    assert facts.commits_since == ()
    assert facts.merges == ()


def test_co_authors_count_and_unknown_addresses_stay_unknown(story: Story, latihan: ForgeLatihan) -> None:
    message = "Bersama\n\nCo-authored-by: Budi <budi@contoh.go.id>\nCo-Authored-By: X <x@luar.id>"
    body: dict[str, Any] = {"branch": "lain", "start_branch": "main", "commit_message": message}
    body |= {"actions": [{"action": "create", "file_path": "b", "content": "b"}]}
    sha = latihan.ok(
        "POST", f"/projects/{story.project.id}/repository/commits", body, token=latihan.user("ani")[1]
    )["id"]
    story.adapter.create_tag(story.project.id, "v2.0.0", sha, "Rilis")
    facts = story.facts(since=story.merged, tag="v2.0.0")

    assert not facts.on_default_branch
    (commit,) = facts.commits_since
    assert {(a.part, a.user_id) for a in commit.actors} >= {
        ("co_author", latihan.user("budi")[0]),
        ("co_author", None),
    }


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"ci_config_path": ".gitlab-ci.yml"}, "ci_config_path"),
        ({"allow_merge_on_skipped_pipeline": True}, "allow_merge_on_skipped_pipeline"),
        (
            {"ci_pipeline_variables_minimum_override_role": "developer"},
            "ci_pipeline_variables_minimum_override_role",
        ),
    ],
)
def test_a_setting_changed_on_the_forge_is_named(
    story: Story, latihan: ForgeLatihan, change: dict[str, str | bool], names: str
) -> None:
    latihan.ok("PUT", f"/projects/{story.project.id}", change)

    (sentence,) = story.facts().posture_drift
    assert sentence.startswith(names)


def test_a_wider_rule_or_a_maintainer_beside_the_bot_is_named(story: Story, latihan: ForgeLatihan) -> None:
    path = f"/projects/{story.project.id}"
    latihan.ok(
        "POST",
        f"{path}/protected_branches",
        {"name": "ma*", "push_access_level": 30, "merge_access_level": 30},
    )
    latihan.ok("POST", f"{path}/protected_tags", {"name": "*", "create_access_level": 30})
    latihan.ok("PUT", f"{path}/members/{latihan.user('ani')[0]}", {"access_level": 40})

    names = [sentence.split(":")[0] for sentence in story.facts().posture_drift]
    assert names == [
        "push ke cabang utama",
        "gabung ke cabang utama",
        "tag rilis v*",
        "anggota >= Maintainer selain bot",
    ]


def test_a_release_without_its_tag_is_not_found(story: Story) -> None:
    with pytest.raises(NotFoundError, match=r"v9\.9\.9"):
        story.facts(tag="v9.9.9")
