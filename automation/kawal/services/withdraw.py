"""`kawal cabut`, `kawal catat impor`: a record is taken back by a new one; a record signed elsewhere is taken in."""

from __future__ import annotations

from pathlib import Path

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError
from kawal.ledger.records import RiskAcceptance, Signoff, Withdraw
from kawal.ledger.statement import sign_record
from kawal.ledger.tables import Entry
from kawal.outcome import Outcome
from kawal.request_file import read_evidence
from kawal.services import acceptance, emergencies
from kawal.services.office import Office
from kawal.services.trust_file import root_keys
from kawal_seal.keys import PrivateKey


def withdraw(
    office: Office, record: str, key_file: Path | None, reason: str, *, root_folder: Path | None = None
) -> Outcome:
    """`cabut`: takes back a record by a new one, by the role that made it; any record with the root keys in `root_folder`."""
    target = _record(office, record)
    app_id = getattr(target.predicate, "app_id", None)
    role = getattr(target.predicate, "role", None) or getattr(target.predicate, "signer_role", None)
    if app_id is None or (role is None and root_folder is None):
        raise BlockedError(
            "IDENT-020",
            f"Catatan jenis {target.type} tidak dicabut lewat peran",
            needed="catatan seorang pejabat, atau kunci akar",
            next_step=None if app_id is None else f"kawal cabut {record} --alasan TEKS --akar",
        )
    keys: list[PrivateKey]
    person_id: str | None
    if root_folder is not None or key_file is None:
        keys, role, person_id = root_keys(office, office.trust(), root_folder or Path("kunci")), None, None
    else:
        key, person_id = office.signer(key_file)
        keys = [key]
    made = Withdraw(
        app_id=app_id,
        issued_at=office.now(),
        record_sha256=target.payload_sha256,
        role=role,
        person_id=person_id,
        reason=reason,
    )
    office.ledger.append(sign_record(made, keys))
    text = t(
        "Catatan {type} ({digest}) dicabut. Izin baru tidak lagi bertumpu padanya.",
        type=target.type,
        digest=target.payload_sha256[:12],
    )
    said = Outcome("dicabut", text, {"catatan": made.record_id, "dicabut": target.payload_sha256})
    return (
        acceptance.told_jobs(office, app_id, said) if isinstance(target.predicate, RiskAcceptance) else said
    )


def _record(office: Office, record: str) -> Entry:
    found = [
        e
        for e in office.ledger.entries()
        if e.payload_sha256.startswith(record)
        or str(getattr(e.predicate, "record_id", "")).startswith(record)
    ]
    if len(found) != 1 or len(record) < 8:
        raise InputError(
            "INPUT-070",
            f"Catatan {record!r} {'tidak dikenal' if not found else 'tidak tunggal'}",
            needed="paling sedikit 8 huruf awal id catatan atau digestnya",
            next_step="kawal status ID --rinci menyebut catatan dan digestnya",
        )
    return found[0]


def import_record(office: Office, file: Path) -> Outcome:
    """`catat impor`: takes in a record that was signed elsewhere; the ledger checks it like any other."""
    from kawal_seal.dsse import Envelope
    from kawal_seal.errors import SealError

    try:
        envelope = Envelope.parse(read_evidence(file, limit=256 * 1024), limit=256 * 1024)
    except SealError as error:
        raise InputError("INPUT-014", f"{file} bukan catatan bertanda tangan", found=str(error)) from error
    entry = office.ledger.append(envelope)
    text = t(
        "Catatan {type} dari {path} diterima sebagai nomor {seq}.", type=entry.type, path=file, seq=entry.seq
    )
    if isinstance(entry.predicate, Signoff):
        text += emergencies.told(office, entry.predicate.app_id)
    return Outcome("dicatat", text, {"nomor": entry.seq, "jenis": entry.type, "sha256": entry.payload_sha256})
