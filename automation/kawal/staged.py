"""Issues stage by stage, where a forge takes few creations: what is made now, and what waits for its stage. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kawal.issue_text import marker, printed_number
from kawal.model import Application, DesiredProject, Issue, StepKey
from kawal.sop.procedure import Procedure
from kawal.sop.workflow import State

PROJECTS_AN_HOUR = 10
"""A forge that takes fewer whole projects than this in an hour is tight."""
OVERVIEW = (
    "Semua langkah {sop}. Isu satu tahap dibuat saat alur sampai di tahap itu, karena forge ini membatasi pembuatan isu. "
    "✔ selesai, ▶ terbuka, – tidak berlaku."
)
NOTE = "isu dibuat tahap demi tahap ({count} sekaligus terlalu banyak untuk batas forge ini); sekarang: {now}"
OVERVIEW = (
    "Semua langkah {sop}. Isu satu tahap dibuat saat alur sampai di tahap itu, karena forge ini membatasi pembuatan isu. "
    "✔ selesai, ▶ terbuka, – tidak berlaku."
)
NOTE = "isu dibuat tahap demi tahap ({count} sekaligus terlalu banyak untuk batas forge ini); sekarang: {now}"
MARKS = {"selesai": "✔", "sedang_berjalan": "▶", "tidak_berlaku": "–", "belum_mulai": "·"}


def is_tight(whole: DesiredProject, limit: int | None) -> bool:
    """Whether a forge that takes `limit` creations an hour (None: as many as one likes) is slow to fill such projects.

    The whole project is measured, not what is left of it: a project goes one way for its whole life.
    """
    return limit is not None and creations(whole) * PROJECTS_AN_HOUR > limit


def creations(project: DesiredProject) -> int:
    """Requests that make content: what GitHub.com counts for its limit of creations."""
    return len(project.labels) + len(project.milestones) + len(project.issues)


def staged(
    whole: DesiredProject,
    procedure: Procedure,
    app: Application,
    state: State,
    of_step: Mapping[StepKey, Issue],
    always: frozenset[str],
) -> DesiredProject:
    """`whole` with an overview and the issues of the stages that the flow came to since the project; the rest is named.

    `of_step` tells the issues of steps from others (evaluations), which stay; `always` are labels that no issue carries.
    A stage once reached stays, also after a way back.
    """
    since = procedure.index(procedure.profile.trigger.step)
    reached = {
        step.data.stage
        for index, step in enumerate(procedure.steps)
        if step.key in state.visited and index >= since
    }
    waiting = {
        issue.marker: step
        for index, step in enumerate(procedure.steps)
        if (issue := of_step.get(step.key)) and (index < since or step.data.stage not in reached)
    }
    later = dict.fromkeys(
        procedure.stages[str(step.data.stage)]
        for index, step in enumerate(procedure.steps)
        if index >= since and step.data.stage and step.data.stage not in reached
    )
    issues = (
        _overview(whole, procedure, app, state),
        *(one for one in whole.issues if one.marker not in waiting),
    )
    used = {name for issue in issues for name in issue.labels} | always
    now = dict.fromkeys(one.milestone for one in issues if one.milestone)
    note = NOTE.format(count=creations(whole), now=", ".join(now) or "-")
    return replace(
        whole,
        labels=tuple(label for label in whole.labels if label.name in used),
        milestones=tuple(one for one in whole.milestones if one.title in now),
        issues=issues,
        notes=(*whole.notes, f"{note}; nanti: {', '.join(later)}" if later else note),
    )


def _overview(whole: DesiredProject, procedure: Procedure, app: Application, state: State) -> Issue:
    """One issue for the whole way: every stage and step with its mark."""
    mark = marker(whole.instance, app.app_id, f"{procedure.id}-ikhtisar")
    parts = [OVERVIEW.format(sop=procedure.profile.sop.phrase)]
    stages = dict.fromkeys(str(step.data.stage) for step in procedure.steps if step.data.stage)
    for stage in stages:
        lines = [
            f"- {MARKS[state.status[step.key]]} Langkah {printed_number(step)}: {step.data.short}"
            for step in procedure.steps
            if step.data.stage == stage
        ]
        parts.append(f"**{procedure.stages[stage]}**\n\n" + "\n".join(lines))
    return Issue(
        marker=mark,
        title=f"Ikhtisar {procedure.profile.sop.phrase}",
        body="\n\n".join([*parts, mark]),
        labels=(),
        milestone=None,
        due=None,
        closed=state.ended is not None,
    )
