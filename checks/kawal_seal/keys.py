"""Ed25519 keys: raw bytes, their sha256 as key id, PEM at rest."""

import hashlib
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519

from kawal_seal.errors import SealError
from kawal_seal.shape import ShapeError, base64_bytes, base64_text

_P = 2**255 - 19
# y of the eight points of small order: such a "key" verifies signatures that nobody made.
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
_SMALL_ORDER_Y = (0, 1, _P - 1, _Y8, _P - _Y8)


class BadKey(SealError):
    """Not a key we use, or not readable with this passphrase."""


class PublicKey:
    """A public key is its 32 bytes; equality, hash and key id follow them."""

    __slots__ = ("_key", "keyid", "raw")

    def __init__(self, raw: bytes) -> None:
        if len(raw) != 32:
            raise BadKey(f"kunci publik: {len(raw)} bita, harus 32")
        y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
        if y >= _P or y in _SMALL_ORDER_Y:
            raise BadKey("kunci publik: titik tidak kanonik atau berorde kecil")
        self.raw = raw
        self.keyid = hashlib.sha256(raw).hexdigest()
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(raw)

    @classmethod
    def from_b64(cls, text: Any) -> "PublicKey":
        try:
            return cls(base64_bytes(text, 32, "kunci publik"))
        except ShapeError as error:
            raise BadKey(str(error)) from error

    @property
    def b64(self) -> str:
        return base64_text(self.raw)

    def verify(self, sig: bytes, msg: bytes) -> bool:
        try:
            self._key.verify(sig, msg)
        except InvalidSignature:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"PublicKey({self.b64!r})"


class PrivateKey:
    """A signing key. Its repr shows the public half only."""

    __slots__ = ("_key", "public")

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> "PrivateKey":
        return cls(ed25519.Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> "PrivateKey":
        if len(seed) != 32:
            raise BadKey(f"benih kunci: {len(seed)} bita, harus 32")
        return cls(ed25519.Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, msg: bytes) -> bytes:
        return self._key.sign(msg)

    def to_pem(self, passphrase: bytes | None) -> bytes:
        """PKCS#8 PEM, encrypted when a passphrase is given."""
        from cryptography.hazmat.primitives import serialization as s

        how: s.KeySerializationEncryption = s.NoEncryption()
        if passphrase is not None:
            if not passphrase:
                raise BadKey("frasa sandi kosong")
            how = s.BestAvailableEncryption(passphrase)
        return self._key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, how)

    @classmethod
    def from_pem(cls, data: bytes, passphrase: bytes | None) -> "PrivateKey":
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        encrypted = b"ENCRYPTED" in data
        if encrypted and not passphrase:
            raise BadKey("kunci ini berfrasa sandi, tetapi frasa sandi tidak diberikan")
        try:
            key = load_pem_private_key(data, passphrase if encrypted else None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            if encrypted:
                raise BadKey("frasa sandi salah atau berkas kunci rusak") from error
            raise BadKey("bukan kunci PEM yang terbaca") from error
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise BadKey("bukan kunci Ed25519")
        return cls(key)

    def __repr__(self) -> str:
        return f"PrivateKey(public={self.public.b64!r})"
