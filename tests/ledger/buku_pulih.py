"""Cases of the golden file of refusals: offline verification and restoring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from buku_bersama import ROOT, STRANGER, Case, exported, fixed_id, note, replaced, without
from kawal_world import KEYS, START, World, trust_value

from kawal.ledger.bundle import (
    CHECKPOINT,
    ENTRIES,
)
from kawal.ledger.restore import longest, read_source, rebuild
from kawal.ledger.statement import sign_record
from kawal.ledger.tables import Row
from kawal.ledger.trust import all_keys
from kawal.ledger.verify import Report, verify_entry, verify_rows
from kawal_seal.checkpoint import Checkpoint, sign_checkpoint
from kawal_seal.dsse import Envelope
from kawal_seal.keys import PublicKey
from kawal_seal.merkle import Tree
from kawal_seal.trustfile import sign_trust


class Copy:
    """The rows of a ledger, to be changed, under a checkpoint that is signed anew: only the named flaw is left."""

    def __init__(self, world: World) -> None:
        self.rows = list(world.ledger.rows())
        self.origin = world.ledger.origin

    def plus(self, envelope: Envelope, back: int = 0, *more: tuple[Envelope, int]) -> list[Row]:
        """With entries that were received so many microseconds before the last one of now."""
        last, rows = self.rows[-1].received_at, list(self.rows)
        for one, earlier in ((envelope, back), *more):
            rows.append(Row(len(rows) + 1, last - earlier, one.payload_sha256, one.to_bytes()))
        return rows

    def last(self, **changes: Any) -> list[Row]:
        return [*self.rows[:-1], replace(self.rows[-1], **changes)]

    def verify(
        self,
        rows: list[Row],
        roots: tuple[PublicKey, ...] | None = ROOT,
        *,
        signer: str = "checkpoint",
        threshold: int = 2,
        **changes: Any,
    ) -> Report:
        tree = Tree([one.leaf() for one in rows])
        point = Checkpoint(self.origin, tree.size, tree.root().hex(), 1_800_000_000)._replace(**changes)
        return verify_rows(rows, sign_checkpoint(point, KEYS[signer]), roots, threshold=threshold)


def verified(folder: Path) -> Iterator[Case]:
    world = World(folder).begin()
    copy, rows = Copy(world), list(world.ledger.rows())
    check = copy.verify
    yield "utuh", lambda: check(rows)
    yield "utuh, tanpa akar", lambda: check(rows, None)
    yield "akar lain", lambda: check(rows, (STRANGER.public,), threshold=1)
    yield "satu dari dua akar dikenal", lambda: check(rows, (ROOT[0], STRANGER.public))
    yield "satu akar dikenal, ambang satu", lambda: check(rows, ROOT[:1], threshold=1)
    yield "dua akar dikenal, ambang tiga", lambda: check(rows, threshold=3)
    yield "tanpa titik periksa", lambda: verify_rows(rows, None, ROOT, threshold=2)
    yield "tanpa catatan", lambda: verify_rows([], None, ROOT, threshold=2)
    yield "tanpa berkas kepercayaan", lambda: check([replace(rows[1], seq=1)])
    yield "berkas yang hilang", lambda: verify_rows(rows, None, ROOT, missing_content=("1" * 64, "2" * 64))
    yield "digest lain", lambda: check(copy.last(payload_sha256="0" * 64))
    yield "nomor lain", lambda: check(copy.last(seq=9))
    yield "isi tidak terbaca", lambda: verify_rows(copy.last(envelope=b"{}"), None, ROOT, threshold=2)
    step = sign_record(world.make_step(record_id=fixed_id(1)), [KEYS["pa"]])
    again = sign_record(world.make_step("9", record_id=fixed_id(1)), [KEYS["pa"]])
    yield "record_id dua kali", lambda: check(copy.plus(step, 0, (again, 0)))
    yield "mundur 60 detik", lambda: check(copy.plus(step, 60_000_000))
    yield "mundur lebih dari 60 detik", lambda: check(copy.plus(step, 60_000_001))
    next_step = sign_record(world.make_step("9"), [KEYS["pa"]])
    yield "mundur dua kali 40 detik", lambda: check(copy.plus(step, 40_000_000, (next_step, 80_000_000)))
    for signer in ("dev", "lain"):
        envelope = sign_record(
            world.make_step(), [STRANGER if signer == "lain" else KEYS[signer], KEYS["pa"]][:1]
        )
        yield f"langkah oleh {signer}", lambda envelope=envelope: check(copy.plus(envelope))  # type: ignore[misc]
    spare = sign_record(world.make_step(), [KEYS["pa"], STRANGER])
    yield "tanda tangan tambahan", lambda: check(copy.plus(spare))
    roots = [KEYS["root1"], KEYS["root2"]]
    for kind in ("clock", "epoch"):
        envelope = sign_record(note(world, kind), roots)
        yield f"{kind} yang mundur", lambda envelope=envelope: check(copy.plus(envelope, 3_600_000_000))  # type: ignore[misc]
        after = ((step, 3_600_000_000), (next_step, 3_660_000_001))
        yield (
            f"sesudah {kind} yang mundur",
            lambda envelope=envelope, after=after: check(copy.plus(envelope, 3_600_000_000, *after)),  # type: ignore[misc]
        )
    for version in (1, 2, 3):
        envelope = sign_trust(trust_value("1" * 64, version=version), roots)
        yield f"kepercayaan versi {version}", lambda envelope=envelope: check(copy.plus(envelope))  # type: ignore[misc]
    yield "titik periksa oleh kunci lain", lambda: check(rows, signer="permit")
    yield "titik periksa lebih panjang", lambda: check(rows, size=5)
    yield "titik periksa lebih pendek", lambda: check(rows, size=3)
    yield "titik periksa akar lain", lambda: check(rows, root="0" * 64)
    yield "titik periksa asal lain", lambda: check(rows, origin="kawal:dinas-lain/1")
    yield "titik periksa nomor asal lain", lambda: check(rows, origin="kawal:dinas-uji/2")
    trust = trust_value(world.policy_sha256)
    keys = {one.keyid: one for one in all_keys(trust)}
    yield "satu catatan", lambda: verify_entry(rows[1], trust, keys)
    yield (
        "satu catatan, digest lain",
        lambda: verify_entry(replace(rows[1], payload_sha256="0" * 64), trust, keys),
    )
    yield "satu catatan, tanpa kunci", lambda: verify_entry(rows[1], trust, {})
    yield "satu catatan kepercayaan", lambda: verify_entry(rows[0], trust, keys)
    world.ledger.close()


def restored(folder: Path) -> Iterator[Case]:
    bundle = exported(folder)
    source = read_source(bundle, ROOT, 2)
    yield "utuh", lambda: read_source(bundle, ROOT, 2)
    yield "tidak ada", lambda: read_source(folder / "tidak-ada", ROOT)
    yield "akar lain", lambda: read_source(bundle, [STRANGER.public])
    yield "ambang tiga", lambda: read_source(bundle, ROOT, 3)
    with replaced(bundle / CHECKPOINT, b"{}"):
        yield "titik periksa tidak terbaca", lambda: read_source(bundle, ROOT)
    with without(bundle / CHECKPOINT):
        yield "tanpa titik periksa", lambda: read_source(bundle, ROOT)
    whole = (bundle / ENTRIES).read_bytes().splitlines(keepends=True)
    with replaced(bundle / ENTRIES, b"".join([whole[0], b"x\n", *whole[2:]])):
        yield "entri tidak terbaca", lambda: read_source(bundle, ROOT)
    with replaced(bundle / ENTRIES, whole[0] + b"x\n" * 7):
        yield "tujuh yang salah", lambda: read_source(bundle, ROOT)
    shorter = replace(source, folder=folder / "pendek", rows=source.rows[:2])
    yield "yang satu awal yang lain", lambda: longest([shorter, source])
    other = (*source.rows[:2], replace(source.rows[2], received_at=0))
    forked = replace(source, folder=folder / "cabang", rows=other)
    yield "cabang", lambda: longest([forked, shorter, source])
    yield "menimpa", lambda: rebuild(folder / "ledger.sqlite3", source, now=START)
