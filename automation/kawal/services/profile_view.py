"""`kawal profil lihat`: one procedure in words: steps, papers, decisions, requirements, each with its basis."""

from __future__ import annotations

from pathlib import Path

from kawal.bahasa import t
from kawal.model import Basis
from kawal.outcome import Outcome
from kawal.sop.clock import phrase
from kawal.sop.fields import ENDS
from kawal.sop.loader import load_overlay, load_profiles, profile_of
from kawal.sop.procedure import Procedure, ProcStep, procedure_for
from kawal.sop.schema import Evidence, LegalBasis, Profile

KINDS = {
    "sop": "tercetak di SOP",
    "peraturan": "peraturan",
    "kebijakan_dinas": "kebijakan dinas",
    "bawaan_nasional": "bawaan nasional",
}
INDENT = " " * 7


def show(profile_id: str, folder: Path | None, *, sources: bool) -> Outcome:
    """What the SOP and the national layer say, without decisions of any Dinas."""
    loaded = profile_of(load_profiles([folder] if folder else []), profile_id)
    profile = loaded.value
    procedure = procedure_for(profile, load_overlay().value, profile_sha256=loaded.sha256)
    lines = [f"{profile.authority.name}: {profile.sop.name} ({profile.sop.phrase})", ""]
    own = {step.id for step in profile.steps}
    for step in procedure.steps:
        who = procedure.role_names(step.roles) or t("SOP tidak menyebut pelaku")
        lines.append(f" {step.data.number:<5} {step.data.short}  [{who}]")
        lines += [f"{INDENT}{line}" for line in _needs(procedure, step)]
        if sources:
            lines += [f"{INDENT}{line}" for line in _origin(profile, step, printed=step.key in own)]
    if sources and profile.other_rows:
        lines += ["", t("Baris penomoran kedua:")]
        lines += [
            f" {row.part}{row.number:<4} = {', '.join(row.equivalents)}: {row.text}"
            for row in profile.other_rows
        ]
    trigger, gate = profile.trigger, profile.gate
    lines += [
        "",
        t(
            "Penyiapan proyek: langkah {step} {when} ({status})",
            step=trigger.step,
            when=trigger.when,
            status=trigger.status,
        ),
        t(
            "Gerbang rilis: {position} langkah {step} ({status})",
            position=gate.position,
            step=gate.step,
            status=gate.status,
        ),
        "",
        t("Uji dan pengesahan:"),
    ]
    lines += [f" - {test.term}: {_basis(test.basis)}" for test in procedure.tests]
    lines += [f" - pengesahan {one.kind}: {_basis(one.basis)}" for one in procedure.signoffs]
    lines.append(f" - {t('tinjauan kode')}: {_basis(procedure.review)}")
    lines += ["", t("Dasar hukum SOP:"), *(f" - {_legal(one)}" for one in profile.legal)]
    lines += ["", t("Keganjilan yang dipertahankan:"), *(f" - {one}" for one in profile.oddities)]
    return Outcome("profil", "\n".join(lines), _data(procedure, sources=sources))


def _data(procedure: Procedure, *, sources: bool) -> dict[str, object]:
    profile = procedure.profile
    own = {step.id for step in profile.steps}
    return {
        "id": profile.authority.id,
        "sha256": procedure.profile_sha256,
        "langkah": [
            {
                "langkah": s.key,
                "nomor": s.data.number,
                "judul": s.data.short,
                "dasar": s.basis.text,
                "jenis_dasar": s.basis.kind,
                "bukti": {
                    "semua": list(s.data.evidence.all_of),
                    "salah_satu": [list(group) for group in s.data.evidence.any_of],
                },
                **(_origin_data(profile, s, printed=s.key in own) if sources else {}),
            }
            for s in procedure.steps
        ],
        "uji": [
            {"uji": one.kind, "dasar": one.basis.text, "jenis_dasar": one.basis.kind}
            for one in procedure.tests
        ],
        "pengesahan": [
            {"jenis": one.kind, "dasar": one.basis.text, "jenis_dasar": one.basis.kind}
            for one in procedure.signoffs
        ],
        "tinjauan": {"dasar": procedure.review.text, "jenis_dasar": procedure.review.kind},
        "dasar_hukum": [{"nama": one.name, "keadaan": one.state, "oleh": one.by} for one in profile.legal],
    }


def _needs(procedure: Procedure, step: ProcStep) -> list[str]:
    """Papers by the kinds that `--bukti` takes, time, and where each decision leads."""
    lines = _papers(procedure, step.data.evidence)
    if step.data.duration:
        lines.append(t("waktu: {time}", time=phrase(step.data.duration, procedure.count_days)))
    for choice in step.data.decision.choices if step.data.decision else ():
        where = ENDS.get(choice.target) or t("langkah {step}", step=choice.target)
        lines.append(t("keputusan {value}: {where}", value=choice.value, where=where))
    return lines


def _papers(procedure: Procedure, wanted: Evidence) -> list[str]:
    groups = [*((kind,) for kind in wanted.all_of), *wanted.any_of]
    either = t(" atau ")
    return [
        t("bukti: {papers}", papers=either.join(f"{kind} = {procedure.paper(kind)}" for kind in group))
        for group in groups
    ]


def _basis(basis: Basis) -> str:
    """The basis and whose it is; what is no SOP's own is never shown as if it were."""
    return basis.text if basis.text.startswith(KINDS[basis.kind]) else f"{basis.text} ({KINDS[basis.kind]})"


def _legal(one: LegalBasis) -> str:
    state = one.state.replace("_", " ")
    return f"{one.name}: {state} {t('oleh {rule}', rule=one.by)}" if one.by else f"{one.name}: {state}"


def _origin(profile: Profile, step: ProcStep, *, printed: bool) -> list[str]:
    """Where a step comes from: printed number and part, file, and what is our reading of it."""
    source, data = profile.sop.source, step.data
    if not printed:
        return [f"{step.basis.text} (bukan dari SOP ini)"]
    number = f"nomor tercetak «{data.number}»" + (f" bagian {data.part}" if data.part else "")
    lines = ["; ".join([number, *(f"= {one}" for one in data.equivalents), step.basis.text])]
    if source:
        lines.append(f"sumber: {source.source_file} (sha256 {source.sha256[:12]})")
    if data.text_as_printed:
        lines.append(f"tercetak: «{data.text_as_printed}»")
    if data.role_status != "tersurat":
        doubt = f", keyakinan {data.confidence}" if data.confidence else ""
        lines.append(f"pelaku {data.role_status.replace('_', ' ')}{doubt}")
    if data.decision and data.decision.status == "tersirat":
        lines.append("keputusan tersirat (simpulan kami)")
    return lines


def _origin_data(profile: Profile, step: ProcStep, *, printed: bool) -> dict[str, object]:
    source, data = profile.sop.source, step.data
    return {
        "dari_sop": printed,
        "bagian": data.part,
        "padanan": list(data.equivalents),
        "teks": data.text_as_printed or data.text,
        "pelaku": data.role_status,
        "sumber": source.source_file if source and printed else None,
        "sumber_sha256": source.sha256 if source and printed else None,
    }
