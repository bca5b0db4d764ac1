"""`kawal mulai`: writes `kawal.yml` from a few answers with defaults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kawal.bahasa import t
from kawal.errors import InputError
from kawal.outcome import Outcome
from kawal.sop.loader import BUILTIN, load_profiles, profile_of

FILE = """# Pengaturan kawal. Setiap nilai dapat diganti dengan variabel KAWAL_*.
schema: 1
instansi: {instance}
profil: {profile}
forge:
  jenis: gitlab
  url: {url}
grup: {group}
grup_pa: pa
data: data
kebijakan: kebijakan.yml
# Alamat `kawal server` sebagaimana dilihat runner PA dan forge.
pintu: http://127.0.0.1:9100
# Target: pintu kawal-target dan alamat aplikasi di atasnya.
target:
  uji: {{id: uji-1, pintu: "http://127.0.0.1:9200", aplikasi: "http://127.0.0.1:9201"}}
  produksi: {{id: produksi-1, pintu: "http://127.0.0.1:9300", aplikasi: "http://127.0.0.1:9301"}}
# Nomor runner PA di forge (Admin > Runners).
runner_pa: [{runner}]
"""

Question = Callable[[str, str], str]
"""(text, default) -> answer"""


def create(
    folder: Path,
    question: Question,
    *,
    forge_url: str | None,
    group: str | None,
    profile: str | None,
    instance: str | None,
) -> Outcome:
    """Writes `kawal.yml` and, when missing, a `kebijakan.yml` to edit. Refuses to overwrite a kawal.yml."""
    path = folder / "kawal.yml"
    if path.exists():
        raise InputError(
            "KONF-006", f"{path} sudah ada dan tidak ditimpa", next_step="ubah berkas itu, lalu: kawal dokter"
        )
    profiles = load_profiles()
    chosen = profile or question(
        t("SOP yang dipakai ({known})", known=", ".join(sorted(profiles))), sorted(profiles)[0]
    )
    profile_of(profiles, chosen)
    text = FILE.format(
        instance=instance or question(t("Id instansi"), "diskominfo"),
        profile=chosen,
        url=forge_url or question(t("Alamat forge"), "https://git.contoh.go.id"),
        group=group or question(t("Grup untuk aplikasi"), "aplikasi-opd"),
        runner=2,
    )
    path.write_text(text, "utf-8")
    made = [str(path)]
    policy = folder / "kebijakan.yml"
    if not policy.exists():
        policy.write_bytes((BUILTIN / "kebijakan-contoh.yml").read_bytes())
        made.append(str(policy))
    return Outcome(
        "dibuat",
        t("Berkas dibuat: {files}.   Langkah berikut: kawal dokter", files=", ".join(made)),
        {"berkas": made},
    )
