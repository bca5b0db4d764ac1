"""Signed checkpoints: how long the ledger is and its root (docs/formats.md §3)."""

import re
from typing import NamedTuple

from kawal_seal import strictjson
from kawal_seal.dsse import Envelope, sign
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey, PublicKey
from kawal_seal.shape import HEX64, constant, fields, integer, text, time_from_text, time_to_text

CHECKPOINT_TYPE = "application/vnd.kawal.checkpoint+json"
ORIGIN = re.compile(r"kawal:[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9-]{0,62}")


class CheckpointError(SealError):
    """Not a checkpoint, or not signed by the key it needs."""


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: str  # hex
    time: int  # seconds since the epoch


def parse_checkpoint(payload: bytes) -> Checkpoint:
    """Strict parse of the signed bytes; says nothing about who signed."""
    top = fields(strictjson.loads(payload), ("schema", "origin", "size", "root", "time"), "checkpoint")
    constant(top["schema"], 1, "checkpoint.schema")
    return Checkpoint(
        text(top["origin"], ORIGIN, "checkpoint.origin"),
        integer(top["size"], 0, strictjson.MAX_INT, "checkpoint.size"),
        text(top["root"], HEX64, "checkpoint.root"),
        time_from_text(top["time"], "checkpoint.time"),
    )


def sign_checkpoint(checkpoint: Checkpoint, key: PrivateKey) -> Envelope:
    payload = strictjson.dumps(
        {
            "schema": 1,
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root,
            "time": time_to_text(checkpoint.time),
        }
    )
    parse_checkpoint(payload)
    return sign(CHECKPOINT_TYPE, payload, [key])


def verify_checkpoint(envelope: Envelope, key: PublicKey) -> Checkpoint:
    """The checkpoint inside, signed by `key` alone."""
    if envelope.payload_type != CHECKPOINT_TYPE:
        raise CheckpointError("checkpoint: jenis isi amplop lain")
    if len(envelope.signatures) != 1 or not envelope.verifying_keys([key]):
        raise CheckpointError("checkpoint: tidak ditandatangani kunci checkpoint")
    return parse_checkpoint(envelope.payload)
