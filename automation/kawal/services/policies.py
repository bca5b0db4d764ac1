"""The compiled policy of this installation: profile, national layer and decisions of the Dinas over the forge as it is set up."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from kawal.errors import InputError
from kawal.model import EvidenceClass
from kawal.policy.model import ForgePolicy, parse_policy
from kawal.services.office import Office
from kawal.services.templates import TemplatePin, find_pin, manifest, template_jobs
from kawal.sop.compile import compile_policy
from kawal.sop.loader import profile_of

PRODUCTION = "production"


def compile_current(office: Office) -> bytes:
    """The policy as it would be signed now; the same settings and files always give the same bytes."""
    file = office.settings.file
    if file.target.produksi is None:
        raise InputError(
            "KONF-020", "kawal.yml belum menyebut target.produksi", needed="target.produksi: {id, pintu}"
        )
    if not file.runner_pa:
        raise InputError(
            "KONF-021",
            "kawal.yml belum menyebut runner_pa",
            needed="nomor runner PA, misalnya runner_pa: [2]",
            next_step="lihat nomornya di halaman Admin › Runners, lalu lengkapi kawal.yml",
        )
    info = office.forge.info()
    pin = find_pin(office.forge, file.grup_pa)
    procedure = office.merged(profile_of(office.profiles, file.profil))
    policy = compile_policy(
        [procedure],
        forge={
            "kind": office.settings.forge_kind,
            "url": office.settings.forge_url,
            "issuer": token_issuer(office.settings.forge_kind, office.settings.forge_url),
            "ci_config_path": pin.ci_config_path,
            "template_project_id": pin.project_id,
            "template_commit": pin.commit,
            "runner_ids": sorted(file.runner_pa),
            "bot_user_id": info.bot_user_id,
            "pipeline_sources": ["push"],
            "default_branch": "main",
            "release_tag": "v*",
            "release_job": "rilis",
            "gate_job": "gerbang",
            **_further_templates(office, pin),
            **_only_here(office),
        },
        targets=[{"target_id": file.target.produksi.id, "environment": PRODUCTION}],
        jobs=declared_jobs(),
    )
    parse_policy(policy)  # what the issuer could not read is never signed
    return policy


def _further_templates(office: Office, pin: TemplatePin) -> dict[str, Any]:
    """Other stacks of the pinned version (GitHub: one file for all), and the version before while it is still on the forge."""
    known = manifest()
    before = office.forge.tag(pin.project_id, f"kawal-v{known.sebelumnya}") if known.sebelumnya else None
    found: dict[str, Any] = {}
    if office.settings.forge_kind == "gitlab":
        found["template_entries"] = list(known.gitlab.entries)
    return found | ({"template_commits": [before.sha]} if before else {})


def signed_forge(office: Office) -> ForgePolicy | None:
    """What the signed policy says of the forge; None before there is one."""
    trust = office.ledger.trust()
    return parse_policy(office.content.get(trust.policy_sha256)).forge if trust else None


def token_issuer(kind: str, url: str) -> str:
    """Who signs the ID tokens of jobs: GitLab itself; for GitHub a host of its own, or a path of a server of one's own."""
    if kind == "gitlab":
        return url
    if urlsplit(url).hostname in ("github.com", "api.github.com"):
        return "https://token.actions.githubusercontent.com"
    return f"{url}/_services/token"


def _only_here(office: Office) -> dict[str, Any]:
    """What a policy says only where it differs from GitLab's, so that older policies keep their bytes."""
    file = office.settings.file
    found: dict[str, Any] = {}
    if file.forge.perlindungan == "dianjurkan":
        found["protections"] = file.forge.perlindungan
    if office.settings.forge_kind == "github":
        owner = office.forge.group_id(file.grup)
        if owner is None:
            raise InputError(
                "KONF-022",
                f"Organisasi {file.grup.split('/')[0]} tidak ada di forge",
                needed="organisasi (atau pengguna) yang memegang repositori aplikasi",
                next_step="buat organisasi itu di GitHub, lalu ulangi",
            )
        found["owner_id"] = owner
    return found


def declared_jobs() -> dict[str, tuple[str, EvidenceClass]]:
    """Test -> job and class, from the manifest of the installed templates."""
    return {one.uji: (one.pekerjaan, one.kelas) for one in template_jobs()}
