"""`kawal pengecualian`: what the scanners found, and an officer's acceptance of some of it until a date."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError
from kawal.ledger.records import CountedFinding, Evidence, Findings, Request, RiskAcceptance, Withdraw
from kawal.outcome import Outcome
from kawal.policy.acceptance import SEVERITIES
from kawal.request_file import read_evidence
from kawal.services.office import Office, derived_id
from kawal.services.steps import roles_of
from kawal.sop.procedure import Acceptance, Procedure
from kawal.sop.words import day_text
from kawal_checks.gates import find_gate
from kawal_checks.model import Finding, GateContext, Result

MOST = 300
LEAST_LETTERS = 8


def findings_record(evidence: Evidence, result: Result) -> Findings | None:
    """The list that goes with a scan; None when it found nothing with a limit, or too much to be listed."""
    counted = Counter(
        (one.fingerprint, one.severity) for one in result.findings if one.severity in SEVERITIES
    )
    if not 0 < len(counted) <= MOST:
        return None
    return Findings(
        record_id=derived_id("findings", evidence.record_id),
        app_id=evidence.app_id,
        issued_at=evidence.issued_at,
        uji=evidence.uji,
        evidence_id=evidence.record_id,
        items=tuple(
            CountedFinding(fingerprint=key, severity=severity, count=number)  # type: ignore[arg-type]
            for (key, severity), number in sorted(counted.items())
        ),
    )


def show(office: Office, app_id: str) -> Outcome:
    """Every finding of the newest scans that failed, with the fingerprint that an acceptance names."""
    _, request = office.request(app_id)
    procedure = office.procedure_of(request)
    standing = _standing(office, app_id, procedure.acceptance)
    lines, data = [], []
    for evidence, listed in _newest(office, app_id).values():
        known = {one.fingerprint: one for one in _found(office, request, evidence)}
        lines.append(t("{uji}, commit {sha}:", uji=evidence.uji.replace("_", "-"), sha=evidence.commit[:12]))
        for item in listed.items:
            finding = known.get(item.fingerprint)
            until = standing.get((evidence.uji, item.fingerprint, item.severity))
            place = finding.place if finding else t("laporannya sudah tidak disimpan")
            what = f"{finding.rule}: {finding.text}" if finding else ""
            times = f" ({item.count}×)" if item.count > 1 else ""
            accepted = t("  diterima s.d. {day}", day=day_text(until)) if until else ""
            lines.append(
                f"  {item.fingerprint[:12]}  {item.severity:<7} {place}{times}  {what}{accepted}".rstrip()
            )
            data.append(
                {
                    "uji": evidence.uji,
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
) -> Outcome:
    """Accepts findings of the newest scan of `uji`, as often as they stand there now."""
    _, request = office.request(app_id)
    procedure = office.procedure_of(request)
    rule = _rule(procedure)
    found = _newest(office, app_id).get(uji.replace("-", "_"))
    if found is None:
        raise BlockedError(
            "AMAN-020",
            t("Tidak ada temuan {uji} yang dapat diterima", uji=uji),
            needed="hasil pemindaian yang gagal hanya karena temuannya, dan sudah dikumpulkan",
            next_step=f"kawal pengecualian lihat {app_id}",
        )
    evidence, listed = found
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
        uji=evidence.uji,
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
    return Outcome("dikecualikan", text, data)


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


def _named(app_id: str, listed: Findings, prefix: str) -> list[CountedFinding]:
    found = [one for one in listed.items if one.fingerprint.startswith(prefix)]
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
    """(test, fingerprint, severity) -> last day of the acceptance that stands; for people, the judge counts for itself."""
    gone = {one.record_sha256 for _, one in office.records(app_id, Withdraw)}
    found: dict[tuple[str, str, str], date] = {}
    for entry, one in office.records(app_id, RiskAcceptance):
        if rule is None or one.role not in rule.roles or entry.payload_sha256 in gone:
            continue
        end = min(one.expires_at, entry.received_at + timedelta(days=rule.days))
        if office.now() < end:
            found |= {(one.uji, item.fingerprint, item.severity): end.date() for item in one.items}
    return found
