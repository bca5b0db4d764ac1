"""A trust version that several root holders sign one after another, each on a machine of their own.

`kawal kepercayaan ubah --simpan F` drafts and signs, `tandatangani F` shows what changes and adds a signature, `pasang F` records it.
"""

from __future__ import annotations

from pathlib import Path

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError
from kawal.outcome import Outcome
from kawal.request_file import read_evidence
from kawal.services.keys import load_private, load_public
from kawal.services.office import Office
from kawal.services.trust_file import install_copy, summary
from kawal_seal.dsse import Envelope
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey
from kawal_seal.trustfile import Person, Trust, parse_trust, sign_trust, verify_next

LIMIT = 1 << 20


def save(office: Office, new: Trust, previous: Trust, key_folder: Path, path: Path) -> Outcome:
    """Signs with the root keys that are at hand, at least one, and writes the draft."""
    keys = _at_hand(office, previous, key_folder)
    if not keys:
        raise InputError(
            "PERCAYA-016",
            f"Tidak ada kunci akar di {key_folder}",
            needed="paling sedikit satu kunci akar versi sekarang",
            next_step="ambil kunci akar dari penyimpanannya, lalu ulangi dengan --folder-kunci",
        )
    return _write(path, sign_trust(new, keys[: previous.threshold]), previous)


def sign(office: Office, path: Path, key_folder: Path) -> Outcome:
    """`kepercayaan tandatangani`: what the draft changes, and one more root signature where a key is at hand."""
    previous = office.trust()
    envelope, _ = _draft(path, previous)
    signed = envelope.verifying_keys(previous.root_keys)
    fresh = [key for key in _at_hand(office, previous, key_folder) if key.public not in signed]
    if not fresh and len(signed) < previous.threshold:
        raise InputError(
            "PERCAYA-016",
            f"Tidak ada kunci akar lain di {key_folder}",
            found=f"{len(signed)} dari {previous.threshold} tanda tangan",
            needed="kunci akar yang belum menandatangani",
            next_step=f"kawal kepercayaan tandatangani {path} --folder-kunci FOLDER",
        )
    missing = previous.threshold - len(signed)
    for key in fresh[: max(missing, 0)]:
        envelope = envelope.with_signature(key)
    return _write(path, envelope, previous)


def install(office: Office, path: Path) -> Outcome:
    """`kepercayaan pasang`: records a draft that enough root keys signed."""
    previous = office.trust()
    envelope, new = _draft(path, previous)
    try:
        verify_next(envelope, previous)
    except SealError as error:
        signed = len(envelope.verifying_keys(previous.root_keys))
        raise BlockedError(
            "PERCAYA-017",
            "Rancangan kepercayaan belum cukup ditandatangani",
            found=f"{signed} tanda tangan kunci akar",
            needed=f"{previous.threshold} kunci akar versi {previous.version}",
            next_step=f"kawal kepercayaan tandatangani {path} --folder-kunci FOLDER",
        ) from error
    office.ledger.append(envelope)
    install_copy(office.trust_path, envelope)
    said = t("Kepercayaan versi {version} dicatat dan berlaku.", version=new.version)
    return summary(new, "\n".join([said, *changes(previous, new)]), [])


# --- what a signer sees ---------------------------------------------------------------------------------------------


def changes(old: Trust, new: Trust) -> list[str]:
    """One line for each thing that the new version says differently."""
    lines = []
    if (old.threshold, old.root_keys) != (new.threshold, new.root_keys):
        gone = len(set(old.root_keys) - set(new.root_keys))
        more = len(set(new.root_keys) - set(old.root_keys))
        lines.append(
            t(
                "  akar: {old} menjadi {new}; {more} kunci baru, {gone} kunci gugur",
                old=f"{old.threshold}/{len(old.root_keys)}",
                new=f"{new.threshold}/{len(new.root_keys)}",
                more=more,
                gone=gone,
            )
        )
    before = {one.person_id: one for one in old.persons}
    after = {one.person_id: one for one in new.persons}
    for name in sorted(before | after):
        if before.get(name) != after.get(name):
            lines.append(f"  {name}: {_change(before.get(name), after.get(name))}")
    if old.policy_sha256 != new.policy_sha256:
        lines.append(t("  kebijakan: {digest}", digest=new.policy_sha256[:12]))
    if old.expires_at != new.expires_at:
        lines.append(t("  masa berlaku berubah"))
    return lines


def _change(old: Person | None, new: Person | None) -> str:
    if old is None:
        return t("orang baru")
    if new is None:
        return t("keluar")
    parts = [
        *([t("kunci")] if old.keys != new.keys else []),
        *([t("peran")] if old.roles != new.roles else []),
        *([t("akun forge")] if old.forge_user_ids != new.forge_user_ids else []),
    ]
    return ", ".join(parts)


# --- parts ----------------------------------------------------------------------------------------------------------


def _draft(path: Path, previous: Trust) -> tuple[Envelope, Trust]:
    """A draft of the version after `previous`; how many signed it is not looked at."""
    try:
        envelope = Envelope.parse(read_evidence(path, limit=LIMIT), limit=LIMIT)
        new = parse_trust(envelope.payload)
    except SealError as error:
        raise InputError("INPUT-014", f"{path} bukan rancangan kepercayaan", found=str(error)) from error
    if (new.instance, new.version) != (previous.instance, previous.version + 1):
        raise InputError(
            "PERCAYA-018",
            "Rancangan kepercayaan tidak menyusul versi sekarang",
            found=f"{new.instance} versi {new.version}",
            needed=f"{previous.instance} versi {previous.version + 1}",
            next_step="kawal kepercayaan ubah --simpan FILE",
        )
    return envelope, new


def _at_hand(office: Office, trust: Trust, folder: Path) -> list[PrivateKey]:
    """Private root keys of `trust` in `folder`; passphrases are asked for these only."""
    found = []
    for path in sorted(folder.glob("*.pem")):
        public = path.with_suffix(".pub")
        if public.exists() and load_public(public) in trust.root_keys:
            found.append(load_private(path, office.passphrase))
    return found


def _write(path: Path, envelope: Envelope, previous: Trust) -> Outcome:
    new = parse_trust(envelope.payload)
    fresh = path.with_name(f"{path.name}.baru")
    fresh.write_bytes(envelope.to_bytes())
    fresh.replace(path)
    signed, needed = len(envelope.verifying_keys(previous.root_keys)), previous.threshold
    verb = "pasang" if signed >= needed else "tandatangani"
    text = "\n".join(
        [
            t(
                "Rancangan kepercayaan versi {version} di {path}: {signed} dari {needed} tanda tangan akar.",
                version=new.version,
                path=path,
                signed=signed,
                needed=needed,
            ),
            *changes(previous, new),
            t("Berikutnya: kawal kepercayaan {verb} {path}", verb=verb, path=path),
        ]
    )
    data = {"versi_kepercayaan": new.version, "berkas": str(path), "tanda_tangan": signed, "perlu": needed}
    return Outcome("siap_dipasang" if signed >= needed else "menunggu", text, data)
