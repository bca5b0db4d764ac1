"""Child pipelines: a job with `trigger: include: [{artifact, job}]` and `strategy: depend`. Call inside a transaction.

GitLab reads the file from the artifact of a job of the same pipeline (dynamic child pipeline); other kinds of `trigger` are refused.
The child's result is the job's result.
"""

from kawal_sandbox.ci import artifacts
from kawal_sandbox.ci.config_source import ConfigFile, GitSource
from kawal_sandbox.ci.create import Ask, store_expanded
from kawal_sandbox.ci.include import IncludeError
from kawal_sandbox.ci.problems import ConfigError
from kawal_sandbox.ci.process import finish_job
from kawal_sandbox.ci.rows import latest_jobs, spec_of
from kawal_sandbox.forge import Forge
from kawal_sandbox.store import Row

SOURCE = "parent_pipeline"
NOT_CREATED = "downstream_pipeline_creation_failed"


def start_child(forge: Forge, bridge: Row) -> None:
    """The child of a job whose turn has come; a child that cannot be made fails the job."""
    store = forge.store
    parent = store.get("ci_pipelines", bridge["pipeline_id"])
    if parent["source"] == SOURCE:  # GitLab allows two levels; the templates need one
        finish_job(forge, bridge["id"], "failed", reason="reached_max_descendant_pipelines_depth")
        return
    text = _artifact(forge, bridge)
    if text is None:
        finish_job(forge, bridge["id"], "failed", reason=NOT_CREATED)
        return
    project, user = store.get("projects", parent["project_id"]), store.get("users", bridge["user_id"])
    config = ConfigFile(text, bridge["name"], GitSource(forge, project, parent["sha"], user), elsewhere=False)
    ask = Ask(SOURCE, parent["ref"], parent["sha"], tag=bool(parent["tag"]), before_sha=parent["before_sha"])
    try:
        made = store_expanded(forge, project, user, config, ask, bridge_id=bridge["id"])
    except (ConfigError, IncludeError):
        made = None
    if made is None:
        finish_job(forge, bridge["id"], "failed", reason=NOT_CREATED)


def child_finished(forge: Forge, child: Row, status: str) -> None:
    """`strategy: depend`: the job ends as its child did."""
    if child["bridge_id"] is not None:
        ended = "success" if status in ("success", "skipped") else "failed"
        finish_job(forge, child["bridge_id"], ended, reason="downstream_pipeline_failed")


def child_of(forge: Forge, bridge: Row) -> Row | None:
    return forge.store.one("SELECT * FROM ci_pipelines WHERE bridge_id = ?", bridge["id"])


def _artifact(forge: Forge, bridge: Row) -> str | None:
    trigger = spec_of(bridge).trigger
    giver = next(
        (
            row
            for row in latest_jobs(forge.store, bridge["pipeline_id"])
            if trigger and row["name"] == trigger.job
        ),
        None,
    )
    archive = artifacts.available(forge, giver) if giver else None
    content = artifacts.read_member(archive, trigger.artifact) if archive and trigger else None
    return None if content is None else content.decode("utf-8", "replace")
