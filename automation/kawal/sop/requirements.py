"""What a release needs besides the steps: tests and sign-offs of the SOP, of the Dinas and of the national layer, one basis each."""

from __future__ import annotations

from dataclasses import dataclass

from kawal.model import Basis, RoleId, StepKey
from kawal.sop.bases import ACTOR_BY_DINAS, dinas_basis, layer_basis, sop_basis
from kawal.sop.layers import AuthorityPolicy, LayerSignOff, LocalSignOff, Overlay
from kawal.sop.lint import all_steps
from kawal.sop.schema import Profile
from kawal.sop.schema import Test as PrintedTest


@dataclass(frozen=True)
class RequiredTest:
    kind: str
    term: str
    step: StepKey
    roles: tuple[RoleId, ...]
    documents: tuple[str, ...]
    max_age_days: int
    basis: Basis


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


def tests_of(profile: Profile, overlay: Overlay, local: AuthorityPolicy) -> tuple[RequiredTest, ...]:
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


def signoffs_of(profile: Profile, overlay: Overlay, local: AuthorityPolicy) -> tuple[RequiredSignOff, ...]:
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
