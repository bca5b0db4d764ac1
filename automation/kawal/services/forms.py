"""`kawal permohonan formulir`: a commented request file to fill in, for one profile."""

from __future__ import annotations

from pathlib import Path

from kawal.bahasa import t
from kawal.errors import InputError
from kawal.outcome import Outcome
from kawal.resources import demo_data_dir
from kawal.sop.loader import load_profiles, profile_of
from kawal.sop.schema import Profile

HEAD = """# Formulir permohonan menurut {sop}.
# Isi setiap baris; hapus yang tidak perlu. Ajukan: kawal permohonan ajukan BERKAS --kunci KUNCI
{items}schema: 1
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
{documents}tim:
  pengembang: [pengguna-forge]
  peninjau: [pengguna-lain]
"""


def write(profile_id: str, file: Path | None) -> Outcome:
    """The form, printed or written to a new file (never over an existing one)."""
    profile = profile_of(load_profiles(), profile_id).value
    text = (
        HEAD.format(
            sop=profile.sop.phrase,
            profile=profile_id,
            origin=profile.origin.kind,
            items=_items(profile),
            documents=_documents(profile),
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


def _items(profile: Profile) -> str:
    """What the SOP asks a request to contain, and who supplies it."""
    rows = [f"#  - {one.name} (oleh {one.supplied_by})" for one in profile.request]
    return "# SOP meminta:\n" + "\n".join(rows) + "\n" if rows else ""


def _documents(profile: Profile) -> str:
    first = profile.steps[0]
    kinds = first.evidence.all_of or first.outputs or ("dokumen",)
    return "".join(f"  - jenis: {kind}\n    berkas: {kind}.pdf\n" for kind in kinds)


def _thresholds() -> str:
    """The section `uji:` of the sample request, with its own comment."""
    sample = (demo_data_dir() / "permohonan.yml").read_text("utf-8")
    return (
        "# Ambang uji: disetujui bersama permohonan; pengembang tidak dapat mengubahnya.\n"
        + sample[sample.index("uji:\n") :]
    )
