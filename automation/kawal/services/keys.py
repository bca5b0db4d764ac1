"""`kawal kunci`: Ed25519 keys of persons, encrypted with a passphrase; the server never holds them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import InputError, LoginError, os_reason
from kawal.outcome import Outcome
from kawal_seal.keys import BadKey, PrivateKey, PublicKey

PERSON = re.compile(r"[a-z][a-z0-9-]{1,62}")
Passphrase = Callable[[str], bytes]
"""Given the name of the key, hands over its passphrase: from a file, or asked for in the terminal."""


@dataclass(frozen=True)
class KeyPaths:
    private: Path
    public: Path


def key_paths(folder: Path, person_id: str) -> KeyPaths:
    return KeyPaths(folder / f"{person_id}.pem", folder / f"{person_id}.pub")


def make_key(folder: Path, person_id: str, passphrase: bytes | None) -> KeyPaths:
    """Writes `<person>.pem` (0600) and `<person>.pub` (base64); refuses to overwrite a key that exists."""
    if not PERSON.fullmatch(person_id):
        raise InputError(
            "INPUT-010",
            f"Id orang {person_id!r} tidak sah",
            needed="huruf kecil, angka, tanda hubung; diawali huruf",
        )
    paths = key_paths(folder, person_id)
    folder.mkdir(parents=True, exist_ok=True)
    key = PrivateKey.generate()
    write_private(paths.private, key.to_pem(passphrase))
    paths.public.write_text(key.public.b64 + "\n", "ascii")
    return paths


def write_private(path: Path, data: bytes) -> None:
    """A new file only its owner can read; InputError when one stands there already."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        refuse_existing(path)
        raise
    with os.fdopen(fd, "wb") as file:
        file.write(data)


def refuse_existing(path: Path) -> None:
    """InputError INPUT-011 when a key stands at `path`."""
    if path.exists():
        raise InputError(
            "INPUT-011",
            f"Kunci {path} sudah ada dan tidak ditimpa",
            next_step="pakai kunci itu, atau sebut folder lain dengan --folder-kunci",
        )


def load_private(path: Path, passphrase: Passphrase) -> PrivateKey:
    """The private key in `path`. Raises InputError (unreadable) or LoginError (wrong passphrase)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            "INPUT-012",
            f"Berkas kunci {path} tidak terbaca",
            found=os_reason(error),
            next_step="tunjuk berkas lain dengan --kunci, atau: kawal kunci buat ORANG",
        ) from error
    try:
        return PrivateKey.from_pem(data, passphrase(path.name) if b"ENCRYPTED" in data else None)
    except BadKey as error:
        raise LoginError("IDENT-010", f"Kunci {path.name} tidak dapat dipakai", found=str(error)) from error


def load_public(path: Path) -> PublicKey:
    try:
        return PublicKey.from_b64(path.read_text("ascii").strip())
    except (OSError, UnicodeDecodeError, BadKey) as error:
        raise InputError("INPUT-013", f"Kunci publik {path} tidak terbaca", found=str(error)) from error


def create(folder: Path, person_id: str, passphrase: Passphrase) -> Outcome:
    """`kunci buat`. Nobody is asked for a passphrase of a key that stands already."""
    refuse_existing(key_paths(folder, person_id).private)
    paths = make_key(folder, person_id, passphrase(f"{person_id}.pem"))
    public = load_public(paths.public)
    return Outcome(
        "dibuat",
        t(
            "Kunci {person} dibuat: {private} (berfrasa sandi; jangan disalin ke server) dan {public}.",
            person=person_id,
            private=paths.private,
            public=paths.public,
        ),
        {"orang": person_id, "kunci_publik": public.b64, "keyid": public.keyid},
    )


def listing(folder: Path) -> Outcome:
    """`kunci daftar`"""
    rows = [(path.stem, load_public(path)) for path in sorted(folder.glob("*.pub"))]
    text = "\n".join(f"{name:<24} {key.keyid[:16]}" for name, key in rows) or t(
        "Belum ada kunci di {folder}.", folder=folder
    )
    return Outcome(
        "daftar", text, {"kunci": [{"orang": n, "keyid": k.keyid, "publik": k.b64} for n, k in rows]}
    )
