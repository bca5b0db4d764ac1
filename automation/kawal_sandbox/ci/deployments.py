"""Environments and deployments that follow from jobs with `environment:`."""

from kawal_sandbox.ci.predefined import guess_tier, slug
from kawal_sandbox.ci.rows import short_ref, spec_of
from kawal_sandbox.forge import Forge
from kawal_sandbox.store import Row, now


def deployment_started(forge: Forge, job: Row) -> None:
    """The environment comes into being with its first deployment; other actions than `start` deploy nothing."""
    environment = spec_of(job).environment
    if environment is None or environment.action != "start":
        return
    store, moment = forge.store, now()
    store.run(
        "INSERT INTO environments (project_id, name, slug, external_url, tier, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (project_id, name) DO UPDATE SET state = 'available', updated_at = excluded.updated_at",
        job["project_id"],
        environment.name,
        slug(environment.name),
        environment.url if environment.url and "$" not in environment.url else None,
        environment.tier or guess_tier(environment.name),
        moment,
        moment,
    )
    pipeline = store.get("ci_pipelines", job["pipeline_id"])
    mr = store.get("merge_requests", pipeline["mr_id"]) if pipeline["mr_id"] else None
    store.insert(
        "deployments",
        project_id=job["project_id"],
        iid=store.next_iid(job["project_id"], "deployment"),
        environment_id=store.value(
            "SELECT id FROM environments WHERE project_id = ? AND name = ?",
            job["project_id"],
            environment.name,
        ),
        ref=short_ref(pipeline, mr),
        tag=pipeline["tag"],
        sha=pipeline["sha"],
        status="running",
        user_id=job["user_id"],
        job_id=job["id"],
        created_at=moment,
        updated_at=moment,
    )


def deployment_finished(forge: Forge, job_id: int, status: str) -> None:
    forge.store.run(
        "UPDATE deployments SET status = ?, updated_at = ? WHERE job_id = ?", status, now(), job_id
    )
