"""`kawal cadangkan`, `kawal pulihkan`, `kawal koreksi jam`: entries and files out of the machine and onto a new one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import InputError
from kawal.ledger.bundle import CONTENT, TRUST, write_bundle
from kawal.ledger.content import ContentStore
from kawal.ledger.records import LedgerNote, Request
from kawal.ledger.restore import Source, longest, next_origin, read_source, rebuild
from kawal.ledger.statement import sign_record
from kawal.ledger.store import Ledger
from kawal.ledger.verify import content_digests
from kawal.outcome import Outcome
from kawal.services.keys import load_public, write_private
from kawal.services.office import Office
from kawal.services.trust import SERVICES
from kawal.services.trust_file import root_keys
from kawal_seal.checkpoint import verify_checkpoint

KEYS = "kunci"
SETTINGS = "pengaturan"
PERSONS = "orang.yml"


def back_up(office: Office, folder: Path, *, with_keys: bool) -> Outcome:
    """Everything a new machine needs: entries, checkpoint, trust file, content, settings; the service keys only when asked for."""
    write_bundle(office.ledger, office.content, folder)
    copies = ContentStore(folder / CONTENT)
    for digest in _pinned(office.ledger):
        if office.content.has(digest):
            copies.put(office.content.get(digest))
    kept, elsewhere = _copy_settings(office, folder / SETTINGS)
    if with_keys:
        (folder / KEYS).mkdir(mode=0o700)
        for name in SERVICES:
            write_private(folder / KEYS / f"{name}.pem", (office.key_dir / f"{name}.pem").read_bytes())
    size = office.ledger.size()
    text = t("{size} catatan dan berkasnya dicadangkan ke {folder}.", size=size, folder=folder)
    text += "\n" + t("Pengaturan ikut di {folder}: {names}.", folder=folder / SETTINGS, names=", ".join(kept))
    if elsewhere:
        text += "\n" + t("Di luar folder kantor, jadi tidak ikut: {names}.", names=", ".join(elsewhere))
    if with_keys:
        text += "\n" + t("Folder ini memuat kunci layanan: simpan seperti kunci brankas.")
    data = {
        "catatan": size,
        "folder": str(folder),
        "kunci": with_keys,
        "pengaturan": kept,
        "tidak_ikut": elsewhere,
    }
    return Outcome("dicadangkan", text, data)


def _pinned(ledger: Ledger) -> set[str]:
    """The profile that each request was asked under: no evidence, so no bundle counts it, but without it no verb knows the procedure."""
    return {
        entry.predicate.profile_sha256
        for entry in ledger.entries(type=Request.TYPE)
        if isinstance(entry.predicate, Request)
    }


def _copy_settings(office: Office, target: Path) -> tuple[list[str], list[str]]:
    """What people wrote beside the ledger, at the same places below `target`: copied back, the office reads as before.

    Returns what was copied, and what lies outside of the office's folder.
    """
    settings = office.settings
    named = [one for one in (settings.file.kebijakan, settings.file.kalender) if one]
    files = [settings.source, settings.base / PERSONS, *(settings.path(one) for one in named)]
    if settings.file.profil_dir:
        files += sorted(settings.path(settings.file.profil_dir).glob("*.yml"))
    kept, elsewhere = [], []
    for file in files:
        if not file.is_file():
            continue
        if not file.is_relative_to(settings.base):
            elsewhere.append(str(file))
            continue
        place = file.relative_to(settings.base)
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target / place)
        kept.append(place.as_posix())
    return kept, elsewhere


def restore(
    office: Office,
    bundles: Sequence[Path],
    root_files: Sequence[Path],
    *,
    epoch: str | None = None,
    key_folder: Path | None = None,
) -> Outcome:
    """The longest of backups and witnesses becomes the ledger of this machine, which must not have one yet.

    With `epoch` (the reason) a new tree is opened and signed by the root: needed when no copy reaches the last entry that
    a target has seen.
    """
    roots = [load_public(path) for path in root_files] or None
    source = longest([read_source(one, roots) for one in bundles])
    _keys(office, bundles)
    origin = None if epoch is None else next_origin(source.report.origin or "")
    key = office.service_key("checkpoint") if origin else None
    rebuild(office.ledger_path, source, origin=origin, key=key, now=office.now())
    for one in bundles:
        _content(office, one)
    shutil.copyfile(source.folder / TRUST, office.trust_path)
    if epoch is not None and origin is not None:
        _record_epoch(office, source, origin, epoch, key_folder or Path("kunci"))
    return _told(office, source, origin)


def correct_clock(office: Office, reason: str, key_folder: Path) -> Outcome:
    """`koreksi jam`: the last entries carry a wrong, later time; from here on they no longer bind. Signed by the root."""
    checkpoint = office.ledger.checkpoint()
    if checkpoint is None:
        raise InputError("LEDGER-002", "buku catatan masih kosong")
    now = verify_checkpoint(checkpoint, office.trust().service_keys["checkpoint"])
    note = LedgerNote(
        app_id=None,
        issued_at=office.now(),
        kind="clock",
        old_origin=now.origin,
        size=now.size,
        root=now.root,
        new_origin=None,
        reason=reason,
    )
    entry = office.ledger.correct_clock(sign_record(note, root_keys(office, office.trust(), key_folder)))
    text = t(
        "Koreksi jam dicatat sebagai nomor {seq}: waktu catatan sebelumnya tidak lagi mengikat.",
        seq=entry.seq,
    )
    return Outcome("dicatat", text, {"nomor": entry.seq, "catatan": note.record_id})


def _keys(office: Office, bundles: Sequence[Path]) -> None:
    """Service keys from the first backup that has them; those of this machine stay."""
    for name in SERVICES:
        mine = office.key_dir / f"{name}.pem"
        kept = [one / KEYS / f"{name}.pem" for one in bundles if (one / KEYS / f"{name}.pem").exists()]
        if mine.exists():
            continue
        if not kept:
            raise InputError(
                "PERCAYA-013",
                f"Kunci layanan {name} tidak ada di cadangan dan tidak ada di {office.key_dir}",
                needed="cadangan yang dibuat dengan --dengan-kunci, atau kunci dari brankas",
            )
        office.key_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(mine, kept[0].read_bytes())


def _content(office: Office, bundle: Path) -> None:
    """Files are stored by their own digest again: an altered one gets another name and helps nobody."""
    folder = bundle / CONTENT
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        office.content.put_file(path)


def _record_epoch(office: Office, source: Source, origin: str, reason: str, key_folder: Path) -> None:
    note = LedgerNote(
        app_id=None,
        issued_at=office.now(),
        kind="epoch",
        old_origin=source.report.origin or "",
        size=len(source.rows),
        root=source.report.root or "",
        new_origin=origin,
        reason=reason,
    )
    office.ledger.append(sign_record(note, root_keys(office, office.trust(), key_folder)))


def _told(office: Office, source: Source, origin: str | None) -> Outcome:
    ledger: Ledger = office.ledger
    named = set(content_digests(entry.predicate for entry in ledger.entries())) | _pinned(ledger)
    missing = office.content.missing(named)
    lines = [
        t("{size} catatan dipulihkan dari {folder}.", size=len(source.rows), folder=source.folder),
        *(t(" ! berkas bukti {digest} tidak ada di cadangan", digest=one[:16]) for one in missing),
    ]
    if origin is not None:
        lines.append(
            t(
                'Pohon baru {origin}. Di setiap target tambahkan "{origin}" ke asal_ledger di target.json, satu kali.',
                origin=origin,
            )
        )
    lines.append(t("Tunggu lima menit sebelum menerima permintaan izin, lalu jalankan: kawal dokter"))
    data = {"catatan": len(source.rows), "asal": origin or source.report.origin, "bukti_hilang": missing}
    return Outcome("dipulihkan", "\n".join(lines), data)
