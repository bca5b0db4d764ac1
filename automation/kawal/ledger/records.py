"""The record types `urn:kawal:<type>:v1`: what each says. Unknown, missing and unnormalised fields are refused.

Personal data stays out: a person is a `person_id` of the trust file, a file is its sha256.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from kawal.ledger.fields import (
    Code,
    Count,
    Day,
    Decimal,
    GitSha,
    Hex128,
    Id,
    Line,
    Name,
    PathName,
    Sha256,
    Slug,
    Step,
    TagName,
    Text,
    Time,
    Url,
    Username,
    Uuid,
    Value,
)
from kawal.ledger.record_base import AppPredicate, ForgeProject, Predicate, dump, new_id, new_nonce
from kawal.ledger.record_signoff import (
    COMMIT_KINDS,
    AcceptedRisk,
    Finding,
    Persandian,
    Pse,
    ReleaseSubject,
    Severities,
    Signoff,
    SignoffEvidence,
    UatScenario,
    Withdraw,
)

__all__ = [  # the names defined elsewhere; every type is imported from here
    "COMMIT_KINDS",
    "AcceptedRisk",
    "AppPredicate",
    "Finding",
    "ForgeProject",
    "Persandian",
    "Predicate",
    "Pse",
    "ReleaseSubject",
    "Severities",
    "Signoff",
    "SignoffEvidence",
    "UatScenario",
    "Withdraw",
    "dump",
    "new_id",
    "new_nonce",
]

# --- parts ----------------------------------------------------------------------------------------------------


class Document(Value):
    """A file in the content store."""

    kind: Slug
    sha256: Sha256
    name: Line
    signed_by: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    """Roles whose signatures the paper bears, where the SOP names its signatories."""


class Named(Value):
    name: Slug
    count: Count


class LoadPoint(Value):
    nama: Line
    metode: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    jalur: Annotated[str, Field(pattern=r"^/[!-~]{0,500}$")]
    p95_ms: Count
    p99_ms: Count
    galat_persen: Decimal
    rps_min: Decimal
    permintaan_min: Count


class LoadThresholds(Value):
    detik: Annotated[int, Field(ge=1, le=86400)]
    pengguna: Annotated[int, Field(ge=1, le=100_000)]
    laju: Annotated[int, Field(ge=1, le=100_000)]
    titik: Annotated[tuple[LoadPoint, ...], Field(min_length=1, max_length=200)]


class FindingLimits(Value):
    kritis: Count
    tinggi: Count
    sedang: Count


class WebFindingLimits(FindingLimits):
    halaman_min: Annotated[int, Field(ge=1, le=1_000_000)]


class TestMinimum(Value):
    min: Annotated[int, Field(ge=1, le=1_000_000)]


class Scenario(Value):
    id: Step
    judul: Line


class WantedDocuments(Value):
    """Files of the repository that the SOP makes the team write."""

    wajib: Annotated[tuple[PathName, ...], Field(min_length=1, max_length=100)]


class Thresholds(Value):
    """docs/formats.md §9."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    beban: LoadThresholds
    keamanan_kode: FindingLimits
    keamanan_aplikasi: WebFindingLimits
    fungsi: TestMinimum
    integrasi: TestMinimum
    uat: Annotated[tuple[Scenario, ...], Field(min_length=1, max_length=500)]
    dokumen: WantedDocuments | None = None
    """From the profile; absent where the SOP prints no document of the team."""

    @model_serializer(mode="wrap")
    def _absent_stays_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value: dict[str, Any] = handler(self)
        return {name: part for name, part in value.items() if name != "dokumen" or part is not None}

    def to_json(self) -> str:
        """The one text of these thresholds: the value of KAWAL_AMBANG and what `sha256` digests."""
        return dump(self).decode()

    def sha256(self) -> str:
        return hashlib.sha256(dump(self)).hexdigest()


# --- from the request to the project --------------------------------------------------------------------------


class Request(AppPredicate):
    """What is asked for, on which profile revision, with which thresholds."""

    TYPE: ClassVar[str] = "request"

    profile_id: Slug
    profile_sha256: Sha256
    origin: Literal["permohonan", "surat_perintah", "rencana", "disposisi"]
    name: Line
    agency: Line
    agency_slug: Slug
    description: Text
    developers: Annotated[tuple[Username, ...], Field(max_length=200)]
    reviewers: Annotated[tuple[Username, ...], Field(max_length=200)]
    thresholds: Thresholds
    documents: Annotated[tuple[Document, ...], Field(max_length=100)]
    source_sha256: Sha256
    """The file that the request was read from."""
    person_id: Name | None
    """Who recorded it; null when the service did."""


