"""Applying a plan on the embedded forge: complete, repeatable, interruptible."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from contoh import desired
from keadaan import end_state

from forge_latihan import ForgeLatihan, enc
from kawal.errors import EXIT_TEMPORARY, ConflictError, NotFoundError, TemporaryError
from kawal.forges.gitlab import GitLabForge
from kawal.forges.readonly import read_only
from kawal.model import DesiredProject
from kawal.reconcile.apply import Applied, ApplyInterrupted, apply_plan
from kawal.reconcile.plan import Change, NewPlanError, Plan, diff
from kawal.reconcile.read import read_state
from scripted_server import Reply, scripted_server

_numbers = itertools.count(1)


@pytest.fixture
def wanted() -> DesiredProject:
    number = next(_numbers)
    return desired(f"aplikasi-{number}", group=f"terapkan/dinas-{number}")


def plan_of(bot: GitLabForge, wanted: DesiredProject) -> Plan:
    return diff(wanted, read_state(read_only(bot), wanted))


def apply(bot: GitLabForge, wanted: DesiredProject, plan: Plan) -> Applied:
    return apply_plan(bot, wanted, plan, hook_token="rahasia-webhook")


def test_everything_wanted_stands_on_the_forge(
    bot: GitLabForge, wanted: DesiredProject, latihan: ForgeLatihan
) -> None:
    plan = plan_of(bot, wanted)
    applied = apply(bot, wanted, plan)
    state = end_state(latihan, wanted.app_id, wanted.group_path)

    assert (applied.made, applied.already) == (len(plan.changes), 0)
    assert state["project"]["description"] == "Retribusi pasar daerah\n\nkawal:diskominfo/APP"
    assert state["project"]["ci_config_path"] == dict(wanted.settings)["ci_config_path"]
    assert [(i["iid"], i["title"], i["state"]) for i in state["issues"]] == [
        (1, "Langkah 1", "closed"),
        (2, "Langkah 2", "opened"),
        (3, "Langkah 3", "opened"),
        (4, "Langkah 4", "opened"),
    ]
    assert [entry["path"] for entry in state["tree"] if entry["type"] == "blob"] == [
        "app/jalan.sh",
        "README.md",
        "gambar.bin",
    ] or len(state["tree"]) == 4
    assert [m["username"] for m in state["members"] if m["access_level"] == 30] == ["ani", "budi"]
    assert state["branches"][0]["push_access_levels"][0]["access_level"] == 0


def test_applying_again_writes_nothing(
    bot: GitLabForge, wanted: DesiredProject, latihan: ForgeLatihan
) -> None:
    first = plan_of(bot, wanted)
    apply(bot, wanted, first)
    before = latihan.last_request()

    again = plan_of(bot, wanted)
    applied = apply(bot, wanted, again)
    stored = apply(bot, wanted, first)

    assert again.changes == ()
    assert (applied.made, stored.made, stored.already) == (0, 0, len(first.changes))
    assert latihan.writes(before) == []


def test_one_label_changed_by_hand_is_exactly_the_plan(
    bot: GitLabForge, wanted: DesiredProject, latihan: ForgeLatihan
) -> None:
    apply(bot, wanted, plan_of(bot, wanted))
    project = f"/projects/{enc(wanted.full_path)}"
    (label,) = [row for row in latihan.all(f"{project}/labels") if row["name"] == "tahap::kajian"]
    latihan.ok("PUT", f"{project}/labels/{label['id']}", {"color": "#ff0000"})

    plan = plan_of(bot, wanted)
    before = latihan.last_request()
    apply(bot, wanted, plan)

    assert [(c.op, c.kind, c.key) for c in plan.changes] == [("~", "label", "tahap::kajian")]
    assert len(latihan.writes(before)) == 1
    assert plan_of(bot, wanted).changes == ()


def test_every_kind_of_change_by_hand_is_put_right(
    bot: GitLabForge, wanted: DesiredProject, latihan: ForgeLatihan
) -> None:
    apply(bot, wanted, plan_of(bot, wanted))
    clean = end_state(latihan, wanted.app_id, wanted.group_path)
    project = f"/projects/{enc(wanted.full_path)}"
    latihan.ok(
        "PUT", project, {"name": "Nama lain", "public_jobs": True, "allow_merge_on_skipped_pipeline": True}
    )
    latihan.ok(
        "PUT",
        f"{project}/issues/2",
        {"title": "Judul lain", "labels": "peran::subkoor-pa", "state_event": "close"},
    )
    latihan.ok("PUT", f"{project}/variables/KAWAL_APLIKASI", {"value": "lain"})
    latihan.ok("DELETE", f"{project}/protected_tags/{enc('v*')}")
    (hook,) = latihan.all(f"{project}/hooks")
    latihan.ok("PUT", f"{project}/hooks/{hook['id']}", {"url": hook["url"], "push_events": False})
    ani = latihan.user("ani")[0]
    latihan.ok("PUT", f"{project}/members/{ani}", {"access_level": 40})

    plan = plan_of(bot, wanted)
    apply(bot, wanted, plan)

    assert sorted((c.op, c.kind) for c in plan.changes) == sorted(
        [
            ("~", "proyek"), ("~", "setelan"), ("~", "setelan-gabung"), ("~", "isu"), ("~", "keadaan-isu"),
            ("~", "variabel"), ("+", "perlindungan"), ("~", "webhook"), ("~", "anggota"),
        ]
    )  # fmt: skip
    assert end_state(latihan, wanted.app_id, wanted.group_path) == clean


def test_a_plan_made_before_somebody_changed_things_writes_nothing(
    bot: GitLabForge, wanted: DesiredProject, latihan: ForgeLatihan
) -> None:
    apply(bot, wanted, plan_of(bot, wanted))
    project = f"/projects/{enc(wanted.full_path)}"
    latihan.ok("PUT", f"{project}/variables/KAWAL_APLIKASI", {"value": "lain"})
    plan = plan_of(bot, wanted)
    latihan.ok("PUT", f"{project}/variables/KAWAL_APLIKASI", {"value": "lain lagi"})
    before = latihan.last_request()

    with pytest.raises(NewPlanError) as caught:
        apply(bot, wanted, plan)

    assert latihan.writes(before) == []
    assert caught.value.plan == plan_of(bot, wanted)


def test_a_milestone_deleted_under_a_planned_issue_writes_nothing(
    bot: GitLabForge, wanted: DesiredProject, latihan: ForgeLatihan
) -> None:
    """Found by two faults in one run on GitHub: the plan names the issue only, which then had no milestone to be put in."""
    apply(bot, wanted, plan_of(bot, wanted))
    project = f"/projects/{enc(wanted.full_path)}"
    latihan.ok("DELETE", f"{project}/issues/1")
    plan = plan_of(bot, wanted)
    (milestone,) = {one.milestone for one in wanted.issues if one.marker in {c.key for c in plan.changes}}
    (there,) = (one for one in latihan.all(f"{project}/milestones") if one["title"] == milestone)
    latihan.ok("DELETE", f"{project}/milestones/{there['id']}")
    before = latihan.last_request()

    with pytest.raises(NewPlanError) as caught:
        apply(bot, wanted, plan)

    assert caught.value.found == f"tonggak {milestone}: dihapus orang lain"
    assert latihan.writes(before) == []
    apply(bot, wanted, caught.value.plan)
    assert plan_of(bot, wanted).changes == ()


def test_an_unknown_member_is_said_before_anything_is_written(
    bot: GitLabForge, wanted: DesiredProject, latihan: ForgeLatihan
) -> None:
    before = latihan.last_request()

    with pytest.raises(NotFoundError, match="tidak-ada"):
        plan_of(bot, desired(wanted.app_id, group=wanted.group_path, members=("ani", "tidak-ada")))
    assert latihan.writes(before) == []


def test_a_project_of_somebody_else_is_refused(bot: GitLabForge, wanted: DesiredProject) -> None:
    group = bot.create_group(wanted.group_path, "Dinas")
    bot.create_project(group, wanted.path, "Lain", "bukan kawal", {})

    with pytest.raises(ConflictError, match="bukan milik aplikasi ini"):
        plan_of(bot, wanted)


def test_ctrl_c_says_what_was_done_and_the_same_call_goes_on(
    bot: GitLabForge, wanted: DesiredProject, latihan: ForgeLatihan
) -> None:
    plan = plan_of(bot, wanted)

    def stop(number: int, total: int, change: Change) -> None:
        if change.kind == "isu":
            raise KeyboardInterrupt

    with pytest.raises(ApplyInterrupted) as caught:
        apply_plan(bot, wanted, plan, hook_token="x", progress=stop)
    applied = apply(bot, wanted, plan)

    done = [change.kind for change in plan.changes].index("isu")
    assert (caught.value.done, caught.value.total) == (done, len(plan.changes))
    assert f"{done} dari {len(plan.changes)} perubahan sudah dibuat" in caught.value.text()
    assert f"kawal terapkan {plan.hash[:4]}" in caught.value.text()
    # Some settings of the new project happened to be as wanted from the start.
    assert applied.already >= done
    assert applied.already + applied.made == len(plan.changes)
    assert plan_of(bot, wanted).changes == ()


def test_a_forge_that_fails_halfway_says_how_far_it_came(bot: GitLabForge, wanted: DesiredProject) -> None:
    plan = diff(wanted, read_state(bot, wanted))

    with scripted_server(lambda _r, n: Reply(502, b"Bad Gateway")) as server:
        broken = GitLabForge(server.url, "x", timeout=5, sleep=lambda _s: None)

        def fail(number: int, total: int, change: Change) -> None:
            if change.kind == "label":
                broken.project(1)

        with pytest.raises(TemporaryError) as caught:
            apply_plan(bot, wanted, plan, hook_token="x", progress=fail)

    done = [change.kind for change in plan.changes].index("label")
    assert caught.value.exit_code == EXIT_TEMPORARY
    assert f"{done} dari {len(plan.changes)} perubahan sudah dibuat" in caught.value.text()
    assert f"kawal terapkan {plan.hash[:4]}" in caught.value.text()


def test_a_project_moved_to_another_group_is_still_found_by_its_number(
    bot: GitLabForge, wanted: DesiredProject, latihan: ForgeLatihan
) -> None:
    applied = apply(bot, wanted, plan_of(bot, wanted))
    other = bot.create_group("terapkan/pindahan", "Pindahan")
    latihan.ok("PUT", f"/projects/{applied.project_id}/transfer", {"namespace": other})

    plan = diff(wanted, read_state(bot, wanted, project_id=applied.project_id))

    assert plan.changes == ()
    assert plan.notes[0].startswith("proyek sudah dipindah ke terapkan/pindahan/")


def test_a_step_recorded_later_closes_its_issue(
    bot: GitLabForge, wanted: DesiredProject, latihan: ForgeLatihan
) -> None:
    apply(bot, wanted, plan_of(bot, wanted))
    project = f"/projects/{enc(wanted.full_path)}"
    body = latihan.ok("GET", f"{project}/issues/2")["description"].replace(
        "- [ ] kelengkapan", "- [x] kelengkapan"
    )
    latihan.ok(
        "PUT", f"{project}/issues/2", {"description": body, "labels": "tahap::kajian,peran::subkoor-pa,bug"}
    )
    step = replace(
        wanted.issues[1], closed=True, body=wanted.issues[1].body.replace("menurut SOP", "selesai")
    )
    later = replace(wanted, issues=(wanted.issues[0], step, *wanted.issues[2:]))

    apply(bot, later, plan_of(bot, later))

    issue = latihan.ok("GET", f"{project}/issues/2")
    assert issue["state"] == "closed"
    assert "- [x] kelengkapan 2" in issue["description"]
    assert "bug" in issue["labels"]
