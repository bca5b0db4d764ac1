"""What the rules look at: the application's records with their authority, sorted by kind, withdrawn ones apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from kawal.errors import BlockedError
from kawal.ledger.records import Predicate, Withdraw
from kawal.ledger.tables import Entry
from kawal.ledger.trust import Authority, authorise, person
from kawal.model import ReleaseFacts
from kawal.policy.model import AuthorityPolicy, Policy
from kawal_seal.trustfile import Trust

P = TypeVar("P", bound=Predicate)


@dataclass(frozen=True)
class Record:
    """An entry that was signed by somebody who may, as the present trust file sees it."""

    seq: int
    received_at: datetime
    sha256: str
    predicate: Predicate
    authority: Authority
    withdrawn: bool


@dataclass(frozen=True)
class Case:
    """Everything a rule may read. Built once for a decision."""

    app_id: str
    policy: Policy
    rules: AuthorityPolicy
    facts: ReleaseFacts
    trust: Trust
    now: datetime
    records: tuple[Record, ...]

    def of(self, kind: type[P]) -> list[tuple[Record, P]]:
        """Records of one type that stand, oldest first."""
        return [
            (one, one.predicate)
            for one in self.records
            if isinstance(one.predicate, kind) and not one.withdrawn
        ]

    def with_withdrawn(self, kind: type[P]) -> list[tuple[Record, P]]:
        return [(one, one.predicate) for one in self.records if isinstance(one.predicate, kind)]


def sorted_records(entries: Sequence[Entry], app_id: str, trust: Trust) -> tuple[Record, ...]:
    """The application's records that the present trust file stands behind. Others count for nothing.

    A key or role that the trust file no longer names takes its records with it; a role that ended later does not,
    because it is looked up at the time the ledger received the record.
    """
    records: list[Record] = []
    for entry in sorted(entries, key=lambda one: one.seq):
        if isinstance(entry.predicate, Trust) or entry.predicate.app_id != app_id:
            continue
        try:
            authority = authorise(entry.predicate, entry.signers, entry.received_at, trust)
        except BlockedError:
            continue
        records.append(
            Record(entry.seq, entry.received_at, entry.payload_sha256, entry.predicate, authority, False)
        )
    gone = {target for one in records if (target := _withdraws(one, records)) is not None}
    return tuple(
        Record(one.seq, one.received_at, one.sha256, one.predicate, one.authority, one.sha256 in gone)
        for one in records
    )


def _withdraws(one: Record, records: Sequence[Record]) -> str | None:
    """The digest that a withdrawal takes back: by the root, or by the role that made the record."""
    if not isinstance(one.predicate, Withdraw):
        return None
    target = next((other for other in records if other.sha256 == one.predicate.record_sha256), None)
    if target is None or isinstance(target.predicate, Withdraw):
        return None
    if one.authority.service == "root":
        return target.sha256
    role = getattr(target.predicate, "role", None) or getattr(target.predicate, "signer_role", None)
    return target.sha256 if role is not None and role == one.predicate.role else None


def forge_ids(trust: Trust, person_ids: Sequence[str]) -> set[int]:
    return {
        user for one in person_ids if (who := person(trust, one)) is not None for user in who.forge_user_ids
    }
