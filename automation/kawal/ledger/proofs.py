"""Proofs for targets: that this ledger only continued the one that a target has seen."""

from __future__ import annotations

from collections.abc import Iterator

from kawal.ledger.records import PermitRecord
from kawal.ledger.store import Ledger
from kawal_seal.permit import MAX_CONTINUES

Continuation = tuple[int, tuple[str, ...]]
"""(size of the ledger that was seen, RFC 9162 consistency hashes)"""


def continuations(ledger: Ledger, target_id: str, size: int, seen: int | None) -> tuple[Continuation, ...]:
    """From each ledger that the target may have seen last to the first `size` entries.

    A target remembers the tree of the last permit that it accepted, which ends with that permit's own record. Some of the
    newest permits may have been lost on the way; `seen` is what the target itself says.
    """
    sizes = [seen] if seen is not None and 0 < seen <= size else []
    for one in _permits(ledger, target_id, before=size):
        if len(sizes) == MAX_CONTINUES:
            break
        if one not in sizes:
            sizes.append(one)
    return tuple((old, tuple(one.hex() for one in ledger.tree.consistency_proof(old, size))) for old in sizes)


def _permits(ledger: Ledger, target_id: str, *, before: int) -> Iterator[int]:
    """Numbers of the permit records for this target among the entries before `before`, newest first."""
    numbers = ledger.db.execute(
        "SELECT seq FROM entries WHERE type = ? AND seq < ? ORDER BY seq DESC", (PermitRecord.TYPE, before)
    ).fetchall()
    for (number,) in numbers:
        record = ledger.parse_row(ledger.row(number)).predicate
        if isinstance(record, PermitRecord) and record.target_id == target_id:
            yield int(number)
