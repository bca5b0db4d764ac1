"""Builds a ledger again from whole entries: of a backup, of a witness, of both. Nothing is trusted that does not verify."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kawal.errors import BlockedError, InputError
from kawal.ledger.bundle import CHECKPOINT, read_rows
from kawal.ledger.records import PermitRecord
from kawal.ledger.statement import parse_envelope
from kawal.ledger.tables import TABLES, TRIGGERS, VERSION, Row
from kawal.ledger.verify import Problem, Report, verify_rows
from kawal_seal.checkpoint import Checkpoint, sign_checkpoint
from kawal_seal.dsse import Envelope
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey, PublicKey
from kawal_seal.trustfile import Trust

ROOM = 1_000_000


@dataclass(frozen=True)
class Source:
    """One bundle whose every entry, signature and tree root has been checked."""

    folder: Path
    rows: tuple[Row, ...]
    checkpoint: Envelope
    report: Report


def read_source(folder: Path, root_keys: Sequence[PublicKey] | None, threshold: int = 1) -> Source:
    """The bundle in `folder`, or InputError LEDGER-020 naming what is wrong with it."""
    problems: list[Problem] = []
    try:
        rows = tuple(read_rows(folder, problems))
        checkpoint = Envelope.parse((folder / CHECKPOINT).read_bytes())
    except (OSError, SealError) as error:
        raise InputError("LEDGER-020", f"{folder} tidak dapat dipulihkan", found=str(error)) from error
    report = verify_rows(rows, checkpoint, root_keys, threshold=threshold)
    wrong = (*problems, *report.problems)
    if wrong:
        raise InputError(
            "LEDGER-020",
            f"{folder} tidak dapat dipulihkan",
            found="; ".join(f"catatan {one.seq}: {one.what}" for one in wrong[:5]),
            needed="bundel yang lulus kawal verifikasi",
        )
    return Source(folder, rows, checkpoint, report)


def longest(sources: Sequence[Source]) -> Source:
    """The source with most entries, when all the others are its beginning; BlockedError LEDGER-021 when they part ways."""
    best = max(sources, key=lambda one: len(one.rows))
    for other in sources:
        for number, theirs in enumerate(other.rows):
            if best.rows[number].leaf() != theirs.leaf():
                raise BlockedError(
                    "LEDGER-021",
                    f"{best.folder} dan {other.folder} berisi catatan yang berbeda",
                    found=f"berbeda mulai catatan {theirs.seq}",
                    needed="salinan dari buku catatan yang sama",
                )
    return best


def rebuild(
    path: Path, source: Source, *, origin: str | None = None, key: PrivateKey | None = None, now: datetime
) -> None:
    """Writes the ledger file `path` with the source's entries. With `origin` a new tree is opened, signed by `key`.

    The file appears whole or not at all. ID tokens that were used before are not in the entries; they are older than
    any accepted token after five minutes.
    """
    if path.exists():
        raise InputError(
            "LEDGER-022",
            f"{path} sudah ada dan tidak ditimpa",
            next_step="pulihkan di folder data yang kosong",
        )
    checkpoint = source.checkpoint
    if origin is not None and key is not None:
        root = str(source.report.root)
        checkpoint = sign_checkpoint(Checkpoint(origin, len(source.rows), root, int(now.timestamp())), key)
    elif origin is not None or key is not None:
        raise ValueError("a new origin is signed by the checkpoint key, an old one needs none")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".pulih")
    fresh.unlink(missing_ok=True)
    db = sqlite3.connect(fresh)
    try:
        db.execute("PRAGMA synchronous=FULL")
        db.execute("BEGIN IMMEDIATE")
        for statement in (*TABLES, *TRIGGERS):
            db.execute(statement)
        db.execute("INSERT INTO meta VALUES ('origin', ?)", (origin or source.report.origin,))
        _insert(db, source.rows)
        if origin is not None:
            _leave_room(db)
        db.execute("INSERT INTO checkpoints VALUES (?, ?)", (len(source.rows), checkpoint.to_bytes()))
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode=WAL")
    finally:
        db.close()
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _insert(db: sqlite3.Connection, rows: Iterable[Row]) -> None:
    for row in rows:
        envelope, predicate = parse_envelope(row.envelope)
        if isinstance(predicate, Trust):
            kind, record_id, app_id = "trust", envelope.payload_sha256, None
        else:
            kind, record_id, app_id = predicate.TYPE, predicate.record_id, predicate.app_id
        db.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.seq, row.received_at, row.payload_sha256, record_id, kind, app_id, row.envelope),
        )
        if isinstance(predicate, PermitRecord):
            place = (predicate.app_id, predicate.environment, predicate.seq, row.seq)
            db.execute("INSERT INTO permit_seqs VALUES (?, ?, ?, ?)", place)


def _leave_room(db: sqlite3.Connection) -> None:
    """Permits that the lost entries gave out are not known here: the next numbers start far above any of them."""
    db.execute(
        "INSERT INTO permit_seqs SELECT app_id, environment, MAX(permit_seq) + ?, 0 FROM "
        "(SELECT app_id, environment, permit_seq FROM permit_seqs UNION ALL "
        "SELECT app_id, 'production', 0 FROM entries WHERE type = 'provision') GROUP BY app_id, environment",
        (ROOM,),
    )


def next_origin(origin: str) -> str:
    """`kawal:<instance>/<n>` with the next number."""
    instance, _, number = origin.rpartition("/")
    return f"{instance}/{int(number) + 1}"
