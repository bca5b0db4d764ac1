"""The one way to sign a sign-off: entitled role, outsider, exact subject; with an own key, a letter, or by two persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from kawal.bahasa import t
from kawal.errors import BlockedError, InputError
from kawal.ledger.records import ForgeProject, ReleaseSubject, Signoff, SignoffEvidence
from kawal.ledger.statement import sign_record
from kawal.outcome import Outcome
from kawal.request_file import read_evidence
from kawal.services import emergencies
from kawal.services.follow import followed
from kawal.services.letters import Letter, transcribe
from kawal.services.office import Office
from kawal.services.policies import PRODUCTION
from kawal.services.release import packed_build, release
from kawal.services.steps import roles_of
from kawal.sop.procedure import Procedure
from kawal_seal.keys import PrivateKey


class Rule(Protocol):
    """What signing needs of a rule: who may, and for how long it holds."""

    @property
    def roles(self) -> tuple[str, ...]: ...
    @property
    def max_age_days(self) -> int: ...


@dataclass(frozen=True)
class Decision:
    """What is decided. `version` None: about the application; `commit`: when that version was not asked for yet."""

    kind: str
    version: str | None
    commit: str | None = None
    rejected: bool = False
    reason: str | None = None
    files: Sequence[SignoffEvidence] = ()
    parts: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the record that only this kind has."""


@dataclass(frozen=True)
class Giver:
    """Who signs: the key's owner, or for a letter the official it names, transcribed by the key's owner."""

    key_file: Path
    letter: Letter | None = None
    save: Path | None = None
    """Where the signed record goes instead of into the ledger, to be carried to another machine."""


def give(office: Office, app_id: str, decision: Decision, rule: Rule | None, giver: Giver) -> Outcome:
    """Signs and records, keeps a first copy of a letter, or writes the signed record to the giver's file."""
    _, request = office.request(app_id)
    procedure = office.procedure_of(request)
    if rule is None:
        raise BlockedError(
            "PROFIL-020",
            f"{procedure.profile.sop.phrase} dan lapisannya tidak meminta pengesahan {decision.kind}",
        )
    key, person_id = office.signer(giver.key_file)
    official = giver.letter.official if giver.letter else person_id
    role = entitled_role(office, procedure, decision.kind, rule.roles, official)
    for involved in {official, person_id}:
        refuse_authors(office, app_id, involved, decision.kind)
    papers = [*decision.files, *(stored(office, "surat", [giver.letter.file]) if giver.letter else ())]
    record = draft(
        office,
        app_id,
        decision,
        role=role,
        person_id=official,
        lasts=timedelta(days=rule.max_age_days),
        grade="surat" if giver.letter else "key",
        papers=papers,
    )
    if giver.letter is not None:
        return transcribe(office, record, key)
    return _keep(office, record, key, procedure, giver.save)


def draft(
    office: Office,
    app_id: str,
    decision: Decision,
    *,
    role: str,
    person_id: str,
    lasts: timedelta,
    grade: str = "key",
    papers: Sequence[SignoffEvidence] = (),
) -> Signoff:
    """The record to sign."""
    if decision.version is not None and decision.version == decision.parts.get("base_release"):
        raise InputError(
            "SUBJEK-027",
            f"{decision.version} bertumpu pada dirinya sendiri",
            needed="nama rilis baru, dan rilis terdahulu sebagai dasarnya",
        )
    if decision.rejected and not (decision.reason or "").strip():
        raise InputError(
            "INPUT-076",
            "Penolakan perlu alasan",
            needed="--alasan 'yang harus diperbaiki'",
            next_step="ulangi perintah yang sama dengan --alasan",
        )
    _, approval = office.approval(app_id)
    now = office.now().replace(microsecond=0)
    none = dict.fromkeys(("uat", "persandian", "pse", "base_release"))
    version = decision.version
    return Signoff(
        app_id=app_id,
        issued_at=now,
        kind=decision.kind,  # type: ignore[arg-type]
        decision="reject" if decision.rejected else "approve",
        role=role,
        person_id=person_id,
        grade=grade,  # type: ignore[arg-type]
        subject=None if version is None else subject_of(office, app_id, version, decision.commit),
        evidence=tuple(papers),
        policy_sha256=office.trust().policy_sha256,
        rekomendasi_id=approval.record_id,
        reason=decision.reason,
        not_before=now,
        expires_at=now + lasts,
        supersedes=None,
        **{**none, **decision.parts},
    )


def _keep(
    office: Office, record: Signoff, key: PrivateKey, procedure: Procedure, save: Path | None
) -> Outcome:
    version = record.subject.release if record.subject else None
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
    alarm = emergencies.told(office, record.app_id)  # a sign-off may be what a broken glass waited for
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
    said = Outcome("ditolak" if record.decision == "reject" else "disahkan", text + alarm, data)
    return followed(office, record.app_id, procedure, said)


# --- who and what -------------------------------------------------------------------------------------------------


def entitled_role(
    office: Office, procedure: Procedure, kind: str, roles: tuple[str, ...], person_id: str
) -> str:
    """The role by which this person may give it. BlockedError IDENT-021 without one."""
    held = roles_of(office.trust(), person_id, office)
    fitting = [role for role in roles if role in held]
    if not fitting:
        raise BlockedError(
            "IDENT-021",
            f"{person_id} tidak berwenang memberi pengesahan {kind}",
            found=", ".join(procedure.roles.get(role, role) for role in held) or "tanpa peran",
            needed=procedure.role_names(roles) or "peran yang ditetapkan dinas",
            next_step=f"minta {procedure.role_names(roles)} menjalankan perintah ini dengan kuncinya sendiri",
        )
    return fitting[0]


def refuse_authors(office: Office, app_id: str, person_id: str, kind: str) -> None:
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


def subject_of(office: Office, app_id: str, version: str, commit: str | None) -> ReleaseSubject:
    """The exact bytes of a release that was asked for, or of a commit that will be."""
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
            "SUBJEK-025",
            f"{version} diminta untuk commit lain",
            found=f"--commit {commit[:12]}",
            needed=asked.commit[:12],
            next_step=f"sebut --commit {asked.commit[:12]}, atau minta rilis lain untuk commit itu",
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


def stored(office: Office, kind: str, files: Sequence[Path]) -> list[SignoffEvidence]:
    contents = [read_evidence(file) for file in files]
    return [
        SignoffEvidence(type=kind, sha256=office.content.put(data), statement_sha256=None)
        for data in contents
    ]
