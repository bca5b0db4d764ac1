"""What a release needs of each step: accepted answers, decisions that pass it by, decisions that undo it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kawal.model import StepKey
from kawal.sop.procedure import Procedure, ProcStep

Taken = tuple[StepKey, str]
"""A decision that was taken at a step: (step, value)."""


@dataclass(frozen=True)
class StepCondition:
    """When a step before the gate counts (docs/formats.md §10)."""

    accept: tuple[str, ...]
    """Answers that lead on to the release; empty = the step has no decision."""
    unless: tuple[Taken, ...]
    """Decisions after which the flow no longer comes here: then the step is no condition."""
    again: tuple[Taken, ...]
    """Decisions that lead back over this step: its record must be newer than any of them."""


def conditions(procedure: Procedure) -> dict[StepKey, StepCondition]:
    """Per step of the procedure. Ways back are left out when asking what can still be reached, so each answer is finite."""
    order = [step.key for step in procedure.steps]
    ahead = {step.key: _reached(procedure, order, {step.key}) for step in procedure.steps}
    leads = {key for key in order if procedure.profile.gate.step in ahead[key]}
    return {
        step.key: StepCondition(
            accept=tuple(value for value, target in _choices(step) if _goes_on(step, target, order, leads)),
            unless=tuple(
                (other.key, value)
                for other in procedure.steps
                if other.key != step.key and step.key in ahead[other.key]
                for value, target in _choices(other)
                if _goes_on(other, target, order, leads) and step.key not in ahead.get(target, set())
            ),
            again=tuple(
                (other.key, value)
                for other in procedure.steps
                for value, target in _choices(other)
                if target in order and order.index(target) <= order.index(step.key) <= order.index(other.key)
            ),
        )
        for step in procedure.steps
    }


def _choices(step: ProcStep) -> list[tuple[str, str]]:
    return [(one.value, one.target) for one in step.data.decision.choices] if step.data.decision else []


def _goes_on(step: ProcStep, target: str, order: list[StepKey], leads: set[StepKey]) -> bool:
    """This answer leads forward: to the end of the flow, or to a step from which the gate (or what follows it) is reached."""
    if target not in order:
        return target == "SELESAI"
    return order.index(target) > order.index(step.key) and (target in leads or step.key not in leads)


def _reached(procedure: Procedure, order: list[StepKey], start: set[StepKey]) -> set[StepKey]:
    """`start` and every step that the flow may come to from there without going back."""
    found, todo = set(start), list(start)
    while todo:
        step = procedure.steps[order.index(todo.pop())]
        further = {
            one for one in step.targets if one in order and order.index(one) > order.index(step.key)
        } - found
        found |= further
        todo += further
    return found
