"""`kawal rencana`, `terapkan`, `siapkan`: the project that an approved application is entitled to, as a plan and then on the forge."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kawal.bahasa import desimal, t
from kawal.desired import ProvisionSettings, desired_project
from kawal.errors import EXIT_PLAN_CHANGES, InputError, os_reason
from kawal.forges.limits import creations_an_hour
from kawal.forges.port import Project
from kawal.forges.readonly import read_only
from kawal.ledger.records import ForgeProject, Named, Provision, Request
from kawal.model import DesiredProject, FileWanted
from kawal.outcome import Outcome
from kawal.reconcile.apply import Applied, apply_plan
from kawal.reconcile.blame import with_culprits
from kawal.reconcile.plan import (
    Change,
    NewPlanError,
    Plan,
    additions,
    diff,
    plan_from_json,
    plan_id,
    plan_to_json,
)
from kawal.reconcile.read import read_state
from kawal.reconcile.show import headline, show_plan, summary, title
from kawal.repository_documents import begins_with, places
from kawal.resources import templates_dir
from kawal.services.applications import application
from kawal.services.evaluations import today
from kawal.services.keys import write_private
from kawal.services.office import Office, derived_id
from kawal.services.policies import PRODUCTION
from kawal.services.rollout import kept
from kawal.services.templates import CONFIG, caller_files, find_pin, manifest
from kawal.sop.workflow import check_trigger


@dataclass(frozen=True)
class Prepared:
    app_id: str
    desired: DesiredProject
    plan: Plan
    project_id: int | None


def plan(
    office: Office,
    app_id: str,
    *,
    save: Path | None = None,
    detailed_exit: bool = False,
    verbose: bool = False,
) -> Outcome:
    """`rencana`: what would change on the forge; writes nothing there."""
    prepared = prepare(office, app_id)
    store(office, prepared)
    if save is not None:
        save.write_text(_stored_form(prepared), "utf-8")
    exit_code = EXIT_PLAN_CHANGES if detailed_exit and prepared.plan.changes else 0
    return _shown(prepared, verbose=verbose, exit_code=exit_code)


def apply(office: Office, wanted: str, *, file: Path | None = None) -> Outcome:
    """`terapkan`: carries out a stored plan, found by file or by the start of its hash."""
    app_id, stored = _stored(office, wanted, file)
    project_id = _project_id(office, app_id)
    project = office.forge.project(project_id) if project_id is not None else None
    desired = desired_of(office, app_id, running=project)
    return applied(office, Prepared(app_id, desired, stored, project_id))


def stored_text(office: Office, wanted: str, *, file: Path | None = None) -> str:
    """A stored plan as its reader saw it, for the question before it is applied."""
    _, stored = _stored(office, wanted, file)
    return f"{headline(stored)}\n{show_plan(stored)}"


def provision(office: Office, app_id: str) -> Outcome:
    """`siapkan`: plan and apply in one go, for what only adds; otherwise the plan waits for `terapkan`."""
    prepared = prepare(office, app_id)
    store(office, prepared)
    if not prepared.plan.only_adds:
        shown = _shown(prepared, verbose=False, exit_code=EXIT_PLAN_CHANGES)
        return Outcome(
            "menunggu", f"{headline(prepared.plan)}\n{shown.text}", shown.data, exit_code=EXIT_PLAN_CHANGES
        )
    return applied(office, prepared)


def add(office: Office, app_id: str) -> Outcome | None:
    """What an existing project lacks and may be added without asking; None when it lacks nothing."""
    prepared = prepare(office, app_id)
    prepared = replace(prepared, plan=additions(prepared.plan))
    return applied(office, prepared) if prepared.plan.changes else None


def prepare(office: Office, app_id: str) -> Prepared:
    project_id = _project_id(office, app_id)
    project = office.forge.project(project_id) if project_id is not None else None
    desired = desired_of(office, app_id, running=project)
    forge = read_only(office.forge)
    have = read_state(forge, desired, project_id=project_id, project=project)
    return Prepared(app_id, desired, with_culprits(forge, diff(desired, have), have), project_id)


def desired_of(
    office: Office,
    app_id: str,
    settings: ProvisionSettings | None = None,
    *,
    running: Project | None = None,
) -> DesiredProject:
    """What the application is entitled to now. BlockedError when the SOP does not let the project begin yet.

    `running` is its project as the forge shows it: an accepted template that it runs already is kept.
    """
    _, request = office.request(app_id)
    office.approval(app_id)
    procedure = office.procedure_of(request)
    app = application(office, app_id)
    check_trigger(procedure, app.done, app_id)
    wanted = settings or provision_settings(office)
    if running is not None:
        wanted = replace(
            wanted, ci_config_path=kept(office, wanted.ci_config_path, running.settings.get(CONFIG))
        )
    return desired_project(
        procedure,
        app,
        wanted,
        [
            *skeleton(request, {test.kind for test in procedure.tests}),
            *caller_files(wanted.ci_config_path),
        ],
        calendar=office.calendar(procedure),
        today=today(office, procedure),
    )


def provision_settings(office: Office) -> ProvisionSettings:
    """What an application's project takes from kawal.yml and from the installed templates."""
    file = office.settings.file
    test, production = file.target.uji, file.target.produksi
    if file.pintu is None or test is None or production is None or test.aplikasi is None:
        raise InputError(
            "KONF-020",
            "kawal.yml belum menyebut pintu dan target",
            needed="pintu, target.uji (id, pintu, aplikasi), target.produksi (id, pintu)",
            next_step="lengkapi kawal.yml, lalu: kawal dokter",
        )
    return ProvisionSettings(
        instance=file.instansi,
        group=file.grup,
        ci_config_path=find_pin(office.forge, file.grup_pa).ci_config_path,
        door_url=file.pintu,
        test_target_url=test.pintu,
        test_app_url=test.aplikasi,
        production_target_url=production.pintu,
        production_target_id=production.id,
        hook_url=f"{file.pintu}/webhook",
        # GitLab's environments know no refs; GitHub's do, on every plan that has rulesets.
        held_environments=(PRODUCTION,) if office.settings.forge_kind == "github" else (),
        creations_an_hour=creations_limit(office),
    )


