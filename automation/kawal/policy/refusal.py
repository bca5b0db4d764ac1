"""When a refusal beats a decision that was made."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from kawal.ledger.records import Signoff
from kawal.policy.case import Record
from kawal.policy.standing import negative


def refused(
    decisions: Iterable[tuple[Record, Signoff]],
    record: Record,
    one: Signoff,
    roles: Container[str],
    same: Callable[[Signoff], bool],
) -> bool:
    """Whether a refusal by such a role, about what `same` calls the same thing, stands against `one` (F12).

    It beats what it is later than: by its date, and within one second, the grain of a date, by the ledger's order.
    """
    return any(
        negative(other)
        and not against.withdrawn
        and other.role in roles
        and (against.seq > record.seq or other.issued_at > one.issued_at)
        and same(other)
        for against, other in decisions
    )
