"""`kawal mulai`: writes `kawal.yml` from a few answers with defaults."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kawal.bahasa import t
from kawal.errors import InputError
from kawal.outcome import Outcome
from kawal.settings import KawalFile, known_kind
from kawal.sop.loader import BUILTIN, load_profiles, profile_of
from kawal.sop.yamlsafe import load_document, validate

FILE = """# Pengaturan kawal. Setiap nilai dapat diganti dengan variabel KAWAL_*.
schema: 1
instansi: {instance}
profil: {profile}
{profiles}forge:
  jenis: {kind}
  url: {url}
{advice}grup: {group}
grup_pa: {pa}
data: data
kebijakan: kebijakan.yml
# Alamat `kawal server` sebagaimana dilihat runner PA dan forge.
pintu: http://127.0.0.1:9100
# Target: pintu kawal-target dan alamat aplikasi di atasnya.
target:
  uji: {{id: uji-1, pintu: "http://127.0.0.1:9200", aplikasi: "http://127.0.0.1:9201"}}
  produksi: {{id: produksi-1, pintu: "http://127.0.0.1:9300", aplikasi: "http://127.0.0.1:9301"}}
# Nomor runner PA di forge ({runners}).
runner_pa: [2]
"""
GITHUB_ADVICE = """  # Paket Free tidak melindungi repositori privat. Bila Dinas menerimanya:
  # perlindungan: dianjurkan
"""


@dataclass(frozen=True)
class Kind:
    """What differs between the forges in the answers and in the file."""

    url: str
    group: str
    runners: str
    advice: str = ""


KINDS: dict[str, Kind] = {
    "gitlab": Kind("https://git.contoh.go.id", "aplikasi-opd", "Admin > Runners"),
    "github": Kind(
        "https://github.com",
        "dinas-kominfo",
        "Settings organisasi > Actions > Runners",
        GITHUB_ADVICE,
    ),
}

Question = Callable[[str, str], str]
"""(text, default) -> answer"""


def create(
    folder: Path,
    question: Question,
    *,
    kind: str | None,
    forge_url: str | None,
    group: str | None,
    profile: str | None,
    instance: str | None,
    profile_dir: str | None = None,
) -> Outcome:
    """Writes `kawal.yml` and, when missing, a `kebijakan.yml` to edit. Refuses to overwrite a kawal.yml, and answers that would not load.

    `profile_dir` is a folder of profiles, as it is to stand in the file: relative to `folder`, or absolute.
    """
    path = folder / "kawal.yml"
    if path.exists():
        raise InputError(
            "KONF-006", f"{path} sudah ada dan tidak ditimpa", next_step="ubah berkas itu, lalu: kawal dokter"
        )
    profiles = load_profiles([folder / profile_dir] if profile_dir else [])
    chosen = profile or question(
        t("SOP yang dipakai ({known})", known=", ".join(sorted(profiles))), sorted(profiles)[0]
    )
    profile_of(profiles, chosen)
    known = kind or question(t("Jenis forge ({known})", known=", ".join(KINDS)), guessed(forge_url))
    told = KINDS[known_kind(known)]
    # Asked in this order: whoever lets the defaults stand reads them from the first to the last line of the file.
    instance = instance or question(t("Id instansi"), "diskominfo")
    url = forge_url or question(t("Alamat forge"), told.url)
    where = t("Organisasi (atau pengguna) untuk aplikasi") if known == "github" else t("Grup untuk aplikasi")
    group = group or question(where, told.group)
    text = settings_file(
        known, instance=instance, profile=chosen, url=url, group=group, profile_dir=profile_dir
    )
    validate(
        load_document(text.encode(), "jawaban untuk kawal.yml", code="KONF-001"), KawalFile, code="KONF-001"
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


def settings_file(
    kind: str, *, instance: str, profile: str, url: str, group: str, profile_dir: str | None = None
) -> str:
    """`kawal.yml` with these answers; doors, targets and runners stand in it as examples."""
    told = KINDS[kind]
    return FILE.format(
        instance=instance,
        profile=profile,
        profiles=f"profil_dir: {json.dumps(profile_dir)}\n" if profile_dir else "",
        kind=kind,
        url=url,
        advice=told.advice,
        group=group,
        # GitHub's private templates are shared within one owner only.
        pa=group.split("/")[0] if kind == "github" else "pa",
        runners=told.runners,
    )


def guessed(forge_url: str | None) -> str:
    """GitHub by its own host; a server of one's own has to be named."""
    return "github" if urlsplit(forge_url or "").hostname in ("github.com", "www.github.com") else "gitlab"
