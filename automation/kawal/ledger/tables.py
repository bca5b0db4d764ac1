"""The ledger's SQLite tables and the values read from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kawal.ledger.records import Predicate
from kawal_seal.dsse import Envelope
from kawal_seal.entry import Entry as Leaf
from kawal_seal.keys import PublicKey
from kawal_seal.trustfile import Trust

ENVELOPE_LIMIT = 1 << 18
VERSION = 1
TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    (
        "CREATE TABLE entries (seq INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, payload_sha256 TEXT NOT NULL UNIQUE, "
        "record_id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, app_id TEXT, envelope BLOB NOT NULL) STRICT"
    ),
    "CREATE INDEX entries_of_app ON entries (app_id, seq)",
    "CREATE INDEX entries_of_type ON entries (type, seq)",
    "CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, envelope BLOB NOT NULL) STRICT",
    (
        "CREATE TABLE used_tokens (iss TEXT NOT NULL, jti TEXT NOT NULL, seq INTEGER NOT NULL, "
        "PRIMARY KEY (iss, jti)) STRICT"
    ),
    (
        "CREATE TABLE permit_seqs (app_id TEXT NOT NULL, environment TEXT NOT NULL, permit_seq INTEGER NOT NULL, "
        "seq INTEGER NOT NULL, PRIMARY KEY (app_id, environment, permit_seq)) STRICT"
    ),
)
BY_TIME = "CREATE INDEX IF NOT EXISTS entries_of_time ON entries (received_at)"
"""Without it each append read the whole book for its latest time. Made on opening: ledgers of before have none."""
TRIGGERS = tuple(
    f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'buku catatan hanya dapat ditambah'); END"
    for table in ("meta", "entries", "checkpoints", "used_tokens", "permit_seqs")
    for verb in ("update", "delete")
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


@dataclass(frozen=True)
class Row:
    """A row as stored."""

    seq: int
    received_at: int
    payload_sha256: str
    envelope: bytes

    def parse(self) -> Envelope:
        return Envelope.parse(self.envelope, limit=ENVELOPE_LIMIT)

    def leaf(self) -> bytes:
        return Leaf.of(self.seq, self.received_at, self.parse()).encode()


ROW = "SELECT seq, received_at, payload_sha256, envelope FROM entries"


@dataclass(frozen=True)
class Entry:
    """A row, parsed. `signers` are the keys that verified the envelope, in its order."""

    seq: int
    received_at: datetime
    payload_sha256: str
    type: str
    predicate: Predicate | Trust
    signers: tuple[PublicKey, ...]
    envelope: bytes
    trust: Trust | None = None
    """The version in force when the ledger took it in: who might sign then. None where no ledger told it."""


@dataclass(frozen=True)
class Inclusion:
    """Proof that an entry is in the tree of a signed checkpoint (formats.md §4)."""

    leaf: bytes
    index: int
    size: int
    hashes: tuple[str, ...]
    checkpoint: Envelope
