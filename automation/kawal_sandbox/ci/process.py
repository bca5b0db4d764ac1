"""Moves pipelines: starts what may start, takes in results, retries, plays and cancels. Call inside a transaction."""

from kawal_sandbox.ci import hooks
from kawal_sandbox.ci.deployments import deployment_finished, deployment_started
from kawal_sandbox.ci.rows import latest_jobs, spec_of, state_of
from kawal_sandbox.ci.schedule import CANCELABLE, COMPLETED, advance, composite, dependents
from kawal_sandbox.forge import Forge
from kawal_sandbox.store import Row, now

WORK = "ci_work"  # event of the bus: a job waits for a runner, or a running one has to stop


def _wake(forge: Forge, job: Row) -> None:
    forge.store.after_commit(lambda: forge.publish(WORK, job["project_id"], job["user_id"]))


def process(forge: Forge, pipeline_id: int) -> None:
    """Start every job whose turn has come and bring the pipeline's status up to date."""
    rows = {row["name"]: row for row in latest_jobs(forge.store, pipeline_id)}
    for name, status in advance([state_of(row) for row in rows.values()]).items():
        if status == "pending":
            _enqueue(forge, rows[name])
        else:
            _set(forge, rows[name]["id"], status=status)
    update_status(forge, pipeline_id)


def _enqueue(forge: Forge, job: Row) -> None:
    if spec_of(job).trigger is not None:
        from kawal_sandbox.ci.children import start_child  # it makes pipelines, which need this module

        _set(forge, job["id"], status="running", started_at=now())
        start_child(forge, job)
        return
    free = job["resource_group"] is None or not forge.store.value(
        "SELECT 1 FROM ci_jobs WHERE project_id = ? AND resource_group = ? AND status IN ('pending', 'running') AND id != ?",
        job["project_id"],
        job["resource_group"],
        job["id"],
    )
    _set(forge, job["id"], status="pending" if free else "waiting_for_resource", queued_at=now())
    _wake(forge, job)


def _release_resource(forge: Forge, job: Row) -> None:
    """The oldest job that waits for the resource of a finished one."""
    if job["resource_group"] is None:
        return
    waiting = forge.store.one(
        "SELECT * FROM ci_jobs WHERE project_id = ? AND resource_group = ? AND status = 'waiting_for_resource' ORDER BY id",
        job["project_id"],
        job["resource_group"],
    )
    if waiting is not None:
        _enqueue(forge, waiting)
        update_status(forge, waiting["pipeline_id"])


def _set(forge: Forge, job_id: int, **values: object) -> None:
    forge.store.update("ci_jobs", job_id, **values)
    if "status" in values:
        job = forge.store.get("ci_jobs", job_id)
        forge.publish("job", job["project_id"], job["user_id"], payload=hooks.job_payload(forge, job))


def update_status(forge: Forge, pipeline_id: int) -> None:
    store = forge.store
    pipeline = store.get("ci_pipelines", pipeline_id)
    rows = latest_jobs(store, pipeline_id)
    status = composite([state_of(row) for row in rows])
    if status is None or status == pipeline["status"]:
        return
    moment = now()
    started = pipeline["started_at"] or (moment if status == "running" else None)
    finished = moment if status in COMPLETED else None
    store.update(
        "ci_pipelines",
        pipeline_id,
        status=status,
        updated_at=moment,
        started_at=started,
        finished_at=finished,
    )
    publish_pipeline(forge, pipeline_id)
    if finished and pipeline["bridge_id"] is not None:
        from kawal_sandbox.ci.children import child_finished

        child_finished(forge, pipeline, status)


def publish_pipeline(forge: Forge, pipeline_id: int) -> None:
    pipeline = forge.store.get("ci_pipelines", pipeline_id)
    forge.publish(
        "pipeline",
        pipeline["project_id"],
        pipeline["user_id"],
        payload=hooks.pipeline_payload(forge, pipeline),
    )


def start_job(forge: Forge, job: Row, runner_id: int, token_digest: str) -> None:
    _set(forge, job["id"], status="running", runner_id=runner_id, token_digest=token_digest, started_at=now())
    deployment_started(forge, job)
    update_status(forge, job["pipeline_id"])