class Letter(Value):
    number_raw: Line
    """As printed: spaces, slashes and blanks included."""
    number: Line
    """Normalised by the profile's rule; (authority, number, date) is the identity of a letter."""
    date: Day
    sha256: Sha256


class Approval(AppPredicate):
    """A letter or official decision that approves or refuses exactly one version of a request."""

    TYPE: ClassVar[str] = "approval"

    kind: Slug
    """The document's kind as the profile names it."""
    step: Step
    """The SOP step that this document completes."""
    request_sha256: Sha256
    """Payload digest of the request that is decided on."""
    letter: Letter
    signer_role: Name
    person_id: Name | None
    """The official who decided; null when only the role is known (a letter taken in by two recorders)."""
    annex_item: Line | None
    signed_by: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    """As for a `Document`: the roles whose signatures the letter bears."""
    decision: Literal["approve", "reject"]
    reason: Text | None = None
    """Why it was refused."""

    @model_validator(mode="after")
    def _a_refusal_says_why(self) -> Self:
        if self.decision == "reject" and not self.reason:
            raise ValueError("reason: wajib untuk penolakan")
        return self


class StepDone(AppPredicate):
    TYPE: ClassVar[str] = "step"

    step: Step
    decision: Slug | None
    reason: Text | None
    evidence: Annotated[tuple[Document, ...], Field(max_length=100)]
    role: Name
    person_id: Name
    profile_sha256: Sha256


class Move(AppPredicate):
    """The application goes on under another revision of its profile; what that changes is part of the record."""

    TYPE: ClassVar[str] = "move"

    from_sha256: Sha256
    to_sha256: Sha256
    changes: Annotated[tuple[Line, ...], Field(min_length=1, max_length=500)]
    reason: Text
    role: Name
    person_id: Name


class Provision(AppPredicate):
    """The project that the approval created."""

    TYPE: ClassVar[str] = "provision"

    step: Step | None
    """The SOP step that providing the repository completes, if the profile says so."""
    forge: ForgeProject
    plan_sha256: Sha256
    created: Annotated[tuple[Named, ...], Field(max_length=50)]
    first_commit: GitSha


# --- evidence ---------------------------------------------------------------------------------------------------


class Reason(Value):
    code: Code
    text: Text


class JobOrigin(Value):
    """Where the artefact was pulled from, as the forge's API told it."""

    project_id: Id
    job_id: Id
    name: Slug
    pipeline_id: Id
    pipeline_source: Slug
    ref: Annotated[str, Field(pattern=r"^[!-~]{1,255}$")]
    ref_protected: bool
    runner_id: Id | None
    ci_config_path: Annotated[str, Field(pattern=r"^[!-~]{1,500}$")]


class ToolDigest(Value):
    name: Line
    sha256: Sha256 | None
    """Of the tool's own code, measured by PA's job where it was started; null when nobody measured it."""


class Evidence(AppPredicate):
    """One recomputed result of one job's raw report."""

    TYPE: ClassVar[str] = "evidence"

    uji: Slug
    class_: Literal["diamati", "disaksikan", "dilaporkan"] = Field(alias="class")
    result: Literal["PASSED", "WARNED", "FAILED", "UNUSABLE"]
    summary: Line
    """One line for people, e.g. "p95 412 ms ≤ 800 ms, galat 0,0 %"."""
    counts: Annotated[dict[Slug, Count | Decimal], Field(max_length=100)]
    reasons: Annotated[tuple[Reason, ...], Field(max_length=200)]
    thresholds_sha256: Sha256
    raw_sha256: Sha256
    job: JobOrigin
    commit: GitSha
    tree: GitSha
    artifact_sha256: Sha256 | None
    """The bytes that were tested; null for a test of the source tree."""
    tool: Line
    tool_version: Line | None
    tool_digests: Annotated[tuple[ToolDigest, ...], Field(max_length=20)] = ()
    target_url: Url | None
    started_at: Time
    finished_at: Time


# --- release, waivers; sign-offs are in record_signoff ------------------------------------------------------------


class Release(AppPredicate):
    TYPE: ClassVar[str] = "release"

    tag: TagName
    commit: GitSha
    tree: GitSha
    artifact_sha256: Sha256
    requested_by: Name


