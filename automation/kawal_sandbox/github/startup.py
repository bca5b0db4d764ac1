"""Whether a run starts at all: GitHub compares the rights of the called workflow's jobs with what the calling job grants.

It does so when it reads the files, before any `if`; one job that asks more, and the whole run ends as `startup_failure` without a job.
"""

from __future__ import annotations

from typing import Any

import yaml

from kawal_sandbox.api import Ctx
from kawal_sandbox.store import Row

LEVELS = ("none", "read", "write")


def refused(ctx: Ctx, project: Row, sha: str, path: str) -> bool:
    """Whether the caller at `path` grants less than some job of what it calls asks. A file that is not there says nothing."""
    caller = _workflow(ctx, project, sha, path)
    for job in _jobs(caller):
        place, _, commit = str(job.get("uses", "")).partition("@")
        owner, _, rest = place.partition("/")
        name, _, file = rest.partition("/")
        sql = "SELECT * FROM projects WHERE full_path = ?"
        central = ctx.forge.store.one(sql, f"{owner}/{name}") if file else None
        if central is None:
            continue
        granted = _rights(job, caller)
        called = _workflow(ctx, central, commit, file)
        for nested in _jobs(called):
            if any(level > granted.get(scope, 0) for scope, level in _rights(nested, called).items()):
                return True
    return False


def _workflow(ctx: Ctx, project: Row, sha: str, path: str) -> dict[str, Any]:
    repo = ctx.forge.repo(project["id"])
    commit = repo.resolve(sha)
    entry = repo.entry(commit, path) if commit else None
    if entry is None or entry.type != "blob":
        return {}
    try:
        found = yaml.safe_load(repo.blob(entry.id))
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _jobs(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    jobs = workflow.get("jobs")
    return [job for job in jobs.values() if isinstance(job, dict)] if isinstance(jobs, dict) else []


def _rights(job: dict[str, Any], workflow: dict[str, Any]) -> dict[str, int]:
    """The job's own, else the file's. One word for all scopes (`read-all`) is not asked for by any file here."""
    given = job.get("permissions", workflow.get("permissions"))
    return {scope: LEVELS.index(level) for scope, level in given.items()} if isinstance(given, dict) else {}
