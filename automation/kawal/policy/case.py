"""What the rules look at: the application's records with their authority, sorted by kind, withdrawn ones apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from kawal.ledger.records import Predicate, StepDone, Withdraw
from kawal.ledger.tables import Entry
from kawal.ledger.trust import Authority, person
from kawal.model import ReleaseFacts
from kawal.policy.model import AuthorityPolicy, Policy
from kawal.policy.standing import authority_of, outlives_its_key, shuts
from kawal_seal.trustfile import Trust

P = TypeVar("P", bound=Predicate)


@dataclass(frozen=True)
class Record:
    """An entry that was signed by somebody who may."""

    seq: int
    received_at: datetime
    sha256: str
    predicate: Predicate
    authority: Authority
    withdrawn: bool
    lapsed: bool = False
    """The present trust file does not stand behind it, or does behind it but not behind its withdrawal. It may shut
    something and opens nothing."""


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
    """The application's records that count. A role that ended later takes nothing with it: it is looked up at the time
    the ledger received the record.

    A key or role that the trust file no longer names takes what its records open with it, never what they shut: whoever
    replaces a key must not thereby say yes (docs/adr/0015).
    """
    records: list[Record] = []
    for entry in sorted(entries, key=lambda one: one.seq):
        if isinstance(entry.predicate, Trust) or entry.predicate.app_id != app_id:
            continue
        today = authority_of(entry, trust)
        authority = today or authority_of(entry, entry.trust)
        if authority is not None:
            lapsed = today is None
            records.append(
                Record(
                    *(entry.seq, entry.received_at, entry.payload_sha256, entry.predicate, authority),
                    withdrawn=False,
                    lapsed=lapsed,
                )
            )
    gone: dict[bool, set[str | None]] = {True: set(), False: set()}
    for one in records:
        if isinstance(one.predicate, Withdraw):
            gone[one.lapsed].add(_withdraws(one, one.predicate, records))
    weighed = (_weighed(one, one.sha256 in gone[False], one.sha256 in gone[True]) for one in records)
    return tuple(one for one in weighed if one is not None)


def _weighed(one: Record, withdrawn: bool, once_withdrawn: bool) -> Record | None:
    """`once_withdrawn`: by somebody whom the trust file names no longer; that shuts too, so it takes back a yes only."""
    if isinstance(one.predicate, StepDone):  # only the policy knows which answers of a step are a no
        return replace(one, withdrawn=withdrawn, lapsed=one.lapsed or once_withdrawn)
    if one.lapsed and not outlives_its_key(one.predicate):
        return None
    return replace(one, withdrawn=withdrawn or (once_withdrawn and not shuts(one.predicate)))


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
