"""The procedure an application follows: SOP, national layer and decisions of the Dinas merged, one basis per claim."""

from __future__ import annotations

from dataclasses import dataclass

from kawal.errors import InputError
from kawal.model import Basis, RoleId, StepKey
from kawal.sop.bases import ACTOR_BY_DINAS, dinas_basis, layer_basis, review_basis, sop_basis
from kawal.sop.fields import Cycle
from kawal.sop.layers import AuthorityPolicy, DinasPolicy, Overlay, PentestLayer
from kawal.sop.lint import all_steps, next_target
from kawal.sop.requirements import RequiredSignOff, RequiredTest, signoffs_of, tests_of
from kawal.sop.schema import Hours, Profile, SpecialHours, Step
from kawal.sop.ways import Ways, ways_of


@dataclass(frozen=True)
class ProcStep:
    """One step, with the roles that may complete it and the basis it rests on."""

    key: StepKey
    data: Step
    roles: tuple[RoleId, ...]
    actor: str | None
    """`kebijakan dinas` when the SOP names nobody and the Dinas did."""
    basis: Basis
    signoff: str | None
    """Kind of the sign-off record that completes it instead of `langkah selesai`."""
    next: str

    @property
    def targets(self) -> set[str]:
        """Everywhere the flow may go from here."""
        return {choice.target for choice in self.data.decision.choices} if self.data.decision else {self.next}


@dataclass(frozen=True)
class Acceptance:
    """Who may accept findings of scanners, and for how many days at most."""

    roles: tuple[RoleId, ...]
    days: int
    basis: Basis


@dataclass(frozen=True)
class Evaluation:
    """The interval of a recurring step; its issue opens `lead_days` before it is due."""

    months: int
    lead_days: int
    basis: Basis


@dataclass(frozen=True)
class SwitchedOff:
    """A part of the national layer that the Dinas does not ask for, and by which decision."""

    what: str
    reason: str
    basis: Basis


@dataclass(frozen=True)
class Procedure:
    """What `workflow`, `desired` and `compile` work from. Pure data, nothing of a forge in it."""

    profile: Profile
    profile_sha256: str
    overlay_sha256: str
    steps: tuple[ProcStep, ...]
    tests: tuple[RequiredTest, ...]
    signoffs: tuple[RequiredSignOff, ...]
    review: Basis
    evaluation: Evaluation
    """Applies to steps that come back."""
    pentest: PentestLayer
    """Applies where the SOP prints a penetration test."""
    acceptance: Acceptance | None
    ways: Ways
    """None unless the Dinas decided who may accept a finding."""
    roles: dict[RoleId, str]
    documents: dict[str, str]
    signatories: dict[str, tuple[RoleId, ...]]
    """Kind of paper -> roles that all sign it."""
    stages: dict[str, str]
    """Canonical stage -> the SOP's own word, or the common one."""
    cycle: dict[str, Cycle | None]
    off: tuple[SwitchedOff, ...]
    """What the Dinas took out of the national layer."""
    hours: tuple[Hours, ...]
    special_hours: tuple[SpecialHours, ...]
    """Hours that the calendar file may date, such as those of Ramadan."""
    count_days: str

    @property
    def id(self) -> str:
        return self.profile.authority.id

    def step(self, key: StepKey) -> ProcStep | None:
        return next((step for step in self.steps if step.key == key), None)

    def index(self, key: StepKey) -> int:
        return [step.key for step in self.steps].index(key)

    def signoff(self, kind: str) -> RequiredSignOff | None:
        return next((signoff for signoff in self.signoffs if signoff.kind == kind), None)

    def role_names(self, roles: tuple[RoleId, ...]) -> str:
        return ", ".join(self.roles[role] for role in roles)

    def paper(self, kind: str) -> str:
        """Name of a document, with who signs it where that is known."""
        found = next((one for one in self.profile.documents if one.id == kind and one.signatories), None)
        if found is None:
            return self.documents[kind]
        remark = "; tersirat" if found.signatories_status == "tersirat" else ""
        return f"{found.name} (ditandatangani {self.role_names(found.signatories)}{remark})"

    def before_gate(self) -> tuple[ProcStep, ...]:
        """The steps on a way from the first step to the release gate, without sign-off steps and closing lines.

        A step that only leads to an end (a report of postponement) is no condition of a release.
        """
        gate = self.index(self.profile.gate.step)
        leads, grown = {self.profile.gate.step}, True
        while grown:
            more = {step.key for step in self.steps if step.targets & leads} - leads
            leads, grown = leads | more, bool(more)
        upto = self.steps[: gate + (self.profile.gate.position == "sesudah")]
        return tuple(step for step in upto if step.key in leads and not step.signoff and step.data.stage)


