"""DSSE envelopes: the bytes that are signed are the bytes that are parsed (docs/formats.md §1)."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from kawal_seal import strictjson
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey, PublicKey
from kawal_seal.shape import HEX64, ShapeError, array, base64_bytes, base64_text, fields, text

STATEMENT_TYPE = "application/vnd.in-toto+json"
MAX_SIGNATURES = 32
_PAYLOAD_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,120}")


class DsseError(SealError):
    """Not an envelope we accept."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """What is signed: type and bytes, each with its length, so that neither can be read as the other."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


class Signature(NamedTuple):
    keyid: str
    sig: bytes


class Envelope(NamedTuple):
    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes, *, limit: int = strictjson.LIMIT) -> "Envelope":
        return cls.from_obj(strictjson.loads(data, limit=limit))

    @classmethod
    def from_obj(cls, obj: Any) -> "Envelope":
        """Strict: unknown fields, other alphabets, missing keyid are refused."""
        try:
            top = fields(obj, ("payloadType", "payload", "signatures"), "amplop")
            payload_type = text(top["payloadType"], _PAYLOAD_TYPE, "amplop.payloadType")
            payload = base64_bytes(top["payload"], None, "amplop.payload")
            signatures = []
            for item in array(top["signatures"], 1, MAX_SIGNATURES, "amplop.signatures"):
                one = fields(item, ("keyid", "sig"), "amplop.signatures")
                keyid = text(one["keyid"], HEX64, "amplop.signatures.keyid")
                signatures.append(Signature(keyid, base64_bytes(one["sig"], 64, "amplop.signatures.sig")))
        except ShapeError as error:
            raise DsseError(str(error)) from error
        return cls(payload_type, payload, tuple(signatures))

    def to_obj(self) -> dict[str, Any]:
        return {
            "payloadType": self.payload_type,
            "payload": base64_text(self.payload),
            "signatures": [{"keyid": one.keyid, "sig": base64_text(one.sig)} for one in self.signatures],
        }

    def to_bytes(self) -> bytes:
        return strictjson.dumps(self.to_obj())

    @property
    def payload_sha256(self) -> str:
        """The identity of what is inside; envelopes may be re-encoded or signed again."""
        return hashlib.sha256(self.payload).hexdigest()

    def with_signature(self, key: PrivateKey) -> "Envelope":
        sig = Signature(key.public.keyid, key.sign(pae(self.payload_type, self.payload)))
        return self._replace(signatures=(*self.signatures, sig))

    def verifying_keys(self, candidates: Iterable[PublicKey]) -> list[PublicKey]:
        """The distinct keys (by raw bytes) among `candidates` that signed, in envelope order.

        A signature counts only under the key its keyid names: key ids are computed by us from the raw key, never
        taken from a file, so this is a look-up and lends the unsigned keyid no trust.
        """
        by_keyid = {key.keyid: key for key in candidates}
        message = pae(self.payload_type, self.payload)
        found: list[PublicKey] = []
        for one in self.signatures:
            key = by_keyid.get(one.keyid)
            if key is not None and key not in found and key.verify(one.sig, message):
                found.append(key)
        return found


def sign(payload_type: str, payload: bytes, keys: Iterable[PrivateKey]) -> Envelope:
    """An envelope with one signature a key, in the order given."""
    envelope = Envelope(payload_type, payload, ())
    for key in keys:
        envelope = envelope.with_signature(key)
    if not envelope.signatures:
        raise DsseError("amplop: tanpa kunci tidak ada tanda tangan")
    return envelope
