"""Who changed the labels of the issues that a plan sets right: the forge remembers it, and the plan says it among its notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kawal.errors import KawalError
from kawal.forges.port import ReadForge
from kawal.reconcile.plan import Change, Plan
from kawal.reconcile.state import RemoteState
from kawal.reconcile.views import issues_by_marker

ISSUES = 5
"""A call for each issue: so many are asked about, the rest are only counted as changes."""


def with_culprits(forge: ReadForge, plan: Plan, have: RemoteState) -> Plan:
    """`plan` with a note for each issue whose labels somebody else changed. Notes are no part of its hash."""
    touched = [(change.key, *labels) for change in plan.changes if (labels := _labels(change))][:ISSUES]
    notes = [note for one in touched for note in _notes(forge, have, *one)]
    return replace(plan, notes=(*plan.notes, *notes)) if notes else plan


def _labels(change: Change) -> tuple[frozenset[str], frozenset[str]] | None:
    """(labels that are missing, labels too many) of an issue whose labels the plan changes."""
    before, after = change.before, change.after
    if change.kind != "isu" or not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return None
    have, want = frozenset(before["label"]), frozenset(after["label"])
    return (want - have, have - want) if have != want else None


def _notes(
    forge: ReadForge, have: RemoteState, marker: str, missing: frozenset[str], extra: frozenset[str]
) -> Iterator[str]:
    issue = issues_by_marker(have).get(marker)
    if issue is None or have.project is None:
        return
    try:
        bot = forge.info().bot_user_id
        events = forge.label_events(have.project.id, issue.iid)
    except KawalError:
        return  # it only tells more of what the plan says anyhow
    for event in {one.label: one for one in events}.values():  # the last word on each label
        tampered = event.label in (extra if event.added else missing)
        if tampered and event.user_id != bot:
            done = "dipasang" if event.added else "dilepas"
            yield f"label '{event.label}' pada isu {issue.iid} {done} oleh {event.username or 'akun yang sudah dihapus'}"
