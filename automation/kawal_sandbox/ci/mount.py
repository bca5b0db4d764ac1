"""Puts pipelines onto a forge: tables, triggers, routes, answers and, when configured, runners."""

import shutil
from typing import Any

from kawal_sandbox.access import JobIdentity, token_digest
from kawal_sandbox.ci import present, process, triggers
from kawal_sandbox.ci.oidc import Issuer
from kawal_sandbox.ci.routes import routes
from kawal_sandbox.ci.runner import Runners
from kawal_sandbox.ci.runners import RunnerFile
from kawal_sandbox.ci.shell import kill_leftovers
from kawal_sandbox.ci.tables import SCHEMA
from kawal_sandbox.forge import Forge
from kawal_sandbox.store import Row


class Ci:
    """What the forge asks its CI, and the handle to stop it."""

    def __init__(self, forge: Forge, config: RunnerFile | None = None) -> None:
        self._forge = forge
        forge.store.apply_schema(SCHEMA)
        self.issuer = Issuer(forge.data / "ci")
        self.runners = None if config is None else Runners(forge, self.issuer, config)

    def start(self) -> None:
        """Running jobs of a former life have failed; then the runners start."""
        work = self._forge.data / "ci" / "work"
        kill_leftovers(work)
        shutil.rmtree(work, ignore_errors=True)
        process.fail_orphans(self._forge)
        if self.runners is not None:
            self.runners.start()

    def stop(self) -> None:
        if self.runners is not None:
            self.runners.stop()

    def job_of_token(self, token: str) -> JobIdentity | None:
        job = self._forge.store.one(
            "SELECT * FROM ci_jobs WHERE token_digest = ? AND status = 'running'", token_digest(token)
        )
        return None if job is None else JobIdentity(job["id"], job["project_id"], job["user_id"])

    def head_pipeline(self, project: Row, mr: Row, base_url: str) -> dict[str, Any] | None:
        """The merge request's own pipeline if it has one, else that of its branch, for its head commit only."""
        row = self._forge.store.one(
            "SELECT * FROM ci_pipelines WHERE project_id = ? AND sha = ? AND bridge_id IS NULL"
            " AND (mr_id = ? OR (mr_id IS NULL AND tag = 0 AND ref = ?))"
            " ORDER BY mr_id IS NULL, id DESC LIMIT 1",
            project["id"],
            mr["head_sha"],
            mr["id"],
            mr["source_branch"],
        )
        return None if row is None else present.pipeline_brief(row, project, base_url)

    def last_pipeline(self, project: Row, sha: str, base_url: str) -> dict[str, Any] | None:
        row = self._forge.store.one(
            "SELECT * FROM ci_pipelines WHERE project_id = ? AND sha = ? AND bridge_id IS NULL ORDER BY id DESC LIMIT 1",
            project["id"],
            sha,
        )
        return None if row is None else present.pipeline_brief(row, project, base_url)


def mount(forge: Forge, config: RunnerFile | None = None) -> Ci:
    """Call once, before the forge serves; then `start()`, and `stop()` at the end."""
    ci = Ci(forge, config)
    forge.ci = ci
    triggers.subscribe(forge)
    forge.register_routes(routes(ci.issuer, config))
    return ci
