"""Turns CI YAML into the pipeline it means for one event: stages and jobs with all effective keywords. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kawal_sandbox.ci import expressions, shapes
from kawal_sandbox.ci.include import Source, load_config
from kawal_sandbox.ci.jobs import JobText, read_defaults, read_job
from kawal_sandbox.ci.merge import NOT_JOBS, extend_all, resolve_references
from kawal_sandbox.ci.needs import check_links
from kawal_sandbox.ci.problems import ConfigError, Problems
from kawal_sandbox.ci.rules import Facts, Rule, first_match, read_rules
from kawal_sandbox.ci.spec import JobSpec
from kawal_sandbox.ci.variables import expand, expand_all

DEFAULT_STAGES = ("build", "test", "deploy")
TOP_KEYS = frozenset(
    {"stages", "default", "variables", "workflow", "image", "cache", "before_script", "after_script"}
)
FILTERED_BY_WORKFLOW = "Pipeline filtered out by workflow rules."
FILTERED_BY_RULES = (
    "Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to "
    "the pipeline."
)


@dataclass(frozen=True)
class Context:
    """One event. `below` loses against variables of the YAML (predefined), `above` wins (project, then pipeline)."""

    below: Mapping[str, str] = field(default_factory=dict)
    above: Mapping[str, str] = field(default_factory=dict)
    merge_request: bool = False
    changed: Sequence[str] | None = None
    files: Sequence[str] = ()


@dataclass(frozen=True)
class Expanded:
    """`filtered` says why no pipeline comes of it; then `jobs` is empty."""

    stages: tuple[str, ...]
    jobs: tuple[JobSpec, ...]
    name: str | None = None
    filtered: str | None = None


@dataclass(frozen=True)
class Config:
    """A checked configuration, before any rule is evaluated."""

    stages: tuple[str, ...]
    jobs: tuple[JobText, ...]
    variables: Mapping[str, str]
    raw_variables: frozenset[str]
    workflow: tuple[Rule, ...] | None
    name: str | None
    merged: Mapping[str, Any]


def expand_pipeline(text: str, where: str, source: Source, context: Context) -> Expanded:
    """The pipeline of `text` in `context`. Raises `ConfigError` with every problem."""
    return select(read_config(text, where, source), context)


def read_config(text: str, where: str, source: Source) -> Config:
    """Includes, extends and references resolved, every keyword checked. Raises `ConfigError`."""
    merged = load_config(text, where, source)
    problems = Problems()
    merged = resolve_references(extend_all(merged, problems), problems)
    problems.raise_if_any()
    workflow = shapes.known_keys(merged.get("workflow") or {}, {"rules", "name"}, "workflow", problems)
    values, raw = shapes.variables(merged.get("variables") or {}, "variables", problems, described=True)
    config = Config(
        stages=_stages(merged, problems),
        jobs=_jobs(merged, problems),
        variables=values,
        raw_variables=raw,
        workflow=read_rules(workflow["rules"], "workflow:rules", problems, workflow=True)
        if "rules" in workflow
        else None,
        name=shapes.text(workflow["name"], "workflow:name", problems) if "name" in workflow else None,
        merged=merged,
    )
    for job in config.jobs:
        if job.spec.stage not in config.stages:
            problems.add(
                f"{job.spec.name} job:",
                f"chosen stage {job.spec.stage} does not exist; available stages are {', '.join(config.stages)}",
            )
    check_links([job.spec for job in config.jobs], config.stages, problems)
    problems.raise_if_any()
    return config


def _stages(merged: Mapping[str, Any], problems: Problems) -> tuple[str, ...]:
    listed = shapes.texts(merged.get("stages", list(DEFAULT_STAGES)), "stages", problems)
    return (".pre", *dict.fromkeys(s for s in listed if s not in (".pre", ".post")), ".post")


def _jobs(merged: Mapping[str, Any], problems: Problems) -> tuple[JobText, ...]:
    defaults = read_defaults(merged.get("default") or {}, problems)
    for key in ("image", "cache", "before_script", "after_script"):  # the old global form of `default`
        if key in merged:
            if key in defaults:
                problems.add(f"default:{key}", "is already defined globally")
            defaults[key] = merged[key]
    for key in sorted(NOT_JOBS & set(merged) - TOP_KEYS):
        problems.add("root", f"config contains unknown keys: {key}")
    jobs = []
    for name, row in merged.items():
        if name in NOT_JOBS or name.startswith("."):
            continue
        if not isinstance(row, dict):
            problems.add("root", f"config contains unknown keys: {name}")
        elif len(name) > 255 or not name.strip():
            problems.add(f"jobs:{name}", "name is too long or blank")
        else:
            jobs.append(read_job(name, row, defaults, problems))
    if not jobs:
        problems.add("jobs", "config should contain at least one visible job")
    return tuple(jobs)


def select(config: Config, context: Context) -> Expanded:
    """Evaluates the rules. Raises `ConfigError` when a kept job needs one that was not added."""
    top = expand_all({**context.below, **config.variables, **context.above}, config.raw_variables)
    extra: Mapping[str, str] = {}
    raw = set(config.raw_variables)
    if config.workflow is not None:
        rule = _match(config.workflow, top, context)
        if rule is None or rule.when == "never":
            return Expanded(config.stages, (), filtered=FILTERED_BY_WORKFLOW)
        extra, raw = rule.variables, raw | rule.raw_variables
    base = {**config.variables, **extra}
    jobs = []
    for job in config.jobs:
        chosen = _select_job(job, base, raw, context, config)
        if chosen is not None:
            jobs.append(chosen)
    if not jobs:
        return Expanded(config.stages, (), filtered=FILTERED_BY_RULES)
    _check_added(jobs)
    jobs.sort(key=lambda spec: spec.stage_index)  # stable: inside a stage the order of the file
    name = expand(config.name, {**context.below, **base, **context.above}) if config.name else None
    return Expanded(config.stages, tuple(jobs), name=name)


def _match(rules: Sequence[Rule], variables: Mapping[str, str], context: Context) -> Rule | None:
    try:
        return first_match(rules, Facts(variables, context.changed, context.files))
    except expressions.ExpressionError as error:  # every expression was parsed when the rules were read
        raise ConfigError([str(error)]) from error


def _select_job(
    job: JobText, base: Mapping[str, str], raw: set[str], context: Context, config: Config
) -> JobSpec | None:
    spec = job.spec
    yaml_variables = {**base, **spec.variables}
    raw = (raw - set(spec.variables)) | set(spec.raw_variables)
    when, allow = job.when or "on_success", job.allow_failure
    if job.rules is not None:
        rule = _match(job.rules, expand_all(_all(spec, yaml_variables, context), raw), context)
        if rule is None:
            return None
        when = rule.when or when
        allow = rule.allow_failure if rule.allow_failure is not None else bool(allow)
        yaml_variables.update(rule.variables)
        raw = (raw - set(rule.variables)) | rule.raw_variables
    elif context.merge_request and config.workflow is None:
        return None  # GitLab: a job without rules runs for branches and tags only
    elif when == "manual" and allow is None and not spec.allow_failure_codes:
        allow = True  # GitLab: `when: manual` outside rules does not block
    if when == "never":
        return None
    everything = expand_all(_all(spec, yaml_variables, context), raw)
    environment = spec.environment
    if environment is not None:
        environment = environment.model_copy(update={"name": expand(environment.name, everything)})
    return spec.model_copy(
        update={
            "stage_index": config.stages.index(spec.stage),
            "when": when,
            "allow_failure": bool(allow),
            "variables": yaml_variables,
            "raw_variables": tuple(sorted(raw)),
            "tags": tuple(expand(tag, everything) for tag in spec.tags),
            "resource_group": expand(spec.resource_group, everything) if spec.resource_group else None,
            "environment": environment,
        }
    )


def _all(spec: JobSpec, yaml_variables: Mapping[str, str], context: Context) -> dict[str, str]:
    own = {"CI_JOB_NAME": spec.name, "CI_JOB_STAGE": spec.stage}
    return {**context.below, **own, **yaml_variables, **context.above}


def _check_added(jobs: Sequence[JobSpec]) -> None:
    added = {job.name for job in jobs}
    problems = Problems()
    for job in jobs:
        for need in job.needs or ():
            if need.job not in added and not need.optional:
                problems.add(
                    "",
                    f"'{job.name}' job needs '{need.job}' job, but '{need.job}' does not exist in the pipeline.",
                )
    problems.raise_if_any()