def creations_limit(office: Office) -> int | None:
    """Creations an hour that the forge takes; asks nothing of it."""
    settings = office.settings
    return creations_an_hour(settings.forge_kind, settings.forge_url, settings.file.forge.batas_per_jam)


def skeleton(request: Request, demanded: Collection[str]) -> Sequence[FileWanted]:
    """The first commit: the skeleton's files with the application's name in them; of the documents those that it owes.

    A folder of tests whose job needs it to be there stands only where the procedure demands that test: the first pipeline says then
    that it is empty.
    """
    root = templates_dir() / "skeleton"
    words = {"{{ nama }}": request.name, "{{ id }}": request.app_id, "{{ sop }}": request.profile_id}
    owed = begins_with(request.thresholds)
    free = {one.uji for one in manifest().gitlab.pekerjaan if one.opsional} - set(demanded)
    files = {
        path.relative_to(root).as_posix(): path
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    return [
        FileWanted(name, _filled(path.read_bytes(), words))
        for name, path in files.items()
        if (name in owed or name not in places()) and not (set(name.split("/")[:-1]) & free)
    ]


def _filled(content: bytes, words: dict[str, str]) -> bytes:
    for mark, value in words.items():
        content = content.replace(mark.encode(), value.encode())
    return content


def _project_id(office: Office, app_id: str) -> int | None:
    found = office.records(app_id, Provision)
    return found[-1][1].forge.project_id if found else None


def applied(office: Office, prepared: Prepared) -> Outcome:
    """Applies a plan and records the project when it was made just now."""
    started = time.monotonic()

    def progress(number: int, total: int, change: Change) -> None:
        office.say(f"[{number}/{total}] {change.op} {change.kind} {title(change)}")

    try:
        result = apply_plan(
            office.forge,
            prepared.desired,
            prepared.plan,
            hook_token=hook_token(office),
            project_id=prepared.project_id,
            progress=progress,
        )
    except NewPlanError as error:
        # The refusal names the new plan by its hash: it has to be there for `kawal terapkan`.
        store(office, replace(prepared, plan=error.plan))
        raise
    record(office, prepared, result)
    seconds = time.monotonic() - started
    changed = prepared.plan.count("~")
    head = (
        t(
            "Melanjutkan rencana {plan}: {already} sudah ada, {made} dibuat.",
            plan=result.plan_id,
            already=result.already,
            made=result.made,
        )
        if result.already and result.made
        else t("Semua sudah ada: tidak ada yang ditulis.")
        if not result.made
        else t("Selesai dalam {seconds} detik.", seconds=desimal(seconds, 0))
    )
    data = {
        "aplikasi": prepared.app_id,
        "proyek_id": result.project_id,
        "path": prepared.desired.full_path,
        "rencana": result.plan_id,
        "tulis": result.made,
        "sudah_ada": result.already,
        "diubah": changed,
    }
    status = "diterapkan" if result.made else "tidak_berubah"
    return Outcome(
        status,
        head
        if prepared.plan.changes and not result.made
        else f"{head}\n{show_plan(prepared.plan)}"
        if prepared.plan.changes
        else summary(prepared.plan),
        data,
    )


def record(office: Office, prepared: Prepared, applied: Applied) -> None:
    """The provision record is appended when the project is made, and again when kawal's evidence key was replaced since:
    what a lost key signed may be forged (docs/adr/0015). Any other run that changed nothing adds no record."""
    if _project_id(office, prepared.app_id) == applied.project_id:
        _sign_again(office, prepared.app_id, applied.project_id)
        return
    forge, desired = office.forge, prepared.desired
    first = list(forge.commits(applied.project_id, desired.default_branch))[-1]
    counts: dict[str, int] = {}
    for change in prepared.plan.changes:
        kind = change.kind.replace("-", "_")
        counts[kind] = counts.get(kind, 0) + 1
    made = Provision(
        record_id=derived_id("provision", office.settings.forge_url, prepared.app_id, applied.project_id),
        app_id=prepared.app_id,
        issued_at=office.now(),
        step=None,
        forge=ForgeProject(
            kind=office.settings.forge_kind,
            url=office.settings.forge_url,
            project_id=applied.project_id,
            path=desired.full_path,
        ),
        plan_sha256=prepared.plan.hash,
        created=tuple(Named(name=name, count=count) for name, count in sorted(counts.items())),
        first_commit=first.sha,
    )
    office.append_once(made, office.service_key("evidence"))


def _sign_again(office: Office, app_id: str, project_id: int) -> None:
    """The first record of the project once more, unless the present key signed one: a thief's can only be later."""
    made = [pair for pair in office.records(app_id, Provision) if pair[1].forge.project_id == project_id]
    key = office.trust().service_keys["evidence"]
    if all(entry.signers != (key,) for entry, _ in made):
        name = derived_id("provision", office.settings.forge_url, app_id, project_id, key.keyid)
        again = made[0][1].model_copy(update={"record_id": name, "issued_at": office.now()})
        office.append_once(again, office.service_key("evidence"))


def hook_token(office: Office) -> str:
    """The secret of the webhooks of this instance; made once."""
    path = office.key_dir / "webhook.token"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32).encode())
    return path.read_text("ascii").strip()


