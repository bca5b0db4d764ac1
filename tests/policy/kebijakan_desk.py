"""A release on a desk: the values of kawal_world without ledger or disk, so that a rule is asked by itself in a moment."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kawal_world import (
    APP,
    FIRST,
    KEYS,
    PROJECT,
    START,
    UJI,
    World,
    facts,
    policy_bytes,
    policy_value,
    special_ways,
    trust_value,
)

from kawal.ledger import records as r
from kawal.ledger.tables import Entry
from kawal.policy import Judgement, judge, parse_policy
from kawal.policy.case import Case, sorted_records
from kawal.policy.people import Involved
from kawal_seal.trustfile import Trust

NOBODY = Involved(frozenset(), frozenset(), 0)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class Desk:
    """`now` is when records arrive and when is asked; each record gets the next number."""

    def __init__(self, *, ways: bool = True, **forge: Any) -> None:
        self.world = World.__new__(World)  # its makers of records: no ledger, no disk
        self.world.policy = policy_value(**forge)
        self.world.now = START
        self.contoh: dict[str, Any] = self.world.policy["authorities"]["contoh"]
        if ways:
            self.contoh.update(special_ways())
        self.entries: list[Entry] = []
        self.trust: Trust = trust_value(self.digest)

    @property
    def digest(self) -> str:
        return hashlib.sha256(policy_bytes(self.world.policy)).hexdigest()

    @property
    def now(self) -> datetime:
        return self.world.now

    def later(self, **delta: float) -> Desk:
        self.world.now += timedelta(**delta)
        return self

    def add(self, predicate: r.Predicate, *signers: str) -> Entry:
        self.later(seconds=1)
        keys = tuple(KEYS[name].public for name in signers)
        digest = hashlib.sha256(predicate.record_id.encode()).hexdigest()
        at = len(self.entries) + 1
        entry = Entry(at, self.now, digest, predicate.TYPE, predicate, keys, b"", self.trust)
        self.entries.append(entry)
        return entry

    def sign(self, kind: str, *signers: str, **changes: Any) -> Entry:
        made = self.world.make_signoff(kind, **changes)
        return self.add(made, *(signers or (self.world.signer_of(kind),)))

    def prove(self, uji: str, **changes: Any) -> Entry:
        return self.add(self.world.make_evidence(uji, **changes), "evidence")

    def withdraw(self, entry: Entry) -> Entry:
        return self.add(
            r.Withdraw(
                app_id=APP,
                issued_at=self.now,
                record_sha256=entry.payload_sha256,
                role=None,
                person_id=None,
                reason="keliru",
            ),
            "root1",
            "root2",
        )

    def request(self, **changes: Any) -> Entry:
        self.world.request = self.add(self.world.make_request(**changes), "pa")
        return self.world.request

    def approve(self, *signers: str, **changes: Any) -> Entry:
        made = self.world.make_approval(**changes)
        if made.decision == "approve":
            self.world.approval = made
        return self.add(made, *(signers or ("tata",)))

    def provision(self, **changes: Any) -> Entry:
        value: dict[str, Any] = {
            "app_id": APP,
            "issued_at": self.now,
            "step": None,
            "forge": PROJECT,
            "plan_sha256": "7" * 64,
            "created": (),
            "first_commit": FIRST,
        }
        return self.add(r.Provision(**{**value, **changes}), "evidence")

    def begin(self) -> Desk:
        self.request()
        self.approve()
        self.provision()
        return self

    def ready(self, *without: str) -> Desk:
        self.begin()
        if "8" not in without:
            self.add(self.world.make_step(), "pa")
        for uji in UJI:
            if uji not in without:
                self.prove(uji)
        for kind in ("uat", "persandian", "pse"):
            if kind not in without:
                self.sign(kind)
        return self.later(seconds=1)

    def case(self, **seen: Any) -> Case:
        policy = parse_policy(policy_bytes(self.world.policy))
        records = sorted_records(self.entries, APP, self.trust)
        rules = policy.authorities["contoh"]
        return Case(APP, policy, rules, facts(self.now, **seen), self.trust, self.now, records)

    def judge(self, *, door: Any = "periksa", target_id: str | None = None, **seen: Any) -> Judgement:
        return judge(
            parse_policy(policy_bytes(self.world.policy)),
            self.digest,
            facts(self.now, **seen),
            self.entries,
            self.trust._replace(policy_sha256=self.digest),
            self.now,
            app_id=APP,
            door=door,
            target_id=target_id,
        )


def at(case: Case, now: datetime) -> Case:
    """The same case a moment later or earlier."""
    return replace(case, now=now)
