"""`kawal profil`: the SOPs as data: list, read, check, schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import EXIT_UNREADABLE, InputError
from kawal.outcome import Outcome
from kawal.sop.loader import load_overlay, load_profile, load_profiles, profile_of
from kawal.sop.procedure import procedure_for
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
