"""The procedure an application follows: SOP, national layer and decisions of the Dinas merged, one basis per claim."""

from __future__ import annotations

from dataclasses import dataclass

from kawal.errors import InputError
from kawal.model import Basis, RoleId, StepKey
from kawal.sop.lint import PIPELINE_TESTS, all_steps, next_target
from kawal.sop.schema import (
    AuthorityPolicy,
    Cycle,
    DinasPolicy,
    Hours,
    LayerBasis,
    LayerSignOff,
    LocalSignOff,
    Overlay,
    PentestLayer,
    Profile,
    SpecialHours,
    Step,
)
from kawal.sop.schema import Test as PrintedTest
from kawal.sop.ways import Ways, ways_of
from kawal.sop.words import day_text

ACTOR_BY_DINAS = "kebijakan dinas"


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
class RequiredTest:
    kind: str
    term: str
    step: StepKey
    roles: tuple[RoleId, ...]
    documents: tuple[str, ...]
    max_age_days: int
    basis: Basis

    @property
    def in_pipeline(self) -> bool:
        return self.kind in PIPELINE_TESTS


@dataclass(frozen=True)
class RequiredSignOff:
    kind: str
    roles: tuple[RoleId, ...]
    grades: tuple[str, ...]
    persons: int
    max_age_days: int
    step: StepKey | None
    """None where the SOP has no such step."""
    number: str | None
    documents: tuple[str, ...]
    approve: str | None
    reject: str | None
    basis: Basis


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
    tests = _tests(profile, overlay, local)
    signoffs = _signoffs(profile, overlay, local)
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
        review=layer_basis(overlay.review),
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


def sop_basis(profile: Profile, citation: str, *, actor: str | None = None) -> Basis:
    return Basis("sop", f"{profile.sop.phrase} langkah {citation}", actor=actor)


def layer_basis(one: LayerBasis) -> Basis:
    """A basis of the national layer; one that no longer holds says so wherever it is cited."""
    text = one.text if one.state == "berlaku" else f"{one.text} ({one.state})"
    return Basis(one.kind, text, one.state)


def dinas_basis(local: AuthorityPolicy, *, actor: str | None = None) -> Basis:
    if local.decided is None:
        return Basis("kebijakan_dinas", "kebijakan dinas", actor=actor)
    number, day = local.decided.number, day_text(local.decided.date)
    return Basis("kebijakan_dinas", f"kebijakan dinas {number} tanggal {day}", actor=actor)


def _acceptance(local: AuthorityPolicy) -> Acceptance | None:
    mine = local.acceptance
    return None if mine is None else Acceptance(mine.roles, mine.max_age_days, dinas_basis(local))


def _tests(profile: Profile, overlay: Overlay, local: AuthorityPolicy) -> tuple[RequiredTest, ...]:
    """SOP, then Dinas, then national layer; the first that names a kind is its basis. UAT is a sign-off, not here."""
    roles = {step.id: step.roles for step, _ in all_steps(profile, overlay)} | {
        r.step: r.roles for r in local.roles
    }
    terms = {test.kind: test.term for test in overlay.default_tests}
    ages = {test.kind: test.max_age_days for test in local.extra_tests}
    off = {entry.test for entry in local.off}
    found: dict[str, RequiredTest] = {}

    def require(
        kind: str, term: str, step: str, basis: Basis, age: int, documents: tuple[str, ...] = ()
    ) -> None:
        if kind != "uat" and kind not in found:
            found[kind] = RequiredTest(kind, term, step, roles[step], documents, age, basis)

    for test in profile.tests:
        basis = sop_basis(profile, _cited(test))
        require(test.kind, test.term, test.step, basis, ages.get(test.kind, 30), test.documents)
    for extra in local.extra_tests:
        term = extra.term or terms.get(extra.kind, f"uji {extra.kind}")
        require(extra.kind, term, extra.step or profile.test_step, dinas_basis(local), extra.max_age_days)
    for default in overlay.default_tests:
        if default.kind not in off:
            layer = layer_basis(default.basis)
            require(default.kind, default.term, profile.test_step, layer, default.max_age_days)
    return tuple(found.values())


def _cited(test: PrintedTest) -> str:
    printed = f"{test.citation or test.step} ({test.term}"
    return f"{printed}; {test.citation_note})" if test.citation_note else f"{printed})"


def _signoffs(profile: Profile, overlay: Overlay, local: AuthorityPolicy) -> tuple[RequiredSignOff, ...]:
    steps = {step.id: step for step, _ in all_steps(profile, overlay)}
    decided: dict[str, LocalSignOff] = {entry.kind: entry for entry in local.signoffs}
    step_roles = {entry.step: entry.roles for entry in local.roles}
    layers: dict[str, LayerSignOff] = {entry.kind: entry for entry in overlay.signoffs}
    off = {entry.signoff for entry in local.off} | (
        {"uat"} if any(e.test == "uat" for e in local.off) else set()
    )
    found: list[RequiredSignOff] = []
    for own in profile.signoffs:
        mine = decided.get(own.kind)
        roles = own.roles or (mine.roles if mine else step_roles.get(own.step, ()))
        actor = ACTOR_BY_DINAS if roles and not own.roles else None
        found.append(
            RequiredSignOff(
                own.kind,
                roles,
                (mine and mine.grades) or own.grades,
                (mine and mine.persons) or own.persons,
                (mine and mine.max_age_days) or own.max_age_days,
                own.step,
                steps[own.step].number,
                own.documents,
                own.approve,
                own.reject,
                sop_basis(profile, own.step, actor=actor),
            )
        )
    for basis, kind, step in _silent(profile, overlay, local):
        if kind in off or any(entry.kind == kind for entry in found):
            continue
        mine, layer = decided.get(kind), layers.get(kind)
        requester = (profile.origin.requester,) if kind == "uat" and profile.origin.requester else ()
        step = (mine and mine.step) or step
        found.append(
            RequiredSignOff(
                kind,
                mine.roles if mine else (layer.roles if layer else requester),
                (mine and mine.grades) or (layer.grades if layer else ("key", "surat")),
                (mine and mine.persons) or (layer.persons if layer else 1),
                (mine and mine.max_age_days) or (layer.max_age_days if layer else 30),
                step,
                steps[step].number if step else None,
                layer.documents if layer else (),
                None,
                None,
                Basis(
                    basis.kind,
                    basis.text,
                    basis.state,
                    ACTOR_BY_DINAS if mine and basis.kind != "kebijakan_dinas" else None,
                ),
            )
        )
    return tuple(found)


def _silent(
    profile: Profile, overlay: Overlay, local: AuthorityPolicy
) -> list[tuple[Basis, str, str | None]]:
    """Sign-offs that are no step of their own, in the order of precedence: UAT printed as a test, Dinas, national layer."""
    found: list[tuple[Basis, str, str | None]] = [
        (sop_basis(profile, _cited(test)), "uat", test.step) for test in profile.tests if test.kind == "uat"
    ]
    layered = {entry.kind for entry in overlay.signoffs}
    # A decision that only fills in who signs leaves the national basis standing.
    found += [
        (dinas_basis(local), entry.kind, entry.step) for entry in local.signoffs if entry.kind not in layered
    ]
    found += [
        (layer_basis(entry.basis), "uat", profile.test_step)
        for entry in overlay.default_tests
        if entry.kind == "uat"
    ]
    found += [(layer_basis(e.basis), e.kind, None) for e in overlay.signoffs]
    return found
