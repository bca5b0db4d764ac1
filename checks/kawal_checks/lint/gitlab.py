"""An expanded GitLab pipeline as values: jobs with `default` and `extends` applied. Says what it could not resolve."""

from __future__ import annotations

from typing import Any, NamedTuple

from kawal_checks.model import ReportError

GATE, RELEASE = "gerbang", "rilis"

GLOBAL_WORDS = {
    "stages",
    "workflow",
    "variables",
    "default",
    "include",
    "spec",
    "cache",
    "image",
    "services",
    "before_script",
    "after_script",
}
JOB_WORDS = {
    "after_script", "allow_failure", "artifacts", "before_script", "cache", "coverage", "dast_configuration", "dependencies", "description",
    "environment", "except", "extends", "hooks", "id_tokens", "identity", "image", "inherit", "inputs", "interruptible", "manual_confirmation",
    "needs", "only", "pages", "parallel", "publish", "release", "resource_group", "retry", "rules", "run", "script", "secrets", "services",
    "stage", "start_in", "tags", "timeout", "trigger", "variables", "when",
}  # fmt: skip
DEFAULT_WORDS = {
    "after_script", "artifacts", "before_script", "cache", "hooks", "id_tokens", "identity", "image", "interruptible", "retry", "services", "tags",
    "timeout",
}  # fmt: skip


class Job(NamedTuple):
    name: str
    data: dict[str, Any]

    def lines(self, key: str = "script") -> list[str]:
        """Script lines as single texts; GitLab allows nested lists."""
        return [str(line) for line in _flatten(self.data.get(key))]

    @property
    def needs(self) -> list[dict[str, Any]] | None:
        """None when the job has no `needs` (then it waits for every earlier stage)."""
        value = self.data.get("needs")
        if "needs" not in self.data or value is None:
            return None
        entries = value if isinstance(value, list) else [value]
        return [entry if isinstance(entry, dict) else {"job": str(entry)} for entry in entries]

    @property
    def rules(self) -> list[dict[str, Any]] | None:
        value = self.data.get("rules")
        if value is None:
            return None
        return [rule if isinstance(rule, dict) else {"?": rule} for rule in _flatten(value)]

    @property
    def tags(self) -> list[str]:
        return [str(tag) for tag in _flatten(self.data.get("tags"))]

    @property
    def of_pa(self) -> bool:
        """Whether it runs on PA's runner."""
        return "pa" in self.tags

    @property
    def environment(self) -> str | None:
        value = self.data.get("environment")
        if isinstance(value, dict):
            return str(value.get("name", ""))
        return None if value is None else str(value)

    def reports_of(self, kind: str) -> list[str]:
        artifacts = self.data.get("artifacts")
        reports = artifacts.get("reports") if isinstance(artifacts, dict) else None
        return [str(path) for path in _flatten(reports.get(kind))] if isinstance(reports, dict) else []

    @property
    def artifact_paths(self) -> list[str]:
        artifacts = self.data.get("artifacts")
        return [str(path) for path in _flatten(artifacts.get("paths"))] if isinstance(artifacts, dict) else []


class Pipeline(NamedTuple):
    head: dict[str, Any]  # global keywords
    jobs: dict[str, Job]
    unresolved: tuple[str, ...]  # what stands in the file but is not expanded
    template: Pipeline | None = None

    def stage_number(self, job: Job) -> int:
        stages = [".pre", *(self.head.get("stages") or ["build", "test", "deploy"]), ".post"]
        stage = str(job.data.get("stage", "test"))
        return stages.index(stage) if stage in stages else -1


def read_pipeline(document: dict[str, Any], place: str, template: Pipeline | None = None) -> Pipeline:
    head = {key: value for key, value in document.items() if key in GLOBAL_WORDS}
    entries = {key: value for key, value in document.items() if key not in GLOBAL_WORDS}
    unresolved: list[str] = [key for key in ("include", "spec") if key in head]
    default = head.get("default") if isinstance(head.get("default"), dict) else {}
    # Old style: the same keywords at the top are defaults too.
    default = {**{key: head[key] for key in DEFAULT_WORDS & head.keys()}, **(default or {})}
    jobs = {}
    for name, value in entries.items():
        if name.startswith("."):
            continue
        if not isinstance(value, dict):
            unresolved.append(f"{name} (bukan pekerjaan)")
            continue
        data, missing = _extended(entries, value, 0)
        unresolved += [f"{name}: extends {parent}" for parent in missing]
        jobs[name] = Job(name, {**_inherited(default, data), **data})
    if not jobs:
        raise ReportError(
            place, "tidak ada pekerjaan", "pipeline yang terurai dengan paling sedikit satu pekerjaan"
        )
    return Pipeline(head, jobs, tuple(unresolved), template)


def _inherited(default: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    inherit = data.get("inherit")
    wanted = inherit.get("default", True) if isinstance(inherit, dict) else True
    if wanted is False:
        return {}
    return {key: value for key, value in default.items() if wanted is True or key in (wanted or [])}


def _extended(entries: dict[str, Any], data: dict[str, Any], depth: int) -> tuple[dict[str, Any], list[str]]:
    """`extends` as GitLab does it: maps are merged, everything else is replaced, later parents win."""
    parents = [str(parent) for parent in _flatten(data.get("extends"))]
    own = {key: value for key, value in data.items() if key != "extends"}
    if not parents:
        return own, []
    if depth > 10:
        return own, parents
    result: dict[str, Any] = {}
    missing = []
    for parent in parents:
        base = entries.get(parent)
        if not isinstance(base, dict):
            missing.append(parent)
            continue
        resolved, more = _extended(entries, base, depth + 1)
        missing += more
        result = _merge(result, resolved)
    return _merge(result, own), missing


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _flatten(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        return [value]
    return [entry for part in value for entry in _flatten(part)]
