"""`kawal setujui`: the approving letter is recorded; the project follows by itself when its plan only adds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError, KawalError
from kawal.ledger.records import Approval, Letter, Request
from kawal.ledger.store import Entry
from kawal.outcome import Outcome
from kawal.request_file import normalise_letter_number, read_evidence
from kawal.services.applications import decision_value, done_steps
from kawal.services.follow import trigger_is_due
from kawal.services.office import Office
from kawal.services.provision import provision
from kawal.services.steps import next_line, roles_of
from kawal.sop.permission import check_step
from kawal.sop.procedure import Procedure
from kawal.sop.signatories import read_signed


def approve(
    office: Office,
    app_id: str,
    letter_file: Path,
    number: str,
    day: date,
    key_file: Path,
    *,
    kind: str | None = None,
    reject_reason: str | None = None,
    annex: str | None = None,
    signed: Sequence[str] = (),
    wait: bool = False,
) -> Outcome:
    """Records the letter, signed by a person who holds the approving role, and (unless `wait`) provisions what it entitles to."""
    asked, request = office.request(app_id)
    procedure = office.procedure_of(request)
    data = read_evidence(letter_file)
    key, person_id = office.signer(key_file)
    approved = reject_reason is None
    letter = Letter(
        number_raw=number, number=normalise_letter_number(number), date=day, sha256=office.content.put(data)
    )
    again = _same_letter(office, app_id, request, letter, annex)
    record = again or _record(
        office, asked, request, procedure, letter, person_id, approved, kind, annex, reject_reason, signed
    )
    if again is None:
        office.append(record, key)
    text = t(
        "{document} {number} tertanggal {day} {verb} untuk {app}.",
        document=procedure.profile.letter.name,
        number=number,
        day=day.isoformat(),
        verb=t("sudah tercatat") if again else t("dicatat"),
        app=app_id,
    )
    data_out = {
        "aplikasi": app_id,
        "surat_sha256": letter.sha256,
        "keputusan": "disetujui" if approved else "ditolak",
        "catatan": record.record_id,
    }
    if not approved or wait or not trigger_is_due(office, app_id, procedure):
        return Outcome("dicatat", f"{text}\n{next_line(office, app_id, procedure)}", data_out)
    try:
        made = provision(office, app_id)
    except (KawalError, KeyboardInterrupt):
        # The refusal speaks of the forge; that the letter is recorded must not be lost on the way.
        office.say(t("{letter} Proyeknya menyusul dengan: kawal siapkan {app}", letter=text, app=app_id))
        raise
    return Outcome(made.status, f"{text}\n{made.text}", {**data_out, **made.data}, exit_code=made.exit_code)


def _record(
    office: Office,
    asked: Entry,
    request: Request,
    procedure: Procedure,
    letter: Letter,
    person_id: str,
    approved: bool,
    kind: str | None,
    annex: str | None,
    reason: str | None,
    signed: Sequence[str],
) -> Approval:
    rule = procedure.profile.letter
    bearing = read_signed(procedure, signed)
    kind = kind or rule.documents[0]
    if kind not in rule.documents:
        raise InputError(
            "INPUT-060", f"Jenis surat {kind!r} tidak dikenal", needed=" atau ".join(rule.documents)
        )
    decision = decision_value(procedure, rule.step, approved=approved)
    if not approved and decision is None:
        raise BlockedError(
            "LANGKAH-035",
            f"{procedure.profile.sop.phrase} tidak mengenal penolakan di langkah {rule.step}",
            needed=f"{rule.name}, atau tidak ada catatan sama sekali",
            next_step=f"kawal status {request.app_id}",
        )
    role = check_step(
        procedure,
        done_steps(office, request.app_id, procedure),
        rule.step,
        app_id=request.app_id,
        roles=roles_of(office.trust(), person_id, office),
        evidence=[kind],
        signed=bearing,
        decision=decision,
        reason=reason,
    )
    return Approval(
        app_id=request.app_id,
        issued_at=office.now(),
        kind=kind,
        step=rule.step,
        request_sha256=asked.payload_sha256,
        letter=letter,
        signer_role=role,
        person_id=person_id,
        annex_item=annex,
        signed_by=bearing.get(kind, ()),
        decision="approve" if approved else "reject",
        reason=reason,
    )


def _same_letter(
    office: Office, app_id: str, request: Request, letter: Letter, annex: str | None
) -> Approval | None:
    """The approval that this letter already is, unless it was withdrawn. A letter opens one application (or one annex item of it)."""
    standing = {entry.payload_sha256 for entry, _ in office.approvals(app_id)}
    for entry in office.ledger.entries(type=Approval.TYPE):
        other = entry.predicate
        if not isinstance(other, Approval):
            continue
        same_name = (other.letter.number, other.letter.date) == (letter.number, letter.date)
        same_file = other.letter.sha256 == letter.sha256
        if other.app_id == app_id and same_name and same_file:
            if entry.payload_sha256 in standing or other.decision == "reject":
                return other
            continue
        if same_name and not same_file and _authority(office, other.app_id) == request.profile_id:
            raise _letter_question(letter, other, "nomor dan tanggal sama, isi berkas berbeda")
        if same_file and other.app_id != app_id and annex is None:
            raise _letter_question(letter, other, "berkas yang sama")
    return None


def _authority(office: Office, app_id: str | None) -> str:
    return office.request(app_id or "")[1].profile_id


def _letter_question(letter: Letter, other: Approval, found: str) -> BlockedError:
    return BlockedError(
        "REKOM-005",
        f"Surat {letter.number_raw} sudah dipakai untuk {other.app_id}",
        found=found,
        needed="satu surat untuk satu aplikasi, atau butir lampirannya disebut",
        next_step="periksa suratnya; bila surat itu memuat beberapa aplikasi: tambahkan --lampiran BUTIR",
    )
