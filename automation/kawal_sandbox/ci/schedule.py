"""Decides what the jobs of a pipeline do next and what the whole pipeline is. Pure; follows GitLab's
`Ci::ProcessPipeline::AtomicProcessingService` and `Gitlab::Ci::Status::Composite`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

COMPLETED = frozenset({"success", "failed", "canceled", "skipped"})
ACTIVE = frozenset({"pending", "running", "waiting_for_resource"})
CANCELABLE = ACTIVE | {"created", "manual", "preparing", "scheduled"}

# What the jobs before must have come to, for a job to run. By stage, skipped jobs before do not matter; by `needs` they do.
_RUNS_AFTER = {
    "on_success": frozenset({"success", "skipped"}),
    "manual": frozenset({"success", "skipped"}),
    "on_failure": frozenset({"failed"}),
    "always": frozenset({"success", "failed", "skipped"}),
}
_RUNS_AFTER_NEEDS = _RUNS_AFTER | {"on_success": frozenset({"success"}), "manual": frozenset({"success"})}


@dataclass(frozen=True)
class JobState:
    """The newest row of one job name. `needs` None: by stage."""

    name: str
    stage_index: int
    status: str
    when: str
    allow_failure: bool
    needs: tuple[str, ...] | None = None


def composite(jobs: Iterable[JobState], *, dag: bool = False) -> str | None:
    """One status for many jobs; None when there are none."""
    kinds = {_kind(job) for job in jobs}
    if not kinds:
        return None
    if dag:
        if kinds & {"skipped", "ignored"}:
            return "skipped"  # a needed job does not run at all
        if not kinds <= {*COMPLETED, "warned"}:
            return "pending"
    if kinds <= {"skipped", "ignored"}:
        return "skipped"
    if kinds <= {"success", "skipped", "warned", "ignored"}:
        return "success"
    if kinds <= {"created", "warned", "ignored"}:
        return "created"
    if kinds <= {"canceled", "success", "skipped", "warned", "ignored"}:
        return "canceled"
    if kinds <= {"pending", "created", "skipped", "warned", "ignored"}:
        return "pending"
    for status in ("running", "pending"):
        if status in kinds:
            return "running"
    for status in ("waiting_for_resource", "manual"):
        if status in kinds:
            return status
    return "running" if "created" in kinds else "failed"


def _kind(job: JobState) -> str:
    if job.allow_failure and job.status in ("failed", "canceled"):
        return "warned"
    if job.allow_failure and job.status == "manual":
        return "ignored"
    return job.status


def next_status(job: JobState, jobs: Sequence[JobState]) -> str | None:
    """What a `created` job becomes now: `pending`, `manual` or `skipped`; None while it has to wait."""
    if job.needs is not None:
        before = [other for other in jobs if other.name in job.needs]
        runs_after = _RUNS_AFTER_NEEDS[job.when]
    else:
        before = [other for other in jobs if other.stage_index < job.stage_index]
        runs_after = _RUNS_AFTER[job.when]
    status = composite(before, dag=job.needs is not None) or "success"
    if status not in COMPLETED:
        return None
    if status not in runs_after:
        return "skipped"
    return "manual" if job.when == "manual" else "pending"


def advance(jobs: Sequence[JobState]) -> dict[str, str]:
    """New statuses of `created` jobs, until nothing moves any more."""
    moved: dict[str, str] = {}
    current = list(jobs)
    changed = True
    while changed:
        changed = False
        for index, job in enumerate(current):
            status = next_status(job, current) if job.status == "created" else None
            if status is not None:
                current[index] = replace(job, status=status)
                moved[job.name] = status
                changed = True
    return moved


def dependents(name: str, jobs: Sequence[JobState]) -> set[str]:
    """Names of the jobs that wait for `name`, directly or not, by stage or by `needs`."""
    found: set[str] = set()
    todo = [name]
    by_name = {job.name: job for job in jobs}
    while todo:
        current = by_name.get(todo.pop())
        for job in jobs:
            if current is None or job.name in found or job.name == name:
                continue
            waits = job.stage_index > current.stage_index if job.needs is None else current.name in job.needs
            if waits:
                found.add(job.name)
                todo.append(job.name)
    return found
