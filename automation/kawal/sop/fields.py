"""What every data file is built of: Indonesian keys, stages and kinds, strict field types."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, get_args
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
STAGES: tuple[Stage, ...] = get_args(Stage)
"""The canonical stages, in order; labels are `tahap::<stage>`."""
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
    "rahasia",
    "dependensi",
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
