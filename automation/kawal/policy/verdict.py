"""The verdict: a tree of rules, each with what was found, what was needed, who acts, the next command and the basis."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kawal.policy.model import PolicyBasis
from kawal_seal import strictjson


@dataclass(frozen=True)
class Verdict:
    """One rule and its answer. A rule with children is satisfied iff it has children and all of them are."""

    rule: str
    """Stable name, e.g. "bukti:beban" or "pengesahan:persandian"."""
    title: str
    satisfied: bool
    code: str | None = None
    """AREA-NNN when not satisfied."""
    found: str = ""
    needed: str = ""
    who: tuple[str, ...] = ()
    """Role ids of those who act."""
    next: str | None = None
    """The exact command, or a sentence when no command of ours can do it."""
    basis: PolicyBasis | None = None
    note: str = ""
    """Right-hand remark: class and pipeline of evidence."""
    inputs: tuple[str, ...] = ()
    """Payload digests of the records this answer rests on."""
    children: tuple[Verdict, ...] = ()

    def leaves(self) -> Iterator[Verdict]:
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    def missing(self) -> tuple[Verdict, ...]:
        """What stands in the way, in the order in which it is shown."""
        return tuple(one for one in self.leaves() if not one.satisfied)

    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.code or "PROFIL-032" for one in self.missing()))

    def used(self) -> tuple[str, ...]:
        return tuple(sorted({digest for one in self.leaves() for digest in one.inputs}))

    def to_obj(self) -> dict[str, Any]:
        """As JSON: what `sha256` digests and what the doors keep."""
        return {
            "rule": self.rule,
            "title": self.title,
            "satisfied": self.satisfied,
            "code": self.code,
            "found": self.found,
            "needed": self.needed,
            "who": list(self.who),
            "next": self.next,
            "basis": None if self.basis is None else self.basis.model_dump(),
            "note": self.note,
            "inputs": list(self.inputs),
            "children": [child.to_obj() for child in self.children],
        }

    def sha256(self) -> str:
        return hashlib.sha256(strictjson.dumps(self.to_obj())).hexdigest()


def all_of(rule: str, title: str, children: Sequence[Verdict]) -> Verdict:
    """Satisfied iff there is at least one child and every child is: empty is never true."""
    satisfied = len(children) > 0 and all(child.satisfied for child in children)
    code = None if satisfied or children else "PROFIL-032"
    return Verdict(rule, title, satisfied, code, children=tuple(children))
