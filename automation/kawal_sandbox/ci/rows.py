"""Rows of pipelines and jobs as values."""

from kawal_sandbox.ci.schedule import JobState
from kawal_sandbox.ci.spec import JobSpec
from kawal_sandbox.store import Row, Store

NO_BRIDGE = "json_extract(spec, '$.trigger') IS NULL"
"""GitLab lists jobs that start a child pipeline under `bridges`, not under `jobs`."""


def spec_of(job: Row) -> JobSpec:
    return JobSpec.model_validate_json(job["spec"])


def state_of(job: Row) -> JobState:
    spec = spec_of(job)
    needs = None if spec.needs is None else tuple(need.job for need in spec.needs)
    return JobState(
        job["name"], job["stage_index"], job["status"], spec.when, bool(job["allow_failure"]), needs
    )


def latest_jobs(store: Store, pipeline_id: int) -> list[Row]:
    """The newest row of every job name, in running order."""
    return store.all(
        "SELECT * FROM ci_jobs WHERE pipeline_id = ? AND retried = 0 ORDER BY stage_index, id", pipeline_id
    )


def short_ref(pipeline: Row, mr: Row | None) -> str:
    """The branch or tag; for a merge request its source branch."""
    return str(mr["source_branch"] if mr else pipeline["ref"])
