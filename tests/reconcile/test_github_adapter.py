"""Plan and apply through the GitHub adapter: the project GitLab's adapter makes, nothing written twice, limits of a plan said."""

from __future__ import annotations

import itertools
from dataclasses import replace

import dua_sisi as shown
from contoh import desired

from forge_latihan import ForgeLatihan
from kawal.forges.github import GitHubForge
from kawal.forges.gitlab import GitLabForge
from kawal.forges.operations import EnvironmentRule
from kawal.forges.readonly import read_only
from kawal.model import DesiredProject, EnvironmentWanted
from kawal.reconcile.apply import Applied, apply_plan
from kawal.reconcile.plan import Plan, diff
from kawal.reconcile.read import read_state
from kawal.reconcile.show import describe_change, show_plan

_numbers = itertools.count(1)


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


def test_both_adapters_make_the_same_project(latihan: ForgeLatihan, bot: GitLabForge) -> None:
    forge, org = hub(latihan, bot)
    on_gitlab = desired(f"sama-{next(_numbers)}", group="sama/dinas")
    on_github = desired(on_gitlab.app_id, group=org)
    plan = diff(on_gitlab, read_state(bot, on_gitlab))
    apply_plan(bot, on_gitlab, plan, hook_token="rahasia-webhook")
    apply(forge, on_github)
    there = shown.on_github(latihan, org, on_github.app_id)

    assert there == shown.on_gitlab(latihan, on_gitlab.full_path)
    assert {part for part, value in there.items() if not value} == set(), "nothing to compare"


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


def with_production(name: str, org: str) -> DesiredProject:
    return replace(desired(name, group=org), environments=(EnvironmentWanted("production", "v*"),))


def test_the_environment_of_production_drifts_and_is_repaired_without_removing(
    latihan: ForgeLatihan, bot: GitLabForge
) -> None:
    forge, org = hub(latihan, bot)
    wanted = with_production(f"lingkungan-{next(_numbers)}", org)
    made = apply(forge, wanted).project_id
    before = latihan.last_request()
    assert plan_of(forge, wanted).changes == ()
    assert latihan.writes(before) == []
    path = f"/repositories/{made}/environments/production"
    forge._http.post(f"{path}/deployment-branch-policies", {"name": "darurat", "type": "branch"})
    assert plan_of(forge, wanted).changes == ()

    forge._http.put(path, {"deployment_branch_policy": None})
    plan = plan_of(forge, wanted)
    assert [(one.op, one.kind, one.key) for one in plan.changes] == [("~", "lingkungan", "production")]
    assert "production: hanya_yang_disebut tidak -> ya" in show_plan(plan)
    apply(forge, wanted)
    assert plan_of(forge, wanted).changes == ()
    assert forge.environment_rule(made, "production") == EnvironmentRule(True, ("darurat",), ("v*",))

    forge._http.delete(path)
    (change,) = plan_of(forge, wanted).changes
    assert (change.op, change.kind) == ("+", "lingkungan")
    assert describe_change(change) == "production hanya menerima tag v*"
    apply(forge, wanted)
    assert plan_of(forge, wanted).changes == ()


def test_where_the_plan_has_no_environments_they_are_named_and_nothing_is_tried_again(
    latihan: ForgeLatihan, bot: GitLabForge
) -> None:
    forge, org = hub(latihan, bot, "free")
    wanted = with_production(f"tanpa-{next(_numbers)}", org)
    apply(forge, wanted)
    again = plan_of(forge, wanted)

    assert again.changes == ()
    assert any("production" in note for note in again.notes)


def test_gitlab_has_no_rule_for_environments_and_is_provisioned_all_the_same(
    latihan: ForgeLatihan, bot: GitLabForge
) -> None:
    wanted = with_production(f"gl-{next(_numbers)}", "lingkungan-gl/dinas")
    apply_plan(bot, wanted, diff(wanted, read_state(bot, wanted)), hook_token="rahasia-webhook")

    again = diff(wanted, read_state(bot, wanted))
    assert again.changes == ()
    assert any("production" in note for note in again.notes)
