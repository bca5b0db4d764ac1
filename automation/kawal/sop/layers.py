"""The layers around a profile: the national one, the decisions of a Dinas, its calendar. YAML keys as in `schema`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kawal.sop.fields import (
    AuthorityId,
    Count,
    Cycle,
    Data,
    Day,
    Grade,
    Id,
    SignOffKind,
    Stage,
    StepId,
    TestKind,
    Text,
)
from kawal.sop.schema import Hours, NamedDocument, Role, SpecialHours, Step


class LayerBasis(Data):
    kind: Literal["peraturan", "bawaan_nasional"]
    text: Text
    state: Literal["berlaku", "diganti", "dicabut"] = "berlaku"


class DefaultTest(Data):
    kind: TestKind
    term: Text
    basis: LayerBasis
    max_age_days: Count = 30


class LayerSignOff(Data):
    kind: SignOffKind
    basis: LayerBasis
    roles: tuple[Id, ...] = ()
    """Who gives it by that basis; the Dinas may name others."""
    grades: Annotated[tuple[Grade, ...], Field(min_length=1)] = ("key", "surat")
    persons: Count = 1
    max_age_days: Count = 90
    documents: tuple[Id, ...] = ()
    note: Text | None = None


class PentestLayer(Data):
    """How long a penetration test holds, and how long at most an official may declare that none is to be had."""

    max_age_days: Count
    waiver_days: Count
    basis: LayerBasis


class EvaluationLayer(Data):
    """How often a step comes back that an SOP repeats without saying how often, and how long before it is due."""

    months: Annotated[Count, Field(le=120)]
    lead_days: Count
    basis: LayerBasis


class PatchFiles(Data):
    """Files whose change always needs a full examination. A pattern without a slash is a file name anywhere."""

    dependencies: Annotated[tuple[Text, ...], Field(alias="dependensi", min_length=1)]
    sensitive: Annotated[tuple[Text, ...], Field(alias="sensitif", min_length=1)]


class CycleOf(Data):
    stage: Annotated[Stage, Field(alias="label")]
    name: Text
    cycle: Cycle | None = None


class Overlay(Data):
    """The national layer: used where a local SOP is silent, each part with its own basis."""

    schema_version: Annotated[Literal["1"], Field(alias="schema")]
    kind: Literal["lapisan-nasional"]
    name: Text
    stages: tuple[CycleOf, ...]
    hours: Annotated[tuple[Hours, ...], Field(min_length=1)]
    special_hours: tuple[SpecialHours, ...] = ()
    roles: tuple[Role, ...] = ()
    documents: tuple[NamedDocument, ...] = ()
    default_tests: Annotated[tuple[DefaultTest, ...], Field(min_length=1)]
    signoffs: tuple[LayerSignOff, ...]
    pentest: PentestLayer
    patch_files: Annotated[PatchFiles, Field(alias="berkas_perbaikan")]
    evaluation: EvaluationLayer
    steps: tuple[Step, ...] = ()
    """Continuation flow; a profile names the ones it uses."""
    steps_basis: Annotated[LayerBasis, Field(alias="dasar_langkah")]


class RoleDecision(Data):
    """Who acts at a step where the SOP names nobody."""

    step: StepId
    roles: Annotated[tuple[Id, ...], Field(min_length=1)]


class LocalTest(Data):
    kind: TestKind
    term: Text | None = None
    step: StepId | None = None
    max_age_days: Count = 30


class LocalSignOff(Data):
    """Adds a sign-off, or fills in who gives it where SOP and national layer are silent."""

    kind: SignOffKind
    roles: Annotated[tuple[Id, ...], Field(min_length=1)]
    step: StepId | None = None
    grades: Annotated[tuple[Grade, ...], Field(min_length=1)] | None = None
    persons: Count | None = None
    max_age_days: Count | None = None


class LocalAcceptance(Data):
    """Who may accept a scanner's findings for a time (`pengecualian`), and for how many days at most."""

    roles: Annotated[tuple[Id, ...], Field(min_length=1)]
    max_age_days: Count


