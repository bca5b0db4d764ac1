"""Who may do what now: replays the recorded steps of an application over its procedure. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kawal.errors import BlockedError
from kawal.model import AppId, DoneStep, RoleId, StepKey
from kawal.sop.fields import ENDS
from kawal.sop.procedure import Procedure, ProcStep
from kawal.sop.schema import Choice, Evidence
from kawal.sop.signatories import signed_words

StepStatus = Literal["belum_mulai", "sedang_berjalan", "selesai", "tidak_berlaku"]
"""What `status` says of a step; `sedang_berjalan` = open now."""


@dataclass(frozen=True)
class State:
    """Where an application stands. `open` is None when the flow ended; `ended` says how."""

    status: dict[StepKey, StepStatus]
    open: StepKey | None
    ended: Literal["selesai", "ditolak", "ditunda"] | None
    done: dict[StepKey, DoneStep]
    """The record that counts for each finished step; a back-edge takes it out again."""
    predecessor: dict[StepKey, StepKey]
    """The step from which the flow came (or would come) to each step."""
    visited: frozenset[StepKey]
    """Every step that the flow came to or that was recorded, also before a way back."""


@dataclass(frozen=True)
class OpenStep:
    step: ProcStep
    roles: tuple[RoleId, ...]
    evidence: Evidence
    choices: tuple[str, ...]


@dataclass(frozen=True)
class TriggerState:
    """May the project be made? `missing` says in words what is lacking."""

    ready: bool
    missing: tuple[str, ...] = ()


def state_of(procedure: Procedure, done: Sequence[DoneStep]) -> State:
    """Replay the records in ledger order.

    A record of a step that is not open yet (a PSE registration may come early) waits until the flow arrives there.
    A decision that leads back opens every step from its target on again; so does one at a step that the flow left
    long ago (a later release is examined and refused), as the judge has it.
    """
    finished: dict[StepKey, DoneStep] = {}
    skipped: set[StepKey] = set()
    came_from: dict[StepKey, StepKey] = {}
    order = [step.key for step in procedure.steps]
    cursor: StepKey | None = order[0]
    ended: str | None = None
    visited = {order[0]}
    for record in done:
        if record.step not in order:
            continue  # a step of an older profile revision: kept in the ledger, without effect here
        if record.step in finished and procedure.steps[order.index(record.step)].data.recurring:
            continue  # a later round (sop.recurring); the flow went on with the first
        behind = cursor is None or order.index(record.step) < order.index(cursor)
        if (
            behind
            and ended in (None, "selesai")
            and record.step in finished
            and _leads_back(procedure, record)
        ):
            cursor, ended = record.step, None
        finished[record.step] = record
        visited.add(record.step)
        while cursor is not None:
            step = procedure.steps[order.index(cursor)]
            if cursor not in finished and step.data.stage is not None:
                break
            # A printed closing line ("Selesai") is no activity: the flow passes it by itself.
            target = target_of(step, finished[cursor].decision if cursor in finished else None)
            if target is None:
                del finished[cursor]  # a decision without a known choice completes nothing
                break
            if target in ENDS:
                cursor, ended = None, ENDS[target]
                break
            here, there = order.index(cursor), order.index(target)
            for key in order[there : here + 1] if there <= here else ():
                finished.pop(key, None)
                skipped.discard(key)
            skipped.update(order[here + 1 : there])
            came_from[target] = cursor
            cursor = target
            visited.add(target)
    status: dict[StepKey, StepStatus] = {}
    for key in order:
        passed = cursor is None or order.index(cursor) > order.index(key)
        if key in finished or (
            procedure.steps[order.index(key)].data.stage is None and passed and ended in (None, "selesai")
        ):
            status[key] = "selesai"
        elif key == cursor:
            status[key] = "sedang_berjalan"
        else:
            status[key] = "tidak_berlaku" if key in skipped or ended is not None else "belum_mulai"
    before = _predecessors(procedure, came_from, status)
    return State(status, cursor, ended, finished, before, frozenset(visited))  # type: ignore[arg-type]


def _leads_back(procedure: Procedure, record: DoneStep) -> bool:
    step = procedure.step(record.step)
    target = target_of(step, record.decision) if step else None
    return target not in (None, *ENDS) and procedure.index(target or "") <= procedure.index(record.step)


def _predecessors(
    procedure: Procedure, came_from: dict[StepKey, StepKey], status: dict[StepKey, StepStatus]
) -> dict[StepKey, StepKey]:
    """Real arrivals where the flow has been; ahead of it the usual way: first choice of each decision."""
    found: dict[StepKey, StepKey] = {}
    for step in procedure.steps:
        choices = step.data.decision.choices if step.data.decision else ()
        target = choices[0].target if choices else step.next
        if target not in ENDS and status[step.key] != "tidak_berlaku":
            found.setdefault(target, step.key)
    order = [step.key for step in procedure.steps]
    forward = {to: source for to, source in came_from.items() if order.index(source) < order.index(to)}
    return found | forward


def target_of(step: ProcStep, decision: str | None) -> str | None:
    """Where the flow goes from `step`; None when a decision is needed and none (or an unknown one) was given."""
    if step.data.decision is None:
        return step.next
    choice = choice_of(step, decision)
    return choice.target if choice else None


def open_step(procedure: Procedure, done: Sequence[DoneStep]) -> OpenStep | None:
    """The step that is to be done now, who may do it and with what; None when the flow has ended."""
    state = state_of(procedure, done)
    step = procedure.step(state.open) if state.open else None
    if step is None:
        return None
    choices = step.data.decision.choices if step.data.decision else ()
    return OpenStep(step, step.roles, step.data.evidence, tuple(choice.value for choice in choices))


def evidence_for(step: ProcStep, decision: str | None) -> Evidence:
    """The documents this step needs, given the decision taken."""
    choice = choice_of(step, decision)
    return choice.evidence if choice and choice.evidence is not None else step.data.evidence


def step_of_signoff(procedure: Procedure, kind: str, *, approved: bool) -> tuple[StepKey, str | None] | None:
    """Which step a sign-off record completes, and with which decision; None when it is no step of this SOP.

    The re-examination of a small change speaks at the step of the full one, where the Dinas opened that way: a refusal leads back alike.
    """
    if kind == "persandian-perbaikan" and procedure.ways.patch is not None:
        kind = "persandian"
    for signoff in procedure.profile.signoffs:
        if signoff.kind == kind:
            decision = signoff.approve if approved else signoff.reject
            if not approved and decision is None:
                return None
            return signoff.step, decision
    return None


def missing_evidence(procedure: Procedure, wanted: Evidence, given: Sequence[str]) -> tuple[str, ...]:
    """Names of the documents that are lacking, in words."""
    lacking = [procedure.documents[kind] for kind in wanted.all_of if kind not in given]
    for group in wanted.any_of:
        if not set(group) & set(given):
            lacking.append(" atau ".join(procedure.documents[kind] for kind in group))
    return tuple(lacking)


def trigger_state(procedure: Procedure, done: Sequence[DoneStep]) -> TriggerState:
    """Whether the SOP lets the project be made now: its step is open (or done) and the evidence is recorded."""
    trigger = procedure.profile.trigger
    state = state_of(procedure, done)
    order = [step.key for step in procedure.steps]
    missing: list[str] = []
    if state.ended in ("ditolak", "ditunda"):
        missing.append(f"alur {state.ended}; tidak ada yang disiapkan")
    reached = state.status[trigger.step] == "selesai"
    if trigger.when == "terbuka" and not reached:
        reached = state.open is not None and order.index(state.open) >= order.index(trigger.step)
    if not reached:
        word = "terbuka" if trigger.when == "terbuka" else "selesai"
        missing.append(f"langkah {trigger.step} belum {word}")
    given = [kind for record in state.done.values() for kind, _ in record.evidence]
    missing += [
        f"bukti belum dicatat: {name}" for name in missing_evidence(procedure, trigger.evidence, given)
    ]
    return TriggerState(not missing, tuple(missing))


def check_trigger(procedure: Procedure, done: Sequence[DoneStep], app_id: AppId) -> None:
    """Raises BlockedError LANGKAH-032 when the project may not be made yet."""
    found = trigger_state(procedure, done)
    if found.ready:
        return
    current = open_step(procedure, done)
    raise BlockedError(
        "LANGKAH-032",
        f"repositori {app_id} belum boleh disiapkan ({procedure.profile.sop.phrase} langkah {procedure.profile.trigger.step})",
        found="; ".join(found.missing),
        needed=f"{procedure.profile.letter.name} tercatat",
        next_step=complete_command(procedure, current.step, app_id) if current else f"kawal status {app_id}",
    )


def complete_command(procedure: Procedure, step: ProcStep, app_id: AppId, decision: str | None = None) -> str:
    """The exact command that completes a step, with placeholders in capitals."""
    if step.signoff:
        return signoff_command(step.signoff, app_id)
    letter = procedure.profile.letter
    if step.key == letter.step and decision in (None, letter.decision):
        signed = signed_words(procedure, letter.documents[:1])
        return f"kawal setujui {app_id} --surat BERKAS --nomor NOMOR --tanggal TTTT-BB-HH{signed}"
    parts = ["kawal langkah selesai", shlex.quote(app_id), shlex.quote(step.key)]
    choices = step.data.decision.choices if step.data.decision else ()
    if choices:
        decision = decision if choice_of(step, decision) else choices[0].value
        parts.append(f"--keputusan {decision}")
    wanted = evidence_for(step, decision)
    kinds = [*wanted.all_of, *(group[0] for group in wanted.any_of)]
    parts += [f"--bukti {kind}=BERKAS" for kind in dict.fromkeys(kinds)]
    return " ".join(parts) + signed_words(procedure, kinds)


def signoff_command(kind: str, app_id: AppId) -> str:
    return (
        f"kawal catat pse {app_id} --bukti BERKAS"
        if kind == "pse"
        else f"kawal sahkan {kind} {app_id} --rilis VERSI"
    )


def who_acts(procedure: Procedure, step: ProcStep) -> str:
    """The step's roles in words, and on what ground where the SOP names nobody."""
    if not step.roles:
        return "SOP tidak menyebut pelaku"
    names = procedure.role_names(step.roles)
    return f"{names} (kebijakan dinas; SOP tidak menyebut pelaku)" if step.actor else names


def choice_of(step: ProcStep, decision: str | None) -> Choice | None:
    choices = step.data.decision.choices if step.data.decision else ()
    return next((choice for choice in choices if choice.value == decision), None)
