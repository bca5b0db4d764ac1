"""`kawal profil`: the SOPs as data: list, read, check, schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import EXIT_UNREADABLE, InputError
from kawal.outcome import Outcome
from kawal.sop.loader import load_overlay, load_profile, load_profiles, profile_of
from kawal.sop.procedure import ProcStep, procedure_for
from kawal.sop.schema import Profile, json_schema


def listing(folder: Path | None) -> Outcome:
    """`profil daftar`: the profiles and the national layer, with the number of their steps."""
    profiles = load_profiles([folder] if folder else [])
    overlay = load_overlay().value
    rows = [
        {
            "id": one.value.authority.id,
            "jenis": "profil-sop",
            "nama": one.value.authority.name,
            "sop": one.value.sop.phrase,
            "langkah": len(one.value.steps),
            "baris_tabel": len(one.value.other_rows),
        }
        for one in profiles.values()
    ]
    layer = {
        "id": "nasional",
        "jenis": "lapisan-nasional",
        "nama": overlay.name,
        "langkah": len(overlay.steps),
    }
    lines = [f"{row['id']:<10} {row['langkah']:>3} langkah  {row['sop']}" for row in rows]
    lines.append(
        f"{'nasional':<10} {len(overlay.steps):>3} langkah  {overlay.name} (lapisan untuk semua profil)"
    )
    return Outcome("daftar", "\n".join(lines), {"profil": [*rows, layer]})


def show(profile_id: str, folder: Path | None, *, sources: bool) -> Outcome:
    """`profil lihat`"""
    loaded = profile_of(load_profiles([folder] if folder else []), profile_id)
    profile = loaded.value
    procedure = procedure_for(profile, load_overlay().value, profile_sha256=loaded.sha256)
    lines = [f"{profile.authority.name}: {profile.sop.name} ({profile.sop.phrase})", ""]
    own = {step.id for step in profile.steps}
    for step in procedure.steps:
        who = procedure.role_names(step.roles) or t("SOP tidak menyebut pelaku")
        lines.append(f" {step.data.number:<5} {step.data.short}  [{who}]")
        if sources:
            lines += [f"       {line}" for line in _origin(profile, step, printed=step.key in own)]
    if sources and profile.other_rows:
        lines += ["", t("Baris penomoran kedua:")]
        lines += [
            f" {row.part}{row.number:<4} = {', '.join(row.equivalents)}: {row.text}"
            for row in profile.other_rows
        ]
    lines += ["", t("Uji dan pengesahan:")]
    lines += [f" - {test.term}: {test.basis.text} ({test.basis.kind})" for test in procedure.tests]
    lines += [f" - pengesahan {one.kind}: {one.basis.text} ({one.basis.kind})" for one in procedure.signoffs]
    lines += ["", t("Keganjilan yang dipertahankan:"), *(f" - {one}" for one in profile.oddities)]
    data = {
        "id": profile.authority.id,
        "sha256": loaded.sha256,
        "langkah": [
            {
                "langkah": s.key,
                "nomor": s.data.number,
                "judul": s.data.short,
                "dasar": s.basis.text,
                "jenis_dasar": s.basis.kind,
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
    }
    return Outcome("profil", "\n".join(lines), data)


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


def draw(profile_id: str, folder: Path | None, file: Path | None) -> Outcome:
    """`profil gambar`: the flow as SVG, without decisions of any Dinas: what the SOP and the national layer say."""
    text = _picture(profile_of(load_profiles([folder] if folder else []), profile_id).value)
    if file is None:
        return Outcome("gambar", text.rstrip("\n"), {"profil": profile_id, "svg": text})
    file.write_text(text, "utf-8")
    return Outcome(
        "gambar", t("Gambar ditulis ke {file}.", file=file), {"profil": profile_id, "berkas": str(file)}
    )


def draw_all(target: Path, folder: Path | None) -> Outcome:
    """`profil gambar --semua`: one file per profile; a file that is current already is left alone."""
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for profile_id, one in load_profiles([folder] if folder else []).items():
        file, text = target / f"{profile_id}.svg", _picture(one.value)
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            written.append(file.name)
    said = t("Gambar diperbarui di {folder}: {names}", folder=target, names=", ".join(written) or "-")
    return Outcome("gambar", said, {"folder": str(target), "diperbarui": written})


def _picture(profile: Profile) -> str:
    from kawal.sop.picture import picture

    return picture(procedure_for(profile, load_overlay().value))


def lint(files: Sequence[Path]) -> Outcome:
    """`profil periksa`: every problem of every file at once."""
    lines, problems = [], []
    for file in files:
        try:
            loaded = load_profile(file)
        except InputError as error:
            problems.append({"kode": error.code, "judul": error.what})
            lines.append(error.text())
        else:
            lines.append(
                t(
                    "{file}: baik ({steps} langkah, {sop}).",
                    file=file,
                    steps=len(loaded.value.steps),
                    sop=loaded.value.sop.phrase,
                )
            )
    return Outcome(
        "buruk" if problems else "baik", "\n".join(lines), {}, problems, EXIT_UNREADABLE if problems else 0
    )


def schema() -> Outcome:
    """`profil skema`"""
    made = json_schema()
    return Outcome("skema", json.dumps(made, ensure_ascii=False, indent=1), {"skema": made})
