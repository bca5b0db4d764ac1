"""The ledger on SQLite: what is read from it, and the check of its tree against the signed checkpoint."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from kawal.errors import BlockedError, InputError, KawalError, TemporaryError
from kawal.ledger.append import Transaction, checked_now
from kawal.ledger.records import LedgerNote, Predicate
from kawal.ledger.statement import parse_envelope
from kawal.ledger.tables import (
    BY_TIME,
    ROW,
    TABLES,
    TRIGGERS,
    VERSION,
    Entry,
    Inclusion,
    Row,
    moment,
)
from kawal.ledger.trust import all_keys
from kawal_seal.checkpoint import verify_checkpoint
from kawal_seal.dsse import Envelope
from kawal_seal.entry import Entry as Leaf
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey, PublicKey
from kawal_seal.merkle import Tree
from kawal_seal.trustfile import Trust, verify_next

__all__ = ["Entry", "Inclusion", "Ledger", "Row", "Transaction", "free_bytes", "utc_now"]

MIN_FREE_BYTES = 200 * 1024 * 1024
BUSY_SECONDS = 20.0


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """One ledger file. Several processes may hold it open; one instance belongs to one thread.

    Without `checkpoint_key` it only reads. It also only reads when its tree does not match its checkpoint (F7): see `trouble`.
    """

    def __init__(
        self,
        path: Path,
        checkpoint_key: PrivateKey | None,
        instance: str,
        *,
        now: Callable[[], datetime] = utc_now,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self.path = path
        self.instance = instance
        self.trouble: str | None = None
        self.tree = Tree()
        self._key = checkpoint_key
        self._now = now
        self._free = free
        self._keys: dict[str, PublicKey] = {}
        self._trusts: list[tuple[int, Trust]] = []
        self._checkpoint: Envelope | None = None
        if checkpoint_key is None and not path.exists():
            raise InputError("LEDGER-001", f"buku catatan tidak ada: {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
        try:
            if checkpoint_key is not None:
                self._create()
            self.db.execute("PRAGMA synchronous=FULL")
            self.origin = self._read_origin()
        except sqlite3.OperationalError as error:
            self.close()
            raise TemporaryError("LEDGER-005", f"buku catatan sedang dipakai: {error}") from error
        except sqlite3.DatabaseError as error:
            self.close()
            raise InputError("LEDGER-001", f"{path} bukan buku catatan kawal: {error}") from error
        try:
            with contextlib.suppress(InputError):  # `trouble` holds the reason; writing and judging refuse
                self.refresh(check=True)
        except TemporaryError:
            self.close()
            raise

    @classmethod
    def open(
        cls,
        path: Path,
        checkpoint_key: PrivateKey | None,
        instance: str,
        *,
        now: Callable[[], datetime] = utc_now,
        free: Callable[[Path], int] = free_bytes,
    ) -> Ledger:
        return cls(path, checkpoint_key, instance, now=now, free=free)

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- reading ------------------------------------------------------------------------------------------------

    @property
    def read_only(self) -> bool:
        return self._key is None or self.trouble is not None

    def size(self) -> int:
        self.refresh()
        return self.tree.size

    def trust(self) -> Trust | None:
        """The newest trust version that the ledger accepted; None before the first."""
        self.refresh()
        return self.newest_trust()

    def newest_trust(self) -> Trust | None:
        """As `trust`, of what was already read: for use inside a transaction."""
        return self._trusts[-1][1] if self._trusts else None

    def trust_envelope(self) -> Envelope | None:
        """The newest trust file as signed: what targets are given."""
        self.refresh()
        return self.row(self._trusts[-1][0]).parse() if self._trusts else None

    def rows(self, after: int = 0) -> Iterator[Row]:
        """Rows as stored, unchecked; also of a ledger in trouble (for verification and export)."""
        for values in self.db.execute(f"{ROW} WHERE seq > ? ORDER BY seq", (after,)):
            yield Row(*values)

    def row(self, seq: int) -> Row:
        found = self.db.execute(f"{ROW} WHERE seq = ?", (seq,)).fetchone()
        if found is None:
            raise InputError("LEDGER-002", f"catatan nomor {seq} tidak ada")
        return Row(*found)

    def entries(self, app_id: str | None = None, type: str | None = None) -> list[Entry]:
        """Entries, oldest first, each with its signatures verified again."""
        self.refresh()
        found = self.db.execute(
            f"{ROW} WHERE (? IS NULL OR app_id = ?) AND (? IS NULL OR type = ?) ORDER BY seq",
            (app_id, app_id, type, type),
        )
        return [self.parse_row(Row(*values)) for values in found.fetchall()]

    def entry(self, payload_sha256: str) -> Entry | None:
        self.refresh()
        return self.find(payload_sha256)

    def find(self, payload_sha256: str) -> Entry | None:
        """As `entry`, without taking in new rows: for use inside a transaction."""
        found = self.db.execute(f"{ROW} WHERE payload_sha256 = ?", (payload_sha256,)).fetchone()
        return None if found is None else self.parse_row(Row(*found))

    def checkpoint(self) -> Envelope | None:
        """The newest signed checkpoint; None while the ledger is empty."""
        self.refresh()
        return self._checkpoint

    def inclusion(self, seq: int, size: int | None = None) -> Inclusion:
        """Proof against the newest checkpoint, or the one over the first `size` entries."""
        self.refresh()
        size = self.tree.size if size is None else size
        if not 1 <= seq <= size <= self.tree.size:
            raise InputError("LEDGER-002", f"catatan nomor {seq} tidak ada")
        hashes = tuple(one.hex() for one in self.tree.inclusion_proof(seq - 1, size))
        return Inclusion(self.row(seq).leaf(), seq - 1, size, hashes, self._read_checkpoint(size))

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever other processes append meanwhile."""
        self.db.execute("BEGIN")
        try:
            yield
        finally:
            self.db.execute("ROLLBACK")

    def parse_row(self, row: Row) -> Entry:
        envelope, predicate = parse_envelope(row.envelope)
        return Entry(
            row.seq,
            moment(row.received_at),
            envelope.payload_sha256,
            "trust" if isinstance(predicate, Trust) else predicate.TYPE,
            predicate,
            self.verified(envelope, predicate),
            row.envelope,
            self._trust_before(row.seq),
        )

    def _trust_before(self, seq: int) -> Trust | None:
        """The version that an entry of this number was admitted under."""
        return next((trust for number, trust in reversed(self._trusts) if number < seq), None)

    def verified(self, envelope: Envelope, predicate: Predicate | Trust) -> tuple[PublicKey, ...]:
        """The keys that signed. Every signature must be by a known key: a spare one would ride along unverified."""
        known = list(self._keys.values())
        if isinstance(predicate, Trust):
            known.extend(predicate.root_keys)
        signers = tuple(envelope.verifying_keys(known))
        if len(signers) != len(envelope.signatures):
            raise BlockedError(
                "IDENT-002",
                "tanda tangan catatan tidak sah atau kuncinya tidak dikenal",
                found=f"{len(signers)} dari {len(envelope.signatures)} tanda tangan sah",
                needed="kunci yang terdaftar di berkas kepercayaan",
                next_step="kawal kepercayaan lihat",
            )
        return signers

    # --- the tree -------------------------------------------------------------------------------------------------

    def _create(self) -> None:
        if self.db.execute("PRAGMA user_version").fetchone()[0] == VERSION:
            self.db.execute(BY_TIME)
            return
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("BEGIN IMMEDIATE")
        if self.db.execute("PRAGMA user_version").fetchone()[0] != VERSION:  # else another process was faster
            for statement in (*TABLES, BY_TIME, *TRIGGERS):
                self.db.execute(statement)
            self.db.execute("INSERT INTO meta VALUES ('origin', ?)", (f"kawal:{self.instance}/1",))
            self.db.execute(f"PRAGMA user_version = {VERSION}")
        self.db.execute("COMMIT")

    def _read_origin(self) -> str:
        found = self.db.execute("SELECT value FROM meta WHERE key = 'origin'").fetchone()
        return str(found[0]) if found else ""

    def refresh(self, *, check: bool = False) -> None:
        """Take in what other processes appended since, and check the tree against the newest checkpoint.

        Raises InputError LEDGER-004 when they do not agree, now and on every later call; TemporaryError LEDGER-005 when the file
        could not be read this time, which says nothing about what is in it.
        """
        if self.trouble is None:
            try:
                self._take_in(check)
            except sqlite3.OperationalError as error:
                if not _passing(error):
                    self.trouble = str(error)
                else:
                    self._forget()
                    raise TemporaryError(
                        "LEDGER-005", f"buku catatan tidak dapat dibaca sekarang: {error}"
                    ) from error
            except (SealError, KawalError, sqlite3.DatabaseError) as error:
                self.trouble = str(error)
        if self.trouble is not None:
            raise InputError(
                "LEDGER-004",
                "buku catatan tidak lulus pemeriksaan; hanya dapat dibaca",
                found=self.trouble,
                next_step="kawal verifikasi",
            )

    def _take_in(self, check: bool) -> None:
        fresh = check
        for row in self.rows(self.tree.size):
            fresh = True
            envelope = row.parse()
            if row.seq != self.tree.size + 1 or envelope.payload_sha256 != row.payload_sha256:
                raise InputError("LEDGER-003", f"catatan nomor {row.seq} rusak atau nomor urutnya melompat")
            self.tree.append(Leaf.of(row.seq, row.received_at, envelope).encode())
            self.learn(row.seq, envelope)
        if fresh:
            # One statement is one snapshot: both grow in the same transaction, so they are always equal.
            last, signed = self.db.execute(
                "SELECT (SELECT MAX(seq) FROM entries), (SELECT MAX(size) FROM checkpoints)"
            ).fetchone()
            if last != signed:
                raise InputError("LEDGER-004", f"catatan terakhir {last}, titik periksa terakhir {signed}")
        if fresh and self.tree.size:
            self._checkpoint = self._read_checkpoint(self.tree.size)

    def learn(self, seq: int, envelope: Envelope) -> None:
        """Remember the keys of an accepted trust version."""
        if (
            b'"predicateType":"urn:kawal:trust:v1"' not in envelope.payload
        ):  # cheap; records have one spelling
            return
        trust = verify_next(envelope, self.newest_trust())
        self._trusts.append((seq, trust))
        self._keys.update({key.keyid: key for key in all_keys(trust)})

    def _read_checkpoint(self, size: int) -> Envelope:
        found = self.db.execute("SELECT envelope FROM checkpoints WHERE size = ?", (size,)).fetchone()
        if found is None or not self._trusts:
            raise InputError("LEDGER-004", f"titik periksa untuk {size} catatan tidak ada")
        envelope = Envelope.parse(found[0])
        checkpoint = verify_checkpoint(envelope, self._trusts[-1][1].service_keys["checkpoint"])
        if (checkpoint.origin, checkpoint.size, checkpoint.root) != (
            self.origin,
            size,
            self.tree.root(size).hex(),
        ):
            raise InputError(
                "LEDGER-004", "pohon catatan tidak cocok dengan titik periksa yang ditandatangani"
            )
        return envelope

    # --- writing --------------------------------------------------------------------------------------------------

    def append(self, envelope: Envelope, *, forge_time: datetime | None = None) -> Entry:
        """Append one signed record, or return the entry that already holds the same payload.

        Raises BlockedError (IDENT: not by those who may; LEDGER-007: record_id used; JAM; PERCAYA), InputError, TemporaryError.
        """
        with self.transaction(forge_time=forge_time) as transaction:
            return transaction.append(envelope)

    def correct_clock(self, envelope: Envelope) -> Entry:
        """Append the root's clock correction, whatever the last entry's time says; the only record that may go back."""
        _, predicate = parse_envelope(envelope.to_bytes())
        if not isinstance(predicate, LedgerNote) or predicate.kind != "clock":
            raise InputError("LEDGER-006", "bukan koreksi jam")
        with self.transaction(correcting=True) as transaction:
            return transaction.append(envelope)

    @contextlib.contextmanager
    def transaction(
        self, *, forge_time: datetime | None = None, correcting: bool = False
    ) -> Iterator[Transaction]:
        """One BEGIN IMMEDIATE transaction: leaving it commits everything, an exception leaves no trace."""
        self.refresh()
        if self._key is None:
            raise InputError("LEDGER-004", "buku catatan dibuka untuk dibaca saja")
        if self._free(self.path.parent) < MIN_FREE_BYTES:
            raise TemporaryError(
                "LEDGER-008", "ruang disk kurang dari 200 MB", next_step="kosongkan disk, lalu ulangi"
            )
        transaction: Transaction | None = None
        try:
            self.db.execute("BEGIN IMMEDIATE")
            self.refresh()
            now = self._now() if correcting else checked_now(self.db, self._now(), forge_time)
            transaction = Transaction(self, self._key, now)
            yield transaction
            envelope = transaction.seal()
            self.db.execute("COMMIT")
            self._checkpoint = envelope or self._checkpoint
        except BaseException as error:
            self._roll_back(ahead=transaction is not None and transaction.changed)
            if isinstance(error, sqlite3.Error):
                raise TemporaryError(
                    "LEDGER-005", f"buku catatan tidak dapat ditulis sekarang: {error}"
                ) from error
            raise

    def _roll_back(self, *, ahead: bool) -> None:
        """Undo, and where this instance ran ahead of what is stored, read that again from the start."""
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")
        if ahead and self.trouble is None:
            self._forget()
            with contextlib.suppress(InputError, TemporaryError):
                self.refresh(check=True)

    def _forget(self) -> None:
        """Whatever was taken in, perhaps half of it: the next reading starts at the first entry."""
        self.tree, self._keys, self._trusts, self._checkpoint = Tree(), {}, [], None


def _passing(error: sqlite3.OperationalError) -> bool:
    """Whether it may be over soon (locked, full, input/output): everything but SQL that this file has no tables for."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR)
    return code & 0xFF != sqlite3.SQLITE_ERROR
