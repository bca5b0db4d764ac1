"""What happens between BEGIN and COMMIT: admission of a record, used tokens, permit numbers, the signed checkpoint."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Protocol

from kawal.errors import BlockedError
from kawal.ledger.records import Denial, LedgerNote, Predicate
from kawal.ledger.statement import parse_envelope
from kawal.ledger.tables import Entry, microseconds, moment
from kawal.ledger.trust import authorise
from kawal_seal.checkpoint import Checkpoint, sign_checkpoint
from kawal_seal.dsse import Envelope
from kawal_seal.entry import Entry as Leaf
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey, PublicKey
from kawal_seal.merkle import Tree
from kawal_seal.trustfile import Trust, verify_next

CLOCK_BACK = timedelta(seconds=60)
CLOCK_AHEAD = timedelta(minutes=5)


def checked_now(db: sqlite3.Connection, now: datetime, forge_time: datetime | None) -> datetime:
    """`now`, unless the clock went back behind the last entry or runs ahead of the forge (F6)."""
    since = last_correction(db)
    found = db.execute(
        "SELECT received_at FROM entries INDEXED BY entries_of_time "
        "WHERE seq >= ? ORDER BY received_at DESC LIMIT 1",
        (since,),
    ).fetchone()
    last = found[0] if found else None
    if last is not None and now < moment(last) - CLOCK_BACK:
        raise BlockedError(
            "JAM-001",
            "jam komputer mundur: lebih awal daripada catatan terakhir",
            found=f"{now:%Y-%m-%d %H:%M:%S} UTC",
            needed=f"paling awal {moment(last):%Y-%m-%d %H:%M:%S} UTC",
            next_step="betulkan jam komputer; bila catatan terakhir yang salah: kawal koreksi jam",
        )
    if forge_time is not None and now > forge_time + CLOCK_AHEAD:
        raise BlockedError(
            "JAM-002",
            "jam komputer lebih dari 5 menit di depan jam forge",
            found=f"{now:%Y-%m-%d %H:%M:%S} UTC",
            needed=f"forge: {forge_time:%Y-%m-%d %H:%M:%S} UTC",
            next_step="betulkan jam komputer, lalu ulangi",
        )
    return now


def last_correction(db: sqlite3.Connection) -> int:
    """Number of the entry since which times bind: the root's newest clock correction, else the first."""
    notes = db.execute("SELECT seq, envelope FROM entries WHERE type = 'ledger' ORDER BY seq DESC")
    for seq, data in notes:
        predicate = parse_envelope(data)[1]
        if isinstance(predicate, LedgerNote) and predicate.kind == "clock":
            return int(seq)
    return 1


class Book(Protocol):
    """The open ledger, as far as an append asks it; `Ledger` is the one there is."""

    db: sqlite3.Connection
    tree: Tree
    instance: str
    origin: str

    def find(self, payload_sha256: str) -> Entry | None:
        """The entry with this payload, of what was already read."""

    def learn(self, seq: int, envelope: Envelope) -> None:
        """Remember the keys of an accepted trust version."""

    def newest_trust(self) -> Trust | None:
        """The trust version in force, of what was already read."""

    def verified(self, envelope: Envelope, predicate: Predicate | Trust) -> tuple[PublicKey, ...]:
        """The keys that signed; refuses a signature by any other."""