class LocalRollback(Data):
    """Who may send production back to an earlier release (`kembali`)."""

    roles: Annotated[tuple[Id, ...], Field(min_length=1)]
    max_age_days: Count = 7


class LocalBreakGlass(Data):
    """Who may together break the glass (`darurat`), for how many minutes."""

    roles: Annotated[tuple[Id, ...], Field(min_length=1)]
    persons: Annotated[Count, Field(ge=2, le=10)] = 2
    minutes: Annotated[Count, Field(alias="menit", le=60)] = 60


class LocalPatch(Data):
    """Patch releases (`perbaikan`): how long and how often one full examination carries them, and more files that it never does."""

    days: Annotated[Count, Field(alias="hari")]
    count: Annotated[Count, Field(alias="kali", le=100)]
    dependencies: Annotated[tuple[Text, ...], Field(alias="dependensi")] = ()
    sensitive: Annotated[tuple[Text, ...], Field(alias="sensitif")] = ()


class LocalWays(Data):
    """Ways beside the ordinary release (`jalan_khusus`). Not named = not open."""

    rollback: Annotated[LocalRollback | None, Field(alias="kembali")] = None
    break_glass: Annotated[LocalBreakGlass | None, Field(alias="darurat")] = None
    patch: Annotated[LocalPatch | None, Field(alias="perbaikan")] = None


class Off(Data):
    """Switches off a part of the national layer; what the SOP itself demands cannot be switched off."""

    test: TestKind | None = None
    signoff: Annotated[SignOffKind | None, Field(alias="pengesahan")] = None
    reason: Text


class Decided(Data):
    number: Text
    date: Day


class AuthorityPolicy(Data):
    authority_id: Annotated[AuthorityId, Field(alias="otoritas")]
    decided: Decided | None = None
    """Number and date of the decision; cited in every basis `kebijakan dinas`."""
    count_days: Literal["hari_kerja", "hari_kalender"] | None = None
    evaluation_months: Annotated[Count, Field(le=120)] | None = None
    """How often a recurring step comes back, where the SOP says only "berkala"."""
    roles: tuple[RoleDecision, ...] = ()
    extra_tests: tuple[LocalTest, ...] = ()
    signoffs: tuple[LocalSignOff, ...] = ()
    acceptance: Annotated[LocalAcceptance | None, Field(alias="pengecualian")] = None
    ways: Annotated[LocalWays | None, Field(alias="jalan_khusus")] = None
    review: Annotated[Literal["ya"] | None, Field(alias="tinjauan")] = None
    """The decision names the review and is cited for it. The review itself is asked of everybody and cannot be switched off."""
    off: tuple[Off, ...] = ()


class DinasPolicy(Data):
    """`kebijakan.yml`: what the Dinas itself decided, per authority."""

    schema_version: Annotated[Literal["1"], Field(alias="schema")]
    kind: Literal["kebijakan-dinas"]
    name: Text
    authorities: Annotated[tuple[AuthorityPolicy, ...], Field(alias="daftar")] = ()


class DayChange(Data):
    date: Day
    name: Text


class DatedHours(Data):
    """Weeks with other hours: those of a named set (`jam_khusus`), or its own (`jam_kerja`)."""

    name: Text
    start: Day
    end: Day
    special: Id | None = None
    hours: tuple[Hours, ...] = ()


class LocalCalendar(Data):
    """Local days off and dated hours on top of the national ones; entries here always win."""

    schema_version: Annotated[Literal["1"], Field(alias="schema")]
    kind: Literal["kalender"]
    name: Text
    added: tuple[DayChange, ...] = ()
    removed: tuple[DayChange, ...] = ()
    seasons: tuple[DatedHours, ...] = ()
