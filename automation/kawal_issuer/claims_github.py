"""Claims of GitHub's ID tokens (docs: actions/reference/security/oidc). Every value is a string.

`sub` decides nothing: an owner can change its form, and since July 2026 new repositories have another one. `job_workflow_ref` with
`job_workflow_sha` proves which reusable workflow the job belongs to, and `workflow_ref` which file of the repository called it.
"""

from __future__ import annotations

import re
from typing import Any

from kawal.forges.callers import CALLER, split
from kawal.policy.model import ForgePolicy
from kawal_issuer.claims import JTI, NUMBER, REF, SHA, SLUG, Claims, ClaimsReader, environment, refuse, text

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}/[A-Za-z0-9._-]{1,100}")
_WORKFLOW = re.compile(r"[!-~]{1,500}")
_TAG = "refs/tags/"


def github_claims(policy: ForgePolicy) -> ClaimsReader:
    """Reads the claims of jobs that the signed policy's template, called as kawal calls it, runs for a tag."""

    def read(payload: dict[str, Any], issuer: str) -> Claims:
        _template(payload, policy)
        if payload.get("ref_protected") not in ("true", "false"):
            raise refuse(1, "klaim ref_protected tidak ada atau tidak terbaca")
        if policy.held and payload["ref_protected"] != "true":
            raise refuse(4, "ref tidak dilindungi")
        path = payload.get("ref")
        if text(payload, "ref_type", SLUG) != "tag" or type(path) is not str or not path.startswith(_TAG):
            raise refuse(4, "bukan dari tag rilis")
        ref = path.removeprefix(_TAG)
        repository = text(payload, "repository", _REPOSITORY)
        if not REF.fullmatch(ref) or payload.get("workflow_ref") != f"{repository}/{CALLER}@{path}":
            raise refuse(4, "bukan dari pemanggil templat pada tag itu")
        if policy.owner_id is None or text(payload, "repository_owner_id", NUMBER) != str(policy.owner_id):
            raise refuse(1, "pemilik repositori lain")
        # Not every version of GitHub names the job; without it the job is found by run, attempt and name.
        number = None if "check_run_id" not in payload else int(text(payload, "check_run_id", NUMBER))
        return Claims(
            issuer=issuer,
            jti=text(payload, "jti", JTI),
            project_id=int(text(payload, "repository_id", NUMBER)),
            pipeline_id=int(text(payload, "run_id", NUMBER)),
            job_id=number,
            runner_id=None,
            ref=ref,
            sha=text(payload, "sha", SHA),
            pipeline_source=text(payload, "event_name", SLUG),
            environment=environment(payload),
            attempt=int(text(payload, "run_attempt", NUMBER)),
            repository=repository,
        )

    return read


def _template(payload: dict[str, Any], policy: ForgePolicy) -> None:
    """The reusable workflow, by file and repository as pinned, and by the commit it really ran, which the policy has to name."""
    pin = split(policy.ci_config_path)
    named, _, commit = text(payload, "job_workflow_ref", _WORKFLOW).rpartition("@")
    if named != f"{pin.repository}/{pin.file}" or not policy.accepts(f"{pin.file}@{pin.repository}:{commit}"):
        raise refuse(8, "bukan dari templat pusat yang disematkan")
    if text(payload, "job_workflow_sha", SHA) != commit:
        raise refuse(8, "commit templat lain")
