"""What the forge itself says was deployed and released, held against the ledger: somebody may have gone past kawal.

Whoever may write to a project can leave a deployment or a release there, so neither opens nor proves anything: it is shown, and what
the ledger does not know is a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from kawal.bahasa import t
from kawal.forges.operations import Deployment, RemoteRelease
from kawal.forges.port import ReadForge
from kawal.ledger.records import PermitRecord, Release
from kawal.services.office import Office

NEWEST = 20
"""Deployments looked at for each production environment."""


@dataclass(frozen=True)
class Outside:
    lines: tuple[str, ...]
    warnings: tuple[str, ...]
    data: dict[str, Any] = field(default_factory=dict)


def look(office: Office, app_id: str) -> Outside:
    """Reads the application's project and compares it with the permits and the releases in the ledger."""
    project_id = office.provision(app_id).forge.project_id
    return compare(
        deployed(office.forge, project_id),
        office.forge.releases(project_id),
        permitted={permit.commit for _, permit in office.records(app_id, PermitRecord)},
        asked={release.tag for _, release in office.records(app_id, Release)},
    )


def deployed(forge: ReadForge, project_id: int) -> list[Deployment]:
    """Successful deployments to production environments, newest first for each."""
    names = [one.name for one in forge.environments(project_id) if one.production]
    found = [one for name in names for one in forge.deployments(project_id, name, limit=NEWEST)]
    return [one for one in found if one.status == "success"]


def compare(
    deployments: Sequence[Deployment],
    releases: Sequence[RemoteRelease],
    *,
    permitted: Collection[str],
    asked: Collection[str],
) -> Outside:
    newest: dict[str, Deployment] = {}
    for one in deployments:
        newest.setdefault(one.environment, one)
    lines = tuple(
        t(
            "Di forge: {environment} terakhir dari {ref} ({sha}).",
            environment=one.environment,
            ref=one.ref,
            sha=one.sha[:12],
        )
        for one in newest.values()
    )
    unknown = [one for one in deployments if one.sha not in permitted]
    foreign = [one.tag for one in releases if one.tag not in asked]
    warnings = (
        *(
            t(
                "penerapan {id} ke {environment} dari {ref} ({sha}) berhasil di forge, tanpa izin di buku catatan",
                id=one.id,
                environment=one.environment,
                ref=one.ref,
                sha=one.sha[:12],
            )
            for one in unknown
        ),
        *(t("rilis {tag} ada di forge, tidak diminta lewat kawal", tag=tag) for tag in foreign),
    )
    data = {
        "penerapan": [
            {"environment": one.environment, "ref": one.ref, "commit": one.sha} for one in newest.values()
        ],
        "tanpa_izin": [one.id for one in unknown],
        "rilis_asing": foreign,
    }
    return Outside(lines, warnings, data)
