"""Profile schema v1: what one authority's SOP says, and the layers around it. YAML keys are Indonesian, see `_WORDS`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from kawal.sop.fields import (
    AuthorityId,
    Bool,
    Clock,
    Count,
    Data,
    Day,
    Grade,
    Id,
    PartialDay,
    Said,
    SignOffKind,
    Stage,
    StepId,
    Target,
    TestKind,
    Text,
    Zone,
)


class Hours(Data):
    """Opening hours of some weekdays, local time; minutes and hours of the SOP run only inside them."""

    days: Annotated[
        tuple[Literal["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"], ...],
        Field(min_length=1),
    ]
    start: Clock
    end: Clock
    break_start: Clock | None = None
    break_end: Clock | None = None


class SpecialHours(Data):
    """Hours that hold in some weeks of a year (Ramadan); the calendar file says in which."""

    id: Id
    name: Text
    hours: Annotated[tuple[Hours, ...], Field(min_length=1)]
    basis: Text | None = None


class Authority(Data):
    id: AuthorityId
    name: Text
    agency: Text
    division: Text | None = None
    code: Text
    zone: Zone
    zone_status: Said
    zone_reason: Text | None = None
    hours: tuple[Hours, ...] = ()
    """Empty: the national layer's hours."""
    special_hours: tuple[SpecialHours, ...] = ()
    """Hours of its own for some weeks of the year; by id they replace those of the national layer."""
    count_days: Literal["hari_kerja", "hari_kalender"] = "hari_kerja"
    """How a duration is counted that says only "hari" or "minggu"; always printed with it."""


class Revision(Data):
    revision: Text
    subject: Text
    proposed: Day | None = None
    valid_from: Day | None = None


class Source(Data):
    source_file: Text
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SopIdentity(Data):
    name: Text
    phrase: Text
    """How bases cite it, e.g. "SOP X 774/2023"."""
    other_titles: tuple[Text, ...] = ()
    number: Text | None = None
    note: Text | None = None
    created: PartialDay | None = None
    revised: PartialDay | None = None
    ratified: PartialDay | None = None
    effective: PartialDay | None = None
    revisions: tuple[Revision, ...] = ()
    source: Source | None = None


class Origin(Data):
    """What starts an application; `requester` is absent where nobody asks (a surat perintah)."""

    kind: Literal["permohonan", "surat_perintah", "rencana", "disposisi"]
    bases: tuple[Text, ...] = ()
    requester: Id | None = None
    note: Text | None = None


class Role(Data):
    id: Id
    name: Text
    plt_plh: Bool = True
    """May an acting official (Plt., Plh.) fill it."""
    column: Text | None = None
    note: Text | None = None


class StageName(Data):
    """The SOP's own word for a canonical stage; display only."""

    stage: Annotated[Stage, Field(alias="label")]
    name: Text


class NamedDocument(Data):
    id: Id
    name: Text
    printed: Text | None = None
    """As printed, where `name` corrects a scan or typing error."""
    signatories: tuple[Id, ...] = ()
    """Roles that all sign this paper, where the SOP says so; each is named in the record."""
    signatories_status: Said = "tersurat"
    note: Text | None = None


class Duration(Data):
    printed: Text
    iso: (
        Annotated[str, StringConstraints(pattern=r"^P(\d{1,4}[DW]|T(\d{1,4}H(\d{1,5}M)?|\d{1,5}M))$")] | None
    ) = None
    iso_min: (
        Annotated[str, StringConstraints(pattern=r"^P(\d{1,4}[DW]|T(\d{1,4}H(\d{1,5}M)?|\d{1,5}M))$")] | None
    ) = None
    kind: Literal["jam_kerja", "hari_kerja", "hari_kalender", "tidak_disebut", "sesuai_jadwal"]
    estimate: Bool = False
    note: Text | None = None


class Evidence(Data):
    """Documents a step needs: each of `all_of`, and at least one of each group in `any_of`."""

    all_of: tuple[Id, ...] = ()
    any_of: tuple[Annotated[tuple[Id, ...], Field(min_length=1)], ...] = ()


class Choice(Data):
    value: Id
    target: Target
    status: Said = "tersurat"
    evidence: Evidence | None = None
    """Replaces the step's evidence when this choice is taken, e.g. a refusal yields no letter."""
    note: Text | None = None


class Decision(Data):
    status: Said
    choices: Annotated[tuple[Choice, ...], Field(min_length=2)]


