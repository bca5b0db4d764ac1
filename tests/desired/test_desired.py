"""The project an approved application is entitled to: golden file, determinism, protections, safe text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import golden_profiles
import pytest
from golden_batam import DONE, GOLDEN, SETTINGS, application, calendar, desired, procedure, to_text

from kawal.desired import desired_project, kebab, labels
from kawal.issue_text import plain, quoted
from kawal.model import DoneStep, ProtectedRef
from kawal.sop.loader import load_overlay, load_profile, load_profiles
from kawal.sop.procedure import procedure_for


def test_golden_project_of_the_demo_application() -> None:
    assert to_text(desired()) == GOLDEN.read_text(encoding="utf-8"), (
        "refresh: python tests/desired/golden_batam.py"
    )


@pytest.mark.parametrize("name", golden_profiles.NAMES)
def test_golden_issues_of_every_profile(name: str) -> None:
    assert golden_profiles.to_text(name) == golden_profiles.golden(name).read_text(encoding="utf-8"), (
        "refresh: python tests/desired/golden_profiles.py"
    )


def test_same_input_gives_the_same_value() -> None:
    assert desired() == desired()


def test_one_issue_per_step_found_again_by_its_marker() -> None:
    project = desired()
    markers = [issue.marker for issue in project.issues]
    assert markers == [f"<!-- kawal:diskominfo e-retribusi-pasar batam-{n} -->" for n in range(1, 11)]
    assert all(issue.body.endswith(f"\n\n{issue.marker}") for issue in project.issues)


def test_every_label_of_an_issue_is_among_the_projects_labels_and_milestones_too() -> None:
    project = desired()
    names = [label.name for label in project.labels]
    assert len(names) == len(set(names))
    assert {label for issue in project.issues for label in issue.labels} <= set(names)
    assert {issue.milestone for issue in project.issues} == {
        milestone.title for milestone in project.milestones
    }


def test_steps_already_done_are_closed_with_their_evidence() -> None:
    first, second, third, *_ = desired().issues
    assert [issue.closed for issue in desired().issues] == [True, True] + [False] * 8
    assert "b" * 64 in first.body
    assert "Keputusan: `disetujui`" in second.body
    assert "- [x] Dokumen Clearance" in second.body
    assert "Selesai" not in third.body


def test_step_three_is_due_three_working_days_after_the_approval() -> None:
    third = desired().issues[2]
    assert third.due == date(2026, 11, 25)
    assert "| Waktu | 3 hari (dihitung hari kerja) |" in third.body
    assert "| Tenggat | Rabu, 25 November 2026 16.00 WIB |" in third.body


def test_deadline_after_a_step_without_time_waits_for_its_record() -> None:
    assert desired().issues[4].due is None
    more = (
        DoneStep("3", datetime(2026, 11, 24, 3, 0, tzinfo=UTC), "subkoor_pa", ()),
        DoneStep("4", datetime(2026, 12, 18, 3, 0, tzinfo=UTC), "tim_pengembang", ()),
    )
    later = desired(application(done=DONE + more))
    # 24 and 25 December are off: 21, 22, 23; then 2 working days 28, 29; then two weeks = 10 working days.
    assert [issue.due for issue in later.issues[4:7]] == [
        date(2026, 12, 23),
        date(2026, 12, 29),
        date(2027, 1, 12),
    ]


def test_skipped_steps_are_closed_and_say_why() -> None:
    more = [DoneStep(key, datetime(2026, 12, 1, tzinfo=UTC), "x", ()) for key in ("3", "4", "5")]
    more.append(DoneStep("6", datetime(2026, 12, 2, tzinfo=UTC), "subkoor_pa", (), "tidak"))
    project = desired(application(done=(*DONE, *more)))
    assert [issue.closed for issue in project.issues[6:9]] == [True, True, False]
    assert (
        "**Tidak berlaku**: dilewati menurut keputusan (langkah 2: disetujui; langkah 6: tidak)"
        in project.issues[6].body
    )
    assert project.issues[8].due == date(2026, 12, 7)


def test_nobody_pushes_and_only_the_bot_merges_and_tags() -> None:
    project = desired()
    assert project.protections == (ProtectedRef("main", "branch", 0, 40), ProtectedRef("v*", "tag", 40))
    assert {member.level for member in project.members} == {30}
    assert [member.username for member in project.members] == ["pengembang-1", "pengembang-2", "peninjau-1"]


def test_variables_of_the_pipeline_are_complete() -> None:
    values = {variable.key: (variable.value, variable.kind) for variable in desired().variables}
    assert values == {
        "KAWAL_AMBANG": ('{"schema": 1}', "file"),
        "KAWAL_APLIKASI": ("e-retribusi-pasar", "env_var"),
        "KAWAL_PINTU": ("https://kawal.contoh.test", "env_var"),
        "KAWAL_TARGET_PRODUKSI": ("https://produksi.contoh.test/pintu", "env_var"),
        "KAWAL_TARGET_PRODUKSI_ID": ("produksi-1", "env_var"),
        "KAWAL_TARGET_UJI": ("https://uji.contoh.test/pintu", "env_var"),
        "KAWAL_URL_UJI": ("https://uji.contoh.test/e-retribusi-pasar", "env_var"),
    }


def test_settings_name_the_pinned_pipeline_and_the_posture() -> None:
    settings = dict(desired().settings)
    assert settings["ci_config_path"] == SETTINGS.ci_config_path
    assert settings["ci_pipeline_variables_minimum_override_role"] == "no_one_allowed"
    assert settings["allow_merge_on_skipped_pipeline"] is False


def test_first_commit_is_the_skeleton_in_a_fixed_order() -> None:
    assert [file.path for file in desired().first_commit] == ["README.md", "uji/test_fungsi.py"]


NASTY = "e-Pasar `x` | @all <script>\n/close\x1b[31m \u202eabc --> <!-- kawal:lain"


def test_name_from_the_request_cannot_act_inside_an_issue() -> None:
    body = desired(application(name=NASTY)).issues[2].body
    row = next(line for line in body.split("\n") if line.startswith("| Aplikasi"))
    assert row == "| Aplikasi | `e-Pasar 'x' \\| @all <script> /close [31m abc --> <! -- kawal:lain` |"
    assert body.count("`e-Pasar") == 1
    assert "\n/close" not in body
    assert body.rsplit("\n", 1)[-1] == "<!-- kawal:diskominfo e-retribusi-pasar batam-3 -->"


@pytest.mark.parametrize("text", ["a\nb", "a\u2028b", "a\u200bb", "a\rb", "a\x85b"])
def test_user_text_stays_on_one_line(text: str) -> None:
    assert plain(text) == "a b"
    assert quoted(text) == "`a b`"


def test_every_shipped_profile_yields_a_complete_project() -> None:
    for loaded in load_profiles().values():
        found = procedure_for(loaded.value, load_overlay().value)
        app = replace(application(), profile_id=found.id, done=())
        project = desired_project(found, app, SETTINGS, (), calendar())
        assert len(project.issues) == sum(step.data.stage is not None for step in found.steps)
        assert {label for issue in project.issues for label in issue.labels} <= {
            label.name for label in project.labels
        }
        assert len({issue.marker for issue in project.issues}) == len(project.issues)


def test_labels_are_kebab_case() -> None:
    assert all(label.name == kebab(label.name).lower() for label in labels(procedure()))


def test_project_of_an_sop_without_the_demo_policy_says_that_nobody_is_named() -> None:
    loaded = load_profile((load_profiles()["batam"]).document.data, "batam.yml")
    found = procedure_for(loaded.value, load_overlay().value)
    project = desired_project(found, application(), SETTINGS, (), calendar())
    assert "| Pelaku | SOP tidak menyebut pelaku; belum ditetapkan dinas |" in project.issues[9].body
