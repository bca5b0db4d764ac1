"""Applies a plan: checks every change before the first write, then writes in the plan's order. Safe to repeat after any crash."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from kawal.errors import InputError, TemporaryError
from kawal.forges.port import Forge, NotPossibleHere
from kawal.model import DesiredProject
from kawal.reconcile.plan import Change, Plan, open_changes, plan_id
from kawal.reconcile.read import read_state
from kawal.reconcile.state import RemoteState
from kawal.reconcile.views import (
    CLOSED,
    description_with_mark,
    issues_by_marker,
    keep_ticks,
    kept_labels,
)

Progress = Callable[[int, int, Change], None]
"""(number of this change, changes to make, the change); called before each change."""

SETTINGS = ("setelan", "setelan-gabung", "pipeline")


@dataclass(frozen=True)
class Applied:
    """What happened: `made` changes written now, `already` changes that were there."""

    project_id: int
    plan_id: str
    made: int
    already: int


class ApplyInterrupted(KeyboardInterrupt):
    """Ctrl-C while applying: the same KeyboardInterrupt, with what a person needs to go on."""

    def __init__(self, plan: str, done: int, total: int) -> None:
        self.plan, self.done, self.total = plan, done, total
        super().__init__(self.text())
        self.add_note(self.text())  # the command line prints the note of whatever stopped it

    def text(self) -> str:
        return f"Dihentikan: {self.done} dari {self.total} perubahan sudah dibuat. Untuk melanjutkan: kawal terapkan {self.plan}"


def apply_plan(
    forge: Forge,
    desired: DesiredProject,
    plan: Plan,
    *,
    hook_token: str = "",
    project_id: int | None = None,
    progress: Progress | None = None,
) -> Applied:
    """Makes what is left of `plan`.

    Raises NewPlanError before any write when the forge or `desired` changed; TemporaryError and ApplyInterrupted with counts:
    the same call goes on where it stopped.
    """
    forge.read_anew()
    have = read_state(forge, desired, project_id=project_id)
    todo = open_changes(plan, desired, have)
    already = len(plan.changes) - len(todo)
    name = plan_id(plan.hash)
    writer = _Writer(forge, desired, have, hook_token)
    done = 0
    try:
        for batch in _batches(todo):
            if progress:
                progress(already + done + 1, len(plan.changes), batch[0])
            writer.write(batch)
            done += len(batch)
    except KeyboardInterrupt:
        raise ApplyInterrupted(name, already + done, len(plan.changes)) from None
    except TemporaryError as error:
        raise TemporaryError(
            error.code,
            f"{error.what}; {already + done} dari {len(plan.changes)} perubahan sudah dibuat",
            found=error.found,
            needed=error.needed,
            next_step=f"ulangi perintah yang sama: kawal terapkan {name}",
        ) from error
    return Applied(writer.project_id, name, done, already)


def _batches(changes: tuple[Change, ...]) -> list[list[Change]]:
    """Settings next to each other are one write; everything else is one write per change."""
    batches: list[list[Change]] = []
    for change in changes:
        if change.kind in SETTINGS and batches and batches[-1][-1].kind in SETTINGS:
            batches[-1].append(change)
        else:
            batches.append([change])
    return batches


class _Writer:
    """Knows for each kind of change which write of the port makes it."""

    def __init__(self, forge: Forge, desired: DesiredProject, have: RemoteState, hook_token: str) -> None:
        self._forge = forge
        self._desired = desired
        self._hook_token = hook_token
        self._project = have.project.id if have.project else None
        self._preparing = have.preparing
        self._milestones = {milestone.title: milestone.id for milestone in have.milestones}
        self._issues = issues_by_marker(have)
        self._iids = {marker: issue.iid for marker, issue in self._issues.items()}

    @property
    def project_id(self) -> int:
        if self._project is None:
            raise InputError(
                "FORGE-013", "Rencana tidak membuat proyeknya lebih dulu", next_step="kawal rencana"
            )
        return self._project

    def write(self, batch: list[Change]) -> None:
        change = batch[0]
        if change.kind in SETTINGS:
            wanted = dict(self._desired.settings)
            self._forge.update_project(self.project_id, {c.key: wanted[c.key] for c in batch})
            return
        {
            "grup": self._group,
            "proyek": self._write_project,
            "commit": self._commit,
            "label": self._label,
            "tonggak": self._milestone,
            "isu": self._issue,
            "keadaan-isu": self._issue_state,
            "lingkungan": self._environment,
            "perlindungan": self._protection,
            "anggota": self._member,
            "variabel": self._variable,
            "webhook": self._hook,
            "penyiapan": self._ready,
        }[change.kind](change)

    def _group(self, change: Change) -> None:
        last = change.key == self._desired.group_path
        self._forge.create_group(
            change.key, self._desired.group_name if last else change.key.rsplit("/", 1)[-1]
        )

    def _write_project(self, change: Change) -> None:
        d = self._desired
        if change.op == "~":
            text = description_with_mark(d, preparing=self._preparing)
            self._forge.update_project(self.project_id, {"name": d.name, "description": text})
            return
        group = self._forge.group_id(d.group_path)
        if group is None:
            raise InputError(
                "FORGE-004", f"Grup {d.group_path} tidak terlihat setelah dibuat", next_step="kawal dokter"
            )
        first = {key: value for key, value in d.settings if key == "visibility"}
        text = description_with_mark(d, preparing=True)
        self._project = self._forge.create_project(group, d.path, d.name, text, first).id

    def _commit(self, change: Change) -> None:
        d = self._desired
        self._forge.commit_files(self.project_id, change.key, d.first_commit_message, d.first_commit)

    def _label(self, change: Change) -> None:
        label = next(label for label in self._desired.labels if label.name == change.key)
        write = self._forge.create_label if change.op == "+" else self._forge.update_label
        write(self.project_id, label.name, label.colour, label.description)

    def _milestone(self, change: Change) -> None:
        wanted = next(m for m in self._desired.milestones if m.title == change.key)
        if change.op == "+":
            made = self._forge.create_milestone(self.project_id, wanted.title, wanted.description, wanted.due)
            self._milestones[wanted.title] = made
        else:
            id_ = self._milestones[wanted.title]
            self._forge.update_milestone(self.project_id, id_, wanted.description, wanted.due)

    def _issue(self, change: Change) -> None:
        wanted = next(issue for issue in self._desired.issues if issue.marker == change.key)
        milestone = self._milestones[wanted.milestone] if wanted.milestone else None
        if change.op == "+":
            self._iids[wanted.marker] = self._forge.create_issue(
                self.project_id, wanted.title, wanted.body, wanted.labels, milestone, wanted.due
            )
            return
        present = self._issues[wanted.marker]
        self._forge.update_issue(
            self.project_id,
            present.iid,
            title=wanted.title,
            body=keep_ticks(wanted.body, present.body),
            labels=kept_labels(self._desired, wanted, present),
            milestone_id=milestone,
            due=wanted.due,
        )

    def _issue_state(self, change: Change) -> None:
        self._forge.update_issue(self.project_id, self._iids[change.key], closed=change.after == CLOSED)

    def _protection(self, change: Change) -> None:
        kind, pattern = change.key.split(" ", 1)
        wanted = next(
            ref
            for ref in self._desired.protections
            if ref.pattern == pattern and ref.kind == ("branch" if kind == "cabang" else "tag")
        )
        # A new project on a plan without protections: the next plan names it among what cannot be set.
        with contextlib.suppress(NotPossibleHere):
            self._forge.protect(self.project_id, wanted)

    def _environment(self, change: Change) -> None:
        wanted = next(one for one in self._desired.environments if one.name == change.key)
        with contextlib.suppress(NotPossibleHere):  # as for protections
            self._forge.hold_environment(self.project_id, wanted.name, wanted.tag_pattern)

    def _member(self, change: Change) -> None:
        wanted = next(member for member in self._desired.members if member.username.lower() == change.key)
        self._forge.set_member(self.project_id, wanted.username, wanted.level)

    def _variable(self, change: Change) -> None:
        wanted = next(variable for variable in self._desired.variables if variable.key == change.key)
        self._forge.set_variable(self.project_id, wanted)

    def _hook(self, change: Change) -> None:
        wanted = next(hook for hook in self._desired.hooks if hook.url == change.key)
        self._forge.set_hook(self.project_id, wanted, token=self._hook_token)

    def _ready(self, _change: Change) -> None:
        text = description_with_mark(self._desired, preparing=False)
        self._forge.update_project(self.project_id, {"description": text})
