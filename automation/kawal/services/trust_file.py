"""The trust file as such: the root keys that sign it, its copy beside the ledger, and how it is shown."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import InputError
from kawal.outcome import Outcome
from kawal.services.keys import load_private, load_public
from kawal.services.office import Office
from kawal_seal.dsse import Envelope
from kawal_seal.keys import PrivateKey, PublicKey
from kawal_seal.trustfile import Role, Trust


def root_keys(office: Office, trust: Trust, folder: Path) -> list[PrivateKey]:
    """The keys of `trust`'s root that lie in `folder`; the threshold needs not all of them."""
    private = [path for path in sorted(folder.glob("*.pem")) if path.with_suffix(".pub").exists()]
    here = [path for path in private if load_public(path.with_suffix(".pub")) in trust.root_keys]
    if len(here) < trust.threshold:
        raise InputError(
            "PERCAYA-012",
            f"Kunci akar tidak cukup di {folder}",
            found=f"{len(here)} kunci",
            needed=f"{trust.threshold} kunci akar",
            next_step="ambil kunci akar dari penyimpanannya, lalu ulangi dengan --folder-kunci",
        )
    return [load_private(path, office.passphrase) for path in here[: trust.threshold]]


def install_copy(path: Path, envelope: Envelope) -> None:
    """The file beside the ledger is a copy for people and targets; the ledger's record is what counts."""
    fresh = path.with_suffix(".baru")
    fresh.write_bytes(envelope.to_bytes())
    fresh.replace(path)


def summary(trust: Trust, head: str, made: list[str]) -> Outcome:
    rows = [
        f"  {one.person_id:<20} {', '.join(_role_text(role) for role in one.roles)}" for one in trust.persons
    ]
    until = datetime.fromtimestamp(trust.expires_at, UTC)
    text = "\n".join(
        line
        for line in (
            head,
            t(
                "Kepercayaan {instance} versi {version}, berlaku s.d. {until}; akar {threshold} dari {roots}.",
                instance=trust.instance,
                version=trust.version,
                until=f"{until:%Y-%m-%d}",
                threshold=trust.threshold,
                roots=len(trust.root_keys),
            ),
            *rows,
            *(t("  kunci baru: {path}", path=path) for path in made),
        )
        if line
    )
    data = {
        "versi_kepercayaan": trust.version,
        "instansi": trust.instance,
        "kebijakan_sha256": trust.policy_sha256,
        "akar": {"ambang": trust.threshold, "kunci": [key.b64 for key in trust.root_keys]},
        "orang": [
            {
                "id": one.person_id,
                "peran": [role.role for role in one.roles],
                "keyid": [_short(k) for k in one.keys],
            }
            for one in trust.persons
        ],
        "kunci_baru": made,
    }
    return Outcome("berlaku", text, data)


def _role_text(role: Role) -> str:
    return role.role if role.status == "definitif" else f"{role.status.capitalize()}. {role.role}"


def _short(key: PublicKey) -> str:
    return hashlib.sha256(key.raw).hexdigest()[:16]
