"""Repeated evaluation as the office meets it today: whether a step that was done is due once more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from kawal.errors import BlockedError
from kawal.model import AppId, DoneStep
from kawal.services.office import Office
from kawal.sop.procedure import Procedure
from kawal.sop.recurring import next_round
from kawal.sop.words import day_text


def today(office: Office, procedure: Procedure) -> date:
    """The day in the authority's own zone."""
    return office.now().astimezone(ZoneInfo(procedure.profile.authority.zone)).date()


def due_again(
    office: Office, app_id: AppId, procedure: Procedure, done: Sequence[DoneStep], step_key: str
) -> bool:
    """True when the next round of a recurring step may be recorded. BlockedError LANGKAH-036 when it is not open yet."""
    step = procedure.step(step_key)
    if step is None or not step.data.recurring:
        return False
    coming = next_round(procedure, done, office.calendar(procedure), step_key)
    if coming is None:
        return False
    if not coming.is_open(today(office, procedure)):
        raise BlockedError(
            "LANGKAH-036",
            f"langkah {step.key} ({step.data.short}) sudah selesai; {coming.title.lower()} belum dibuka",
            found=coming.deadline.text(),
            needed=f"dicatat mulai {day_text(coming.opens)}",
            next_step=f"kawal tenggat {app_id}",
        )
    return True
