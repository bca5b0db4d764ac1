"""`kawal langkah selesai`: a step of the SOP done by its role, with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError
from kawal.ledger.records import Document, Provision, StepDone
from kawal.ledger.trust import holds, person
from kawal.outcome import Outcome
from kawal.request_file import read_evidence
from kawal.services.applications import REPORT, done_steps, pentest_now
from kawal.services.evaluations import due_again
from kawal.services.follow import followed
from kawal.services.office import Office
from kawal.sop.offices import titled
from kawal.sop.permission import check_step
from kawal.sop.procedure import Procedure
from kawal.sop.signatories import read_signed
from kawal.sop.workflow import complete_command, open_step
from kawal_seal.trustfile import Trust


def complete(
    office: Office,
    app_id: str,
    step_key: str,
    key_file: Path,
    evidence: Sequence[str] = (),
    *,
    decision: str | None = None,
    reason: str | None = None,
    signed: Sequence[str] = (),
    wait: bool = False,
) -> Outcome:
    """Records the step, and (unless `wait`) makes the project when this is what the SOP waited for.

    `evidence` are `KIND=FILE` words, or plain files where the step needs one kind only; `signed` are `KIND=ROLE,ROLE`.
    """
    _, request = office.request(app_id)
    procedure = office.procedure_of(request)
    key, person_id = office.signer(key_file)
    roles = roles_of(office.trust(), person_id, office)
    files = read_files(procedure, step_key, evidence)
    bearing = read_signed(procedure, signed)
    papers = [
        *(
            Document(kind=kind, sha256=office.content.put(data), name=name, signed_by=bearing.get(kind, ()))
            for kind, name, data in files
        ),
        *_pentest_paper(office, app_id, procedure, step_key, [kind for kind, _, _ in files]),
    ]
    done = done_steps(office, app_id, procedure)
    role = check_step(
        procedure,
        done,
        step_key,
        app_id=app_id,
        roles=roles,
        evidence=[paper.kind for paper in papers],
        signed=bearing,
        decision=decision,
        reason=reason,
        again=due_again(office, app_id, procedure, done, step_key),
    )
    _refuse_without_project(office, app_id, procedure, step_key)
    record = StepDone(
        app_id=app_id,
        issued_at=office.now(),
        step=step_key,
        decision=decision,
        reason=reason,
        evidence=tuple(papers),
        role=role,
        person_id=person_id,
        profile_sha256=procedure.profile_sha256,
    )
    office.append(record, key)
    status = status_of(office.trust(), person_id, role, office)
    office_name = titled(procedure.roles.get(role, role), status)
    text = t(
        "Langkah {step} {app} selesai, dicatat oleh {role} dengan {count} berkas.\n{next}",
        step=step_key,
        app=app_id,
        role=office_name,
        count=len(papers),
        next=next_line(office, app_id, procedure),
    )
    said = Outcome(
        "selesai",
        text,
        {
            "aplikasi": app_id,
            "langkah": step_key,
            "peran": role,
            "jabatan": office_name,
            "catatan": record.record_id,
        },
    )
    return said if wait else followed(office, app_id, procedure, said)


def _pentest_paper(
    office: Office, app_id: str, procedure: Procedure, step_key: str, given: Sequence[str]
) -> list[Document]:
    """The record of a penetration test stands for the paper that the step wants; nobody hands it in twice."""
    step = procedure.step(step_key)
    groups = [group for group in step.data.evidence.any_of if REPORT in group] if step else []
    if not groups or set(groups[0]) & set(given):
        return []
    found = pentest_now(office, app_id, procedure)
    return [Document(kind=found.kind, sha256=found.sha256, name="catatan pentest")] if found else []


def _refuse_without_project(office: Office, app_id: str, procedure: Procedure, step_key: str) -> None:
    """The step that provides the repository is proved by the project itself, not by saying so."""
    step = procedure.step(step_key)
    if step is not None and step.data.makes_repository and not office.records(app_id, Provision):
        raise BlockedError(
            "LANGKAH-033",
            f"langkah {step_key} menyediakan repositori, tetapi proyek {app_id} belum disiapkan",
            needed="proyek yang disiapkan kawal",
            next_step=f"kawal siapkan {app_id}",
        )


def roles_of(trust: Trust, person_id: str, office: Office) -> list[str]:
    """The roles a person holds now."""
    who = person(trust, person_id)
    return [] if who is None else [role.role for role in who.roles if holds(who, role.role, office.now())]


def status_of(trust: Trust, person_id: str, role: str, office: Office) -> str:
    """In which way a person holds a role now: definitif, plt or plh."""
    now = int(office.now().timestamp())
    who = person(trust, person_id)
    held = [one for one in who.roles if one.role == role] if who else []
    current = [one for one in held if one.valid_from <= now and (one.valid_to is None or now < one.valid_to)]
    return current[0].status if current else "definitif"


def next_line(office: Office, app_id: str, procedure: Procedure) -> str:
    """What comes next and who does it, for the end of a verb's answer."""
    current = open_step(procedure, done_steps(office, app_id, procedure))
    if current is None:
        return t("Semua langkah SOP sudah selesai.")
    who = procedure.role_names(current.roles) or t("SOP tidak menyebut pelaku")
    return t(
        "Berikutnya: langkah {step} ({title}) oleh {who}: {command}",
        step=current.step.key,
        title=current.step.data.short,
        who=who,
        command=complete_command(procedure, current.step, app_id),
    )


def read_files(procedure: Procedure, step_key: str, words: Sequence[str]) -> list[tuple[str, str, bytes]]:
    """(kind, file name, bytes) of each `KIND=FILE`; everything is read before anything is stored."""
    found = []
    for word in words:
        kind, eq, name = word.partition("=")
        if not eq:
            kind, name = _only_kind(procedure, step_key, word), word
        path = Path(name)
        found.append((kind, path.name, read_evidence(path)))
    return found


def _only_kind(procedure: Procedure, step_key: str, word: str) -> str:
    step = procedure.step(step_key)
    kinds = (
        (*step.data.evidence.all_of, *(kind for group in step.data.evidence.any_of for kind in group))
        if step
        else ()
    )
    if len(kinds) == 1:
        return kinds[0]
    raise InputError(
        "INPUT-050",
        f"Jenis bukti untuk {word} tidak disebut",
        needed="JENIS=BERKAS" + (f", jenis salah satu dari: {', '.join(kinds)}" if kinds else ""),
        next_step=complete_command(procedure, step, "ID") if step else None,
    )
