"""The plan as a pure value: what it says, in which order, and when an old one no longer fits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from contoh import desired

from kawal.errors import ConflictError, InputError
from kawal.forges.port import (
    Project,
    RemoteHook,
    RemoteIssue,
    RemoteLabel,
    RemoteMember,
    RemoteMilestone,
)
from kawal.model import DesiredProject, ProtectedRef
from kawal.reconcile.plan import NewPlanError, diff, open_changes, plan_from_json, plan_id, plan_to_json
from kawal.reconcile.show import headline, show_plan
from kawal.reconcile.state import RemoteState
from kawal.reconcile.views import description_with_mark, keep_ticks

NOTHING = RemoteState(groups=("aplikasi",))


def project(
    d: DesiredProject, *, preparing: bool, settings: dict[str, str | bool | int | None] | None = None
) -> Project:
    return Project(
        id=7,
        full_path=d.full_path,
        name=d.name,
        description=description_with_mark(d, preparing=preparing),
        default_branch=d.default_branch,
        empty=False,
        web_url="https://git.example/p",
        http_url="https://git.example/p.git",
        settings=dict(d.settings) if settings is None else settings,
    )


def complete(d: DesiredProject) -> RemoteState:
    """The state after everything in `d` was made."""
    ids = {milestone.title: number for number, milestone in enumerate(d.milestones, start=1)}
    return RemoteState(
        groups=("aplikasi", "aplikasi/disdag"),
        project=project(d, preparing=False),
        labels=tuple(RemoteLabel(x.name, x.colour.lower(), x.description) for x in d.labels),
        milestones=tuple(RemoteMilestone(ids[x.title], x.title, x.description, x.due) for x in d.milestones),
        issues=tuple(
            RemoteIssue(
                n, x.title, x.body, x.labels, ids[x.milestone] if x.milestone else None, x.due, x.closed
            )
            for n, x in enumerate(d.issues, start=1)
        ),
        members=tuple(
            RemoteMember(n, x.username.upper(), x.level) for n, x in enumerate(d.members, start=10)
        ),
        protections=d.protections,
        variables=d.variables,
        hooks=tuple(RemoteHook(n, x.url, x.events) for n, x in enumerate(d.hooks, start=1)),
    )


def test_an_application_without_a_project_gets_only_additions_in_the_safe_order() -> None:
    plan = diff(desired(), NOTHING)
    kinds = list(dict.fromkeys(change.kind for change in plan.changes))

    assert plan.only_adds
    assert kinds == [
        "grup", "proyek", "setelan", "commit", "label", "tonggak", "isu", "keadaan-isu",
        "perlindungan", "anggota", "variabel", "setelan-gabung", "pipeline", "webhook", "penyiapan",
    ]  # fmt: skip
    assert [change.key for change in plan.changes if change.kind == "grup"] == ["aplikasi/disdag"]
    assert [change.key for change in plan.changes if change.kind == "keadaan-isu"] == [
        desired().issues[0].marker
    ]


def test_a_complete_project_needs_nothing() -> None:
    plan = diff(desired(), complete(desired()))

    assert plan.changes == ()
    assert show_plan(plan) == "Tidak ada perubahan: keadaan di forge sudah sesuai."


def test_one_changed_label_is_the_only_change_and_waits_for_a_person() -> None:
    have = complete(desired())
    labels = (replace(have.labels[0], colour="#ff0000"), *have.labels[1:])
    plan = diff(desired(), replace(have, labels=labels))

    assert not plan.only_adds
    assert show_plan(plan).splitlines() == [
        "~ label          tahap::kajian: warna #ff0000 -> #428bca",
        "Ringkasan: 0 dibuat, 1 diubah, 0 dihapus.",
    ]
    assert "jadi menunggu Anda" in headline(plan)


def test_ticked_boxes_and_labels_of_the_team_are_not_differences() -> None:
    have = complete(desired())
    worked_on = replace(
        have.issues[1],
        body=have.issues[1].body.replace("- [ ]", "- [x]"),
        labels=(*have.issues[1].labels, "bug"),
    )

    assert diff(desired(), replace(have, issues=(have.issues[0], worked_on, *have.issues[2:]))).changes == ()


def test_a_changed_issue_keeps_the_boxes_people_ticked() -> None:
    wanted = "Teks baru\n\n- [ ] satu\n- [ ] dua"

    assert keep_ticks(wanted, "Teks lama\n\n- [x] satu\n- [ ] dua") == "Teks baru\n\n- [x] satu\n- [ ] dua"


def test_settings_the_forge_chose_by_itself_are_additions_until_the_project_is_ready() -> None:
    d = desired()
    by_forge = ProtectedRef("main", "branch", 40, 40)
    have = replace(
        complete(d),
        project=project(d, preparing=True, settings={**dict(d.settings), "public_jobs": True}),
        protections=(by_forge, d.protections[1]),
    )

    while_preparing = diff(d, have)
    assert [(c.op, c.kind, c.key) for c in while_preparing.changes] == [
        ("+", "setelan", "public_jobs"),
        ("+", "perlindungan", "cabang main"),
        ("+", "penyiapan", d.full_path),
    ]
    later = diff(
        d,
        replace(
            have, project=project(d, preparing=False, settings={**dict(d.settings), "public_jobs": True})
        ),
    )
    assert [(c.op, c.key) for c in later.changes] == [("~", "public_jobs"), ("~", "cabang main")]


def test_another_project_at_that_path_is_never_adopted() -> None:
    have = replace(
        complete(desired()), project=replace(project(desired(), preparing=False), description="milik lain")
    )

    with pytest.raises(ConflictError, match="bukan milik aplikasi ini"):
        diff(desired(), have)


def test_what_people_added_is_left_alone_and_counted() -> None:
    have = complete(desired())
    more = replace(
        have,
        labels=(*have.labels, RemoteLabel("bug", "#ff0000", "")),
        issues=(*have.issues, RemoteIssue(9, "Galat", "teks", (), None, None, closed=False)),
        members=(*have.members, RemoteMember(99, "citra", 30)),
    )
    plan = diff(desired(), more)

    assert plan.changes == ()
    assert plan.notes == ("dibiarkan apa adanya: 1 label, 1 anggota, 1 isu yang tidak diatur kawal",)


def test_the_hash_depends_on_every_change_and_survives_storing() -> None:
    plan = diff(desired(), NOTHING)
    other = diff(replace(desired(), name="Lain"), NOTHING)
    stored = json.loads(json.dumps(plan_to_json(plan)))

    assert plan.hash != other.hash
    assert plan_from_json(stored) == plan
    assert plan_id(plan.hash) == plan.hash[:4]
    assert plan_id("abcdef", ["abcd00"]) == "abcde"
    stored["perubahan"][0]["kunci"] = "lain"
    with pytest.raises(InputError, match="berubah setelah disimpan"):
        plan_from_json(stored)


def test_what_is_already_there_is_skipped_when_a_stored_plan_goes_on() -> None:
    d = desired()
    plan = diff(d, NOTHING)
    half = replace(complete(d), project=project(d, preparing=True), hooks=(), variables=())

    assert [change.kind for change in open_changes(plan, d, half)] == [
        "variabel",
        "variabel",
        "webhook",
        "penyiapan",
    ]


def test_a_plan_whose_ground_moved_is_refused_with_the_new_one() -> None:
    d = desired()
    have = complete(d)
    red = replace(have, labels=(replace(have.labels[0], colour="#ff0000"), *have.labels[1:]))
    green = replace(have, labels=(replace(have.labels[0], colour="#00ff00"), *have.labels[1:]))
    plan = diff(d, red)

    with pytest.raises(NewPlanError, match="tidak berlaku lagi") as caught:
        open_changes(plan, d, green)
    assert caught.value.plan == diff(d, green)
    with pytest.raises(NewPlanError):
        open_changes(plan, replace(d, labels=()), red)


def test_many_additions_of_a_kind_are_one_line_unless_asked_for() -> None:
    plan = diff(desired(), NOTHING)

    assert "+ isu            4 isu menurut langkah SOP" in show_plan(plan).splitlines()
    assert f"Ringkasan: {len(plan.changes)} dibuat, 0 diubah, 0 dihapus." in show_plan(plan)
    assert sum(line.startswith("+ isu ") for line in show_plan(plan, verbose=True).splitlines()) == 4
    assert "anggota        ani sebagai Developer" in show_plan(plan, verbose=True)


def test_a_due_date_moved_by_hand_is_shown_with_both_days() -> None:
    have = complete(desired())
    moved = replace(have.milestones[0], due=date(2027, 1, 1))
    plan = diff(desired(), replace(have, milestones=(moved, have.milestones[1])))

    assert "~ tonggak        Kajian: tenggat 2027-01-01 -> 2026-12-04" in show_plan(plan)
