"""`kawal tenggat`: what is due and what is overdue, per role, in the authority's own calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kawal.bahasa import t
from kawal.desired import planned_deadlines
from kawal.ledger.records import Request
from kawal.model import Application, RoleId, StepKey
from kawal.outcome import Outcome
from kawal.services.applications import application
from kawal.services.office import Office
from kawal.sop.clock import Calendar, Deadline
from kawal.sop.procedure import Procedure
from kawal.sop.recurring import rounds
from kawal.sop.workflow import state_of

OVERDUE, DUE, PLANNED = "terlambat", "berjalan", "direncanakan"
NOBODY = "SOP tidak menyebut pelaku"


@dataclass(frozen=True)
class DueStep:
    """An unfinished step whose deadline is known."""

    app_id: str
    step: StepKey
    title: str
    roles: tuple[RoleId, ...]
    who: str
    deadline: Deadline
    status: str
    days_late: int
    """Working days since it was due."""


def due_steps(
    procedure: Procedure, app: Application, calendar: Calendar, now: datetime
) -> tuple[DueStep, ...]:
    """Unfinished steps in the order of the SOP; later ones as planned from the recorded times."""
    state = state_of(procedure, app.done)
    deadlines = planned_deadlines(procedure, app, state, calendar)
    found = []
    for step in procedure.steps:
        deadline = deadlines.get(step.key)
        if deadline is None or state.status[step.key] in ("selesai", "tidak_berlaku"):
            continue
        late = now > deadline.at
        found.append(
            DueStep(
                app.app_id,
                step.key,
                step.data.short,
                step.roles,
                procedure.role_names(step.roles) or NOBODY,
                deadline,
                OVERDUE if late else DUE if step.key == state.open else PLANNED,
                _workdays(deadline.at.date(), now.astimezone(calendar.zone).date(), calendar) if late else 0,
            )
        )
    return (*found, *_evaluations(procedure, app, calendar, now))


def _evaluations(
    procedure: Procedure, app: Application, calendar: Calendar, now: datetime
) -> Iterator[DueStep]:
    """The next round of each step that recurs, from the day on which the one before was recorded."""
    local = now.astimezone(calendar.zone).date()
    for one in rounds(procedure, app.done, calendar):
        if one.done is None:
            late = now > one.deadline.at
            yield DueStep(
                app.app_id,
                one.step.key,
                one.title,
                one.step.roles,
                procedure.role_names(one.step.roles) or NOBODY,
                one.deadline,
                OVERDUE if late else DUE if one.is_open(local) else PLANNED,
                _workdays(one.deadline.at.date(), local, calendar) if late else 0,
            )


def _workdays(after: date, until: date, calendar: Calendar) -> int:
    return sum(calendar.works(after + timedelta(days=n)) for n in range(1, (until - after).days + 1))


def deadlines(office: Office, app_id: str | None, role: str | None = None) -> Outcome:
    """One application or all; with `role` only what that role has to do."""
    rows: list[DueStep] = []
    for one in [app_id] if app_id else _applications(office):
        _, request = office.request(one)
        procedure = office.procedure_of(request)
        rows += due_steps(procedure, application(office, one), office.calendar(procedure), office.now())
    if role:
        rows = [row for row in rows if role in row.roles]
    warnings = tuple(dict.fromkeys(warning for row in rows for warning in row.deadline.warnings))
    late = sum(row.status == OVERDUE for row in rows)
    data = {
        "tenggat": [_row(row) for row in rows],
        "terlambat": late,
        "peringatan": list(warnings),
    }
    text = "\n".join(_lines(rows, warnings)) or t("Tidak ada tenggat yang dapat dihitung.")
    return Outcome("terlambat" if late else "tepat_waktu", text, data)


def _applications(office: Office) -> list[str]:
    found = (entry.predicate for entry in office.ledger.entries(type=Request.TYPE))
    return list(dict.fromkeys(one.app_id for one in found if isinstance(one, Request)))


def _lines(rows: Sequence[DueStep], warnings: Sequence[str]) -> list[str]:
    """Grouped by who acts; overdue first."""
    order = (OVERDUE, DUE, PLANNED)
    lines: list[str] = []
    for who in dict.fromkeys(row.who for row in rows):
        lines.append(who)
        for row in sorted(
            (r for r in rows if r.who == who), key=lambda r: (order.index(r.status), r.deadline.at)
        ):
            late = t(", lewat {days} hari kerja", days=row.days_late) if row.status == OVERDUE else ""
            head = f"{row.status.upper() if row.status == OVERDUE else row.status:<13}"
            lines.append(
                f"  {head} {row.app_id} langkah {row.step} ({row.title}): {row.deadline.text()}{late}"
            )
    return [*lines, *(t("Peringatan: {text}", text=one) for one in warnings)]


def _row(row: DueStep) -> dict[str, object]:
    return {
        "aplikasi": row.app_id,
        "langkah": row.step,
        "judul": row.title,
        "peran": list(row.roles),
        "siapa": row.who,
        "status": row.status,
        "jatuh": row.deadline.at.isoformat(),
        "teks": row.deadline.text(),
        "lewat_hari_kerja": row.days_late,
    }
