"""Proofs for targets: that this ledger only continued the one that a target has seen."""

from __future__ import annotations

from kawal.ledger.records import PermitRecord
from kawal.ledger.store import Ledger

Continuation = tuple[int, tuple[str, ...]]
"""(size of the ledger that was seen, RFC 9162 consistency hashes); (0, ()) where there is nothing to continue."""


def continuation(ledger: Ledger, target_id: str, size: int, seen: int | None) -> Continuation:
    """From what the target saw last to the first `size` entries. `seen` is what the target says; without it, the last
    permit that this ledger gave for it: a permit is proven in the tree that ends with its own record."""
    old = _last_permit(ledger, target_id, before=size) if seen is None else seen
    if old is None or not 0 < old <= size:
        return 0, ()
    return old, tuple(one.hex() for one in ledger.tree.consistency_proof(old, size))


def _last_permit(ledger: Ledger, target_id: str, *, before: int) -> int | None:
    """Number of the newest permit record for this target among the entries before `before`."""
    numbers = ledger.db.execute(
        "SELECT seq FROM entries WHERE type = ? AND seq < ? ORDER BY seq DESC", (PermitRecord.TYPE, before)
    )
    for (number,) in numbers:
        record = ledger.parse_row(ledger.row(number)).predicate
        if isinstance(record, PermitRecord) and record.target_id == target_id:
            return int(number)
    return None
