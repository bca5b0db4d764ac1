"""May somebody complete this step now? Refusals name what is lacking, who acts and the next command. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from kawal.errors import BlockedError
from kawal.model import AppId, DoneStep, RoleId, StepKey
from kawal.sop.fields import ENDS
from kawal.sop.procedure import Procedure, ProcStep
from kawal.sop.schema import Choice
from kawal.sop.signatories import Signed, check_signed
from kawal.sop.workflow import (
    State,
    choice_of,
    complete_command,
    evidence_for,
    missing_evidence,
    signoff_command,
    state_of,
    who_acts,
)


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
            needed=who_acts(procedure, step),
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
            next_step=signoff_command(step.signoff, app_id),
        )
    # A sign-off may be recorded before the flow arrives at its step; the replay keeps it until then.
    waiting = procedure.step(state.open) if state.open else None
    if waiting is not None and waiting.key != step.key and not by_signoff:
        raise BlockedError(
            "LANGKAH-022",
            f"{label} belum terbuka",
            found=f"yang terbuka sekarang: langkah {waiting.key} ({waiting.data.short})",
            needed=f"langkah {waiting.key} selesai oleh {who_acts(procedure, waiting)}",
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
    choice = choice_of(step, decision)
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
