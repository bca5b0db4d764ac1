"""Places workflow runs on the GitHub facade as GitHub would leave them: nothing is executed there, and no test claims it was."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forge_latihan import ForgeLatihan

CALLER = ".github/workflows/kawal.yml"
TEAM_CALLER = ".github/workflows/kawal-tim.yml"
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Placed:
    """A run with the ids of its jobs by name, and for jobs with `id-token: write` the environment in which they ask for a token."""

    id: int
    jobs: dict[str, int]
    token_environ: dict[str, dict[str, str]] = field(default_factory=dict)


def called(template: str, commit: str) -> dict[str, str]:
    """`referenced_workflows` of a caller that pins `template` (`owner/repo/file`) by its commit."""
    return {"path": f"{template}@{commit}", "sha": commit}


def place_run(
    forge: ForgeLatihan,
    project_id: int,
    *,
    sha: str,
    branch: str = "main",
    event: str = "push",
    path: str = CALLER,
    templates: Sequence[Mapping[str, str]] = (),
    jobs: Sequence[Mapping[str, Any]] = (),
    artifacts: Mapping[str, Files] | None = None,
    actor: int = 1,
    status: str = "completed",
    conclusion: str | None = "success",
) -> Placed:
    body = {
        "project_id": project_id,
        "name": "kawal",
        "event": event,
        "head_branch": branch,
        "head_sha": sha,
        "path": path,
        "actor_id": actor,
        "status": status,
        "conclusion": conclusion if status == "completed" else None,
        "referenced_workflows": list(templates),
        **_left(jobs, artifacts),
    }
    return _placed(forge.ok("POST", "/kawal_latihan/github/runs", body), jobs)


def go_on(
    forge: ForgeLatihan,
    run_id: int,
    *,
    jobs: Sequence[Mapping[str, Any]] = (),
    artifacts: Mapping[str, Files] | None = None,
    **changes: Any,
) -> Placed:
    """The run goes on: a new state, and what happened since, in its present attempt."""
    body = {**changes, **_left(jobs, artifacts)}
    return _placed(forge.ok("PUT", f"/kawal_latihan/github/runs/{run_id}", body), jobs)


def end_job(forge: ForgeLatihan, job_id: int, conclusion: str = "success") -> None:
    forge.ok("PUT", f"/kawal_latihan/github/jobs/{job_id}", {"status": "completed", "conclusion": conclusion})


def _left(jobs: Sequence[Mapping[str, Any]], artifacts: Mapping[str, Files] | None) -> dict[str, Any]:
    packed = {
        name: {path: base64.b64encode(content).decode() for path, content in files.items()}
        for name, files in (artifacts or {}).items()
    }
    return {"jobs": [dict(one) for one in jobs], "artifacts": packed}


def _placed(answer: dict[str, Any], jobs: Sequence[Mapping[str, Any]]) -> Placed:
    names = [str(one["name"]).removeprefix("kawal / ") for one in jobs]
    ids = dict(zip(names, answer["job_ids"], strict=True))
    tokens = {
        name: answer["id_token"][str(id_)] for name, id_ in ids.items() if str(id_) in answer["id_token"]
    }
    return Placed(answer["run_id"], ids, tokens)