def procedure_for(
    profile: Profile,
    overlay: Overlay,
    dinas: DinasPolicy | None = None,
    *,
    profile_sha256: str = "",
    overlay_sha256: str = "",
) -> Procedure:
    """Merge the layers: the SOP first, then what the Dinas decided, then the national layer. Raises PROFIL-023 when
    nothing at all would be required for a release."""
    local = _local(profile, dinas)
    tests = tests_of(profile, overlay, local)
    signoffs = signoffs_of(profile, overlay, local)
    if not tests and not signoffs:
        raise InputError(
            "PROFIL-023",
            f"profil {profile.authority.id}: himpunan syarat rilis kosong",
            needed="paling sedikit satu uji atau pengesahan",
            next_step="hapus sebagian `matikan` di kebijakan dinas",
        )
    stages = {entry.stage: entry.name for entry in overlay.stages} | {
        entry.stage: entry.name for entry in profile.stages
    }
    return Procedure(
        profile=profile,
        profile_sha256=profile_sha256,
        overlay_sha256=overlay_sha256,
        steps=_steps(profile, overlay, local),
        tests=tests,
        signoffs=signoffs,
        review=review_basis(local),
        evaluation=_evaluation(overlay, local),
        pentest=overlay.pentest,
        acceptance=_acceptance(local),
        ways=ways_of(local.ways, overlay, dinas_basis(local)),
        roles={role.id: role.name for role in (*overlay.roles, *profile.roles)},
        documents={document.id: document.name for document in (*overlay.documents, *profile.documents)},
        signatories={one.id: one.signatories for one in profile.documents if one.signatories},
        stages={str(key): value for key, value in stages.items()},
        cycle={entry.stage: entry.cycle for entry in overlay.stages},
        off=_off(local),
        hours=profile.authority.hours or overlay.hours,
        special_hours=tuple(
            {one.id: one for one in (*overlay.special_hours, *profile.authority.special_hours)}.values()
        ),
        count_days=local.count_days or profile.authority.count_days,
    )


def _local(profile: Profile, dinas: DinasPolicy | None) -> AuthorityPolicy:
    for entry in dinas.authorities if dinas else ():
        if entry.authority_id == profile.authority.id:
            return entry
    return AuthorityPolicy.model_validate({"otoritas": profile.authority.id})


def _off(local: AuthorityPolicy) -> tuple[SwitchedOff, ...]:
    return tuple(
        SwitchedOff(
            f"uji {one.test.replace('_', ' ')}" if one.test else f"pengesahan {one.signoff}",
            one.reason,
            dinas_basis(local),
        )
        for one in local.off
    )


def _evaluation(overlay: Overlay, local: AuthorityPolicy) -> Evaluation:
    layer = overlay.evaluation
    if local.evaluation_months is not None:
        return Evaluation(local.evaluation_months, layer.lead_days, dinas_basis(local))
    return Evaluation(layer.months, layer.lead_days, layer_basis(layer.basis))


def _steps(profile: Profile, overlay: Overlay, local: AuthorityPolicy) -> tuple[ProcStep, ...]:
    data = [step for step, _ in all_steps(profile, overlay)]
    own = {step.id for step in profile.steps}
    decided = {entry.step: entry.roles for entry in local.roles}
    signoffs = {signoff.step: signoff.kind for signoff in profile.signoffs}
    found = []
    for index, step in enumerate(data):
        roles = decided.get(step.id, step.roles)
        found.append(
            ProcStep(
                key=step.id,
                data=step,
                roles=roles,
                actor=ACTOR_BY_DINAS if step.id in decided else None,
                basis=sop_basis(profile, step.id) if step.id in own else layer_basis(overlay.steps_basis),
                signoff=signoffs.get(step.id),
                next=next_target(data, index),
            )
        )
    return tuple(found)


def _acceptance(local: AuthorityPolicy) -> Acceptance | None:
    mine = local.acceptance
    return None if mine is None else Acceptance(mine.roles, mine.max_age_days, dinas_basis(local))
