"""Plan and apply through the GitHub adapter: the project GitLab's adapter makes, nothing written twice, limits of a plan said."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from typing import Any

import pytest
from contoh import desired
from keadaan import end_state

from fault_proxy import FAULTS, FaultProxy, fault_proxy
from forge_latihan import ForgeLatihan
from kawal.errors import KawalError
from kawal.forges.github import GitHubForge
from kawal.forges.gitlab import GitLabForge
from kawal.forges.readonly import read_only
from kawal.model import DesiredProject
from kawal.reconcile.apply import Applied, apply_plan
from kawal.reconcile.plan import Plan, diff
from kawal.reconcile.read import read_state

_numbers = itertools.count(1)
NIGHT = bool(os.environ.get("KAWAL_MALAM"))
MET = (
    FAULTS
    if NIGHT
    else ("429-tunggu", "502", "ditolak", "putus-di-tengah", "halaman-masuk", "jawaban-hilang")
)
"""`KAWAL_MALAM=1` runs all of them; the rest of the night's work is in test_faults.py."""
COMPARED = ("tree", "labels", "milestones", "issues", "branches", "tags", "variables")


def hub(latihan: ForgeLatihan, bot: GitLabForge, plan: str = "team") -> tuple[GitHubForge, str]:
    """The adapter, and an organisation of its own with this plan."""
    org = f"org-{next(_numbers)}"
    bot.create_group(org, org)
    latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": org, "paket": plan})
    return GitHubForge(latihan.url, latihan.user("kawal-bot")[1], timeout=20), org


def plan_of(forge: GitHubForge, wanted: DesiredProject) -> Plan:
    return diff(wanted, read_state(read_only(forge), wanted))


def apply(forge: GitHubForge, wanted: DesiredProject) -> Applied:
    return apply_plan(forge, wanted, plan_of(forge, wanted), hook_token="rahasia-webhook")


def accept_all(latihan: ForgeLatihan, wanted: DesiredProject) -> None:
    import github

    for member in wanted.members:
        user = github.Github(
            auth=github.Auth.Token(latihan.user(member.username)[1]),
            base_url=f"{latihan.url}/api/v3",
            retry=None,
        ).get_user()
        for invitation in user.get_invitations():
            user.accept_invitation(invitation)


def observable(latihan: ForgeLatihan, app_id: str, group: str) -> dict[str, Any]:
    """What a person sees, by raw HTTP past both adapters, without what only one of the forges has."""
    state = end_state(latihan, app_id, group)
    found = {name: state[name] for name in COMPARED}
    for issue in found["issues"]:
        text = issue["description"]
        # GitHub's issues have no due date: there it stands in the first line.
        if text.startswith("<!-- kawal-tenggat "):
            line, _, text = text.partition("\n")
            issue["due_date"] = line.split()[2]
        issue["description"] = text
    return {
        "tree": found["tree"],
        "labels": [(row["name"], row["color"].lower(), row["description"]) for row in found["labels"]],
        "milestones": [(row["title"], row["description"], row["due_date"]) for row in found["milestones"]],
        "issues": [
            (
                row["iid"],
                row["title"],
                row["description"],
                row["state"],
                row["due_date"],
                sorted(row["labels"]),
            )
            for row in found["issues"]
        ],
        "branches": [
            (
                row["name"],
                row["push_access_levels"][0]["access_level"],
                row["merge_access_levels"][0]["access_level"],
            )
            for row in found["branches"]
        ],
        "tags": [(row["name"], row["create_access_levels"][0]["access_level"]) for row in found["tags"]],
        "variables": [(row["key"], row["value"]) for row in found["variables"]],
        "members": sorted(
            (row["username"], row["access_level"]) for row in state["members"] if row["access_level"] < 40
        ),
        "visibility": state["project"]["visibility"],
        "hooks": 1,
    }


