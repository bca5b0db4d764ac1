"""The 112-byte leaf of a ledger entry (docs/formats.md §3)."""

import hashlib
import struct
from typing import NamedTuple

from kawal_seal.dsse import Envelope
from kawal_seal.errors import SealError

SIZE = 112
_FORMAT = struct.Struct(">QQ32s32s32s")


class Entry(NamedTuple):
    """What the tree binds: order, time, payload, who signed, and their signatures. Digests are raw 32 bytes."""

    seq: int
    received_at_us: int
    payload_sha256: bytes
    signers: bytes
    signatures: bytes

    @classmethod
    def of(cls, seq: int, received_at_us: int, envelope: Envelope) -> "Entry":
        """For an envelope whose signatures the caller verified: a keyid is the sha256 of the raw key."""
        signers = b"".join(bytes.fromhex(one.keyid) for one in envelope.signatures)
        signatures = b"".join(one.sig for one in envelope.signatures)
        return cls(
            seq,
            received_at_us,
            hashlib.sha256(envelope.payload).digest(),
            hashlib.sha256(signers).digest(),
            hashlib.sha256(signatures).digest(),
        )

    def encode(self) -> bytes:
        return _FORMAT.pack(*self)

    @classmethod
    def decode(cls, leaf: bytes) -> "Entry":
        if len(leaf) != SIZE:
            raise SealError(f"daun: {len(leaf)} bita, harus {SIZE}")
        return cls(*_FORMAT.unpack(leaf))
