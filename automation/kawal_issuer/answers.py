"""What the issuer says: the fields of docs/formats.md §5 with a `status`. None of these opens anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kawal.errors import BlockedError, KawalError, NotFoundError
from kawal.ledger.records import Predicate
from kawal.ledger.tables import Entry
from kawal.policy.judge import Judgement
from kawal.policy.screen import findings, screen


def locked(judgement: Judgement, codes: Sequence[str], entry: Entry | None) -> dict[str, Any]:
    record = (
        entry.predicate.record_id if entry is not None and isinstance(entry.predicate, Predicate) else None
    )
    return {
        "keputusan": "terkunci",
        "kode": list(codes),
        "layar": screen(judgement),
        "temuan": findings(judgement),
        "catatan": record,
    }


def error(status: int, code: str, text: str) -> dict[str, Any]:
    return {"status": status, "galat": text, "kode": code}


def from_error(reason: KawalError) -> dict[str, Any]:
    """An error never opens: 403 when a rule said no, 404 for what is not there, otherwise 503."""
    status = 403 if isinstance(reason, BlockedError) else 404 if isinstance(reason, NotFoundError) else 503
    return error(status, reason.code, reason.what)