def test_both_adapters_make_the_same_project(latihan: ForgeLatihan, bot: GitLabForge) -> None:
    forge, org = hub(latihan, bot)
    on_gitlab = desired(f"sama-{next(_numbers)}", group="sama/dinas")
    on_github = replace(desired(on_gitlab.app_id, group=org))
    plan = diff(on_gitlab, read_state(bot, on_gitlab))
    apply_plan(bot, on_gitlab, plan, hook_token="rahasia-webhook")
    apply(forge, on_github)
    accept_all(latihan, on_github)

    assert observable(latihan, on_github.app_id, org) == observable(latihan, on_gitlab.app_id, "sama/dinas")
    assert len(forge.hooks(forge.project_by_path(f"{org}/{on_github.app_id}").id)) == 1  # type: ignore[union-attr]


def test_applying_again_writes_nothing_also_while_invitations_are_open(
    latihan: ForgeLatihan, bot: GitLabForge
) -> None:
    forge, org = hub(latihan, bot)
    wanted = desired(f"ulang-{next(_numbers)}", group=f"{org}/dinas")
    apply(forge, wanted)
    before = latihan.last_request()
    again = plan_of(forge, wanted)

    assert again.changes == ()
    assert apply(forge, wanted).made == 0
    assert latihan.writes(before) == []
    assert not any("dipindah" in note for note in again.notes)


def test_a_private_repository_on_free_is_provisioned_and_the_plan_says_what_is_missing(
    latihan: ForgeLatihan, bot: GitLabForge
) -> None:
    forge, org = hub(latihan, bot, "free")
    wanted = desired(f"gratis-{next(_numbers)}", group=org)
    apply(forge, wanted)
    again = plan_of(forge, wanted)

    assert again.changes == ()
    (said,) = [note for note in again.notes if "tidak ada di forge atau paket ini" in note]
    assert "cabang main" in said
    assert "tag v*" in said


def test_drift_is_found_and_repaired(latihan: ForgeLatihan, bot: GitLabForge) -> None:
    forge, org = hub(latihan, bot)
    wanted = desired(f"geser-{next(_numbers)}", group=org)
    apply(forge, wanted)
    project = forge.project_by_path(f"{org}/{wanted.app_id}")
    assert project is not None
    (ruleset, _) = forge._http.all(f"/repositories/{project.id}/rulesets")
    forge._http.put(f"/repositories/{project.id}/rulesets/{ruleset['id']}", {"enforcement": "disabled"})
    forge.update_label(project.id, "tahap::kajian", "#000000", "lain")

    assert {change.kind for change in plan_of(forge, wanted).changes} == {"perlindungan", "label"}
    apply(forge, wanted)
    assert plan_of(forge, wanted).changes == ()


@pytest.fixture(scope="module")
def proxy(latihan: ForgeLatihan) -> Any:
    with fault_proxy(latihan.url) as made:
        yield made


@pytest.mark.parametrize("fault", MET)
def test_a_fault_on_the_first_call_of_every_kind_changes_nothing_in_the_end(
    fault: str, proxy: FaultProxy, latihan: ForgeLatihan, bot: GitLabForge
) -> None:
    _, healthy_org = hub(latihan, bot)
    clean = GitHubForge(latihan.url, latihan.user("kawal-bot")[1], timeout=20)
    app = f"galat-{next(_numbers)}"
    apply(clean, desired(app, group=healthy_org))
    _, org = hub(latihan, bot)
    wanted = desired(app, group=org)
    met: set[str] = set()

    def decide(number: int, method: str, path: str) -> str | None:
        parts = path.split("?")[0].split("/")
        shape = f"{method} {'/'.join(part for part in parts if part.isalpha())}"
        if shape in met:
            return None
        met.add(shape)
        return fault

    proxy.reset(decide)
    spoiled = GitHubForge(proxy.url, latihan.user("kawal-bot")[1], timeout=1, sleep=lambda _: None)
    for _ in range(80):
        try:
            if not plan_of(spoiled, wanted).changes:
                break
            apply(spoiled, wanted)
        except KawalError:
            continue

    assert observable(latihan, app, org) == observable(latihan, app, healthy_org)
    assert len(proxy.spoiled) == len(met) > 15
