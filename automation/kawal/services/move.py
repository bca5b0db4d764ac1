"""`kawal profil pindah`: an application goes on under the profile's present revision; what changes is shown and recorded."""

from __future__ import annotations

from pathlib import Path

from kawal.bahasa import t
from kawal.errors import BlockedError
from kawal.ledger.records import Move
from kawal.outcome import Outcome
from kawal.services.office import Office
from kawal.services.steps import next_line, roles_of
from kawal.sop.changes import changes
from kawal.sop.loader import profile_of


def move(office: Office, app_id: str, key_file: Path | None, reason: str | None) -> Outcome:
    """Shows what the profile on disk changes for this application; with `key_file` and `reason` also records the move."""
    _, request = office.request(app_id)
    now_at = office.revision(request)
    profile = profile_of(office.profiles, request.profile_id)
    old, new = office.procedure_of(request), office.merged(profile)
    if profile.sha256 == now_at:
        raise BlockedError(
            "PROFIL-034",
            t("{app} sudah mengikuti revisi profil ini", app=app_id),
            found=now_at[:12],
            next_step=f"kawal status {app_id}",
        )
    lines = changes(old, new) or (t("hanya catatan atau pengejaan yang berubah"),)
    head = t(
        "Profil {id}: revisi {old} ke {new}.", id=request.profile_id, old=now_at[:12], new=profile.sha256[:12]
    )
    shown = "\n".join([head, *(f"  {line}" for line in lines)])
    data = {"aplikasi": app_id, "dari": now_at, "ke": profile.sha256, "perubahan": list(lines)}
    if key_file is None or not (reason or "").strip():
        again = t("Untuk memindahkan: kawal profil pindah {app} --alasan TEKS", app=app_id)
        return Outcome("rencana", f"{shown}\n{again}", data)
    key, person_id = office.signer(key_file)
    letter = new.step(new.profile.letter.step)
    allowed = letter.roles if letter else ()
    role = next((one for one in allowed if one in roles_of(office.trust(), person_id, office)), None)
    if role is None:
        raise BlockedError(
            "IDENT-023",
            f"{person_id} tidak berwenang memindahkan aplikasi ke revisi profil lain",
            needed=new.role_names(allowed),
            next_step=f"minta {new.role_names(allowed)} menjalankan perintah ini dengan kuncinya sendiri",
        )
    office.content.put(profile.document.data)
    record = Move(
        app_id=app_id,
        issued_at=office.now(),
        from_sha256=now_at,
        to_sha256=profile.sha256,
        changes=lines,
        reason=(reason or "").strip(),
        role=role,
        person_id=person_id,
    )
    office.append(record, key)
    done = t("Perpindahan dicatat. Kebijakan rilis menyusul dengan: kawal kepercayaan ubah")
    text = "\n".join([shown, done, next_line(office, app_id, office.procedure_of(request))])
    return Outcome("dipindahkan", text, {**data, "catatan": record.record_id})
