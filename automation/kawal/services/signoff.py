"""`kawal sahkan`, `kawal catat`, `kawal cabut`: what named officials decide about exactly these bytes, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError
from kawal.ledger.records import (
    ForgeProject,
    Persandian,
    Pse,
    ReleaseSubject,
    Severities,
    Signoff,
    SignoffEvidence,
    UatScenario,
    Withdraw,
)
from kawal.ledger.statement import sign_record
from kawal.ledger.tables import Entry
from kawal.outcome import Outcome
from kawal.request_file import read_evidence
from kawal.services.letters import Letter, transcribe
from kawal.services.office import Office
from kawal.services.policies import PRODUCTION
from kawal.services.release import packed_build, release
from kawal.services.steps import roles_of
from kawal.services.trust import root_keys
from kawal.sop.procedure import Procedure, RequiredSignOff
from kawal_seal.keys import PrivateKey

NO_FINDINGS = {"kritis": 0, "tinggi": 0, "sedang": 0, "rendah": 0, "info": 0}


def persandian(
    office: Office,
    app_id: str,
    version: str,
    key_file: Path,
    *,
    result: str = "memenuhi",
    findings: Mapping[str, int] | None = None,
    evidence: Sequence[Path] = (),
    note: str | None = None,
    reason: str | None = None,
    save: Path | None = None,
    letter: Letter | None = None,
) -> Outcome:
    """`sahkan persandian`: the examination of the security tests, bound to commit, tree and artefact of the release."""
    files = _stored(office, "laporan_pemeriksaan", evidence)
    part = Persandian(
        result=result,  # type: ignore[arg-type]
        findings=Severities(**{**NO_FINDINGS, **(findings or {})}),
        reports=tuple(one.sha256 for one in files),
        note=note,
    )
    rejected = result == "tidak_memenuhi"
    return _sign(
        office,
        "persandian",
        app_id,
        key_file,
        version=version,
        persandian=part,
        files=files,
        rejected=rejected,
        reason=reason,
        save=save,
        letter=letter,
    )


def uat(
    office: Office,
    app_id: str,
    version: str,
    key_file: Path,
    *,
    commit: str | None = None,
    refused: Mapping[str, str] | None = None,
    evidence: Sequence[Path] = (),
    save: Path | None = None,
    letter: Letter | None = None,
) -> Outcome:
    """`sahkan uat`: acceptance of every mandatory scenario but those in `refused` (id -> why), on the bytes of the test target."""
    _, request = office.request(app_id)
    refused = refused or {}
    known = [one.id for one in request.thresholds.uat]
    unknown = [one for one in refused if one not in known]
    if unknown:
        raise InputError(
            "UAT-020", f"Skenario {unknown[0]} tidak dikenal", needed=f"salah satu dari: {', '.join(known)}"
        )
    scenarios = tuple(
        UatScenario(id=one, accepted=one not in refused, note=refused.get(one)) for one in known
    )
    files = _stored(office, "berita_acara_uat", evidence)
    return _sign(
        office,
        "uat",
        app_id,
        key_file,
        version=version,
        commit=commit,
        uat=scenarios,
        files=files,
        save=save,
        letter=letter,
    )


def pse(
    office: Office,
    app_id: str,
    key_file: Path,
    proof: Path,
    *,
    number: str | None = None,
    registered_on: date | None = None,
    kind: str = "bukti_pendataan",
    save: Path | None = None,
    letter: Letter | None = None,
) -> Outcome:
    """`catat pse`: the registration of the electronic system, bound to the application and its proof file."""
    files = _stored(office, kind, [proof])
    part = Pse(
        proof_kind=kind,  # type: ignore[arg-type]
        number=number,
        registered_on=registered_on or office.now().date(),
        document_sha256=files[0].sha256,
    )
    outcome = _sign(office, "pse", app_id, key_file, pse=part, files=files, save=save, letter=letter)
    if number and _looks_private(number):
        warning = t(
            "Peringatan: nomor {number} berbentuk PSE lingkup privat; aplikasi pemerintah didaftarkan di lingkup publik.",
            number=number,
        )
        return Outcome(outcome.status, f"{outcome.text}\n{warning}", {**outcome.data, "peringatan": warning})
    return outcome


def _looks_private(number: str) -> bool:
    """The pattern of private-scope numbers (facts: 11 public samples); a warning only, never a refusal."""
    import re

    return re.fullmatch(r"\d{5,6}\.\d{2}/DJAI\.PSE/\d{2}/\d{4}", number) is not None


def withdraw(
    office: Office, record: str, key_file: Path | None, reason: str, *, root_folder: Path | None = None
) -> Outcome:
    """`cabut`: takes back a record by a new one, by the role that made it; any record with the root keys in `root_folder`."""
    target = _record(office, record)
    app_id = getattr(target.predicate, "app_id", None)
    role = getattr(target.predicate, "role", None) or getattr(target.predicate, "signer_role", None)
    if app_id is None or (role is None and root_folder is None):
        raise BlockedError(
            "IDENT-020",
            f"Catatan jenis {target.type} tidak dicabut lewat peran",
            needed="catatan seorang pejabat, atau kunci akar",
            next_step=None if app_id is None else f"kawal cabut {record} --alasan TEKS --akar",
        )
    keys: list[PrivateKey]
    person_id: str | None
    if root_folder is not None or key_file is None:
        keys, role, person_id = root_keys(office, office.trust(), root_folder or Path("kunci")), None, None
    else:
        key, person_id = office.signer(key_file)
        keys = [key]
    made = Withdraw(
        app_id=app_id,
        issued_at=office.now(),
        record_sha256=target.payload_sha256,
        role=role,
        person_id=person_id,
        reason=reason,
    )
    office.ledger.append(sign_record(made, keys))
    text = t(
        "Catatan {type} ({digest}) dicabut. Izin baru tidak lagi bertumpu padanya.",
        type=target.type,
        digest=target.payload_sha256[:12],
    )
    return Outcome("dicabut", text, {"catatan": made.record_id, "dicabut": target.payload_sha256})


def _record(office: Office, record: str) -> Entry:
    found = [
        e
        for e in office.ledger.entries()
        if e.payload_sha256.startswith(record) or getattr(e.predicate, "record_id", None) == record
    ]
    if len(found) != 1 or len(record) < 8:
        raise InputError(
            "INPUT-070",
            f"Catatan {record!r} {'tidak dikenal' if not found else 'tidak tunggal'}",
            needed="id catatan, atau paling sedikit 8 huruf awal digestnya",
            next_step="kawal ekspor --json untuk melihat catatan",
        )
    return found[0]


# --- one way to sign ---------------------------------------------------------------------------------------------


def _sign(
    office: Office,
    kind: str,
    app_id: str,
    key_file: Path,
    *,
    version: str | None = None,
    commit: str | None = None,
    files: Sequence[SignoffEvidence] = (),
    persandian: Persandian | None = None,
    uat: tuple[UatScenario, ...] | None = None,
    pse: Pse | None = None,
    rejected: bool = False,
    reason: str | None = None,
    save: Path | None = None,
    letter: Letter | None = None,
) -> Outcome:
    _, request = office.request(app_id)
    procedure = office.procedure_of(request)
    rule = procedure.signoff(kind)
    if rule is None:
        raise BlockedError(
            "PROFIL-020", f"{procedure.profile.sop.phrase} dan lapisannya tidak meminta pengesahan {kind}"
        )
    key, person_id = office.signer(key_file)
    official = letter.official if letter else person_id
    role = _role(office, procedure, rule, official)
    for involved in {official, person_id}:
        _refuse_authors(office, app_id, involved, kind)
    papers = [*files, *(_stored(office, "surat", [letter.file]) if letter else ())]
    _, approval = office.approval(app_id)
    now = office.now()
    record = Signoff(
        app_id=app_id,
        issued_at=now,
        kind=kind,  # type: ignore[arg-type]
        decision="reject" if rejected else "approve",
        role=role,
        person_id=official,
        grade="surat" if letter else "key",
        subject=None if version is None else _subject(office, app_id, version, commit),
        evidence=tuple(papers),
        policy_sha256=office.trust().policy_sha256,
        rekomendasi_id=approval.record_id,
        uat=uat,
        persandian=persandian,
        pse=pse,
        base_release=None,
        reason=reason,
        not_before=now,
        expires_at=now + timedelta(days=rule.max_age_days),
        supersedes=None,
    )
    if letter is not None:
        return transcribe(office, record, key)
    return _keep(office, record, key, procedure, version, save)


def _keep(
    office: Office,
    record: Signoff,
    key: PrivateKey,
    procedure: Procedure,
    version: str | None,
    save: Path | None,
) -> Outcome:
    data = {
        "aplikasi": record.app_id,
        "jenis": record.kind,
        "rilis": version,
        "catatan": record.record_id,
        "keputusan": record.decision,
    }
    role = procedure.roles.get(record.role, record.role)
    what = record.kind if version is None else f"{record.kind} {version}"
    if save is not None:
        save.write_bytes(sign_record(record, [key]).to_bytes())
        return Outcome(
            "disimpan",
            t(
                "Pengesahan {what} ditandatangani dan disimpan di {path}.\nBerikutnya: kawal catat impor {path}",
                what=what,
                path=save,
            ),
            data,
        )
    office.append(record, key)
    verb = t("ditolak") if record.decision == "reject" else t("dicatat")
    text = t(
        "Pengesahan {what} untuk {app} {verb} oleh {role}.",
        what=what,
        app=record.app_id,
        verb=verb,
        role=role,
    )
    if record.subject is not None:
        text += "\n" + t(
            "Berlaku hanya untuk commit {commit} dan paket {digest}; bila kode berubah, pemeriksaan diulang.",
            commit=record.subject.commit[:12],
            digest=record.subject.artifact_sha256[:12],
        )
    return Outcome("ditolak" if record.decision == "reject" else "disahkan", text, data)


def import_record(office: Office, file: Path) -> Outcome:
    """`catat impor`: takes in a record that was signed elsewhere; the ledger checks it like any other."""
    from kawal_seal.dsse import Envelope
    from kawal_seal.errors import SealError

    try:
        envelope = Envelope.parse(read_evidence(file, limit=256 * 1024), limit=256 * 1024)
    except SealError as error:
        raise InputError("INPUT-014", f"{file} bukan catatan bertanda tangan", found=str(error)) from error
    entry = office.ledger.append(envelope)
    text = t(
        "Catatan {type} dari {path} diterima sebagai nomor {seq}.", type=entry.type, path=file, seq=entry.seq
    )
    return Outcome("dicatat", text, {"nomor": entry.seq, "jenis": entry.type, "sha256": entry.payload_sha256})


def _role(office: Office, procedure: Procedure, rule: RequiredSignOff, person_id: str) -> str:
    held = roles_of(office.trust(), person_id, office)
    fitting = [role for role in rule.roles if role in held]
    if not fitting:
        raise BlockedError(
            "IDENT-021",
            f"{person_id} tidak berwenang memberi pengesahan {rule.kind}",
            found=", ".join(procedure.roles.get(role, role) for role in held) or "tanpa peran",
            needed=procedure.role_names(rule.roles) or "peran yang ditetapkan dinas",
            next_step=f"minta {procedure.role_names(rule.roles)} menjalankan perintah ini dengan kuncinya sendiri",
        )
    return fitting[0]


def _refuse_authors(office: Office, app_id: str, person_id: str, kind: str) -> None:
    """An early no for what the judge would refuse anyway: members of the team sign nothing about their own work."""
    if kind == "pse":
        return
    _, request = office.request(app_id)
    team = {office.forge.user_id(name) for name in (*request.developers, *request.reviewers)}
    who = next((one for one in office.trust().persons if one.person_id == person_id), None)
    if who is not None and team & set(who.forge_user_ids):
        raise BlockedError(
            "IDENT-003",
            f"{person_id} termasuk tim aplikasi ini dan tidak dapat mengesahkannya",
            needed="orang di luar penulis dan peninjau",
        )


def _subject(office: Office, app_id: str, version: str, commit: str | None) -> ReleaseSubject:
    provision = office.provision(app_id)
    asked = release(office, app_id, version)
    if asked is None and commit is None:
        raise InputError(
            "SUBJEK-024",
            f"Rilis {version} belum diminta",
            needed="rilis yang sudah diminta, atau commit yang diperiksa",
            next_step=f"kawal rilis minta {app_id} {version} --commit SHA (atau tambahkan --commit SHA)",
        )
    full = asked.commit if asked else office.forge.commit(provision.forge.project_id, commit or "").sha
    if asked is not None and commit is not None and not asked.commit.startswith(commit):
        raise BlockedError(
            "SUBJEK-025", f"{version} diminta untuk commit lain", found=asked.commit[:12], needed=commit[:12]
        )
    packed = packed_build(office, app_id, full)
    return ReleaseSubject(
        forge=ForgeProject(**provision.forge.model_dump()),
        release=version,
        environment=PRODUCTION,
        commit=packed.commit,
        tree=packed.tree,
        artifact_sha256=packed.sha256,
    )


def _stored(office: Office, kind: str, files: Sequence[Path]) -> list[SignoffEvidence]:
    contents = [read_evidence(file) for file in files]
    return [
        SignoffEvidence(type=kind, sha256=office.content.put(data), statement_sha256=None)
        for data in contents
    ]
