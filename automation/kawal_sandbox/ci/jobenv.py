"""The variables of one job at the moment it starts, layer over layer as GitLab and its runner do it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kawal_sandbox.ci.facts import pipeline_facts, variable_levels
from kawal_sandbox.ci.predefined import (
    JobFacts,
    given_variables,
    guess_tier,
    job_variables,
    layered,
    pipeline_variables,
    slug,
)
from kawal_sandbox.ci.spec import JobSpec
from kawal_sandbox.ci.variables import expand, expand_all
from kawal_sandbox.forge import Forge
from kawal_sandbox.store import Row


@dataclass(frozen=True)
class JobEnv:
    """`values` are final (file variables hold their path); `files` are to be written; `secrets` are masked in the log."""

    values: dict[str, str]
    files: dict[str, str]
    secrets: tuple[str, ...]
    environment_url: str | None


def job_environment(
    forge: Forge,
    job: Row,
    spec: JobSpec,
    facts: JobFacts,
    *,
    runner_env: Mapping[str, str],
    id_tokens: Mapping[str, str],
    dotenv: Sequence[Mapping[str, str]],
    file_dir: Path,
) -> JobEnv:
    pipeline = forge.store.get("ci_pipelines", job["pipeline_id"])
    project = forge.store.get("projects", job["project_id"])
    known = pipeline_facts(forge, pipeline)
    environment = spec.environment.name if spec.environment else None
    given = given_variables(
        variable_levels(forge, project), ref_protected=bool(pipeline["protected"]), environment=environment
    )
    files = {key: variable.value for key, variable in given.items() if variable.file}
    paths = {key: str(file_dir / key) for key in files}
    last: dict[str, str] = {}
    if spec.environment is not None:
        last["CI_ENVIRONMENT_SLUG"] = slug(spec.environment.name)
    values = layered(
        runner_env,
        pipeline_variables(known),
        job_variables(facts, known),
        id_tokens,
        spec.variables,
        *dotenv,
        {key: variable.value for key, variable in given.items()},
        paths,
        json.loads(pipeline["variables"]),
        last,
    )
    raw = (
        set(spec.raw_variables)
        | {key for key, variable in given.items() if variable.raw}
        | set(paths)
        | set(id_tokens)
    )
    values = expand_all(values, raw)
    url = None
    if spec.environment is not None and spec.environment.url:
        url = expand(spec.environment.url, values)
        values["CI_ENVIRONMENT_URL"] = url
    secrets = [variable.value for variable in given.values() if variable.masked]
    secrets += [facts.token, *id_tokens.values()]
    # The real runner masks its own configuration's secrets only when told to; ours always does.
    secrets += [
        value for key, value in runner_env.items() if "TOKEN" in key or "SECRET" in key or "PASSWORD" in key
    ]
    return JobEnv(values, files, tuple(secrets), url)


def tier_of(spec: JobSpec) -> str:
    if spec.environment is None:
        return ""
    return spec.environment.tier or guess_tier(spec.environment.name)
