"""The job that asks: how this forge's tokens are read, which job of the API they mean, and whether both say the same."""

from __future__ import annotations

from kawal.forges.port import Job, ReadForge
from kawal.model import JobFact
from kawal.policy.model import ForgePolicy
from kawal_issuer.claims import Claims, ClaimsReader
from kawal_issuer.claims_github import github_claims
from kawal_issuer.claims_gitlab import gitlab_claims


def reader_for(policy: ForgePolicy) -> ClaimsReader:
    return github_claims(policy) if policy.kind == "github" else gitlab_claims


def asking_job(forge: ReadForge, policy: ForgePolicy, claims: Claims, verb: str) -> int | None:
    """Number of the asking job; None when there is not exactly one that it could be.

    GitLab's tokens name it. GitHub's name run and attempt: it is the one job of that attempt that may ask for this, and where the
    token names a job too it has to be that one.
    """
    if claims.attempt is None:
        return claims.job_id
    wanted = policy.release_job if verb == "izin" else policy.gate_job
    found = [
        one.id for one in forge.jobs(claims.project_id, claims.pipeline_id) if _could(one, claims, wanted)
    ]
    if len(found) != 1 or claims.job_id not in (None, found[0]):
        return None
    return found[0]


def _could(job: Job, claims: Claims, name: str) -> bool:
    return job.name == name and job.attempt == claims.attempt


def agrees(job: JobFact | None, project_path: str, claims: Claims) -> bool:
    """Whether the API says of the job what its token said; what the token does not say, the API alone decides."""
    if job is None:
        return False
    return (
        (job.pipeline_id, job.sha, job.pipeline_source)
        == (claims.pipeline_id, claims.sha, claims.pipeline_source)
        and claims.job_id in (None, job.job_id)
        and claims.runner_id in (None, job.runner_id)
        and claims.repository in (None, project_path)
    )