# --- stored plans ------------------------------------------------------------------------------------------------


def _folder(office: Office) -> Path:
    return office.settings.data_dir / "rencana"


def _stored_form(prepared: Prepared) -> str:
    return json.dumps(
        {"aplikasi": prepared.app_id, "rencana": plan_to_json(prepared.plan)}, ensure_ascii=False, indent=1
    )


def store(office: Office, prepared: Prepared) -> None:
    if not prepared.plan.changes:
        return
    folder = _folder(office)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{prepared.plan.hash}.json").write_text(_stored_form(prepared), "utf-8")


def _stored(office: Office, wanted: str, file: Path | None) -> tuple[str, Plan]:
    if file is None:
        found = (
            sorted(_folder(office).glob(f"{wanted}*.json")) if len(wanted) >= 4 and wanted.isalnum() else []
        )
        if len(found) != 1:
            raise InputError(
                "INPUT-045",
                f"Rencana {wanted!r} {'tidak dikenal' if not found else 'tidak tunggal'}",
                needed="awal hash rencana (paling sedikit 4 huruf) atau berkasnya",
                next_step="kawal rencana ID",
            )
        file = found[0]
    try:
        data = json.loads(file.read_text("utf-8"))
        return str(data["aplikasi"]), plan_from_json(data["rencana"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "INPUT-046",
            f"Berkas rencana {file} tidak terbaca",
            found=_why_no_plan(file, error),
            next_step="kawal rencana ID --simpan FILE",
        ) from error


def _why_no_plan(file: Path, error: OSError | ValueError | KeyError | TypeError) -> str:
    if isinstance(error, OSError):
        return os_reason(error)
    if isinstance(error, json.JSONDecodeError):
        return f"{file}:{error.lineno}:{error.colno}: JSON rusak"
    return "berkas itu bukan rencana kawal"


def _shown(prepared: Prepared, *, verbose: bool, exit_code: int) -> Outcome:
    name = plan_id(prepared.plan.hash)
    head = t(
        "Rencana {plan} untuk {name} ({app}):", plan=name, name=prepared.desired.name, app=prepared.app_id
    )
    text = (
        f"{head}\n{show_plan(prepared.plan, verbose=verbose)}\n"
        + t("Untuk menerapkan: kawal terapkan {plan}", plan=name)
        if prepared.plan.changes
        else summary(prepared.plan)
    )
    data = {"aplikasi": prepared.app_id, "id_rencana": name, **plan_to_json(prepared.plan)}
    return Outcome("berubah" if prepared.plan.changes else "sesuai", text, data, exit_code=exit_code)
