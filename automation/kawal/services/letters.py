"""Sign-offs of grade `surat`: an official's letter, transcribed apart by two persons who each sign the same fields.

The first copy waits outside the ledger in `menunggu/`; the second completes it, or is told where the two differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import BlockedError
from kawal.ledger.records import Signoff
from kawal.ledger.statement import parse_envelope, sign_record
from kawal.outcome import Outcome
from kawal.request_file import read_evidence
from kawal.services.office import Office
from kawal_seal.dsse import Envelope
from kawal_seal.keys import PrivateKey

OWN = {"record_id", "issued_at", "nonce", "not_before", "expires_at"}
"""What each transcription has of its own; everything else was read from the letter and must agree."""
WORDS = {
    "decision": "keputusan",
    "role": "peran",
    "person_id": "pejabat",
    "subject": "rilis",
    "evidence": "berkas",
    "policy_sha256": "kebijakan",
    "rekomendasi_id": "rekomendasi",
    "uat": "skenario",
    "persandian": "hasil pemeriksaan",
    "pse": "pendataan",
    "reason": "alasan",
}


@dataclass(frozen=True)
class Letter:
    """The file of a letter and the official who signed it."""

    file: Path
    official: str
    """person_id in the trust file; the official needs no key and no account."""


def waiting_path(office: Office, record: Signoff) -> Path:
    release = record.subject.release if record.subject else "aplikasi"
    return office.settings.data_dir / "menunggu" / f"{record.app_id}.{record.kind}.{release}.json"


def transcribe(office: Office, record: Signoff, key: PrivateKey) -> Outcome:
    """Keeps the first copy, or completes a waiting one by another person. BlockedError INPUT-071 when the copies differ."""
    path = waiting_path(office, record)
    if not path.exists():
        return _wait(path, record, key)
    envelope, first = parse_envelope(read_evidence(path, limit=256 * 1024))
    if key.public in office.ledger.verified(envelope, first):
        return _wait(path, record, key)  # the same person corrects her own copy
    assert isinstance(first, Signoff)  # noqa: S101 - nothing else is ever put there
    different = differences(first, record)
    if different:
        raise BlockedError(
            "INPUT-071",
            f"Salinan berbeda pada: {', '.join(different)}",
            found=f"salinan pertama di {path.name}",
            needed="dua salinan yang sama dari surat yang sama",
            next_step="baca suratnya sekali lagi; yang keliru mengulangi perintahnya dengan isian yang benar",
        )
    complete: Envelope = envelope.with_signature(key)
    entry = office.ledger.append(complete)
    path.unlink()
    text = t(
        "Surat {kind} untuk {app} dicatat sebagai nomor {seq}: dua salinan sama.",
        kind=record.kind,
        app=record.app_id,
        seq=entry.seq,
    )
    data = {"aplikasi": record.app_id, "jenis": record.kind, "catatan": first.record_id, "nomor": entry.seq}
    return Outcome("ditolak" if record.decision == "reject" else "disahkan", text, data)


def differences(first: Signoff, second: Signoff) -> list[str]:
    """The fields, in words, that two transcriptions of one letter read differently."""
    one, other = first.model_dump(exclude=OWN), second.model_dump(exclude=OWN)
    return [WORDS.get(name, name) for name in one if one[name] != other[name]]


def _wait(path: Path, record: Signoff, key: PrivateKey) -> Outcome:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".baru")
    fresh.write_bytes(sign_record(record, [key]).to_bytes())
    fresh.replace(path)
    text = t(
        "Salinan pertama surat {kind} untuk {app} disimpan; belum dicatat.\n"
        "Berikutnya: penyalin kedua menjalankan perintah yang sama dengan kuncinya sendiri.",
        kind=record.kind,
        app=record.app_id,
    )
    return Outcome("menunggu", text, {"aplikasi": record.app_id, "jenis": record.kind, "berkas": path.name})
