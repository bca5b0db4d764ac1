"""Reads one job of the merged configuration. A keyword not listed here is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kawal_sandbox.ci import shapes
from kawal_sandbox.ci.problems import Problems
from kawal_sandbox.ci.rules import Rule, read_rules
from kawal_sandbox.ci.spec import Artifacts, Environment, JobSpec, Need, Retry, Trigger

# `image` and `cache` are read and have no effect: a shell executor ignores images, and a cache may always be empty.
DEFAULTS = (
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "id_tokens",
    "image",
    "interruptible",
    "retry",
    "tags",
)
DEFAULT_KEYS = frozenset((*DEFAULTS, "timeout"))
JOB_KEYS = DEFAULT_KEYS | {
    "stage", "script", "rules", "needs", "dependencies", "variables", "when", "allow_failure", "environment",
    "resource_group", "coverage", "trigger",
}  # fmt: skip
REPORTS = frozenset(
    {
        "junit",
        "dotenv",
        "codequality",
        "annotations",
        "sast",
        "dast",
        "dependency_scanning",
        "secret_detection",
    }
    | {"container_scanning", "load_performance", "performance", "metrics", "accessibility", "cyclonedx"}
    | {"license_scanning", "requirements", "terraform", "api_fuzzing", "coverage_fuzzing", "coverage_report"}
)
RETRY_WHEN = frozenset(
    {
        "always",
        "unknown_failure",
        "script_failure",
        "api_failure",
        "stuck_or_timeout_failure",
        "runner_system_failure",
    }
    | {
        "job_execution_timeout",
        "stale_schedule",
        "unmet_prerequisites",
        "scheduler_failure",
        "data_integrity_failure",
    }
    | {"archived_failure", "runner_unsupported", "missing_dependency_failure"}
)
TIERS = ("production", "staging", "testing", "development", "other")


@dataclass(frozen=True)
class JobText:
    """A job as written: `rules` not yet evaluated. `allow_failure` None: left to its default."""

    spec: JobSpec
    rules: tuple[Rule, ...] | None
    when: str | None
    allow_failure: bool | None


def read_job(name: str, row: Mapping[str, Any], defaults: Mapping[str, Any], problems: Problems) -> JobText:
    path = f"jobs:{name}"
    own = shapes.known_keys(dict(row), JOB_KEYS, path, problems)
    if own.get("script") in (None, []) and "trigger" not in own:
        problems.add(path, "config should implement the script:, run:, or trigger: keyword")
    row = {**defaults, **own}
    _check_ignored(row, path, problems)
    allow, codes = _allow_failure(row.get("allow_failure"), f"{path}:allow_failure", problems)
    when = row.get("when")
    if when is not None:
        when = shapes.choice(
            when, ("on_success", "on_failure", "always", "manual", "never"), "never", f"{path}:when", problems
        )
    values, raw = shapes.variables(row.get("variables") or {}, f"{path}:variables", problems, described=False)
    spec = JobSpec(
        name=name,
        stage=shapes.text(row.get("stage", "test"), f"{path}:stage", problems, "test"),
        stage_index=0,
        script=shapes.script(row.get("script") or [], f"{path}:script", problems),
        before_script=shapes.script(row.get("before_script") or [], f"{path}:before_script", problems),
        after_script=shapes.script(row.get("after_script") or [], f"{path}:after_script", problems),
        tags=shapes.texts(row.get("tags") or [], f"{path}:tags", problems),
        needs=_needs(row["needs"], f"{path}:needs", problems) if "needs" in row else None,
        dependencies=shapes.texts(row["dependencies"], f"{path}:dependencies", problems)
        if "dependencies" in row
        else None,
        artifacts=_artifacts(row.get("artifacts") or {}, f"{path}:artifacts", problems),
        variables=values,
        raw_variables=tuple(sorted(raw)),
        environment=_environment(row.get("environment"), f"{path}:environment", problems),
        id_tokens=_id_tokens(row.get("id_tokens") or {}, f"{path}:id_tokens", problems),
        timeout_s=shapes.duration_s(row["timeout"], f"{path}:timeout", problems)
        if "timeout" in row
        else None,
        interruptible=shapes.boolean(row.get("interruptible", False), f"{path}:interruptible", problems),
        resource_group=_optional(row.get("resource_group"), f"{path}:resource_group", problems),
        retry=_retry(row.get("retry", 0), f"{path}:retry", problems),
        coverage=_coverage(row.get("coverage"), f"{path}:coverage", problems),
        image=_image(row.get("image"), f"{path}:image", problems),
        trigger=_trigger(own["trigger"], f"{path}:trigger", problems) if "trigger" in own else None,
        allow_failure_codes=codes,
    )
    rules = read_rules(row["rules"], f"{path}:rules", problems) if "rules" in row else None
    if rules is not None and when is not None and when != "on_success":
        problems.add(path, "config key may not be used with `rules`: when")
    return JobText(spec=spec, rules=rules, when=when, allow_failure=allow)


def read_defaults(value: Any, problems: Problems) -> dict[str, Any]:
    return shapes.known_keys(value, DEFAULT_KEYS, "default", problems)


def _optional(value: Any, path: str, problems: Problems) -> str | None:
    return None if value is None else shapes.text(value, path, problems)


def _allow_failure(value: Any, path: str, problems: Problems) -> tuple[bool | None, tuple[int, ...]]:
    if value is None or isinstance(value, bool):
        return value, ()
    row = shapes.known_keys(value, {"exit_codes"}, path, problems)
    codes = row.get("exit_codes", [])
    codes = [codes] if isinstance(codes, int) else codes
    if not isinstance(codes, list) or not codes or not all(type(code) is int for code in codes):
        problems.add(f"{path}:exit_codes", "config should be an array of integers or an integer")
        return False, ()
    return False, tuple(codes)


def _needs(value: Any, path: str, problems: Problems) -> tuple[Need, ...]:
    if not isinstance(value, list):
        problems.add(path, "config should be an array")
        return ()
    needs = []
    for index, row in enumerate(shapes.flat(value)):
        here = f"{path}:need" if isinstance(row, dict) else path
        row = {"job": row} if isinstance(row, str) else row
        row = shapes.known_keys(row, {"job", "artifacts", "optional"}, here, problems)
        if not isinstance(row.get("job"), str):
            problems.add(f"{path}:{index}", "job should be a string")
            continue
        needs.append(
            Need(
                job=row["job"],
                artifacts=shapes.boolean(row.get("artifacts", True), f"{here}:artifacts", problems),
                optional=shapes.boolean(row.get("optional", False), f"{here}:optional", problems),
            )
        )
    return tuple(needs)


def _artifacts(value: Any, path: str, problems: Problems) -> Artifacts:
    known = {"paths", "exclude", "when", "expire_in", "name", "expose_as", "reports", "access"}
    row = shapes.known_keys(value, known, path, problems)
    if "expose_as" in row and not row.get("paths"):
        problems.add(path, "expose_as needs `paths`")
    expire = row.get("expire_in", "never")
    return Artifacts(
        paths=shapes.texts(row.get("paths", []), f"{path}:paths", problems),
        exclude=shapes.texts(row.get("exclude", []), f"{path}:exclude", problems),
        when=shapes.choice(
            row.get("when", "on_success"),
            ("on_success", "on_failure", "always"),
            "on_success",
            f"{path}:when",
            problems,
        ),
        expire_s=None if expire == "never" else shapes.duration_s(expire, f"{path}:expire_in", problems),
        name=shapes.text(row.get("name", "artifacts"), f"{path}:name", problems, "artifacts") or "artifacts",
        expose_as=_optional(row.get("expose_as"), f"{path}:expose_as", problems),
        reports=_reports(row.get("reports") or {}, f"{path}:reports", problems),
        access=shapes.choice(
            row.get("access", "all"),
            ("all", "developer", "maintainer", "none"),
            "none",
            f"{path}:access",
            problems,
        ),
    )


def _reports(value: Any, path: str, problems: Problems) -> dict[str, tuple[str, ...]]:
    reports = {}
    for kind, paths in shapes.known_keys(value, REPORTS, path, problems).items():
        if kind == "coverage_report":
            row = shapes.known_keys(paths, {"coverage_format", "path"}, f"{path}:{kind}", problems)
            paths = row.get("path", [])
        reports[kind] = shapes.texts(paths, f"{path}:{kind}", problems)
    return reports


def _environment(value: Any, path: str, problems: Problems) -> Environment | None:
    if value is None:
        return None
    row = {"name": value} if isinstance(value, str) else value
    row = shapes.known_keys(row, {"name", "url", "action", "deployment_tier"}, path, problems)
    if not isinstance(row.get("name"), str) or not row["name"]:
        problems.add(path, "name can't be blank")
        return None
    actions = ("start", "prepare", "stop", "verify", "access")
    tier = row.get("deployment_tier")
    return Environment(
        name=row["name"],
        url=_optional(row.get("url"), f"{path}:url", problems),
        action=shapes.choice(row.get("action", "start"), actions, "start", f"{path}:action", problems),
        tier=None
        if tier is None
        else shapes.choice(tier, TIERS, "other", f"{path}:deployment_tier", problems),
    )


def _id_tokens(value: Any, path: str, problems: Problems) -> dict[str, tuple[str, ...]]:
    tokens = {}
    for name, row in shapes.mapping(value).items():
        keys = shapes.known_keys(row, {"aud"}, f"{path}:{name}", problems)
        audience = shapes.texts(keys.get("aud", []), f"{path}:{name}:aud", problems)
        if not audience:
            problems.add(f"{path}:{name}", "config missing required keys: aud")
        tokens[name] = audience
    if not isinstance(value, dict):
        problems.add(path, "config should be a hash")
    return tokens


def _retry(value: Any, path: str, problems: Problems) -> Retry:
    row = {"max": value} if type(value) is int else shapes.known_keys(value, {"max", "when"}, path, problems)
    count = row.get("max", 0)
    if type(count) is not int or not 0 <= count <= 2:
        problems.add(path, "max must be an integer from 0 to 2")
        count = 0
    when = shapes.texts(row.get("when", "always"), f"{path}:when", problems)
    if set(when) - RETRY_WHEN:
        problems.add(f"{path}:when", f"contains unknown values: {', '.join(sorted(set(when) - RETRY_WHEN))}")
    return Retry(max=count, when=when)


def _coverage(value: Any, path: str, problems: Problems) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and len(value) > 2 and value[0] == value[-1] == "/":
        return value[1:-1]
    problems.add(path, "config must be a regular expression between slashes")
    return None


def _image(value: Any, path: str, problems: Problems) -> str | None:
    if value is None or isinstance(value, str):
        return value
    row = shapes.known_keys(value, {"name", "entrypoint", "pull_policy"}, path, problems)
    return _optional(row.get("name"), f"{path}:name", problems)


def _trigger(value: Any, path: str, problems: Problems) -> Trigger | None:
    """Only what the templates use: one file from an artifact, waited for, with no variable handed on."""
    row = shapes.known_keys(value, {"include", "strategy", "forward"}, path, problems)
    include = row.get("include")
    one = include[0] if isinstance(include, list) and len(include) == 1 else include
    forward = row.get("forward") or {}
    if not (
        isinstance(one, dict)
        and set(one) == {"artifact", "job"}
        and all(isinstance(part, str) for part in one.values())
        and row.get("strategy") == "depend"
        and isinstance(forward, dict)
        and not any(forward.values())
    ):
        problems.add(
            path, "only `include: [{artifact, job}]` with `strategy: depend` is supported, nothing forwarded"
        )
        return None
    return Trigger(artifact=one["artifact"], job=one["job"])


def _check_ignored(row: Mapping[str, Any], path: str, problems: Problems) -> None:
    """`cache` has no effect here; its shape is still checked, so that a typing error is seen."""
    known = {"key", "paths", "policy", "when", "untracked", "unprotect", "fallback_keys"}
    caches = row.get("cache") or []
    for cache in caches if isinstance(caches, list) else [caches]:
        shapes.known_keys(cache, known, f"{path}:cache", problems)
