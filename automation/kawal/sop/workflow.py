"""Who may do what now: replays the recorded steps of an application over its procedure. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from kawal.errors import BlockedError
from kawal.model import AppId, DoneStep, RoleId, StepKey
from kawal.sop.procedure import Procedure, ProcStep
from kawal.sop.schema import ENDS, Choice, Evidence
from kawal.sop.signatories import Signed, check_signed, signed_words

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
    A decision that leads back opens every step from its target on again.
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
    choice = _choice(step, decision)
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
    choice = _choice(step, decision)
    return choice.evidence if choice and choice.evidence is not None else step.data.evidence


def step_of_signoff(procedure: Procedure, kind: str, *, approved: bool) -> tuple[StepKey, str | None] | None:
    """Which step a sign-off record completes, and with which decision; None when it is no step of this SOP."""
    for signoff in procedure.profile.signoffs:
        if signoff.kind == kind:
            decision = signoff.approve if approved else signoff.reject
            if not approved and decision is None:
                return None
            return signoff.step, decision
    return None


def check_step(
    procedure: Procedure,
    done: Sequence[DoneStep],
    step_key: StepKey,
    *,
    app_id: AppId,
    roles: Sequence[RoleId],
    evidence: Sequence[str] = (),
    signed: Signed = MappingProxyType({}),
    decision: str | None = None,
    reason: str | None = None,
    by_signoff: bool = False,
    again: bool = False,
) -> RoleId:
    """May somebody holding `roles` complete this step now, with documents of these kinds, signed by these?

    Returns the role in which it is done. Raises BlockedError LANGKAH-NNN with the next command. `by_signoff` is set
    by the service that stores a sign-off record, never by `langkah selesai`; `again` when a step that was done is due
    once more (sop.recurring).
    """
    step = procedure.step(step_key)
    if step is None:
        known = ", ".join(entry.key for entry in procedure.steps)
        raise BlockedError(
            "LANGKAH-021",
            f"langkah '{step_key}' tidak ada di {procedure.profile.sop.phrase}",
            needed=f"salah satu dari: {known}",
            next_step=f"kawal status {app_id}",
        )
    state = state_of(procedure, done)
    label = f"langkah {step.key} ({step.data.short})"
    if not (again and state.status[step.key] == "selesai"):
        _check_open(procedure, state, step, label, app_id, by_signoff=by_signoff)
    if not step.roles:
        raise BlockedError(
            "LANGKAH-030",
            f"{label}: SOP tidak menyebut pelaku, dan dinas belum menetapkannya",
            needed="peran untuk langkah ini di kebijakan dinas",
            next_step=f'tambahkan `- {{langkah: "{step.key}", peran: [...]}}` di kebijakan.yml',
        )
    allowed = [role for role in step.roles if role in roles]
    if not allowed:
        raise BlockedError(
            "LANGKAH-023",
            f"peran Anda tidak berwenang menyelesaikan {label}",
            found=", ".join(procedure.roles.get(role, role) for role in roles) or "tanpa peran",
            needed=_who(procedure, step),
            next_step=complete_command(procedure, step, app_id),
        )
    _check_decision(procedure, step, decision, reason, app_id, label)
    _check_evidence(procedure, step, decision, evidence, app_id, label)
    check_signed(procedure, evidence, signed, complete_command(procedure, step, app_id, decision))
    return allowed[0]


def _check_open(
    procedure: Procedure, state: State, step: ProcStep, label: str, app_id: AppId, *, by_signoff: bool
) -> None:
    if state.ended is not None:
        raise BlockedError(
            "LANGKAH-029", f"alur {app_id} sudah berakhir: {state.ended}", next_step=f"kawal status {app_id}"
        )
    if state.status[step.key] == "selesai":
        raise BlockedError("LANGKAH-027", f"{label} sudah selesai", next_step=f"kawal status {app_id}")
    if step.signoff and not by_signoff:
        raise BlockedError(
            "LANGKAH-028",
            f"{label} diselesaikan dengan pengesahan, bukan dengan langkah selesai",
            next_step=_signoff_command(step.signoff, app_id),
        )
    # A sign-off may be recorded before the flow arrives at its step; the replay keeps it until then.
    waiting = procedure.step(state.open) if state.open else None
    if waiting is not None and waiting.key != step.key and not by_signoff:
        raise BlockedError(
            "LANGKAH-022",
            f"{label} belum terbuka",
            found=f"yang terbuka sekarang: langkah {waiting.key} ({waiting.data.short})",
            needed=f"langkah {waiting.key} selesai oleh {_who(procedure, waiting)}",
            next_step=complete_command(procedure, waiting, app_id),
        )


def _check_decision(
    procedure: Procedure, step: ProcStep, decision: str | None, reason: str | None, app_id: AppId, label: str
) -> None:
    if step.data.decision is None:
        if decision is not None:
            raise BlockedError("LANGKAH-025", f"{label} tidak memuat keputusan", found=decision)
        return
    values = [choice.value for choice in step.data.decision.choices]
    choice = _choice(step, decision)
    if choice is None:
        raise BlockedError(
            "LANGKAH-025",
            f"{label} membutuhkan keputusan",
            found=decision or "tidak ada",
            needed=f"salah satu dari: {', '.join(values)}",
            next_step=complete_command(procedure, step, app_id),
        )
    if needs_reason(procedure, step, choice) and not (reason or "").strip():
        raise BlockedError(
            "LANGKAH-026",
            f"keputusan '{choice.value}' pada {label} membutuhkan alasan",
            next_step=f"{complete_command(procedure, step, app_id, choice.value)} --alasan TEKS",
        )


def needs_reason(procedure: Procedure, step: ProcStep, choice: Choice) -> bool:
    """A refusal, a postponement and a way back are only accepted with a reason."""
    if choice.target in ENDS:
        return choice.target != "SELESAI"
    return procedure.index(choice.target) <= procedure.index(step.key)


def _check_evidence(
    procedure: Procedure,
    step: ProcStep,
    decision: str | None,
    evidence: Sequence[str],
    app_id: AppId,
    label: str,
) -> None:
    unknown = [kind for kind in evidence if kind not in procedure.documents]
    if unknown:
        wanted = evidence_for(step, decision)
        known = [*wanted.all_of, *(kind for group in wanted.any_of for kind in group)]
        raise BlockedError(
            "LANGKAH-031",
            f"jenis bukti '{unknown[0]}' tidak dikenal",
            needed=f"salah satu dari: {', '.join(known)}" if known else None,
            next_step=complete_command(procedure, step, app_id, decision),
        )
    missing = missing_evidence(procedure, evidence_for(step, decision), evidence)
    if missing:
        raise BlockedError(
            "LANGKAH-024",
            f"bukti untuk {label} belum lengkap",
            found=", ".join(procedure.documents[kind] for kind in evidence) or "tidak ada berkas",
            needed="; ".join(missing),
            next_step=complete_command(procedure, step, app_id, decision),
        )


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
        return _signoff_command(step.signoff, app_id)
    letter = procedure.profile.letter
    if step.key == letter.step and decision in (None, letter.decision):
        signed = signed_words(procedure, letter.documents[:1])
        return f"kawal setujui {app_id} --surat BERKAS --nomor NOMOR --tanggal TTTT-BB-HH{signed}"
    parts = ["kawal langkah selesai", shlex.quote(app_id), shlex.quote(step.key)]
    choices = step.data.decision.choices if step.data.decision else ()
    if choices:
        decision = decision if _choice(step, decision) else choices[0].value
        parts.append(f"--keputusan {decision}")
    wanted = evidence_for(step, decision)
    kinds = [*wanted.all_of, *(group[0] for group in wanted.any_of)]
    parts += [f"--bukti {kind}=BERKAS" for kind in dict.fromkeys(kinds)]
    return " ".join(parts) + signed_words(procedure, kinds)


def _signoff_command(kind: str, app_id: AppId) -> str:
    return (
        f"kawal catat pse {app_id} --bukti BERKAS"
        if kind == "pse"
        else f"kawal sahkan {kind} {app_id} --rilis VERSI"
    )


def _who(procedure: Procedure, step: ProcStep) -> str:
    if not step.roles:
        return "SOP tidak menyebut pelaku"
    names = procedure.role_names(step.roles)
    return f"{names} (kebijakan dinas; SOP tidak menyebut pelaku)" if step.actor else names


def _choice(step: ProcStep, decision: str | None) -> Choice | None:
    choices = step.data.decision.choices if step.data.decision else ()
    return next((choice for choice in choices if choice.value == decision), None)
