"""The small language of the bypass rows: an attack, what must stop it, its legitimate twin, and the rule to switch off."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from unittest import mock

from bypass_kantor import Kantor, Setup

from kawal.policy.verdict import Verdict

READY = Setup()
Act = Callable[[Kantor], object]
Where = Literal["catatan", "target", "jawaban"]
"""Where the refusal is found: a denial in the ledger; the target's log; only the answer (when the ledger itself may not be written)."""


@dataclass(frozen=True)
class Variant:
    name: str
    act: Act
    """Prepares the attack; when it returns True it has also carried it out, else the office delivers once."""
    codes: tuple[str, ...]
    """One of these must be the recorded reason."""
    setup: Setup = READY
    where: Where = "catatan"
    permits: int = 0
    """Legitimate permits that the attack starts from."""
    installs: int = 0


@dataclass(frozen=True)
class Row:
    id: str
    title: str
    actor: str
    stopped_by: str
    variants: tuple[Variant, ...] = ()
    twin: Act = lambda k: None
    twin_setup: Setup = READY
    off: Mapping[str, Any] = field(default_factory=dict)
    """Dotted name -> what stands in its place while the rule is switched off."""
    off_name: str = ""
    """The rule that is switched off, in words."""
    note: str = ""
    """Why there is no surface yet, or where else the row is tested."""


def play(kantor: Kantor, act: Act) -> None:
    if act(kantor) is not True:
        kantor.deliver()


@contextlib.contextmanager
def switched_off(row: Row) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for name, instead in row.off.items():
            stack.enter_context(mock.patch(name, instead))
        yield


def yes(*_: Any, **__: Any) -> Verdict:
    """A rule that always says yes."""
    return Verdict("mati", "aturan dimatikan", True)


def yes_list(*_: Any, **__: Any) -> list[Verdict]:
    return [yes()]


def always(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


# --- short ways to write a variant ----------------------------------------------------------------------------------


def claimed(name: str, code: str, /, **changes: Any) -> Variant:
    return Variant(name, lambda k: k.claims.update(changes), (code,))


def seen(name: str, codes: str | tuple[str, ...], /, **changes: Any) -> Variant:
    wanted = (codes,) if isinstance(codes, str) else codes
    return Variant(name, lambda k: k.seen.update(changes), wanted)


def job_is(name: str, code: str, both: Mapping[str, Any] | None = None, /, **changes: Any) -> Variant:
    """The forge's API shows this job; `both` are claims that say the same."""

    def act(k: Kantor) -> None:
        k.job.update(changes)
        k.claims.update(both or {})

    return Variant(name, act, (code,))


def evidence(name: str, uji: str, codes: str | tuple[str, ...], /, **changes: Any) -> Variant:
    """The only evidence of a kind is this one."""
    wanted = (codes,) if isinstance(codes, str) else codes
    return Variant(
        name,
        lambda k: k.record(k.world.make_evidence(uji, **changes), "evidence") and None,
        wanted,
        Setup(without=(uji,)),
    )


def locked(
    name: str, act: Act, code: str = "SANDI-001", without: tuple[str, ...] = ("persandian",)
) -> Variant:
    """Something is tried instead of the record that is missing."""
    return Variant(name, act, (code,), Setup(without=without))
