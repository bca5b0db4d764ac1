"""`kawal sahkan rollback|break-glass`: back to an earlier release; and two persons who open production for an hour."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError
from kawal.ledger.records import PermitRecord, Signoff
from kawal.ledger.statement import parse_envelope, sign_record
from kawal.outcome import Outcome
from kawal.request_file import read_evidence
from kawal.services import emergencies
from kawal.services.letters import differences
from kawal.services.office import Office
from kawal.services.signing import Decision, Giver, draft, entitled_role, give, refuse_authors
from kawal.services.signoff import not_open
from kawal_seal.dsse import Envelope
from kawal_seal.keys import PrivateKey


def rollback(
    office: Office,
    app_id: str,
    version: str,
    giver: Giver,
    *,
    to: str,
    reason: str,
) -> Outcome:
    """`version` is a new tag on the bytes of the earlier release `to`, so that the forge makes a new pipeline for it."""
    procedure = office.procedure_of(office.request(app_id)[1])
    rule = procedure.ways.rollback
    if rule is None:
        raise not_open(procedure, "rollback")
    opened = [
        one for _, one in office.records(app_id, PermitRecord) if one.kind == "rilis" and one.release == to
    ]
    if not opened:
        raise BlockedError(
            "IZIN-057",
            f"{to} tidak pernah terbuka",
            found=t("tanpa izin rilis"),
            needed="rilis terdahulu yang pernah terbuka",
            next_step=f"kawal rilis daftar {app_id}",
        )
    commit = opened[0].commit
    decision = Decision("rollback", version, commit, reason=reason, parts={"base_release": to})
    outcome = give(office, app_id, decision, rule, giver)
    text = t(
        "{text}\nBerikutnya: kawal rilis minta {app} {version} --commit {commit}",
        text=outcome.text,
        app=app_id,
        version=version,
        commit=commit[:12],
    )
    return Outcome(outcome.status, text, {**outcome.data, "kembali_ke": to, "commit": commit})


def break_glass(
    office: Office,
    app_id: str,
    version: str,
    giver: Giver,
    *,
    reason: str,
    commit: str | None = None,
) -> Outcome:
    """The first person's copy waits (in `menunggu/`, or in the giver's file); the second person's command completes it.

    With such a file the complete record is not appended: it may be carried to the target when forge and server are down.
    """
    procedure = office.procedure_of(office.request(app_id)[1])
    rule = procedure.ways.break_glass
    if rule is None:
        raise not_open(procedure, "break-glass")
    key, person_id = office.signer(giver.key_file)
    role = entitled_role(office, procedure, "break-glass", rule.roles, person_id)
    if giver.save is None:  # the file is for the hour in which the forge does not answer
        refuse_authors(office, app_id, person_id, "break-glass")
    decision = Decision("break-glass", version, commit, reason=reason)
    record = draft(
        office, app_id, decision, role=role, person_id=person_id, lasts=timedelta(minutes=rule.minutes)
    )
    path = giver.save or office.settings.data_dir / "menunggu" / f"{app_id}.break-glass.{version}.json"
    first = _waiting(office, path)
    if first is None or first[1].person_id == person_id or office.now() >= first[1].expires_at:
        return _wait(path, record, key, rule.persons)
    return _complete(office, path, *first, record, key, rule.persons, keep=giver.save is not None)


def _waiting(office: Office, path: Path) -> tuple[Envelope, Signoff] | None:
    if not path.exists():
        return None
    envelope, first = parse_envelope(read_evidence(path, limit=256 * 1024))
    office.ledger.verified(envelope, first)
    if not isinstance(first, Signoff) or first.kind != "break-glass":
        raise InputError("INPUT-014", f"{path} bukan catatan break-glass", found=first.__class__.__name__)
    return envelope, first


def _wait(path: Path, record: Signoff, key: PrivateKey, persons: int) -> Outcome:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.baru")
    fresh.write_bytes(sign_record(record, [key]).to_bytes())
    fresh.replace(path)
    text = t(
        "BREAK-GLASS untuk {app}: orang pertama dari {persons} menandatangani; belum berlaku, berakhir {until} UTC.\n"
        "Berikutnya: orang lain menjalankan perintah yang sama dengan kuncinya sendiri.",
        app=record.app_id,
        persons=persons,
        until=f"{record.expires_at:%H.%M}",
    )
    return Outcome("menunggu", text, {"aplikasi": record.app_id, "jenis": record.kind, "berkas": str(path)})


def _complete(
    office: Office,
    path: Path,
    envelope: Envelope,
    first: Signoff,
    second: Signoff,
    key: PrivateKey,
    persons: int,
    *,
    keep: bool,
) -> Outcome:
    different = [one for one in differences(first, second) if one not in ("pejabat", "peran")]
    if different:
        raise BlockedError(
            "INPUT-071",
            f"Salinan berbeda pada: {', '.join(different)}",
            found=f"yang pertama di {path.name}",
            needed="alasan, rilis dan isi yang sama",
            next_step="bicarakan, lalu ulangi dengan isian yang sama",
        )
    complete: Envelope = envelope.with_signature(key)
    signed = len(office.ledger.verified(complete, first))
    data = {"aplikasi": first.app_id, "jenis": first.kind, "rilis": second.subject and second.subject.release}
    if signed < persons:
        path.write_bytes(complete.to_bytes())
        text = t("BREAK-GLASS: {n} dari {persons} orang menandatangani.", n=signed, persons=persons)
        return Outcome("menunggu", text, {**data, "berkas": str(path)})
    until = f"{first.expires_at:%H.%M}"
    if keep:
        path.write_bytes(complete.to_bytes())
        text = t(
            "BREAK-GLASS untuk {app} lengkap, berlaku sampai {until} UTC, tersimpan di {path}.\n"
            "Di target: kawal-target darurat --konfigurasi target.json --catatan {path} --berkas paket.tar\n"
            "Sesudahnya wajib: kawal catat impor {path}",
            app=first.app_id,
            until=until,
            path=path,
        )
        return Outcome("disimpan", text, {**data, "berkas": str(path), "catatan": first.record_id})
    entry = office.ledger.append(complete)
    path.unlink()
    text = t(
        "BREAK-GLASS untuk {app} dicatat sebagai nomor {seq}, berlaku sampai {until} UTC. Ia merah di status, periksa, "
        "buktikan, isu dan ekspor sampai pengesahan yang dilewati menyusul.",
        app=first.app_id,
        seq=entry.seq,
        until=until,
    )
    text += emergencies.told(office, first.app_id)
    return Outcome("break_glass", text, {**data, "catatan": first.record_id, "nomor": entry.seq})
