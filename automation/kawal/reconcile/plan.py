"""A plan is a value: ordered changes with a hash. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from kawal.errors import InputError, PlanOutdatedError
from kawal.model import DesiredProject
from kawal.reconcile.state import RemoteState
from kawal.reconcile.views import Item, Key, Value, issues_by_marker, possible, present_values, wanted_items

Op = Literal["+", "~", "-"]
SHORTEST_ID = 4


@dataclass(frozen=True)
class Change:
    """`before` None = it does not exist, or only as the forge's own default in a project that is being prepared."""

    kind: str
    op: Op
    key: str
    before: Value | None
    after: Value | None
    why: str

    @property
    def id(self) -> Key:
        return (self.kind, self.key)


@dataclass(frozen=True)
class Plan:
    """What `terapkan` would do to `project` (full path), in this order. Notes are not part of the hash."""

    project: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def only_adds(self) -> bool:
        """Then an approval applies it by itself; anything else waits for `terapkan HASH`."""
        return all(change.op == "+" for change in self.changes)

    @cached_property
    def hash(self) -> str:
        parts = {"project": self.project, "changes": [_change_json(change) for change in self.changes]}
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def count(self, op: Op) -> int:
        return sum(change.op == op for change in self.changes)


class NewPlanError(PlanOutdatedError):
    """The plan no longer fits; `plan` is the one that does."""

    def __init__(self, old: Plan, new: Plan, because: str) -> None:
        self.plan = new
        super().__init__(
            "FORGE-013",
            f"Rencana {plan_id(old.hash)} tidak berlaku lagi karena keadaan di forge berubah",
            found=because,
            needed="keadaan seperti saat rencana dibuat",
            next_step=f"periksa rencana yang baru, lalu: kawal terapkan {plan_id(new.hash)}",
        )


def plan_id(hash_: str, others: Iterable[str] = ()) -> str:
    """The shortest prefix of at least 4 hex digits that no other plan's hash has."""
    rest = [other for other in others if other != hash_]
    for length in range(SHORTEST_ID, len(hash_)):
        if not any(other.startswith(hash_[:length]) for other in rest):
            return hash_[:length]
    return hash_


def diff(desired: DesiredProject, have: RemoteState) -> Plan:
    """The changes that turn `have` into `desired`; nothing is ever removed, what is left alone is counted in the notes."""
    present = present_values(desired, have)
    wanted = [item for item in wanted_items(desired) if possible(item, have)]
    changes = tuple(
        Change(
            item.kind,
            "+" if item.id not in present else "~",
            item.key,
            present.get(item.id),
            item.value,
            item.why,
        )
        for item in wanted
        if present.get(item.id) != item.value
    )
    return Plan(desired.full_path, changes, (*desired.notes, *_notes(desired, have, wanted, present)))


def additions(plan: Plan) -> Plan:
    """The part of a plan that only adds: what may be applied without asking."""
    return replace(plan, changes=tuple(change for change in plan.changes if change.op == "+"))


def open_changes(plan: Plan, desired: DesiredProject, have: RemoteState) -> tuple[Change, ...]:
    """Those changes of `plan` that are still to be made. NewPlanError when neither `before` nor `after` of one holds."""
    wanted: dict[Key, Item] = {item.id: item for item in wanted_items(desired)}
    present = present_values(desired, have)
    todo: list[Change] = []
    for change in plan.changes:
        item = wanted.get(change.id)
        now = present.get(change.id)
        if item is None or item.value != change.after:
            raise NewPlanError(
                plan, diff(desired, have), f"{change.kind} {change.key}: yang diinginkan berubah"
            )
        if now == change.after or not possible(item, have):
            continue
        if now != change.before:
            raise NewPlanError(plan, diff(desired, have), f"{change.kind} {change.key}: diubah orang lain")
        todo.append(change)
    if missing := _missing_milestone(desired, have, todo):
        raise NewPlanError(plan, diff(desired, have), f"tonggak {missing}: dihapus orang lain")
    return tuple(todo)


def _missing_milestone(desired: DesiredProject, have: RemoteState, todo: list[Change]) -> str | None:
    """The one thing that a change rests on and does not name in its own `before`: the milestone of an issue."""
    there = {one.title for one in have.milestones} | {one.key for one in todo if one.kind == "tonggak"}
    issues = {one.key for one in todo if one.kind == "isu"}
    needed = (one.milestone for one in desired.issues if one.marker in issues)
    return next((title for title in needed if title and title not in there), None)


def _notes(
    desired: DesiredProject, have: RemoteState, wanted: list[Item], present: dict[Key, Value]
) -> tuple[str, ...]:
    ids = {item.id for item in wanted}
    notes: list[str] = []
    cannot = [item for item in wanted_items(desired) if not possible(item, have)]
    if cannot:
        names = ", ".join(sorted(item.key for item in cannot))
        notes.append(f"tidak ada di forge atau paket ini, jadi tidak diatur: {names}")
    if have.project is not None and not _same_place(have.project.full_path, desired.full_path):
        notes.append(f"proyek sudah dipindah ke {have.project.full_path}")
    others = {
        kind: sum(id_[0] == kind and id_ not in ids for id_ in present)
        for kind in ("label", "tonggak", "perlindungan", "anggota", "variabel", "webhook")
    }
    others["isu"] = len(have.issues) - sum(issue.marker in issues_by_marker(have) for issue in desired.issues)
    left = [f"{count} {kind}" for kind, count in others.items() if count]
    if left:
        notes.append(f"dibiarkan apa adanya: {', '.join(left)} yang tidak diatur kawal")
    return tuple(notes)


def _same_place(have: str, wanted: str) -> bool:
    """GitHub's organisations are not nested: `org/app` is where `org/opd/app` lies."""
    first, _, last = have.partition("/")
    flat = "/" not in last
    return have == wanted or (flat and (first, last) == (wanted.split("/")[0], wanted.split("/")[-1]))


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "jenis": change.kind,
        "op": change.op,
        "kunci": change.key,
        "sebelum": change.before,
        "sesudah": change.after,
        "alasan": change.why,
    }


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """For storing and for `--keluaran json`; `plan_from_json` reads it back."""
    return {
        "schema": 1,
        "hash": plan.hash,
        "proyek": plan.project,
        "hanya_menambah": plan.only_adds,
        "perubahan": [_change_json(change) for change in plan.changes],
        "catatan": list(plan.notes),
    }


def plan_from_json(data: dict[str, Any]) -> Plan:
    """A stored plan; InputError when its bytes do not have the hash it names."""
    try:
        changes = tuple(
            Change(c["jenis"], c["op"], c["kunci"], c["sebelum"], c["sesudah"], c["alasan"])
            for c in data["perubahan"]
        )
        plan = Plan(data["proyek"], changes, tuple(data["catatan"]))
        same = plan.hash == data["hash"]
    except (KeyError, TypeError) as error:
        raise InputError("INPUT-046", "Berkas rencana tidak dapat dibaca", found=repr(error)) from error
    if not same:
        raise InputError("INPUT-046", "Berkas rencana berubah setelah disimpan", next_step="kawal rencana")
    return plan
