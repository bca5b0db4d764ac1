"""Profile schema v1: what one authority's SOP says, and the layers around it. YAML keys are Indonesian, see `_WORDS`."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

# English attribute -> key in the file. One glossary, so that a file never mixes languages.
_WORDS = {
    "actor_note": "pelaku_catatan",
    "agency": "perangkat_daerah",
    "all_of": "semua",
    "any_of": "salah_satu",
    "approve": "setuju",
    "authorities": "otoritas",
    "authority": "otoritas",
    "authority_id": "otoritas",
    "bases": "dasar",
    "basis": "dasar",
    "break_end": "istirahat_selesai",
    "break_start": "istirahat_mulai",
    "by": "oleh",
    "candidates": "peran_kandidat",
    "choices": "pilihan",
    "citation": "acuan",
    "citation_note": "acuan_catatan",
    "code": "kode_wilayah",
    "column": "kolom",
    "confidence": "keyakinan",
    "continuation": "lanjutan",
    "count_days": "hitung_hari",
    "created": "tanggal_pembuatan",
    "cycle": "siklus",
    "date": "tanggal",
    "days": "hari",
    "decision": "keputusan",
    "decided": "ditetapkan",
    "default_tests": "uji_bawaan",
    "division": "bidang",
    "documents": "dokumen",
    "duration": "waktu",
    "effective": "tanggal_efektif",
    "end": "selesai",
    "equivalents": "padanan",
    "evaluation": "evaluasi",
    "evaluation_months": "evaluasi_bulan",
    "estimate": "perkiraan",
    "evidence": "bukti",
    "extra_tests": "uji",
    "final_report": "laporan_akhir",
    "gate": "gerbang_rilis",
    "grades": "tingkat",
    "hours": "jam_kerja",
    "implied_inputs": "kelengkapan_tersirat",
    "implied_outputs": "output_tersirat",
    "inputs": "kelengkapan",
    "items": "butir",
    "kind": "jenis",
    "lead_days": "buka_hari",
    "legal": "dasar_hukum",
    "letter": "rekomendasi",
    "makes_repository": "membuat_repositori",
    "max_age_days": "umur_hari",
    "months": "setiap_bulan",
    "name": "nama",
    "next": "berikut",
    "note": "catatan",
    "number": "nomor",
    "oddities": "keganjilan",
    "off": "matikan",
    "origin": "asal",
    "other_rows": "baris_lain",
    "other_titles": "judul_lain",
    "outputs": "output",
    "outputs_as_printed": "output_asli",
    "part": "bagian",
    "persons": "orang",
    "phrase": "sebutan",
    "position": "posisi",
    "printed": "asli",
    "ratified": "tanggal_pengesahan",
    "reason": "alasan",
    "records": "pencatatan",
    "recurring": "berulang",
    "reject": "tolak",
    "related": "terkait",
    "request": "permohonan",
    "requester": "pemohon",
    "revised": "tanggal_revisi",
    "revision": "ke",
    "revisions": "revisi",
    "role_status": "peran_status",
    "roles": "peran",
    "required": "wajib",
    "short": "judul",
    "signatories": "penanda_tangan",
    "signatories_status": "penanda_tangan_status",
    "signoffs": "pengesahan",
    "seasons": "masa",
    "source": "sumber",
    "special": "jam_khusus",
    "special_hours": "jam_khusus",
    "source_file": "berkas",
    "stage": "tahap",
    "stages": "tahap",
    "start": "mulai",
    "state": "keadaan",
    "step": "langkah",
    "steps": "langkah",
    "subject": "materi",
    "supplied_by": "pemasok",
    "target": "ke",
    "term": "istilah",
    "test": "uji",
    "test_step": "langkah_uji",
    "tests": "uji",
    "text": "teks",
    "text_as_printed": "teks_asli",
    "trigger": "penyiapan",
    "valid_from": "berlaku",
    "value": "nilai",
    "proposed": "usulan",
    "waiver_days": "pengecualian_hari",
    "when": "saat",
    "zone": "zona",
    "zone_reason": "zona_dasar",
    "zone_status": "zona_status",
    "added": "tambah",
    "removed": "hapus",
}

STAGES = (
    "permohonan",
    "kajian",
    "rekomendasi",
    "penyiapan-repositori",
    "perencanaan",
    "rancang-bangun",
    "implementasi",
    "dokumentasi",
    "serah-terima",
    "uji-instalasi",
    "uji-kelaikan",
    "persandian",
    "pse",
    "rilis-produksi",
    "pemeliharaan-evaluasi",
    "pelaporan",
)
"""The canonical stages, in order; labels are `tahap::<stage>`."""

Stage = Literal[
    "permohonan",
    "kajian",
    "rekomendasi",
    "penyiapan-repositori",
    "perencanaan",
    "rancang-bangun",
    "implementasi",
    "dokumentasi",
    "serah-terima",
    "uji-instalasi",
    "uji-kelaikan",
    "persandian",
    "pse",
    "rilis-produksi",
    "pemeliharaan-evaluasi",
    "pelaporan",
]
Cycle = Literal[
    "analisis-kebutuhan",
    "perencanaan",
    "rancang-bangun",
    "implementasi",
    "uji-kelaikan",
    "pemeliharaan",
    "evaluasi",
]
TestKind = Literal[
    "fungsi",
    "integrasi",
    "beban",
    "keamanan_kode",
    "keamanan_aplikasi",
    "instalasi",
    "unit",
    "sistem",
    "kegunaan",
    "penetrasi",
    "uat",
]
SignOffKind = Literal["persandian", "pse", "uat"]
Grade = Literal["key", "surat", "pdf", "forge"]
Said = Literal["tersurat", "tersirat"]
"""tersurat = printed in the SOP; tersirat = our inference, always shown as such."""
ENDS = {"SELESAI": "selesai", "SELESAI_DITOLAK": "ditolak", "SELESAI_DITUNDA": "ditunda"}


def _boolean(value: Any) -> Any:
    return (
        {"true": True, "false": False, "ya": True, "tidak": False}.get(value, value)
        if isinstance(value, str)
        else value
    )


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,6}", value):
        raise ValueError(f"'{value}' bukan bilangan bulat")
    return value


def _iso_date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise ValueError(f"'{value}' bukan tanggal (tulis TTTT-BB-HH)")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"zona waktu '{value}' tidak dikenal (contoh: Asia/Jakarta)") from error
    return value


Bool = Annotated[bool, BeforeValidator(_boolean)]
Count = Annotated[int, BeforeValidator(_digits), Field(ge=1, le=3660)]
Day = Annotated[date, BeforeValidator(_iso_date)]
PartialDay = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}(-\d{2})?$")]
"""A date as exact as the SOP prints it: some print only month and year."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
AuthorityId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
StepId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,30}$")]
Target = Annotated[
    str, StringConstraints(pattern=r"^(SELESAI(_DITOLAK|_DITUNDA)?|[A-Za-z0-9][A-Za-z0-9-]{0,30})$")
]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Zone = Annotated[str, AfterValidator(_zone)]


class Data(BaseModel):
    """Base of every part of a data file: frozen, unknown keys refused, keys in Indonesian."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: _WORDS.get(name, name),
        serialize_by_alias=True,
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


# --- the layers around a profile -------------------------------------------------------------------------------


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
    review: LayerBasis = Field(alias="tinjauan")
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


def json_schema() -> dict[str, Any]:
    """JSON Schema of a profile, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Profile.model_json_schema(by_alias=True),
    }
