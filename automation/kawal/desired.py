"""Decide what a project should look like. Knows nothing about how a forge writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from kawal.issue_text import marker, plain, printed_number, step_body, step_title
from kawal.model import (
    WANTED_SETTINGS,
    Application,
    DesiredProject,
    EnvironmentWanted,
    FileWanted,
    HookWanted,
    Issue,
    Label,
    MemberWanted,
    Milestone,
    ProtectedRef,
    StepKey,
    Variable,
)
from kawal.sop.clock import Calendar, Deadline, due
from kawal.sop.fields import STAGES
from kawal.sop.procedure import Procedure, ProcStep
from kawal.sop.recurring import Round, rounds
from kawal.sop.workflow import State, state_of
from kawal.staged import is_tight, staged

DEVELOPER, MAINTAINER, NOBODY = 30, 40, 0

COLOURS = {"tahap": "#1f75cb", "langkah": "#6699cc", "uji": "#6e49cb", "peran": "#8fbc8f"}
GATE_LABELS = (
    Label(
        "gerbang::terkunci", "#c0392b", "Rilis produksi terkunci; hanya tampilan, tidak pernah dibaca kawal"
    ),
    Label("gerbang::terbuka", "#108548", "Rilis produksi terbuka; hanya tampilan, tidak pernah dibaca kawal"),
)

SETTINGS: tuple[tuple[str, str | bool], ...] = (
    *WANTED_SETTINGS,
    ("merge_method", "merge"),
    ("remove_source_branch_after_merge", True),
    ("squash_option", "never"),  # keeps the reviewed head a parent of the merge
    ("visibility", "private"),
)
"""What the posture of a release wants, and what only the making of the project decides."""

HOOK_EVENTS = ("merge_requests_events", "pipeline_events", "push_events", "tag_push_events")


@dataclass(frozen=True)
class ProvisionSettings:
    """What the installation decides for all its projects. `{aplikasi}` in an address stands for the application id."""

    instance: str
    group: str
    """Group under which each Perangkat Daerah has its own."""
    ci_config_path: str
    """`gitlab/kawal.yml@<pa project>:<40-hex commit>` (docs/formats.md §7)."""
    door_url: str
    test_target_url: str
    test_app_url: str
    production_target_url: str
    production_target_id: str
    hook_url: str | None
    default_branch: str = "main"
    release_tag: str = "v*"
    held_environments: tuple[str, ...] = ()
    """Environments that only a release tag may be deployed to, where the forge knows such a rule."""
    creations_an_hour: int | None = None
    """What the forge takes of issues, labels and milestones; None = as many as one likes."""


def desired_project(
    procedure: Procedure,
    app: Application,
    settings: ProvisionSettings,
    skeleton: Sequence[FileWanted],
    calendar: Calendar,
    today: date | None = None,
) -> DesiredProject:
    """The project an approved application is entitled to under its procedure.

    Depends on recorded times only: a second run gives the same value. `today` opens what recurs (an evaluation that
    is due again); without it only recorded rounds are wanted.
    """
    state = state_of(procedure, app.done)
    deadlines = planned_deadlines(procedure, app, state, calendar)
    of_step = {
        step.key: _issue(procedure, step, app, settings, state, deadlines) for step in _tracked(procedure)
    }
    whole = DesiredProject(
        app_id=app.app_id,
        instance=settings.instance,
        group_path=f"{settings.group}/{app.agency_slug}",
        group_name=plain(app.agency),
        path=app.app_id,
        name=plain(app.name),
        description=_description(procedure, app),
        default_branch=settings.default_branch,
        first_commit=tuple(sorted(skeleton, key=lambda file: file.path)),
        first_commit_message=f"Kerangka awal dari kawal untuk {app.app_id}",
        labels=labels(procedure),
        milestones=_milestones(procedure, deadlines),
        issues=(
            *of_step.values(),
            *(
                _evaluation(procedure, one, app, settings)
                for one in rounds(procedure, app.done, calendar)
                if one.done or (today and one.is_open(today))
            ),
        ),
        # Before members join: nobody pushes, and only the bot (40) merges and makes release tags.
        protections=(
            ProtectedRef(settings.default_branch, "branch", NOBODY, MAINTAINER),
            ProtectedRef(settings.release_tag, "tag", MAINTAINER),
        ),
        members=tuple(MemberWanted(name, DEVELOPER) for name in sorted({*app.developers, *app.reviewers})),
        variables=_variables(app, settings),
        hooks=(HookWanted(settings.hook_url, HOOK_EVENTS),) if settings.hook_url else (),
        settings=tuple(sorted((*SETTINGS, ("ci_config_path", settings.ci_config_path)))),
        environments=tuple(
            EnvironmentWanted(name, settings.release_tag) for name in settings.held_environments
        ),
    )
    if not is_tight(whole, settings.creations_an_hour):
        return whole
    return staged(whole, procedure, app, state, of_step, frozenset(one.name for one in GATE_LABELS))


def step_label(procedure: Procedure, step: ProcStep) -> str:
    return f"langkah::{step_key(procedure, step).lower()}"


def step_key(procedure: Procedure, step: ProcStep) -> str:
    """The key of a step in the whole instance, e.g. `<profile>-9`; used in markers and labels."""
    return f"{procedure.id}-{step.key}"


def kebab(identifier: str) -> str:
    return identifier.replace("_", "-")


def labels(procedure: Procedure) -> tuple[Label, ...]:
    """All labels of a procedure, each once, in a fixed order."""
    used = {step.data.stage for step in procedure.steps}
    roles = dict.fromkeys(role for step in procedure.steps for role in step.roles)
    kinds = dict.fromkeys(
        [*(test.kind for test in procedure.tests), *(["uat"] if procedure.signoff("uat") else [])]
    )
    found = [
        *(Label(f"tahap::{s}", COLOURS["tahap"], procedure.stages[s]) for s in STAGES if s in used),
        *(
            Label(step_label(procedure, step), COLOURS["langkah"], plain(step.data.short))
            for step in _tracked(procedure)
        ),
        *(Label(f"uji::{kebab(kind)}", COLOURS["uji"], _test_term(procedure, kind)) for kind in kinds),
        *(Label(f"peran::{kebab(role)}", COLOURS["peran"], plain(procedure.roles[role])) for role in roles),
        *GATE_LABELS,
    ]
    return tuple(found)


def planned_deadlines(
    procedure: Procedure, app: Application, state: State, calendar: Calendar
) -> dict[StepKey, Deadline]:
    """Deadline per step, as far as recorded times and the SOP's durations carry.

    A step starts when the step before it was done, or else when that one is due. Where the SOP gives no time
    ("sesuai jadwal") the chain stops until that step is recorded.
    """
    found: dict[StepKey, Deadline] = {}
    for index, step in enumerate(procedure.steps):
        if state.status[step.key] == "tidak_berlaku" or step.data.duration is None:
            continue
        start = app.requested_at if index == 0 else _end_of(state.predecessor.get(step.key), state, found)
        if start is None and step.key == procedure.profile.trigger.step:
            start = app.approved_at
        if start is not None and (deadline := due(start, step.data.duration, calendar)):
            found[step.key] = deadline
    return found


def _end_of(key: StepKey | None, state: State, deadlines: dict[StepKey, Deadline]) -> datetime | None:
    if key is None:
        return None
    if key in state.done:
        return state.done[key].done_at
    return deadlines[key].at.astimezone(UTC) if key in deadlines else None


def _tracked(procedure: Procedure) -> tuple[ProcStep, ...]:
    """Steps that get an issue; a printed closing line without an activity gets none."""
    return tuple(step for step in procedure.steps if step.data.stage)


def _description(procedure: Procedure, app: Application) -> str:
    letter = (
        f"{procedure.profile.letter.name} {app.letter_number}" if app.letter_number else "belum disetujui"
    )
    return plain(f"{app.name} ({app.agency}). {procedure.profile.sop.phrase}; {letter}", limit=500)


def _milestones(procedure: Procedure, deadlines: dict[StepKey, Deadline]) -> tuple[Milestone, ...]:
    """One per stage in use. Due when its last step is, if every step of the stage has a deadline."""
    found = []
    for stage in STAGES:
        steps = [step for step in procedure.steps if step.data.stage == stage]
        if steps:
            days = [deadlines[step.key].at.date() for step in steps if step.key in deadlines]
            cycle = procedure.cycle.get(stage)
            description = f"Tahap siklus: {cycle.replace('-', ' ')}" if cycle else "Di luar siklus nasional"
            last: date | None = max(days) if len(days) == len(steps) else None
            found.append(Milestone(procedure.stages[stage], description, last))
    return tuple(found)


def _issue(
    procedure: Procedure,
    step: ProcStep,
    app: Application,
    settings: ProvisionSettings,
    state: State,
    deadlines: dict[StepKey, Deadline],
) -> Issue:
    done = state.done.get(step.key)
    deadline = deadlines.get(step.key)
    mark = marker(settings.instance, app.app_id, step_key(procedure, step))
    skipped = _why_skipped(procedure, state) if state.status[step.key] == "tidak_berlaku" else None
    stage = str(step.data.stage)
    return Issue(
        marker=mark,
        title=step_title(step),
        body=step_body(
            procedure, step, app, deadline=deadline, done=done, skipped_because=skipped, mark=mark
        ),
        labels=tuple(
            sorted(
                {
                    f"tahap::{stage}",
                    step_label(procedure, step),
                    *(f"peran::{kebab(role)}" for role in step.roles),
                    *(f"uji::{kebab(test.kind)}" for test in procedure.tests if test.step == step.key),
                    *(
                        f"uji::{kebab(s.kind)}"
                        for s in procedure.signoffs
                        if s.step == step.key and s.kind == "uat"
                    ),
                }
            )
        ),
        milestone=procedure.stages[stage],
        due=deadline.at.date() if deadline else None,
        closed=done is not None or skipped is not None,
    )


def _evaluation(procedure: Procedure, one: Round, app: Application, settings: ProvisionSettings) -> Issue:
    """The issue of a later round of a recurring step."""
    mark = marker(settings.instance, app.app_id, f"{procedure.id}-{one.key}")
    stage = str(one.step.data.stage)
    return Issue(
        marker=mark,
        title=f"{one.title}: {one.step.data.short}",
        body=step_body(
            procedure,
            one.step,
            app,
            deadline=one.deadline,
            done=one.done,
            skipped_because=None,
            mark=mark,
            every=one.deadline.phrase,
        ),
        labels=tuple(
            sorted(
                {
                    f"tahap::{stage}",
                    step_label(procedure, one.step),
                    *(f"peran::{kebab(role)}" for role in one.step.roles),
                }
            )
        ),
        milestone=procedure.stages[stage],
        due=one.deadline.at.date(),
        closed=one.done is not None,
    )


def _why_skipped(procedure: Procedure, state: State) -> str:
    if state.ended:
        return f"alur sudah {state.ended}"
    decided = [
        f"langkah {printed_number(procedure.steps[procedure.index(key)])}: {record.decision}"
        for key, record in state.done.items()
        if record.decision
    ]
    return f"dilewati menurut keputusan ({'; '.join(decided)})"


def _variables(app: Application, settings: ProvisionSettings) -> tuple[Variable, ...]:
    """Project variables of docs/formats.md §7. No secret among them; developers cannot change them."""

    def address(url: str) -> str:
        return url.replace("{aplikasi}", app.app_id)

    return (
        Variable("KAWAL_AMBANG", app.thresholds, "file"),
        Variable("KAWAL_APLIKASI", app.app_id),
        Variable("KAWAL_PINTU", address(settings.door_url)),
        Variable("KAWAL_TARGET_PRODUKSI", address(settings.production_target_url)),
        Variable("KAWAL_TARGET_PRODUKSI_ID", settings.production_target_id),
        Variable("KAWAL_TARGET_UJI", address(settings.test_target_url)),
        Variable("KAWAL_URL_UJI", address(settings.test_app_url)),
    )


def _test_term(procedure: Procedure, kind: str) -> str:
    return next(
        (plain(test.term) for test in procedure.tests if test.kind == kind), "uji penerimaan pengguna (UAT)"
    )
