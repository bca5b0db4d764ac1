"""`rencana --semua` and `selaraskan`: the drift of every project of this authority, and its repair."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

from kawal.bahasa import t
from kawal.errors import EXIT_PLAN_CHANGES, EXIT_TEMPORARY, KawalError
from kawal.forges.port import Project, ReadForge
from kawal.forges.readonly import read_only
from kawal.model import DesiredProject
from kawal.outcome import Outcome
from kawal.reconcile import width
from kawal.reconcile.apply import Applied, apply_plan
from kawal.reconcile.blame import with_culprits
from kawal.reconcile.plan import Change, NewPlanError, Plan, diff, plan_id
from kawal.reconcile.read import read_state
from kawal.reconcile.show import show_plan, summary
from kawal.services import provision
from kawal.services.applications import provisioned
from kawal.services.office import Office


@dataclass(frozen=True)
class Drift:
    """One application: its plan, or why it could not be compared."""

    app_id: str
    prepared: provision.Prepared | None
    error: KawalError | None = None

    @property
    def plan(self) -> Plan:
        """Empty when it could not be compared."""
        return self.prepared.plan if self.prepared else Plan("", ())


def plan_all(office: Office, *, detailed_exit: bool = False, verbose: bool = False) -> Outcome:
    """`rencana --semua`: writes nothing on the forge; each plan is stored for `terapkan`."""
    drifts = survey(office)
    changed = [drift for drift in drifts if drift.plan.changes]
    for drift in changed:
        if drift.prepared:
            provision.store(office, drift.prepared)
    text = "\n".join(_lines(drift, verbose) for drift in drifts) or t("Belum ada proyek.")
    total = t(
        "{n} proyek: {same} sesuai, {changed} berubah, {failed} tidak terbaca.",
        n=len(drifts),
        same=sum(not drift.error and not drift.plan.changes for drift in drifts),
        changed=len(changed),
        failed=sum(drift.error is not None for drift in drifts),
    )
    failed = _worst(drifts)
    exit_code = failed or (EXIT_PLAN_CHANGES if detailed_exit and changed else 0)
    data = {"aplikasi": [_json(drift) for drift in drifts]}
    return Outcome("berubah" if changed else "sesuai", f"{text}\n{total}", data, exit_code=exit_code)


def align(office: Office, *, only_adds: bool = False) -> Outcome:
    """`selaraskan`: repairs the drift of all projects; removes nothing. A project that fails does not stop the next."""
    drifts = survey(office)
    done: list[str] = []
    lines: list[str] = []
    failures: list[Drift] = [drift for drift in drifts if drift.error]
    waiting: list[str] = []
    changed = [drift.prepared for drift in drifts if drift.prepared and drift.plan.changes]
    todo = [one for one in changed if one.plan.only_adds or not only_adds]
    for one in changed:
        if one not in todo:
            provision.store(office, one)
            waiting.append(one.app_id)
            lines.append(
                t("{app}: menunggu kawal terapkan {plan}", app=one.app_id, plan=plan_id(one.plan.hash))
            )
    for number, (one, error) in enumerate(_repaired(office, todo), start=1):
        office.say(
            t(
                "[{n}/{total}] {app}: {changes} perubahan",
                n=number,
                total=len(todo),
                app=one.app_id,
                changes=len(one.plan.changes),
            )
        )
        if error:
            failures.append(Drift(one.app_id, None, error))
        else:
            done.append(one.app_id)
            lines.append(f"{one.app_id}: {summary(one.plan)}")
    lines.sort()
    lines += [f"{drift.app_id}: {drift.error.text()}" for drift in failures if drift.error]
    same = len(drifts) - len(changed) - sum(drift.error is not None for drift in drifts)
    lines.append(
        t(
            "{n} proyek: {same} sudah sesuai, {done} diselaraskan, {waiting} menunggu, {failed} gagal.",
            n=len(drifts),
            same=same,
            done=len(done),
            waiting=len(waiting),
            failed=len(failures),
        )
    )
    data = {
        "diselaraskan": sorted(done),
        "menunggu": waiting,
        "gagal": [
            {"aplikasi": one.app_id, "kode": one.error.code, "galat": one.error.what}
            for one in failures
            if one.error
        ],
        "sesuai": same,
    }
    exit_code = _worst(failures) or (EXIT_PLAN_CHANGES if waiting else 0)
    return Outcome("diselaraskan" if done else "sesuai", "\n".join(lines), data, exit_code=exit_code)


def _repaired(
    office: Office, todo: list[provision.Prepared]
) -> Iterator[tuple[provision.Prepared, KawalError | None]]:
    """Applies the plans side by side, each answered as it ends. The ledger belongs to this thread, so records are made here.

    Ctrl-C lets every project end the change it is at; the same command goes on from there.
    """
    forge, token = office.forge, provision.hook_token(office)
    stop = threading.Event()

    def between(_number: int, _total: int, _change: Change) -> None:
        if stop.is_set():
            raise KeyboardInterrupt

    def write(one: provision.Prepared) -> Applied:
        return apply_plan(
            forge,
            one.desired,
            one.plan,
            hook_token=token,
            project_id=one.project_id,
            progress=between,
        )

    with ThreadPoolExecutor(width.WRITTEN[office.settings.forge_kind]) as pool:
        running: dict[Future[Applied], provision.Prepared] = {pool.submit(write, one): one for one in todo}
        try:
            for ended in as_completed(running):
                one = running[ended]
                try:
                    provision.record(office, one, ended.result())
                except KawalError as error:
                    if isinstance(error, NewPlanError):
                        provision.store(office, replace(one, plan=error.plan))
                    yield one, error
                else:
                    yield one, None
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def survey(office: Office) -> list[Drift]:
    """What every project lacks. Projects and their settings come in one bulk list; the rest is read in parallel."""
    forge = read_only(office.forge)
    settings = provision.provision_settings(office)
    # The ledger belongs to this thread, so what is wanted is worked out first; only the forge is asked in parallel.
    wanted: list[tuple[str, DesiredProject, int]] = []
    drifts: dict[str, Drift] = {}
    ids = provisioned(office)
    listed = {project.id: project for project in forge.projects_in(settings.group)} if ids else {}
    for app_id in ids:
        try:
            project_id = office.provision(app_id).forge.project_id
            desired = provision.desired_of(office, app_id, settings, running=listed.get(project_id))
            wanted.append((app_id, desired, project_id))
        except KawalError as error:
            drifts[app_id] = Drift(app_id, None, error)

    def look(one: tuple[str, DesiredProject, int]) -> Drift:
        app_id, desired, project_id = one
        return _drift(forge, app_id, desired, project_id, listed.get(project_id))

    with ThreadPoolExecutor(max_workers=width.READ) as pool:
        for drift in pool.map(look, wanted):
            drifts[drift.app_id] = drift
            if len(drifts) % 10 == 0:
                office.say(t("{n} dari {total} proyek dibaca", n=len(drifts), total=len(wanted)))
    return [drifts[app_id] for app_id in sorted(drifts)]


def _drift(
    forge: ReadForge, app_id: str, desired: DesiredProject, project_id: int, listed: Project | None
) -> Drift:
    try:
        have = read_state(forge, desired, project_id=project_id, project=listed)
        plan = with_culprits(forge, diff(desired, have), have)
        return Drift(app_id, provision.Prepared(app_id, desired, plan, project_id))
    except KawalError as error:
        return Drift(app_id, None, error)


def _lines(drift: Drift, verbose: bool) -> str:
    if drift.error:
        return f"{drift.app_id}: {drift.error.text()}"
    if not drift.plan.changes:
        return f"{drift.app_id}: sesuai"
    head = f"{drift.app_id}: rencana {plan_id(drift.plan.hash)}"
    return f"{head}\n{show_plan(drift.plan, verbose=verbose)}"


def _json(drift: Drift) -> dict[str, object]:
    if drift.error:
        return {"aplikasi": drift.app_id, "kode": drift.error.code, "galat": drift.error.what}
    return {
        "aplikasi": drift.app_id,
        "rencana": drift.plan.hash if drift.plan.changes else None,
        "perubahan": len(drift.plan.changes),
    }


def _worst(drifts: list[Drift]) -> int:
    codes = {drift.error.exit_code for drift in drifts if drift.error}
    lasting = codes - {EXIT_TEMPORARY}
    return max(lasting) if lasting else max(codes, default=0)
