"""Offline verification of entries, their order, signers and tree. Names the entry that is wrong. Needs no network and no key."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kawal.errors import KawalError
from kawal.ledger.records import LedgerNote, Predicate
from kawal.ledger.statement import parse_envelope
from kawal.ledger.store import Ledger
from kawal.ledger.tables import Row, moment
from kawal.ledger.trust import all_keys, authorise
from kawal_seal.checkpoint import verify_checkpoint
from kawal_seal.dsse import Envelope
from kawal_seal.errors import SealError
from kawal_seal.keys import PublicKey
from kawal_seal.merkle import Tree
from kawal_seal.trustfile import Trust, verify_next, verify_trust


@dataclass(frozen=True)
class Problem:
    seq: int | None
    """The wrong entry; None for a problem of the whole."""
    what: str


@dataclass(frozen=True)
class Report:
    entries: int
    origin: str | None
    root: str | None
    trust_version: int | None
    root_pinned: bool
    """Whether the first trust version was checked against root keys that the caller already had."""
    missing_content: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify_rows(
    rows: Iterable[Row],
    checkpoint: Envelope | None,
    root_keys: Iterable[PublicKey] | None = None,
    *,
    threshold: int = 1,
    missing_content: tuple[str, ...] = (),
) -> Report:
    """Check a whole ledger, first entry to last, against its newest checkpoint.

    Without `root_keys` the first trust version vouches for itself: good against damage, not against a forged whole.
    """
    tree = Tree()
    problems: list[Problem] = []
    trust: Trust | None = None
    keys: dict[str, PublicKey] = {}
    seen: set[str] = set()
    pinned = tuple(root_keys) if root_keys is not None else None
    last = 0
    for row in rows:
        expected = tree.size + 1
        try:
            envelope, predicate = parse_envelope(row.envelope)
            tree.append(row.leaf())
            if row.seq != expected:
                raise SealError(f"nomor urut {row.seq}, seharusnya {expected}")
            if envelope.payload_sha256 != row.payload_sha256:
                raise SealError("digest isi tidak cocok dengan isinya")
            corrects = (
                isinstance(predicate, LedgerNote) and predicate.kind == "clock"
            )  # its signers are checked below
            if row.received_at < last - 60_000_000 and not corrects:
                raise SealError("waktu terima mundur")
            last = row.received_at if corrects else max(last, row.received_at)
            if isinstance(predicate, Trust):
                if trust is None and pinned is not None:
                    verify_trust(envelope, pinned, max(threshold, min(len(pinned), predicate.threshold)))
                trust = verify_next(envelope, trust)
                keys.update({key.keyid: key for key in all_keys(trust)})
                identity = row.payload_sha256
            else:
                _check_record(envelope, predicate, row, trust, keys)
                identity = predicate.record_id
            if identity in seen:
                raise SealError(f"record_id {identity} ganda")
            seen.add(identity)
        except (SealError, KawalError) as error:
            problems.append(Problem(row.seq, str(error).partition("\n")[0]))
    origin = root = None
    try:
        if checkpoint is None or trust is None:
            raise SealError("tanpa titik periksa atau berkas kepercayaan")
        signed = verify_checkpoint(checkpoint, trust.service_keys["checkpoint"])
        origin, root = signed.origin, signed.root
        if signed.size != tree.size:
            raise SealError(f"titik periksa untuk {signed.size} catatan, ditemukan {tree.size}")
        if signed.root != tree.root().hex():
            raise SealError("akar pohon berbeda dari titik periksa yang ditandatangani")
        if signed.origin.split("/")[0] != f"kawal:{trust.instance}":
            raise SealError(f"titik periksa milik {signed.origin}")
    except SealError as error:
        problems.append(Problem(None, str(error)))
    problems.extend(Problem(None, f"berkas bukti {one} tidak ada atau berubah") for one in missing_content)
    version = trust.version if trust else None
    return Report(tree.size, origin, root, version, pinned is not None, missing_content, tuple(problems))


def verify_entry(row: Row, trust: Trust, keys: dict[str, PublicKey]) -> None:
    """One record by itself: its form, digest and signers; SealError or KawalError. Its place in the tree is not looked at."""
    envelope, predicate = parse_envelope(row.envelope)
    if envelope.payload_sha256 != row.payload_sha256:
        raise SealError("digest isi tidak cocok dengan isinya")
    if isinstance(predicate, Trust):
        raise SealError("berkas kepercayaan diperiksa dengan urutannya")
    _check_record(envelope, predicate, row, trust, keys)


def _check_record(
    envelope: Envelope, predicate: Predicate, row: Row, trust: Trust | None, keys: dict[str, PublicKey]
) -> None:
    if trust is None:
        raise SealError("catatan sebelum berkas kepercayaan pertama")
    signers = tuple(envelope.verifying_keys(keys.values()))
    if len(signers) != len(envelope.signatures):
        raise SealError("tanda tangan tidak sah atau kuncinya tidak dikenal")
    authorise(predicate, signers, moment(row.received_at), trust)


def verify_ledger(ledger: Ledger, root_keys: Iterable[PublicKey] | None = None) -> Report:
    """The live ledger, also one in trouble."""
    found = ledger.db.execute("SELECT envelope FROM checkpoints ORDER BY size DESC LIMIT 1").fetchone()
    checkpoint = None
    if found is not None:
        with contextlib.suppress(SealError):  # one that cannot be read is reported as missing
            checkpoint = Envelope.parse(found[0])
    return verify_rows(ledger.rows(), checkpoint, root_keys)


def content_digests(predicates: Iterable[Predicate | Trust]) -> Iterator[str]:
    """Digests of content-store files that records name."""
    from kawal.ledger.records import (
        Approval,
        Evidence,
        Move,
        Pentest,
        Request,
        RiskAcceptance,
        Signoff,
        StepDone,
        Waiver,
    )

    for one in predicates:
        match one:
            case Request():
                yield from (doc.sha256 for doc in one.documents)
                yield one.source_sha256
            case Approval():
                yield one.letter.sha256
            case StepDone():
                yield from (doc.sha256 for doc in one.evidence)
            case Evidence():
                yield one.raw_sha256
            case Signoff():
                yield from (item.sha256 for item in one.evidence)
                if one.pse is not None:
                    yield one.pse.document_sha256
            case Waiver(document_sha256=str() as sha256) | RiskAcceptance(document_sha256=str() as sha256):
                yield sha256
            case Pentest():
                yield one.document_sha256
            case Move():
                yield one.to_sha256
            case Trust():
                yield one.policy_sha256
