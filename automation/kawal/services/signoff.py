"""`kawal sahkan persandian|uat`, `kawal catat pse`: what named officials decide about exactly these bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from kawal.bahasa import t
from kawal.errors import InputError
from kawal.ledger.records import AcceptedRisk, Finding, Persandian, Pse, UatScenario
from kawal.outcome import Outcome
from kawal.services.office import Office
from kawal.services.signing import Decision, Giver, give, stored
from kawal.sop.procedure import Procedure


@dataclass(frozen=True)
class Examination:
    """What the examiner read in the report."""

    result: str = "memenuhi"
    findings: Sequence[Finding] = ()
    accepted: Sequence[AcceptedRisk] = ()
    evidence: Sequence[Path] = ()
    note: str | None = None
    reason: str | None = None
    """Why it was refused."""


def persandian(
    office: Office,
    app_id: str,
    version: str,
    giver: Giver,
    examination: Examination = Examination(),
    *,
    base: str | None = None,
) -> Outcome:
    """`sahkan persandian`: the examination of the security tests, bound to commit, tree and artefact of the release.

    With `base`, `sahkan persandian-perbaikan`: the re-examination of a small change to a release examined in full.
    """
    procedure = office.procedure_of(office.request(app_id)[1])
    if base is not None and procedure.ways.patch is None:
        raise not_open(procedure, "persandian-perbaikan")
    files = stored(office, "laporan_pemeriksaan", examination.evidence)
    try:
        part = Persandian(
            result=examination.result,  # type: ignore[arg-type]
            findings=tuple(examination.findings),
            accepted=tuple(examination.accepted),
            reports=tuple(one.sha256 for one in files),
            note=examination.note,
        )
    except ValidationError as error:
        why = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise InputError("INPUT-074", "Hasil pemeriksaan tidak cocok dengan temuannya", found=why) from error
    decision = Decision(
        "persandian" if base is None else "persandian-perbaikan",
        version,
        rejected=examination.result == "tidak_memenuhi",
        reason=examination.reason,
        files=files,
        parts={"persandian": part, "base_release": base},
    )
    return give(office, app_id, decision, procedure.signoff("persandian"), giver)


def not_open(procedure: Procedure, kind: str) -> InputError:
    """Ways beside the ordinary release are shut until the Dinas opens them."""
    return InputError(
        "PROFIL-026",
        f"Kebijakan dinas tidak membuka {kind}",
        found=procedure.profile.sop.phrase,
        needed="`jalan_khusus` di kebijakan.yml",
        next_step="lengkapi kebijakan.yml, lalu kawal kepercayaan ubah",
    )


def uat(
    office: Office,
    app_id: str,
    version: str,
    giver: Giver,
    *,
    commit: str | None = None,
    refused: Mapping[str, str] | None = None,
    evidence: Sequence[Path] = (),
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
    files = stored(office, "berita_acara_uat", evidence)
    decision = Decision("uat", version, commit, files=files, parts={"uat": scenarios})
    rule = office.procedure_of(request).signoff("uat")
    return give(office, app_id, decision, rule, giver)


def pse(
    office: Office,
    app_id: str,
    giver: Giver,
    proof: Path,
    *,
    number: str | None = None,
    registered_on: date | None = None,
    kind: str = "bukti_pendataan",
    category: str | None = None,
    seal_url: str | None = None,
) -> Outcome:
    """`catat pse`: the registration of the electronic system, bound to the application and its proof file."""
    rule = office.procedure_of(office.request(app_id)[1]).signoff("pse")
    files = stored(office, kind, [proof])
    try:
        part = Pse(
            proof_kind=kind,  # type: ignore[arg-type]
            number=number,
            registered_on=registered_on or office.now().date(),
            category=category,  # type: ignore[arg-type]
            seal_url=seal_url,
            document_sha256=files[0].sha256,
        )
    except ValidationError as error:
        where = str(error.errors()[0]["loc"][0])
        raise InputError(
            "INPUT-075", "Isian PSE tidak sah", found=where, needed="teks dan alamat yang benar"
        ) from error
    decision = Decision("pse", None, files=files, parts={"pse": part})
    outcome = give(office, app_id, decision, rule, giver)
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
