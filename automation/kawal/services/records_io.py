"""`kawal ekspor` and `kawal verifikasi`: whole entries for witnesses, checked anywhere without a network."""

from __future__ import annotations

from pathlib import Path

from kawal.bahasa import t
from kawal.errors import EXIT_BLOCKED, InputError
from kawal.ledger.bundle import verify_bundle, write_bundle
from kawal.ledger.verify import Report
from kawal.outcome import Outcome
from kawal.services.keys import load_public
from kawal.services.office import Office
from kawal_seal.keys import PublicKey


def export(office: Office, folder: Path) -> Outcome:
    """Writes the whole ledger, its checkpoint, trust file and content into a new folder."""
    write_bundle(office.ledger, office.content, folder)
    size = office.ledger.size()
    return Outcome(
        "diekspor",
        t(
            "{size} catatan diekspor ke {folder}.\nPeriksa di mana saja: kawal verifikasi {folder}",
            size=size,
            folder=folder,
        ),
        {"catatan": size, "folder": str(folder)},
    )


def verify(folder: Path, root_files: tuple[Path, ...] = ()) -> Outcome:
    """Checks an exported bundle offline; with `root_files` (public keys) also that its trust file is the expected office's."""
    if not folder.is_dir():
        raise InputError("INPUT-080", f"Bundel {folder} tidak ada", next_step="kawal ekspor FOLDER")
    roots: list[PublicKey] | None = [load_public(path) for path in root_files] or None
    return said(verify_bundle(folder, roots), folder)


def said(report: Report, folder: Path) -> Outcome:
    sound = not report.problems
    lines = [
        t(
            "{folder}: {entries} catatan, asal {origin}.",
            folder=folder,
            entries=report.entries,
            origin=report.origin,
        )
    ]
    lines += [f" ✖ {problem}" for problem in report.problems]
    lines.append(
        t("SAH: setiap catatan, tanda tangan, pohon, dan titik periksanya cocok.")
        if sound
        else t("TIDAK SAH.")
    )
    data = {
        "catatan": report.entries,
        "asal": report.origin,
        "masalah": [str(one) for one in report.problems],
    }
    return Outcome(
        "sah" if sound else "tidak_sah", "\n".join(lines), data, exit_code=0 if sound else EXIT_BLOCKED
    )
