"""What the rules look at: the application's records with their authority, sorted by kind, withdrawn ones apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
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
        return [pair for pair in self.with_withdrawn(kind) if not pair[0].withdrawn]

    def with_withdrawn(self, kind: type[P]) -> list[tuple[Record, P]]:
        return [
            (one, one.predicate) for one in self._by_type.get(kind, ()) if isinstance(one.predicate, kind)
        ]

    @cached_property
    def _by_type(self) -> dict[type[Predicate], list[Record]]:
        """Sorted once: the rules ask some thirty times."""
        found: dict[type[Predicate], list[Record]] = {}
        for one in self.records:
            found.setdefault(type(one.predicate), []).append(one)
        return found


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
    withdrawals = [(one, one.predicate) for one in records if isinstance(one.predicate, Withdraw)]
    gone = {_withdraws(one, taken, records) for one, taken in withdrawals}
    return tuple(replace(one, withdrawn=True) if one.sha256 in gone else one for one in records)


def _withdraws(one: Record, taken: Withdraw, records: Sequence[Record]) -> str | None:
    """The digest that a withdrawal takes back: by the root, or by the role that made the record."""
    target = next((other for other in records if other.sha256 == taken.record_sha256), None)
    if target is None or isinstance(target.predicate, Withdraw):
        return None
    if one.authority.service == "root":
        return target.sha256
    role = getattr(target.predicate, "role", None) or getattr(target.predicate, "signer_role", None)
    return target.sha256 if role is not None and role == taken.role else None


def forge_ids(trust: Trust, person_ids: Sequence[str]) -> set[int]:
    return {
        user for one in person_ids if (who := person(trust, one)) is not None for user in who.forge_user_ids
    }
