"""`kawal permohonan`: what is asked for, with its letter and documents, as a signed record."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from kawal.bahasa import t
from kawal.completeness import Missing, missing, unknown
from kawal.errors import EXIT_BLOCKED, BlockedError, InputError
from kawal.ledger.records import Document, Request
from kawal.outcome import Outcome
from kawal.repository_documents import with_documents
from kawal.request_file import (
    RequestFile,
    load_request,
    load_request_document,
    normalise_letter_number,
    read_evidence,
)
from kawal.services.office import Office
from kawal.sop.loader import Loaded, profile_of
from kawal.sop.procedure import Procedure
from kawal.sop.schema import Profile
from kawal.sop.yamlsafe import Document as YamlDocument
from kawal.sop.yamlsafe import Loc, Problem


def submit(office: Office, file: Path, key_file: Path) -> Outcome:
    """Records the request in `file`. The same file twice is one request; another request under the same id replaces it until it is approved."""
    wanted, document = load_request_document(file)
    profile = _profile(office, wanted, document)
    key, person_id = office.signer(key_file)
    source = document.data
    digest = hashlib.sha256(source).hexdigest()
    earlier = office.records(wanted.id, Request)
    if earlier and earlier[-1][1].source_sha256 == digest:
        return _said(
            earlier[-1][1],
            "sudah_ada",
            t("Permohonan {id} sudah tercatat; tidak ada yang berubah.", id=wanted.id),
        )
    _refuse_approved(office, wanted.id)
    documents = _documents(office, wanted, document, file.parent)
    _refuse_letter_used_elsewhere(office, wanted, documents)
    office.content.put(source)
    office.content.put(profile.document.data)
    request = Request(
        app_id=wanted.id,
        issued_at=office.now(),
        profile_id=wanted.profil,
        profile_sha256=profile.sha256,
        origin=wanted.asal,
        name=wanted.nama,
        agency=wanted.perangkat_daerah.nama,
        agency_slug=wanted.perangkat_daerah.singkatan,
        description=wanted.deskripsi,
        developers=wanted.tim.pengembang,
        reviewers=wanted.tim.peninjau,
        thresholds=with_documents(wanted.uji, office.merged(profile)),
        documents=tuple(documents),
        source_sha256=digest,
        person_id=person_id,
    )
    office.append(request, key)
    first = office.merged(profile).steps[0]
    text = t(
        "Permohonan {id} ({name}) dicatat dengan {count} berkas.\nBerikutnya: kawal langkah selesai {id} {step} --bukti FILE",
        id=wanted.id,
        name=wanted.nama,
        count=len(documents),
        step=first.key,
    )
    lacking = lacking_items(profile.value, wanted)
    said = _said(request, "diajukan", "\n".join([text, *_list(office.merged(profile), lacking)]))
    return replace(said, findings=tuple(_finding(office.merged(profile), one) for one in lacking))


def check(office: Office, file: Path) -> Outcome:
    """`permohonan periksa`: what the SOP asks for and the file does not hold. Writes nothing; exit 3 while something is missing."""
    wanted = load_request(file)
    procedure = office.merged(profile_of(office.profiles, wanted.profil))
    lacking = lacking_items(procedure.profile, wanted)
    data = {"id": wanted.id, "profil": wanted.profil, "butir": len(procedure.profile.request)}
    if not procedure.profile.request:
        text = t("{sop} tidak mencetak daftar isi permohonan.", sop=procedure.profile.sop.phrase)
        return Outcome("lengkap", text, data)
    if not lacking:
        return Outcome("lengkap", t("Permohonan {id} lengkap.", id=wanted.id), data)
    findings = tuple(_finding(procedure, one) for one in lacking)
    text = "\n".join(_list(procedure, lacking))
    return Outcome("belum_lengkap", text, data, findings, EXIT_BLOCKED)


def lacking_items(profile: Profile, wanted: RequestFile) -> tuple[Missing, ...]:
    """InputError INPUT-024 when the file answers something that the SOP does not ask for."""
    strange = unknown(profile, wanted.isian)
    if strange:
        known = ", ".join(item.id for item in profile.request)
        raise InputError(
            "INPUT-024",
            f"isian '{strange[0]}' tidak diminta {profile.sop.phrase}",
            needed=f"salah satu dari: {known}" if known else "tanpa isian",
            next_step=f"kawal permohonan formulir --profil {wanted.profil}",
        )
    return missing(profile, [one.jenis for one in wanted.dokumen], wanted.isian)


def _list(procedure: Procedure, lacking: tuple[Missing, ...]) -> list[str]:
    if not lacking:
        return []
    head = t("Belum lengkap menurut {sop}:", sop=procedure.profile.sop.phrase)
    return [head, *(f" ✖ {one.text()}  [{procedure.roles[one.supplied_by]}]" for one in lacking)]


def _finding(procedure: Procedure, one: Missing) -> dict[str, str | None]:
    return {
        "kode": "DOK-010",
        "judul": one.text(),
        "gerbang": f"permohonan:{one.item}",
        "ditemukan": "tidak ada",
        "diperlukan": f"dokumen jenis {one.item}, atau isian {one.item}",
        "dasar": f"{procedure.profile.sop.phrase}: daftar isi permohonan",
        "siapa": procedure.roles[one.supplied_by],
        "tenggat": None,
        "perbaikan": f"lengkapi {one.item} di berkas permohonan, lalu ajukan lagi",
        "tautan": None,
    }


def show(office: Office, app_id: str) -> Outcome:
    """`permohonan lihat`"""
    _, request = office.request(app_id)
    rows = [
        (t("Aplikasi"), f"{request.name} ({request.app_id})"),
        (t("Perangkat Daerah"), request.agency),
        (t("Asal"), request.origin),
        (t("Profil"), f"{request.profile_id} ({office.revision(request)[:12]})"),
        (t("Pengembang"), ", ".join(request.developers)),
        (t("Peninjau"), ", ".join(request.reviewers) or "-"),
        *((t("Berkas"), f"{one.kind}: {one.name} ({one.sha256[:12]})") for one in request.documents),
    ]
    return _said(request, "diajukan", "\n".join(f"{head:<18}{value}" for head, value in rows))


def listing(office: Office) -> Outcome:
    """`permohonan daftar`: the newest request of each application."""
    newest = {
        entry.predicate.app_id: entry.predicate
        for entry in office.ledger.entries(type=Request.TYPE)
        if isinstance(entry.predicate, Request)
    }
    rows = [f"{one.app_id:<28} {one.profile_id:<10} {one.name}" for one in newest.values()]
    data = {
        "permohonan": [
            {"id": one.app_id, "nama": one.name, "profil": one.profile_id} for one in newest.values()
        ]
    }
    return Outcome("daftar", "\n".join(rows) or t("Belum ada permohonan."), data)


def _said(request: Request, status: str, text: str) -> Outcome:
    data = {
        "id": request.app_id,
        "nama": request.name,
        "profil": request.profile_id,
        "catatan": request.record_id,
    }
    return Outcome(status, text, data)


def _refuse_approved(office: Office, app_id: str) -> None:
    if office.approvals(app_id):
        raise BlockedError(
            "REKOM-003",
            f"{app_id} sudah disetujui; isi permohonannya tidak dapat diganti",
            needed="permohonan baru dengan id lain, atau suratnya dicabut dahulu oleh penandatangannya",
            next_step=f"kawal permohonan lihat {app_id}; kawal status {app_id} --rinci menyebut catatan suratnya",
        )


def _profile(office: Office, wanted: RequestFile, document: YamlDocument) -> Loaded[Profile]:
    try:
        return profile_of(office.profiles, wanted.profil)
    except InputError as error:
        text = f"{error.what}; {error.needed}" if error.needed else error.what
        raise document.error(error.code, [Problem(("profil",), text)]) from error


def _documents(office: Office, wanted: RequestFile, document: YamlDocument, folder: Path) -> list[Document]:
    """Every file is read before any is stored, so that a missing one leaves nothing behind; all missing ones are listed."""
    named: list[tuple[Loc, str, str]] = [
        (("dokumen", index, "berkas"), one.jenis, one.berkas) for index, one in enumerate(wanted.dokumen)
    ]
    if wanted.surat:
        named.insert(0, (("surat", "berkas"), wanted.surat.jenis, wanted.surat.berkas))
    contents, problems, code = [], [], ""
    for loc, kind, name in named:
        try:
            contents.append((kind, name, read_evidence(folder / name)))
        except InputError as error:
            why = f"{error.what} ({error.found})" if error.found else error.what
            problems.append(Problem(loc, why))
            code = error.code
    if problems:
        raise document.error(code, problems)
    return [
        Document(kind=kind, sha256=office.content.put(data), name=Path(name).name)
        for kind, name, data in contents
    ]


def _refuse_letter_used_elsewhere(office: Office, wanted: RequestFile, documents: list[Document]) -> None:
    """A letter opens one application; the same file under a second id is a question to a human."""
    if wanted.surat is None:
        return
    letter = documents[0].sha256
    for entry in office.ledger.entries(type=Request.TYPE):
        other = entry.predicate
        if (
            isinstance(other, Request)
            and other.app_id != wanted.id
            and letter in {one.sha256 for one in other.documents}
        ):
            raise BlockedError(
                "REKOM-004",
                f"Surat {normalise_letter_number(wanted.surat.nomor)} sudah membuka aplikasi {other.app_id}",
                needed="satu surat untuk satu aplikasi",
                next_step=f"periksa surat itu; bila benar untuk dua aplikasi, ajukan dengan dua surat (lihat: kawal permohonan lihat {other.app_id})",
            )
