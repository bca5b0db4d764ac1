"""Broken glass of an application, wherever people look: status, periksa, buktikan, an issue on the forge, the export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kawal.bahasa import t
from kawal.errors import KawalError
from kawal.issue_text import marker, quoted
from kawal.ledger.records import Signoff
from kawal.ledger.tables import Entry
from kawal.policy.emergency import KIND, Pending
from kawal.policy.emergency import alarms as alarms_under
from kawal.policy.model import parse_policy
from kawal.services.office import Office

LABEL = "gerbang::terkunci"


def pending_of(office: Office, app_id: str) -> tuple[Pending, ...]:
    """What nobody made up for. Costs nothing for an application whose glass was never broken."""
    entries = office.ledger.entries(app_id=app_id)
    if not _any(entries):
        return ()
    return alarms_under(parse_policy(office.content.get(office.trust().policy_sha256)), entries)


def _any(entries: Iterable[Entry]) -> bool:
    return any(isinstance(one.predicate, Signoff) and one.predicate.kind == KIND for one in entries)


def lines(alarms: Sequence[Pending]) -> list[str]:
    """Red lines for people, each with its next command."""
    return [
        line for one in alarms for line in (f"✖ {one.line}", t("  berikutnya: {command}", command=one.next))
    ]


def as_findings(alarms: Sequence[Pending]) -> list[dict[str, Any]]:
    """`temuan` of docs/formats.md §16."""
    return [
        {
            "kode": "IZIN-064",
            "judul": t("Break-glass menunggu pengesahan susulan"),
            "gerbang": "break-glass",
            "ditemukan": one.line,
            "diperlukan": ", ".join(one.missing) or t("rilis pengganti"),
            "dasar": "",
            "siapa": "",
            "tenggat": None,
            "perbaikan": one.next,
            "tautan": None,
        }
        for one in alarms
    ]


def keep_issues(office: Office, app_id: str) -> int:
    """One issue for each broken glass on the project: opened at once, closed when it was made up for. How many are open.

    Idempotent: found again by its marker. The issue is display; the records decide.
    """
    entries = office.ledger.entries(app_id=app_id)
    broken = [
        one
        for one in entries
        if isinstance(one.predicate, Signoff)
        and one.predicate.kind == KIND
        and one.predicate.decision == "approve"
    ]
    if not broken:
        return 0
    project_id = office.provision(app_id).forge.project_id
    open_ = {one.record_id: one for one in pending_of(office, app_id)}
    known = office.forge.issues(project_id)
    for entry in broken:
        record = entry.predicate
        assert isinstance(record, Signoff) and record.subject is not None  # noqa: S101, PT018 - filtered above
        mark = marker(office.settings.instance, app_id, f"break-glass-{record.record_id}")
        body = _body(record, open_.get(record.record_id), mark)
        closed = record.record_id not in open_
        found = next((one for one in known if mark in one.body), None)
        title = f"BREAK-GLASS {record.subject.release}"
        iid = found.iid if found else office.forge.create_issue(project_id, title, body, [LABEL], None, None)
        if (found is None and closed) or (found is not None and (found.body, found.closed) != (body, closed)):
            office.forge.update_issue(project_id, iid, body=body, closed=closed)
    return len(open_)


def told(office: Office, app_id: str) -> str:
    """Keeps the issues now; what there is to say about it. A forge that does not answer stops no record: the server's
    worker and the next verb try again."""
    try:
        red = keep_issues(office, app_id)
    except KawalError as error:
        return "\n" + t("Isu break-glass belum dapat dibuat: {why}", why=f"{error.code} {error.what}")
    return "\n" + t("✖ BREAK-GLASS yang belum disusul: {n}; isunya terbuka di forge.", n=red) if red else ""


def _body(record: Signoff, alarm: Pending | None, mark: str) -> str:
    subject = record.subject
    state = (
        f"Belum selesai. Pengesahan susulan: {', '.join(alarm.missing) or 'rilis pengganti'}.\n\n"
        f"Berikutnya: `{alarm.next}`"
        if alarm
        else "Selesai: pengesahan yang dilewati sudah menyusul."
    )
    return (
        f"Produksi dibuka dengan break-glass oleh dua orang, {record.not_before:%Y-%m-%d %H.%M} sampai "
        f"{record.expires_at:%H.%M} UTC.\n\n"
        f"Alasan: {quoted((record.reason or '').splitlines()[0])}\n\n"
        f"Isi: commit `{subject.commit if subject else ''}`, paket `{subject.artifact_sha256 if subject else ''}`\n\n"
        f"{state}\n\n{mark}"
    )
