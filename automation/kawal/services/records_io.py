"""`kawal ekspor` and `kawal verifikasi`: whole entries for witnesses, checked anywhere without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import EXIT_BLOCKED, InputError
from kawal.ledger.bundle import CONTENT, read_rows, verify_bundle, write_bundle
from kawal.ledger.records import Signoff
from kawal.ledger.statement import parse_envelope
from kawal.ledger.tables import Entry, Row, moment
from kawal.ledger.verify import Problem, Report
from kawal.outcome import Outcome
from kawal.policy.emergency import KIND, alarms
from kawal.policy.model import parse_policy
from kawal.services.keys import load_public
from kawal.services.office import Office
from kawal_seal.keys import PublicKey
from kawal_seal.trustfile import Trust


def export(office: Office, folder: Path) -> Outcome:
    """Writes the whole ledger, its checkpoint, trust file and content into a new folder."""
    write_bundle(office.ledger, office.content, folder)
    size = office.ledger.size()
    red = broken_in(folder)
    text = t(
        "{size} catatan diekspor ke {folder}.\nPeriksa di mana saja: kawal verifikasi {folder} --akar AKAR.pub",
        size=size,
        folder=folder,
    )
    data = {"catatan": size, "folder": str(folder), "break_glass": red}
    return Outcome("diekspor", "\n".join([text, *(f" ✖ {one}" for one in red)]), data)


def verify(folder: Path, root_files: tuple[Path, ...] = ()) -> Outcome:
    """Checks an exported bundle offline; with `root_files` (public keys) also that its trust file is the expected office's."""
    if not folder.is_dir():
        raise InputError("INPUT-080", f"Bundel {folder} tidak ada", next_step="kawal ekspor FOLDER")
    roots: list[PublicKey] | None = [load_public(path) for path in root_files] or None
    return said(verify_bundle(folder, roots), folder, broken_in(folder), rooted=roots is not None)


def broken_in(folder: Path) -> list[str]:
    """One line for each broken glass that nobody made up for, as far as the bundle's own policy and records tell.

    Without the policy in it every broken glass is named: what cannot be shown to be settled stays red.
    """
    entries = [one for row in read_rows(folder, []) if (one := _entry(row)) is not None]
    trusts = [one.predicate for one in entries if isinstance(one.predicate, Trust)]
    content = folder / CONTENT / (trusts[-1].policy_sha256 if trusts else "")
    policy = parse_policy(content.read_bytes()) if content.is_file() else None
    lines: list[str] = []
    for app_id in sorted({one.predicate.app_id for one in entries if isinstance(one.predicate, Signoff)}):
        own = [one for one in entries if getattr(one.predicate, "app_id", None) == app_id]
        if policy is not None:
            lines += [f"{app_id}: {one.line}" for one in alarms(policy, own)]
        else:
            broken = [one.predicate for one in own if isinstance(one.predicate, Signoff)]
            lines += [f"{app_id}: BREAK-GLASS {one.reason}" for one in broken if one.kind == KIND]
    return lines


def _entry(row: Row) -> Entry | None:
    """A row as the rules read it; None when it is damaged, which the verification says anyway."""
    try:
        envelope, predicate = parse_envelope(row.envelope)
    except InputError:
        return None
    digest, kind = envelope.payload_sha256, "trust" if isinstance(predicate, Trust) else predicate.TYPE
    return Entry(row.seq, moment(row.received_at), digest, kind, predicate, (), row.envelope)


def _told(problem: Problem) -> str:
    return (
        problem.what
        if problem.seq is None
        else t("catatan {seq}: {what}", seq=problem.seq, what=problem.what)
    )


def said(report: Report, folder: Path, broken: Sequence[str] = (), *, rooted: bool = True) -> Outcome:
    """`rooted`: whether the root keys came from somebody else than the bundle."""
    sound = not report.problems
    lines = [
        t(
            "{folder}: {entries} catatan, asal {origin}.",
            folder=folder,
            entries=report.entries,
            origin=report.origin or t("tidak terbaca"),
        )
    ]
    problems = [_told(one) for one in report.problems]
    lines += [f" ✖ {problem}" for problem in (*problems, *broken)]
    if sound and not rooted:
        lines.append(
            t(
                "Kunci akarnya diambil dari bundel itu sendiri: sebut --akar dengan kunci yang Anda kenal untuk memeriksa asalnya."
            )
        )
    lines.append(
        t("SAH: setiap catatan, tanda tangan, pohon, dan titik periksanya cocok.")
        if sound
        else t("TIDAK SAH.")
    )
    data = {
        "catatan": report.entries,
        "asal": report.origin,
        "masalah": problems,
        "break_glass": list(broken),
    }
    return Outcome(
        "sah" if sound else "tidak_sah", "\n".join(lines), data, exit_code=0 if sound else EXIT_BLOCKED
    )
