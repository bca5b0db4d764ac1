"""`kawal permohonan formulir`: a commented request file to fill in, for one profile."""

from __future__ import annotations

from pathlib import Path

from kawal.bahasa import t
from kawal.completeness import letters
from kawal.errors import InputError
from kawal.outcome import Outcome
from kawal.resources import demo_data_dir
from kawal.sop.loader import load_overlay, load_profiles, profile_of
from kawal.sop.schema import Profile

HEAD = """# Formulir permohonan menurut {sop}.
# Isi setiap baris; hapus yang tidak perlu. Periksa: kawal permohonan periksa BERKAS
# Ajukan: kawal permohonan ajukan BERKAS --kunci KUNCI
schema: 1
id: nama-aplikasi            # huruf kecil, angka, tanda hubung; tidak dapat diubah lagi
nama: Nama Aplikasi
profil: {profile}
asal: {origin}
perangkat_daerah:
  nama: Nama Perangkat Daerah
  singkatan: singkatan       # menjadi grup di forge
deskripsi: Untuk apa aplikasi ini.
surat:                       # surat yang menjadi dasar; hapus bila tidak ada
  jenis: surat_dinas
  nomor: NOMOR
  tanggal: "2026-01-31"
  berkas: surat.pdf
dokumen:
{documents}{answers}tim:
  pengembang: [pengguna-forge]
  peninjau: [pengguna-lain]
"""


def write(profile_id: str, file: Path | None, folder: Path | None = None) -> Outcome:
    """The form, printed or written to a new file (never over an existing one)."""
    profile = profile_of(load_profiles([folder] if folder else []), profile_id).value
    text = (
        HEAD.format(
            sop=profile.sop.phrase,
            profile=profile_id,
            origin=profile.origin.kind,
            documents=_documents(profile),
            answers=_answers(profile),
        )
        + _thresholds()
    )
    if file is None:
        return Outcome("formulir", text, {"profil": profile_id, "formulir": text})
    if file.exists():
        raise InputError(
            "INPUT-090",
            f"Berkas {file} sudah ada dan tidak ditimpa",
            next_step="pilih nama lain untuk --simpan",
        )
    file.write_text(text, "utf-8")
    return Outcome(
        "formulir", t("Formulir ditulis ke {file}.", file=file), {"profil": profile_id, "berkas": str(file)}
    )


def _documents(profile: Profile) -> str:
    """What the first step hands in, then the items of the SOP's list that are documents of their own."""
    names = {one.id: one.name for one in (*load_overlay().value.documents, *profile.documents)}
    first = profile.steps[0]
    kinds = dict.fromkeys(
        [
            *(first.evidence.all_of or first.outputs),
            *(one.id for one in profile.request if one.id in names),
        ]
    )
    items = {one.id: one for one in profile.request}
    rows = []
    for kind in kinds or ("dokumen",):
        supplier = f"; dari {_role(profile, items[kind].supplied_by)}" if kind in items else ""
        rows.append(f"  # {names.get(kind, kind)}{supplier}\n")
        rows += [f"  #   mencakup: {part}\n" for part in (items[kind].items if kind in items else ())]
        rows.append(f"  - jenis: {kind}\n    berkas: {kind}.pdf\n")
    return "".join(rows)


def _answers(profile: Profile) -> str:
    """The rest of the SOP's list, to be written into the form; lettered parts one by one."""
    known = {one.id for one in (*load_overlay().value.documents, *profile.documents)}
    rows = []
    for item in profile.request:
        if item.id in known:
            continue
        need = "" if item.required else "; boleh kosong"
        rows.append(f"  # {item.name} (dari {_role(profile, item.supplied_by)}{need})\n")
        parts = letters(item)
        rows.append(f"  {item.id}:\n" if parts else f'  {item.id}: ""\n')
        rows += [f'    "{letter}": ""{" " * 10}# {part}\n' for letter, part in parts.items()]
    head = "# Isian yang diminta SOP; butir yang diserahkan sebagai dokumen dapat dipindahkan ke `dokumen` dengan jenis yang sama.\n"
    return f"{head}isian:\n{''.join(rows)}" if rows else ""


def _role(profile: Profile, role_id: str) -> str:
    return next((role.name for role in profile.roles if role.id == role_id), role_id)


def _thresholds() -> str:
    """The section `uji:` of the sample request, with its own comment."""
    sample = (demo_data_dir() / "permohonan.yml").read_text("utf-8")
    return (
        "# Ambang uji: disetujui bersama permohonan; pengembang tidak dapat mengubahnya.\n"
        + sample[sample.index("uji:\n") :]
    )
