"""`kawal pengecualian`: what the scanners found, and an officer's acceptance of some of it until a date."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError, KawalError
from kawal.ledger.fields import format_time
from kawal.ledger.records import (
    CountedFinding,
    Evidence,
    Findings,
    Provision,
    Request,
    RiskAcceptance,
    Withdraw,
)
from kawal.model import Variable
from kawal.outcome import Outcome
from kawal.policy.acceptance import SEVERITIES
from kawal.request_file import read_evidence
from kawal.services.office import Office, derived_id
from kawal.services.review_note import results
from kawal.services.steps import roles_of
from kawal.sop.procedure import Acceptance, Procedure
from kawal.sop.words import day_text
from kawal_checks.gates import find_gate
from kawal_checks.model import Finding, GateContext, Result
from kawal_seal import strictjson

MOST = 300
VARIABLE = "KAWAL_PENGECUALIAN"
LEAST_LETTERS = 8


def findings_record(evidence: Evidence, result: Result) -> Findings | None:
    """The list that goes with a scan; None when it found nothing with a limit, or too much to be listed."""
    items = counted(result)
    if not 0 < len(items) <= MOST:
        return None
    return Findings(
        record_id=derived_id("findings", evidence.record_id),
        app_id=evidence.app_id,
        issued_at=evidence.issued_at,
        uji=evidence.uji,
        evidence_id=evidence.record_id,
        items=items,
    )


def counted(result: Result) -> tuple[CountedFinding, ...]:
    """Its findings of the severities that have a limit, equal ones as a number."""
    found = Counter((one.fingerprint, one.severity) for one in result.findings if one.severity in SEVERITIES)
    return tuple(
        CountedFinding(fingerprint=key, severity=severity, count=number)  # type: ignore[arg-type]
        for (key, severity), number in sorted(found.items())
    )


def show(office: Office, app_id: str, *, iid: int | None = None) -> Outcome:
    """Every finding of the newest scans that failed, or of merge request `iid`, with the fingerprint that an acceptance names."""
    _, request = office.request(app_id)
    procedure = office.procedure_of(request)
    standing = _standing(office, app_id, procedure.acceptance)
    lines, data = [], []
    for uji, sha, items, findings in _scans(office, request, iid):
        known = {one.fingerprint: one for one in findings}
        lines.append(t("{uji}, commit {sha}:", uji=uji.replace("_", "-"), sha=sha[:12]))
        for item in items:
            finding = known.get(item.fingerprint)
            until = standing.get((uji, item.fingerprint, item.severity))
            place = finding.place if finding else t("laporannya sudah tidak disimpan")
            what = f"{finding.rule}: {finding.text}" if finding else ""
            times = f" ({item.count}×)" if item.count > 1 else ""
            accepted = t("  diterima s.d. {day}", day=day_text(until)) if until else ""
            lines.append(
                f"  {item.fingerprint[:12]}  {item.severity:<7} {place}{times}  {what}{accepted}".rstrip()
            )
            data.append(
                {
                    "uji": uji,
                    "sidik": item.fingerprint,
                    "tingkat": item.severity,
                    "jumlah": item.count,
                    "tempat": finding.place if finding else None,
                    "teks": finding.text if finding else None,
                    "diterima_sampai": str(until) if until else None,
                }
            )
    text = "\n".join(lines) or t("Tidak ada temuan yang menahan {app}.", app=app_id)
    return Outcome("daftar", text, {"aplikasi": app_id, "temuan": data})


Scan = tuple[str, str, tuple[CountedFinding, ...], tuple[Finding, ...]]
"""(test, commit, counted findings, findings with their places)"""


def _scans(office: Office, request: Request, iid: int | None) -> list[Scan]:
    if iid is None:
        newest = _newest(office, request.app_id).values()
        return [(one.uji, one.commit, listed.items, _found(office, request, one)) for one, listed in newest]
    project_id = office.provision(request.app_id).forge.project_id
    head = office.forge.merge_request(project_id, iid).head_sha
    rows = [row.result for row in results(office, request, project_id, head) if row.result]
    return [(one.uji, head, counted(one), one.findings) for one in rows if counted(one)]


def accept(
    office: Office,
    app_id: str,
    uji: str,
    fingerprints: Sequence[str],
    key_file: Path,
    *,
    reason: str,
    until: date,
    document: Path | None = None,
    iid: int | None = None,
) -> Outcome:
    """Accepts findings of the newest scan of `uji`, or of merge request `iid`, as often as they stand there now."""
    _, request = office.request(app_id)
    procedure = office.procedure_of(request)
    rule, kind = _rule(procedure), uji.replace("-", "_")
    listed = _listed(office, request, kind, iid)
    if not listed:
        raise BlockedError(
            "AMAN-020",
            t("Tidak ada temuan {uji} yang dapat diterima", uji=uji),
            needed="hasil pemindaian yang gagal hanya karena temuannya, dan sudah dikumpulkan",
            next_step=f"kawal pengecualian lihat {app_id}",
        )
    items = tuple(item for one in dict.fromkeys(fingerprints) for item in _named(app_id, listed, one))
    now = office.now()
    latest = (now + timedelta(days=rule.days)).date()
    if not reason.strip() or not now.date() < until <= latest:
        raise BlockedError(
            "AMAN-021",
            t("Pengecualian butuh alasan dan tanggal berakhir yang diizinkan"),
            found=f"alasan: {reason or '-'}; sampai: {until}",
            needed=f"alasan, dan tanggal sesudah hari ini sampai {latest:%Y-%m-%d}",
            next_step=f"kawal pengecualian catat {app_id} {uji} --temuan {fingerprints[0]} --alasan TEKS --sampai {latest:%Y-%m-%d}",
        )
    key, person_id = office.signer(key_file)
    record = RiskAcceptance(
        app_id=app_id,
        issued_at=now,
        uji=kind,
        items=tuple(dict.fromkeys(items)),
        reason=reason.strip(),
        role=_role(office, procedure, rule, person_id),
        person_id=person_id,
        expires_at=datetime.combine(until, time(), UTC),
        document_sha256=office.content.put(read_evidence(document)) if document else None,
    )
    entry = office.append(record, key)
    text = t(
        "Dicatat: {count} temuan {uji} {app} diterima risikonya sampai {day} oleh {role}.\n"
        "Mencabutnya: kawal cabut {record} --alasan TEKS",
        count=len(record.items),
        uji=uji,
        app=app_id,
        day=day_text(until),
        role=procedure.roles[record.role],
        record=entry.payload_sha256[:12],
    )
    data = {
        "aplikasi": app_id,
        "catatan": record.record_id,
        "sha256": entry.payload_sha256,
        "sampai": str(until),
    }
    return told_jobs(office, app_id, Outcome("dikecualikan", text, data))


def told_jobs(office: Office, app_id: str, said: Outcome) -> Outcome:
    """`said` of a record about accepted risks, once the application's jobs have the list that follows from it.

    The record stands whatever the forge does; a failure there is told with the command that makes it good.
    """
    if not office.records(app_id, Provision):
        return said
    try:
        publish(office, app_id)
    except KawalError as error:
        command = f"kawal pengecualian kirim {app_id}"
        text = t(
            "Catatan tetap berlaku, tetapi pekerjaan CI belum menerima daftar yang baru.\n{error}\nSesudah itu: {command}",
            error=error.text(),
            command=command,
        )
        finding = {"kode": error.code, "judul": error.what, "perbaikan": command}
        return replace(
            said, text=f"{said.text}\n{text}", findings=(*said.findings, finding), exit_code=error.exit_code
        )
    return replace(said, text="\n".join([said.text, t("Pekerjaan CI sudah menerima daftarnya.")]))


def send(office: Office, app_id: str) -> Outcome:
    """`pengecualian kirim`: the list for the jobs, by hand; the server does the same in each round."""
    done = publish(office, app_id)
    text = t(
        "Pekerjaan CI {app} memegang {count} risiko yang diterima.",
        app=app_id,
        count=len(done.data["daftar"]),
    )
    return replace(done, text=text)


def publish(office: Office, app_id: str) -> Outcome:
    """Gives the jobs of the application what is accepted now, as the project variable KAWAL_PENGECUALIAN; writes only a change.

    Without it the pipeline would stop at the accepted finding. The judge does not read it.
    """
    project_id = office.provision(app_id).forge.project_id
    _, request = office.request(app_id)
    rows = list(_rows(office, app_id, office.procedure_of(request).acceptance))
    wanted = strictjson.dumps({"schema": 1, "daftar": rows}).decode()
    there = next((one for one in office.forge.variables(project_id) if one.key == VARIABLE), None)
    if (there is None and not rows) or (there is not None and there.value == wanted):
        return Outcome("sama", "", {"aplikasi": app_id, "daftar": rows})
    office.forge.set_variable(project_id, Variable(VARIABLE, wanted, "file"))
    return Outcome("ditulis", "", {"aplikasi": app_id, "daftar": rows})


def _rows(office: Office, app_id: str, rule: Acceptance | None) -> Iterator[dict[str, Any]]:
    for one, end in _standing_records(office, app_id, rule):
        for item in one.items:
            yield {
                "uji": one.uji,
                "sidik": item.fingerprint,
                "tingkat": item.severity,
                "jumlah": item.count,
                "sampai": format_time(end),
            }


def _standing_records(
    office: Office, app_id: str, rule: Acceptance | None
) -> Iterator[tuple[RiskAcceptance, datetime]]:
    """With their ends; for people and jobs, the judge counts for itself."""
    gone = {one.record_sha256 for _, one in office.records(app_id, Withdraw)}
    for entry, one in office.records(app_id, RiskAcceptance):
        if rule is None or one.role not in rule.roles or entry.payload_sha256 in gone:
            continue
        end = min(one.expires_at, entry.received_at + timedelta(days=rule.days))
        if office.now() < end:
            yield one, end


def _rule(procedure: Procedure) -> Acceptance:
    if procedure.acceptance is None:
        raise BlockedError(
            "AMAN-022",
            t("Belum ditetapkan siapa yang boleh menerima risiko temuan"),
            needed="`pengecualian: {peran: [...], umur_hari: N}` di kebijakan dinas",
            next_step="lengkapi kebijakan.yml, lalu kawal kepercayaan ubah",
        )
    return procedure.acceptance


def _role(office: Office, procedure: Procedure, rule: Acceptance, person_id: str) -> str:
    held = roles_of(office.trust(), person_id, office)
    fitting = [role for role in rule.roles if role in held]
    if not fitting:
        raise BlockedError(
            "IDENT-031",
            f"{person_id} tidak berwenang menerima risiko temuan",
            found=", ".join(procedure.roles.get(role, role) for role in held) or "tanpa peran",
            needed=procedure.role_names(rule.roles),
            next_step=f"minta {procedure.role_names(rule.roles)} menjalankan perintah ini dengan kuncinya sendiri",
        )
    return fitting[0]


def _newest(office: Office, app_id: str) -> dict[str, tuple[Evidence, Findings]]:
    """Per test the newest evidence, where it failed and has a list of findings."""
    lists = {one.evidence_id: one for _, one in office.records(app_id, Findings)}
    newest = {one.uji: one for _, one in office.records(app_id, Evidence)}
    failed = {uji: one for uji, one in newest.items() if one.result == "FAILED"}
    return {uji: (one, lists[one.record_id]) for uji, one in failed.items() if one.record_id in lists}


def _listed(office: Office, request: Request, uji: str, iid: int | None) -> tuple[CountedFinding, ...]:
    return next((items for kind, _, items, _ in _scans(office, request, iid) if kind == uji), ())


def _named(app_id: str, listed: Sequence[CountedFinding], prefix: str) -> list[CountedFinding]:
    found = [one for one in listed if one.fingerprint.startswith(prefix)]
    if len(prefix) < LEAST_LETTERS or len({one.fingerprint for one in found}) != 1:
        raise InputError(
            "INPUT-072",
            f"Temuan {prefix!r} {'tidak dikenal' if not found else 'tidak tunggal'}",
            needed=f"sidik temuan, paling sedikit {LEAST_LETTERS} huruf awalnya",
            next_step=f"kawal pengecualian lihat {app_id}",
        )
    return found


def _found(office: Office, request: Request, evidence: Evidence) -> tuple[Finding, ...]:
    """The findings with their places, read again from the raw report as long as it is kept."""
    gate = find_gate(evidence.uji)
    try:
        raw = office.content.get(evidence.raw_sha256)
    except InputError:
        return ()
    if gate is None:
        return ()
    return gate.judge_bytes(raw, json.loads(request.thresholds.to_json()), GateContext()).findings


def _standing(office: Office, app_id: str, rule: Acceptance | None) -> dict[tuple[str, str, str], date]:
    """(test, fingerprint, severity) -> last day of the acceptance that stands."""
    return {
        (one.uji, item.fingerprint, item.severity): end.date()
        for one, end in _standing_records(office, app_id, rule)
        for item in one.items
    }
