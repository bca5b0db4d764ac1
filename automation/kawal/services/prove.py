"""`kawal buktikan`: what the forge really enforces for an application, with the way around each gate it does not hold."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import cast

from kawal.bahasa import t
from kawal.errors import EXIT_BLOCKED, InputError
from kawal.facts import read_posture
from kawal.forges.operations import EnvironmentRule
from kawal.forges.port import Forge, NotPossibleHere, ReadForge
from kawal.forges.readonly import read_only
from kawal.outcome import Outcome
from kawal.policy.model import Policy, parse_policy
from kawal.posture import PostureSeen, PostureWanted
from kawal.proof import show
from kawal.proof.model import Proof, Seen
from kawal.proof.prove import prove
from kawal.reconcile.plan import plan_id
from kawal.reconcile.show import show_plan
from kawal.services import outside, provision
from kawal.services.applications import provisioned
from kawal.services.emergencies import as_findings, lines, pending_of
from kawal.services.office import Office
from kawal.services.policies import PRODUCTION

STATUS_LIMIT = 64 * 1024


def read_seen(
    forge: ReadForge, wanted: PostureWanted, project_id: int, hook_url: str | None, *, kept_hook: bool = True
) -> Seen:
    """Everything a proof looks at, read now. `kept_hook` False: this installation has no server to be told."""
    project = forge.project(project_id)
    visibility = project.settings.get("visibility")
    posture = read_posture(forge, wanted, project_id)
    wanted = wanted.for_project(posture.settings.get("ci_config_path"))
    has_environments, rule = _production(forge, project_id, posture)
    return Seen(
        info=forge.info(),
        posture=posture,
        wanted=wanted,
        exposure=forge.exposure(project_id),
        template_members=tuple(forge.members(wanted.template_project_id, inherited=True)),
        hook_url=hook_url if kept_hook else None,
        visibility=visibility if isinstance(visibility, str) else None,
        settings=forge.known_settings(),
        environment=rule,
        has_environments=has_environments,
    )


def _production(
    forge: ReadForge, project_id: int, posture: PostureSeen
) -> tuple[bool, EnvironmentRule | None]:
    """Whether this forge and plan know rules for environments, and that of production. Plans have them together with rulesets."""
    if posture.no_protections:
        return False, None
    try:
        return True, forge.environment_rule(project_id, PRODUCTION)
    except NotPossibleHere:
        return False, None


def run(office: Office, app_id: str | None, *, repair: bool = False, page: Path | None = None) -> Outcome:
    """One application, or all that have a project. Exit 3 when any gate can be passed by."""
    cannot_write(office)
    ids = [app_id] if app_id else provisioned(office)
    if not ids:
        raise InputError(
            "REKOM-002", "Belum ada aplikasi yang disiapkan", next_step="kawal permohonan daftar"
        )
    trust = office.trust()
    policy = parse_policy(office.content.get(trust.policy_sha256))
    verifies = target_verifies(office)
    warnings = []
    if trust.threshold < 2:
        warnings.append(t("satu kunci akar saja cukup untuk mengubah kepercayaan"))
    parts, data, found, pages = [], [], [], []
    for one in ids:
        told = outside.look(office, one)
        proof = _proof(office, policy, one, verifies, [*warnings, *told.warnings])
        title = _title(office, one)
        repaired, repair_data = _repair(office, one, proof) if repair else ([], {})
        alarms = pending_of(office, one)
        parts.append("\n".join([show.text(title, proof), *told.lines, *repaired, *lines(alarms)]))
        data.append({"aplikasi": one, **show.as_json(proof), "di_forge": told.data, **repair_data})
        red = [*as_findings(alarms), *show.findings(proof)]
        found += [{"aplikasi": one, **finding} for finding in red]
        pages.append((title, proof))
    if page is not None:
        page.write_text(show.html(pages, f"{office.now():%Y-%m-%d %H:%M} UTC"), "utf-8")
        parts.append(t("Halaman ditulis ke {path}", path=page))
    return Outcome(
        "dapat_dilewati" if found else "terbukti",
        "\n\n".join(parts),
        {"aplikasi": data},
        found,
        EXIT_BLOCKED if found else 0,
    )


def cannot_write(office: Office) -> None:
    """From here on this office's forge has no method that changes anything."""
    office.__dict__["forge"] = cast(Forge, read_only(office.forge))


def _proof(office: Office, policy: Policy, app_id: str, verifies: bool | None, warnings: list[str]) -> Proof:
    _, request = office.request(app_id)
    project_id = office.provision(app_id).forge.project_id
    door = office.settings.file.pintu
    seen = read_seen(office.forge, policy.forge, project_id, f"{door}/webhook" if door else None)
    return prove(
        seen, policy.authorities.get(request.profile_id), target_verifies=verifies, warnings=warnings
    )


def _title(office: Office, app_id: str) -> str:
    info = office.forge.info()
    return t(
        "Bukti gerbang {app} di {kind} {version} ({tier}), {url}",
        app=app_id,
        kind=info.kind,
        version=info.version,
        tier=info.tier,
        url=info.url,
    )


def _repair(office: Office, app_id: str, proof: Proof) -> tuple[list[str], dict[str, object]]:
    """What `terapkan` would repair, and what a person has to take away because kawal removes nothing by itself."""
    prepared = provision.prepare(office, app_id)
    by_hand = [leak for leak in proof.leaks if not leak.by_plan]
    lines = [""]
    if prepared.plan.changes:
        provision.store(office, prepared)
        name = plan_id(prepared.plan.hash)
        lines += [t("Rencana perbaikan {plan}:", plan=name), show_plan(prepared.plan, verbose=True)]
        lines.append(t("Untuk menjalankannya: kawal terapkan {plan}", plan=name))
    if by_hand:
        lines.append(t("Dikerjakan orang, karena kawal tidak menghapus apa pun:"))
        lines += [f"  - {leak.fix}" for leak in by_hand]
    if len(lines) == 1:
        lines.append(t("Tidak ada yang perlu diperbaiki."))
    data: dict[str, object] = {
        "rencana": prepared.plan.hash if prepared.plan.changes else None,
        "oleh_orang": [leak.fix for leak in by_hand],
    }
    return lines, {"perbaikan": data}


def target_verifies(office: Office, *, timeout: float = 5.0) -> bool | None:
    """Whether the production target verifies by itself (True) or is a door host before it (False, `target.produksi.peran`).

    None when nobody answers there as that target (docs/formats.md §6 `/status`).
    """
    target = office.settings.file.target.produksi
    if target is None or not target.pintu.startswith(("http://", "https://")):
        return None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{target.pintu.rstrip('/')}/status", timeout=timeout) as reply:
            said = json.loads(reply.read(STATUS_LIMIT))
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict) or said.get("target_id") != target.id:
        return None
    return target.peran == "target"