class Waiver(AppPredicate):
    """`pengecualian`: a requirement that an official sets aside for a time, e.g. "pentest tidak tersedia"."""

    TYPE: ClassVar[str] = "waiver"

    gate: Slug
    reason: Text
    role: Name
    person_id: Name
    expires_at: Time
    document_sha256: Sha256 | None


class CountedFinding(Value):
    """What a scanner found so many times: the fingerprint says tool, rule, file or URL and text, never the line."""

    fingerprint: Sha256
    severity: Literal["kritis", "tinggi", "sedang", "rendah", "info"]
    count: Annotated[int, Field(ge=1, le=10_000)]


CountedFindings = Annotated[tuple[CountedFinding, ...], Field(min_length=1, max_length=300)]


def _each_once(items: tuple[CountedFinding, ...]) -> tuple[CountedFinding, ...]:
    if len({(one.fingerprint, one.severity) for one in items}) != len(items):
        raise ValueError("temuan ganda")
    return items


class Findings(AppPredicate):
    """The findings behind one result of a scanner: what a risk acceptance can speak of."""

    TYPE: ClassVar[str] = "findings"

    uji: Slug
    evidence_id: Uuid
    """`record_id` of the evidence."""
    items: Annotated[CountedFindings, AfterValidator(_each_once)]


class RiskAcceptance(AppPredicate):
    """`pengecualian`: an officer accepts exactly these findings of one application until a date."""

    TYPE: ClassVar[str] = "risk-acceptance"

    uji: Slug
    items: Annotated[CountedFindings, AfterValidator(_each_once)]
    reason: Text
    role: Name
    person_id: Name
    expires_at: Time
    document_sha256: Sha256 | None


class Pentest(AppPredicate):
    """A report of a penetration test, taken in by an official. Scanners never make one."""

    TYPE: ClassVar[str] = "pentest"

    result: Literal["memenuhi", "memenuhi_dengan_catatan", "tidak_memenuhi"]
    findings: Severities
    retest: Literal["tidak_perlu", "menunggu", "selesai"]
    tester: Line
    """The team or institution that tested; never a person's name."""
    tested_on: Day
    document_sha256: Sha256
    role: Name
    person_id: Name


# --- decisions ----------------------------------------------------------------------------------------------------


class Denial(AppPredicate):
    TYPE: ClassVar[str] = "denial"

    where: Literal["gerbang", "pintu", "langsung", "cli", "target"]
    codes: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)]
    commit: GitSha | None
    tag: TagName | None
    job_id: Id | None
    target_id: Name | None
    verdict_sha256: Sha256 | None
    """sha256 of the verdict's JSON; null when no verdict could be reached."""


class PermitRecord(AppPredicate):
    """The ledger's own record of a permit. The permit that the target sees names this record and proves that it is here.

    Its type differs from the permit's (`urn:kawal:permit:v1`), so that neither can be read as the other.
    """

    TYPE: ClassVar[str] = "permit-record"

    kind: Literal["rilis", "rollback", "break-glass"]
    jti: Hex128
    seq: Annotated[int, Field(ge=1, le=2**53)]
    environment: Slug
    target_id: Name
    release: TagName
    commit: GitSha
    tree: GitSha
    artifacts: Annotated[tuple[Sha256, ...], Field(min_length=1, max_length=20)]
    job_id: Id
    token_jti_sha256: Sha256
    inputs: Annotated[tuple[Sha256, ...], Field(min_length=1, max_length=256)]
    policy_sha256: Sha256
    posture_sha256: Sha256
    trust_version: Annotated[int, Field(ge=1, le=2**53)]
    verdict_sha256: Sha256
    nbf: Time
    exp: Time


class LedgerNote(Predicate):
    """Root's own repair: a new epoch after a restore, or a clock correction."""

    TYPE: ClassVar[str] = "ledger"

    kind: Literal["epoch", "clock"]
    old_origin: Line
    size: Count
    root: Sha256
    new_origin: Line | None
    reason: Text


PREDICATES: dict[str, type[Predicate]] = {
    model.TYPE: model
    for model in (
        Request,
        Approval,
        StepDone,
        Move,
        Provision,
        Evidence,
        Waiver,
        Findings,
        RiskAcceptance,
        Pentest,
        Release,
        Signoff,
        Withdraw,
        Denial,
        PermitRecord,
        LedgerNote,
    )
}
"""Every record type but `trust`, whose format is the trust file's own (docs/formats.md §2)."""
