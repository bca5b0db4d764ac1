"""What the cases of the ledger's refusals share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kawal_world import APP, KEYS, START, World, key, policy_bytes

from kawal.ledger import records as r
from kawal.ledger.bundle import (
    write_bundle,
)
from kawal.ledger.content import ContentStore

ROOT = (KEYS["root1"].public, KEYS["root2"].public)
STRANGER = key("orang lain")
Case = tuple[str, Callable[[], object]]


def fixed_id(number: int) -> str:
    """A record_id that a golden line may show."""
    return f"00000000-0000-4000-8000-{number:012}"


def denial() -> r.Denial:
    return r.Denial(
        app_id=APP,
        issued_at=START,
        where="cli",
        codes=("PSE-001",),
        commit=None,
        tag="v1.0.0",
        job_id=None,
        target_id=None,
        verdict_sha256=None,
    )


def note(world: World, kind: Any) -> r.LedgerNote:
    return r.LedgerNote(
        app_id=None,
        issued_at=world.now,
        kind=kind,
        old_origin="kawal:dinas-uji/1",
        size=1,
        root="0" * 64,
        new_origin="kawal:dinas-uji/2" if kind == "epoch" else None,
        reason="jam salah",
    )


def exported(folder: Path) -> Path:
    world = World(folder).begin()
    store = ContentStore(folder / "asal")
    store.put(policy_bytes(world.policy))
    made = write_bundle(world.ledger, store, folder / "bundel")
    world.ledger.close()
    return made


@contextlib.contextmanager
def replaced(path: Path, data: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(before)


@contextlib.contextmanager
def without(path: Path) -> Iterator[None]:
    before = path.read_bytes()
    path.unlink()
    try:
        yield
    finally:
        path.write_bytes(before)