class Step(Data):
    id: StepId
    number: Text
    """As printed; not a key."""
    part: Text | None = None
    equivalents: tuple[Text, ...] = ()
    stage: Stage | None = None
    """Absent only for a closing line that is no activity."""
    roles: tuple[Id, ...] = ()
    """Any of them completes the step."""
    role_status: Literal["tersurat", "tersirat", "tidak_disebut"] = "tersurat"
    confidence: Literal["tinggi", "sedang", "rendah"] | None = None
    candidates: tuple[Id, ...] = ()
    short: Text
    text: Text
    """In the SOP's words."""
    text_as_printed: Text | None = None
    """Where `text` corrects a scan or typing error."""
    items: tuple[Text, ...] = ()
    """Sub-items (a, b, c ...) as printed."""
    inputs: tuple[Id, ...] = ()
    implied_inputs: tuple[Id, ...] = ()
    outputs: tuple[Id, ...] = ()
    implied_outputs: tuple[Id, ...] = ()
    outputs_as_printed: Text | None = None
    duration: Duration | None = None
    decision: Decision | None = None
    next: Target | None = None
    """Where the flow goes without a decision; absent = the next step in the file."""
    evidence: Evidence = Evidence()
    makes_repository: Bool = False
    recurring: Bool = False
    note: Text | None = None
    actor_note: Text | None = None


class OtherRow(Data):
    """A row of a second numbering in the same SOP, kept so that no printed row is lost."""

    id: StepId
    number: Text
    part: Text
    text: Text
    roles: tuple[Id, ...]
    equivalents: Annotated[tuple[StepId, ...], Field(min_length=1)]
    duration: Text | None = None
    inputs: Text | None = None
    outputs: Text | None = None


class Test(Data):
    """A test the SOP prints. Its basis is that step; other tests come from the layers."""

    kind: TestKind
    term: Text
    step: StepId
    citation: Text | None = None
    """Printed place when finer than the step, e.g. B11b."""
    documents: tuple[Id, ...] = ()
    """For tests without a pipeline job: any one of these, handed in at the step."""
    citation_note: Text | None = None
    """What the SOP leaves open; shown inside the basis. `note` is ours and stays out of it."""
    note: Text | None = None


class SignOff(Data):
    """A sign-off the SOP prints as a step."""

    kind: SignOffKind
    step: StepId
    roles: tuple[Id, ...] = ()
    """Empty where the SOP names nobody; then the Dinas decides (kebijakan)."""
    grades: Annotated[tuple[Grade, ...], Field(min_length=1)] = ("key", "surat")
    persons: Count = 1
    max_age_days: Count = 90
    approve: Id | None = None
    reject: Id | None = None
    """Which choices of the step's decision the two answers mean."""
    documents: tuple[Id, ...] = ()
    note: Text | None = None


class Gate(Data):
    """Where production opens. All steps of the flow up to it must be recorded."""

    step: StepId
    position: Literal["sebelum", "sesudah"]
    status: Said
    reason: Text | None = None


class Letter(Data):
    """The document that approves the building (rekomendasi), whatever this SOP calls it."""

    name: Text
    documents: Annotated[tuple[Id, ...], Field(min_length=1)]
    """Any one of them."""
    step: StepId
    decision: Id | None = None


class Trigger(Data):
    """When the project may be made: `step` is open (the SOP lets it begin) or done, and this evidence is recorded."""

    step: StepId
    when: Literal["terbuka", "selesai"]
    evidence: Evidence
    status: Said
    reason: Text | None = None


class RequestItem(Data):
    id: Id
    name: Text
    supplied_by: Id
    required: Bool = True
    items: tuple[Text, ...] = ()


class LegalBasis(Data):
    name: Text
    state: Literal["berlaku", "diganti", "dicabut", "belum_diperiksa"] = "belum_diperiksa"
    by: Text | None = None


class Profile(Data):
    """One authority's SOP, complete."""

    schema_version: Annotated[Literal["1"], Field(alias="schema")]
    kind: Literal["profil-sop"]
    authority: Authority
    sop: SopIdentity
    origin: Origin
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    stages: tuple[StageName, ...] = ()
    documents: tuple[NamedDocument, ...] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    other_rows: tuple[OtherRow, ...] = ()
    continuation: tuple[StepId, ...] = ()
    """Steps of the national layer that follow where this SOP stops."""
    request: tuple[RequestItem, ...] = ()
    letter: Letter
    trigger: Trigger
    tests: tuple[Test, ...] = ()
    test_step: StepId
    """The step at which tests are handed in that this SOP does not print."""
    signoffs: tuple[SignOff, ...] = ()
    gate: Gate
    final_report: StepId | None = None
    legal: tuple[LegalBasis, ...] = ()
    oddities: tuple[Text, ...] = ()
    related: tuple[Text, ...] = ()
    records: Text | None = None
    note: Text | None = None


def json_schema() -> dict[str, Any]:
    """JSON Schema of a profile, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Profile.model_json_schema(by_alias=True),
    }
