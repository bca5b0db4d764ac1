"""Makes a pipeline for one event: finds the configuration, expands it, stores jobs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kawal_sandbox.ci.config_source import OWN_FILE, ConfigFile, find_config
from kawal_sandbox.ci.expand import Context, Expanded, expand_pipeline
from kawal_sandbox.ci.facts import pipeline_facts, ref_protected, variable_levels
from kawal_sandbox.ci.include import IncludeError
from kawal_sandbox.ci.predefined import given_variables, pipeline_variables
from kawal_sandbox.ci.problems import ConfigError
from kawal_sandbox.ci.process import process, publish_pipeline
from kawal_sandbox.forge import Forge
from kawal_sandbox.gitcmd import ZERO, git_text
from kawal_sandbox.store import Row, now

_SKIP = re.compile(r"\[(ci[ _-]skip|skip[ _-]ci)\]", re.IGNORECASE)
MISSING = "Missing CI config file"
_NOT_YET = (
    "CI_PIPELINE_ID",
    "CI_PIPELINE_IID",
    "CI_PIPELINE_URL",
    "CI_PIPELINE_CREATED_AT",
    "CI_PIPELINE_NAME",
)


@dataclass(frozen=True)
class Ask:
    """Why a pipeline is wanted. `ref` is a branch or tag, or refs/merge-requests/N/head together with `mr`."""

    source: str
    ref: str
    sha: str
    tag: bool = False
    before_sha: str = ZERO
    mr: Row | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    skip: bool = False


@dataclass(frozen=True)
class NotCreated:
    """No pipeline, and why, in GitLab's words."""

    reason: str


def create_pipeline(forge: Forge, project: Row, user: Row, ask: Ask) -> int | NotCreated:
    """The id of the new pipeline. A configuration with errors makes a failed pipeline. Call inside a transaction."""
    draft = _draft(forge, project, user, ask)
    try:
        config = find_config(forge, project, ask.sha, user)
        if config is None:
            return NotCreated(MISSING)
        draft["config_source"] = "external_project_source" if config.elsewhere else "repository_source"
        draft["config_path"] = config.where
        expanded = _expand(forge, project, draft, config, ask)
    except IncludeError as error:
        return _store_failed(forge, draft, [str(error)])
    except ConfigError as error:
        return _store_failed(forge, draft, error.problems)
    if ask.skip or _SKIP.search(forge.repo(project["id"]).commit(ask.sha).message):
        return _store(forge, draft, "skipped")
    if expanded.filtered:
        return NotCreated(expanded.filtered)
    draft["name"] = expanded.name
    return _store_jobs(forge, draft, expanded)


def _draft(forge: Forge, project: Row, user: Row, ask: Ask) -> Row:
    """The row of the pipeline to be; `id` 0 until it is stored."""
    branch = ask.mr["source_branch"] if ask.mr else ask.ref
    return {
        "id": 0,
        "iid": 0,
        "project_id": project["id"],
        "ref": ask.ref,
        "tag": int(ask.tag),
        "sha": ask.sha,
        "before_sha": ask.before_sha,
        "source": ask.source,
        "name": None,
        "user_id": user["id"],
        "mr_id": ask.mr["id"] if ask.mr else None,
        "protected": int(ref_protected(forge, project["id"], branch, tag=ask.tag)),
        "config_source": "repository_source",
        "config_path": OWN_FILE,
        "yaml_errors": None,
        "variables": dict(ask.variables),
        "created_at": now(),
    }


def store_expanded(
    forge: Forge, project: Row, user: Row, config: ConfigFile, ask: Ask, *, bridge_id: int
) -> int | None:
    """A child pipeline of `config`; None when its rules leave no job. Raises `ConfigError`, `IncludeError`."""
    draft: Row = {
        **_draft(forge, project, user, ask),
        "config_source": "parameter_source",
        "config_path": config.where,
        "bridge_id": bridge_id,
    }
    expanded = _expand(forge, project, draft, config, ask)
    return None if expanded.filtered else _store_jobs(forge, {**draft, "name": expanded.name}, expanded)


def _store_jobs(forge: Forge, draft: Row, expanded: Expanded) -> int:
    pipeline_id = _store(forge, draft, "created")
    for spec in expanded.jobs:
        forge.store.insert(
            "ci_jobs",
            pipeline_id=pipeline_id,
            project_id=draft["project_id"],
            name=spec.name,
            stage=spec.stage,
            stage_index=spec.stage_index,
            status="created",
            spec=spec.model_dump_json(),
            allow_failure=int(spec.allow_failure),
            user_id=draft["user_id"],
            resource_group=spec.resource_group,
            created_at=now(),
        )
    process(forge, pipeline_id)
    return pipeline_id


def preview(forge: Forge, project: Row, user: Row, config: ConfigFile, ask: Ask) -> Expanded:
    """What `config` would become, without storing anything (CI lint). Raises `ConfigError`."""
    draft: Row = {
        "id": 0, "iid": 0, "project_id": project["id"], "ref": ask.ref, "tag": int(ask.tag), "sha": ask.sha, "before_sha": ask.before_sha,
        "source": ask.source, "name": None, "user_id": user["id"], "mr_id": None, "config_path": config.where, "created_at": now(),
        "protected": int(ref_protected(forge, project["id"], ask.ref, tag=ask.tag)),
    }  # fmt: skip
    return _expand(forge, project, draft, config, ask)


def _expand(forge: Forge, project: Row, draft: Row, config: ConfigFile, ask: Ask) -> Expanded:
    below = pipeline_variables(pipeline_facts(forge, draft))
    given = given_variables(
        variable_levels(forge, project), ref_protected=bool(draft["protected"]), environment=None
    )
    context = Context(
        below={name: value for name, value in below.items() if name not in _NOT_YET},
        above={**{key: variable.value for key, variable in given.items()}, **ask.variables},
        merge_request=ask.mr is not None,
        changed=_changed(forge, project, ask),
        files=_paths(forge, project, "ls-tree", "-r", "--name-only", "-z", ask.sha),
    )
    return expand_pipeline(config.text, config.where, config.source, context)


def _changed(forge: Forge, project: Row, ask: Ask) -> Sequence[str] | None:
    """Paths changed by the push or merge request; None when there is nothing to compare with."""
    before: str | None = ask.before_sha
    if ask.mr is not None:
        repo = forge.repo(project["id"])
        before = repo.merge_base(f"refs/heads/{ask.mr['target_branch']}", ask.sha)
    if ask.tag or before in (None, ZERO):
        return None
    return _paths(forge, project, "diff-tree", "-r", "--name-only", "-z", str(before), ask.sha)


def _paths(forge: Forge, project: Row, *args: str) -> list[str]:
    return [path for path in git_text(forge.repo(project["id"]).path, *args).split("\0") if path]


def _store_failed(forge: Forge, draft: Row, problems: Sequence[str]) -> int:
    return _store(forge, {**draft, "yaml_errors": "\n".join(problems)}, "failed")


def _store(forge: Forge, draft: Row, status: str) -> int:
    store = forge.store
    values = {key: value for key, value in draft.items() if key not in ("id", "iid")}
    moment = now()
    if status != "created":
        values["finished_at"] = moment
    iid = store.next_iid(draft["project_id"], "pipeline")
    pipeline_id = store.insert(
        "ci_pipelines", **{**values, "created_at": moment}, iid=iid, status=status, updated_at=moment
    )
    if status != "created":
        publish_pipeline(forge, pipeline_id)
    return pipeline_id
