"""Sign-offs: what named officials decide about exactly one release or one application, and taking a record back."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kawal.ledger.fields import (
    Count,
    Day,
    GitSha,
    Hex128,
    Line,
    Name,
    Sha256,
    Slug,
    Step,
    TagName,
    Text,
    Time,
    Url,
    Uuid,
    Value,
)
from kawal.ledger.record_base import AppPredicate, ForgeProject, new_nonce


class ReleaseSubject(Value):
    """The exact thing a sign-off speaks of."""

    forge: ForgeProject
    release: TagName
    environment: Slug
    commit: GitSha
    tree: GitSha
    artifact_sha256: Sha256


class SignoffEvidence(Value):
    type: Slug
    sha256: Sha256
    statement_sha256: Sha256 | None


class UatScenario(Value):
    id: Step
    accepted: bool
    note: Text | None


class Severities(Value):
    kritis: Count
    tinggi: Count
    sedang: Count
    rendah: Count
    info: Count


Severity = Literal["kritis", "tinggi", "sedang", "rendah", "info"]
BssnGroup = Literal["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "lainnya"]
SERIOUS: tuple[Severity, ...] = ("kritis", "tinggi", "sedang")


class Finding(Value):
    """One finding of the examination, by its number in the report. The finding itself stays in the report."""

    id: Step
    severity: Severity
    cwe: Annotated[str, Field(pattern=r"^CWE-[1-9][0-9]{0,4}$")] | None
    group: BssnGroup
    """Group of Peraturan BSSN 4/2021."""
    retest: Literal["belum", "gagal", "lulus"]

    @property
    def open(self) -> bool:
        return self.retest != "lulus"


class AcceptedRisk(Value):
    """An officer lets one open finding stand until a date."""

    finding: Step
    role: Name
    person_id: Name
    reason: Text
    expires_at: Time


class Persandian(Value):
    """The result of the security examination."""

    result: Literal["memenuhi", "memenuhi_dengan_catatan", "tidak_memenuhi"]
    findings: Annotated[tuple[Finding, ...], Field(max_length=300)]
    accepted: Annotated[tuple[AcceptedRisk, ...], Field(max_length=300)]
    reports: Annotated[tuple[Sha256, ...], Field(max_length=50)]
    note: Text | None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        by_id = {one.id: one for one in self.findings}
        taken = [one.finding for one in self.accepted]
        if len(by_id) != len(self.findings) or len(set(taken)) != len(taken):
            raise ValueError("findings: temuan ganda")
        for name in taken:
            if name not in by_id or not by_id[name].open:
                raise ValueError(f"accepted: {name} bukan temuan yang masih terbuka")
        if self.result == "memenuhi" and any(one.open and one.severity in SERIOUS for one in self.findings):
            raise ValueError("result: ada temuan terbuka; pakai memenuhi_dengan_catatan atau tidak_memenuhi")
        return self


class Pse(Value):
    """The registration of the electronic system. Who recorded it stands in the sign-off's `role`."""

    proof_kind: Literal["bukti_pendataan", "tanda_daftar_pse"]
    number: Line | None
    """Free text: the format of public-scope numbers is not known (never refused by a pattern)."""
    registered_on: Day
    category: Literal["strategis", "tinggi", "rendah"] | None
    """Category of the electronic system; null while the proof does not say it."""
    seal_url: Url | None
    """Public proof, e.g. https://pse.layanan.go.id/sealid/1."""
    document_sha256: Sha256


BREAK_GLASS = timedelta(minutes=60)
COMMIT_KINDS = ("persandian", "persandian-perbaikan", "uat", "rollback", "break-glass")


class Signoff(AppPredicate):
    """A decision of a named official on one release (`pse`: on one application).

    `break-glass` is decided by two persons who sign the same record; `person_id` and `role` are those of the first.
    """

    TYPE: ClassVar[str] = "signoff"

    kind: Literal["persandian", "persandian-perbaikan", "uat", "pse", "rollback", "break-glass"]
    decision: Literal["approve", "reject"]
    role: Name
    person_id: Name
    """The official who decides. Grade key: owner of the signing key; grade surat: signatory of the letter."""
    grade: Literal["surat", "key", "pdf", "forge"]
    subject: ReleaseSubject | None
    evidence: Annotated[tuple[SignoffEvidence, ...], Field(max_length=100)]
    policy_sha256: Sha256
    rekomendasi_id: Uuid
    """record_id of the approval that the application rests on."""
    uat: Annotated[tuple[UatScenario, ...], Field(min_length=1, max_length=500)] | None
    persandian: Persandian | None
    pse: Pse | None
    base_release: TagName | None
    """persandian-perbaikan: the release that was examined in full. rollback: the earlier release to go back to."""
    reason: Text | None
    not_before: Time
    expires_at: Time
    nonce: Hex128 = Field(default_factory=new_nonce)
    supersedes: Uuid | None

    @model_validator(mode="after")
    def _parts_fit_the_kind(self) -> Self:
        wanted = {
            "subject": self.kind in COMMIT_KINDS,
            "uat": self.kind == "uat",
            "persandian": self.kind in ("persandian", "persandian-perbaikan"),
            "pse": self.kind == "pse",
            "base_release": self.kind in ("persandian-perbaikan", "rollback"),
        }
        for part, must in wanted.items():
            if (getattr(self, part) is not None) != must:
                raise ValueError(f"{part}: {'wajib' if must else 'tidak boleh'} ada untuk jenis {self.kind}")
        if self.expires_at <= self.not_before:
            raise ValueError("expires_at: harus sesudah not_before")
        if (self.decision == "reject" or self.kind in ("break-glass", "rollback")) and not self.reason:
            raise ValueError("reason: wajib untuk penolakan, rollback dan break-glass")
        if self.kind == "break-glass" and self.expires_at - self.not_before > BREAK_GLASS:
            raise ValueError("expires_at: break-glass paling lama 60 menit")
        if self.subject and self.base_release == self.subject.release:
            raise ValueError("base_release: harus rilis lain")
        if self.decision == "approve" and self.persandian and self.persandian.result == "tidak_memenuhi":
            raise ValueError("decision: hasil tidak_memenuhi tidak dapat disahkan")
        if self.uat and len({one.id for one in self.uat}) != len(self.uat):
            raise ValueError("uat: skenario ganda")
        return self


class Withdraw(AppPredicate):
    TYPE: ClassVar[str] = "withdraw"

    record_sha256: Sha256
    """Payload digest of the withdrawn record."""
    role: Name | None
    """The same role as the withdrawn record's; null when the root withdraws."""
    person_id: Name | None
    reason: Text