def finish_job(
    forge: Forge,
    job_id: int,
    status: str,
    *,
    reason: str | None = None,
    exit_code: int | None = None,
    coverage: float | None = None,
) -> None:
    """A running job ended. Failed jobs with retries left are run again as a new row."""
    job = forge.store.one("SELECT * FROM ci_jobs WHERE id = ?", job_id)
    if job is None or job["status"] in COMPLETED:
        return  # deleted with its project or pipeline, or already told
    spec = spec_of(job)
    allowed = bool(job["allow_failure"]) or (exit_code is not None and exit_code in spec.allow_failure_codes)
    _set(
        forge,
        job_id,
        status=status,
        failure_reason=reason if status == "failed" else None,
        exit_code=exit_code,
        coverage=coverage,
        allow_failure=int(allowed if status == "failed" else job["allow_failure"]),
        token_digest=None,
        finished_at=now(),
    )
    deployment_finished(forge, job_id, status)
    attempts = forge.store.value(
        "SELECT count(*) FROM ci_jobs WHERE pipeline_id = ? AND name = ?", job["pipeline_id"], job["name"]
    )
    again = (
        status == "failed" and attempts <= spec.retry.max and bool({"always", reason} & set(spec.retry.when))
    )
    if again:
        _enqueue(forge, _copy(forge, job, job["user_id"]))
    _release_resource(forge, job)
    process(forge, job["pipeline_id"])


def _copy(forge: Forge, job: Row, user_id: int) -> Row:
    """A fresh row for the same job; the old one is kept as retried."""
    spec = spec_of(job)
    forge.store.update("ci_jobs", job["id"], retried=1)
    new_id = forge.store.insert(
        "ci_jobs",
        pipeline_id=job["pipeline_id"],
        project_id=job["project_id"],
        name=job["name"],
        stage=job["stage"],
        stage_index=job["stage_index"],
        status="created",
        spec=job["spec"],
        allow_failure=int(spec.allow_failure),
        user_id=user_id,
        resource_group=job["resource_group"],
        created_at=now(),
    )
    return forge.store.get("ci_jobs", new_id)


def _reset_skipped(forge: Forge, pipeline_id: int, names: set[str]) -> None:
    """Skipped jobs behind a job that runs again get their turn again."""
    for row in latest_jobs(forge.store, pipeline_id):
        if row["name"] in names and row["status"] == "skipped":
            forge.store.update("ci_jobs", row["id"], status="created", finished_at=None)


def retry_job(forge: Forge, job: Row, user_id: int) -> Row:
    copy = _copy(forge, job, user_id)
    behind = dependents(job["name"], [state_of(row) for row in latest_jobs(forge.store, job["pipeline_id"])])
    _enqueue(forge, copy)
    _reset_skipped(forge, job["pipeline_id"], behind)
    process(forge, job["pipeline_id"])
    return forge.store.get("ci_jobs", copy["id"])


def retry_pipeline(forge: Forge, pipeline: Row, user_id: int) -> None:
    """Failed and canceled jobs run again, and what was skipped behind them; green jobs stay."""
    rows = latest_jobs(forge.store, pipeline["id"])
    states = [state_of(row) for row in rows]
    behind: set[str] = set()
    for row in rows:
        if row["status"] in ("failed", "canceled"):
            _copy(forge, row, user_id)
            behind |= dependents(row["name"], states)
    _reset_skipped(forge, pipeline["id"], behind)
    process(forge, pipeline["id"])


def play_job(forge: Forge, job: Row, user_id: int) -> None:
    behind = dependents(job["name"], [state_of(row) for row in latest_jobs(forge.store, job["pipeline_id"])])
    forge.store.update("ci_jobs", job["id"], user_id=user_id)
    _enqueue(forge, job)
    _reset_skipped(forge, job["pipeline_id"], behind)
    process(forge, job["pipeline_id"])


def cancel_job(forge: Forge, job: Row) -> None:
    """A waiting job is canceled at once; a running one when its processes are gone."""
    if job["status"] == "running" and spec_of(job).trigger is not None:
        child = forge.store.one("SELECT id FROM ci_pipelines WHERE bridge_id = ?", job["id"])
        if child is not None:
            cancel_pipeline(forge, child["id"])
    elif job["status"] == "running":
        forge.store.update("ci_jobs", job["id"], cancel_requested=1)
        _wake(forge, job)
    elif job["status"] in CANCELABLE:
        _set(forge, job["id"], status="canceled", finished_at=now())
        _release_resource(forge, job)


def cancel_pipeline(forge: Forge, pipeline_id: int) -> None:
    for row in latest_jobs(forge.store, pipeline_id):
        cancel_job(forge, row)
    update_status(forge, pipeline_id)


def fail_orphans(forge: Forge) -> None:
    """After a restart nothing runs any more: what was running has failed."""
    with forge.store.tx():
        for row in forge.store.all("SELECT * FROM ci_jobs WHERE status = 'running' ORDER BY id"):
            finish_job(forge, row["id"], "failed", reason="runner_system_failure")


def forget_project(forge: Forge, project_id: int) -> None:
    """A purged project takes its pipelines along; the runner stops a job whose row is gone."""
    store = forge.store
    store.run(
        "DELETE FROM ci_files WHERE job_id IN (SELECT id FROM ci_jobs WHERE project_id = ?)", project_id
    )
    store.run("DELETE FROM ci_jobs WHERE project_id = ?", project_id)
    store.run("DELETE FROM ci_pipelines WHERE project_id = ?", project_id)
