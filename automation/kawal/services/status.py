"""`kawal status`: where each step of the SOP stands, who acts next, and with which command."""

from __future__ import annotations

from typing import Any

from kawal.bahasa import t
from kawal.ledger.records import Request
from kawal.ledger.tables import Entry
from kawal.outcome import Outcome
from kawal.services.applications import application, pentest_now
from kawal.services.emergencies import as_findings, lines, pending_of
from kawal.services.office import Office
from kawal.services.steps import next_line
from kawal.sop.compile import PENTEST
from kawal.sop.procedure import Procedure
from kawal.sop.workflow import state_of

MARKS = {"selesai": "✔", "sedang_berjalan": "▶", "tidak_berlaku": "–", "belum_mulai": " "}


def status(office: Office, app_id: str | None, *, verbose: bool = False) -> Outcome:
    """One application in full, or a line for each. `verbose`: its records too, by the digest that `cabut` takes."""
    return _one(office, app_id, verbose=verbose) if app_id else _all(office)


def _one(office: Office, app_id: str, *, verbose: bool) -> Outcome:
    _, request = office.request(app_id)
    procedure = office.procedure_of(request)
    app = application(office, app_id)
    state = state_of(procedure, app.done)
    rows = [
        f" {MARKS[state.status[step.key]]} {step.data.number:<5} {step.data.short:<52} {procedure.role_names(step.roles) or '-'}"
        for step in procedure.steps
    ]
    head = t("{name} ({app}), {sop}", name=app.name, app=app_id, sop=procedure.profile.sop.phrase)
    pentest = _pentest(office, app_id, procedure)
    alarms = pending_of(office, app_id)
    off = [
        t(
            "! {what} tidak diminta: {reason} ({basis})",
            what=one.what,
            reason=one.reason,
            basis=one.basis.text,
        )
        for one in procedure.off
    ]
    notes = [*pentest, *off, *_advice(office)]
    records = office.ledger.entries(app_id=app_id) if verbose else []
    text = "\n".join(
        [
            head,
            *lines(alarms),
            *rows,
            *notes,
            *map(_record_line, records),
            next_line(office, app_id, procedure),
        ]
    )
    data = {
        "aplikasi": app_id,
        "nama": app.name,
        "langkah": [{"langkah": step.key, "status": state.status[step.key]} for step in procedure.steps],
        "terbuka": state.open,
        "berakhir": state.ended,
        "proyek_id": app.project_id,
        "tidak_diminta": [one.what for one in procedure.off],
        "break_glass": [one.line for one in alarms],
        "perlindungan": office.settings.file.forge.perlindungan,
    }
    return Outcome(state.ended or "berjalan", text, data, as_findings(alarms))


def _record_line(entry: Entry) -> str:
    when = f"{entry.received_at:%Y-%m-%d %H.%M} UTC"
    what = getattr(entry.predicate, "kind", "") or getattr(entry.predicate, "uji", "")
    by = getattr(entry.predicate, "person_id", None) or ""
    return f" {entry.payload_sha256[:12]}  {when}  {entry.type:<14} {what:<22} {by}".rstrip()


def _advice(office: Office) -> list[str]:
    """Where the forge holds nothing by itself, that is never out of sight."""
    if office.settings.file.forge.perlindungan == "ditegakkan":
        return []
    return [
        t(
            "Cabang dan tag tidak dilindungi forge (dianjurkan saja): tinjauan diperiksa pada setiap izin rilis."
        )
    ]


def _pentest(office: Office, app_id: str, procedure: Procedure) -> list[str]:
    """Shown wherever the SOP prints the test, so that "tidak tersedia" is never out of sight."""
    if all(test.kind != PENTEST for test in procedure.tests):
        return []
    found = pentest_now(office, app_id, procedure)
    return [t("Uji penetrasi: {words}", words=found.words if found else t("belum dicatat"))]


def _all(office: Office) -> Outcome:
    ids = list(
        dict.fromkeys(
            e.predicate.app_id
            for e in office.ledger.entries(type=Request.TYPE)
            if isinstance(e.predicate, Request)
        )
    )
    rows: list[dict[str, Any]] = []
    for app_id in ids:
        _, request = office.request(app_id)
        procedure = office.procedure_of(request)
        state = state_of(procedure, application(office, app_id).done)
        rows.append(
            {
                "aplikasi": app_id,
                "nama": request.name,
                "langkah": state.open,
                "berakhir": state.ended,
                "break_glass": len(pending_of(office, app_id)),
            }
        )
    shown = [_line(row) for row in rows]
    return Outcome("daftar", "\n".join(shown) or t("Belum ada permohonan."), {"aplikasi": rows})


def _line(row: dict[str, Any]) -> str:
    red = f"   ✖ BREAK-GLASS {row['break_glass']}" if row["break_glass"] else ""
    return f"{row['aplikasi']:<28} {row['langkah'] or row['berakhir']:<10} {row['nama']}{red}"