class Transaction:
    """Created by `Ledger.transaction` only."""

    def __init__(self, ledger: Book, key: PrivateKey, now: datetime) -> None:
        self.now = now
        self._ledger = ledger
        self._db = ledger.db
        self._key = key
        self._changed = False

    @property
    def changed(self) -> bool:
        """Whether the ledger in memory runs ahead of what is stored."""
        return self._changed

    def append(self, envelope: Envelope) -> Entry:
        """Append one signed record, or return the entry that already holds the same payload."""
        ledger = self._ledger
        envelope, predicate = parse_envelope(envelope.to_bytes())
        known = ledger.find(envelope.payload_sha256)
        if known is not None:
            return known
        signers = self._admit(envelope, predicate)
        seq = ledger.tree.size + 1
        received = microseconds(self.now)
        if isinstance(predicate, Trust):
            kind, record_id, app_id = "trust", envelope.payload_sha256, None
        else:
            kind, record_id, app_id = predicate.TYPE, predicate.record_id, predicate.app_id
        data = envelope.to_bytes()
        try:
            self._db.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
                (seq, received, envelope.payload_sha256, record_id, kind, app_id, data),
            )
        except sqlite3.IntegrityError as error:
            raise BlockedError("LEDGER-007", f"record_id {record_id} sudah dipakai catatan lain") from error
        self._changed = True
        trust = ledger.newest_trust()
        ledger.tree.append(Leaf.of(seq, received, envelope).encode())
        ledger.learn(seq, envelope)
        return Entry(seq, moment(received), envelope.payload_sha256, kind, predicate, signers, data, trust)

    def _admit(self, envelope: Envelope, predicate: Predicate | Trust) -> tuple[PublicKey, ...]:
        """The keys that signed a record that may be appended."""
        trust = self._ledger.newest_trust()
        if isinstance(predicate, Trust):
            roots = self._ledger.verified(envelope, predicate)
            self._admit_trust(envelope, predicate, trust)
            return roots
        if trust is None:
            raise BlockedError(
                "PERCAYA-001", "belum ada berkas kepercayaan", next_step="kawal kepercayaan buat"
            )
        signers = self._ledger.verified(envelope, predicate)
        expired = int(self.now.timestamp()) >= trust.expires_at
        if expired and not isinstance(predicate, Denial | LedgerNote):  # a refusal must still be recorded
            raise BlockedError(
                "PERCAYA-005", "berkas kepercayaan kedaluwarsa", next_step="kawal kepercayaan ubah"
            )
        authorise(predicate, signers, self.now, trust)
        return signers

    def _admit_trust(self, envelope: Envelope, new: Trust, previous: Trust | None) -> None:
        try:
            verify_next(envelope, previous)
        except SealError as error:
            raise BlockedError("PERCAYA-003", f"berkas kepercayaan tidak diterima: {error}") from error
        if new.instance != self._ledger.instance:
            raise BlockedError("PERCAYA-003", f"berkas kepercayaan milik instansi {new.instance}")

    # --- permits ------------------------------------------------------------------------------------------------

    def token_used(self, iss: str, jti: str) -> bool:
        found = self._db.execute("SELECT 1 FROM used_tokens WHERE iss = ? AND jti = ?", (iss, jti))
        return found.fetchone() is not None

    def use_token(self, iss: str, jti: str, seq: int) -> None:
        """Burn an ID token; a second use of the same (iss, jti) is refused (F10)."""
        if self.token_used(iss, jti):
            raise BlockedError("IZIN-003", "token ini sudah pernah dipakai")
        self._db.execute("INSERT INTO used_tokens VALUES (?, ?, ?)", (iss, jti, seq))

    def next_permit_seq(self, app_id: str, environment: str) -> int:
        found = self._db.execute(
            "SELECT MAX(permit_seq) FROM permit_seqs WHERE app_id = ? AND environment = ?",
            (app_id, environment),
        )
        return int(found.fetchone()[0] or 0) + 1

    def take_permit_seq(self, app_id: str, environment: str, permit_seq: int, seq: int) -> None:
        self._db.execute(
            "INSERT INTO permit_seqs VALUES (?, ?, ?, ?)", (app_id, environment, permit_seq, seq)
        )

    def seal(self) -> Envelope | None:
        """Sign the checkpoint over the new tree, inside the same transaction; None when nothing was appended."""
        if not self._changed:
            return None
        trust = self._ledger.newest_trust()
        trusted = trust and trust.service_keys["checkpoint"].keyid
        if trusted != self._key.public.keyid:
            # A checkpoint that nobody can verify would leave the ledger readable only, for everyone and for good.
            raise BlockedError(
                "PERCAYA-020",
                "kunci checkpoint yang dipakai bukan kunci di berkas kepercayaan",
                found=self._key.public.keyid,
                needed=trusted,
                next_step="pasang kunci checkpoint yang berlaku, lalu ulangi",
            )
        tree = self._ledger.tree
        now = int(self.now.timestamp())
        checkpoint = Checkpoint(self._ledger.origin, tree.size, tree.root().hex(), now)
        envelope = sign_checkpoint(checkpoint, self._key)
        self._db.execute("INSERT INTO checkpoints VALUES (?, ?)", (tree.size, envelope.to_bytes()))
        return envelope
