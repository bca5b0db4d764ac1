"""Repeated evaluation: a step that the SOP repeats ("berkala") comes back every so many months after it was last recorded. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kawal.model import DoneStep, StepKey
from kawal.sop.clock import Calendar, Deadline, closing, on_or_after
from kawal.sop.procedure import Procedure, ProcStep
from kawal.sop.workflow import state_of


@dataclass(frozen=True)
class Round:
    """The second or a later time of a recurring step; the first is the step of the SOP itself."""

    step: ProcStep
    number: int
    opens: date
    """From this day on it has its issue and may be recorded."""
    deadline: Deadline
    done: DoneStep | None = None

    def is_open(self, today: date) -> bool:
        return self.done is None and self.opens <= today

    @property
    def key(self) -> str:
        return f"{self.step.key}-evaluasi-{self.number}"

    @property
    def title(self) -> str:
        return f"Evaluasi berkala ke-{self.number}"


def rounds(procedure: Procedure, done: Sequence[DoneStep], calendar: Calendar) -> tuple[Round, ...]:
    """Per recurring step that was done once: the rounds recorded since, and the next one.

    Each counts from the record before it, so that at most one is open, however long nobody evaluated.
    """
    state = state_of(procedure, done)
    found: list[Round] = []
    for step in procedure.steps:
        first = state.done.get(step.key)
        if not step.data.recurring or first is None or state.ended in ("ditolak", "ditunda"):
            continue
        after = list(done)[list(done).index(first) + 1 :]
        before = first
        for number, record in enumerate([*(one for one in after if one.step == step.key), None], start=2):
            found.append(_round(procedure, step, number, before, record, calendar))
            before = record or before
    return tuple(found)


def next_round(
    procedure: Procedure, done: Sequence[DoneStep], calendar: Calendar, step: StepKey
) -> Round | None:
    """The round of `step` that is still to be done; None when the step does not recur or was never done."""
    found = rounds(procedure, done, calendar)
    return next((one for one in found if one.step.key == step and one.done is None), None)


def _round(
    procedure: Procedure,
    step: ProcStep,
    number: int,
    before: DoneStep,
    record: DoneStep | None,
    calendar: Calendar,
) -> Round:
    rule = procedure.evaluation
    last = before.done_at.astimezone(calendar.zone).date()
    day = on_or_after(add_months(last, rule.months), calendar)
    opens = max(day - timedelta(days=rule.lead_days), last + timedelta(days=1))
    phrase = f"setiap {rule.months} bulan, {rule.basis.text}"
    return Round(
        step,
        number,
        opens,
        Deadline(closing(day, calendar), phrase, tuple(calendar.doubts(day, day))),
        record,
    )


def add_months(day: date, months: int) -> date:
    """31 January + 1 month is the last day of February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
