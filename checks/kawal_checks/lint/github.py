"""A GitHub workflow as values: triggers, jobs, steps."""

from __future__ import annotations

from typing import Any, NamedTuple

from kawal_checks.model import ReportError

GATE, RELEASE = "gerbang", "rilis"

TOP_WORDS = {"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"}
JOB_WORDS = {
    "name", "permissions", "needs", "if", "runs-on", "environment", "concurrency", "outputs", "env", "defaults", "steps", "timeout-minutes",
    "strategy", "continue-on-error", "container", "services", "uses", "with", "secrets",
}  # fmt: skip
STEP_WORDS = {
    "id",
    "if",
    "name",
    "uses",
    "run",
    "working-directory",
    "shell",
    "with",
    "env",
    "continue-on-error",
    "timeout-minutes",
}


class Step(NamedTuple):
    number: int
    data: dict[str, Any]

    @property
    def run(self) -> str:
        return str(self.data.get("run") or "")

    @property
    def uses(self) -> str:
        return str(self.data.get("uses") or "")


class Job(NamedTuple):
    name: str
    data: dict[str, Any]

    @property
    def needs(self) -> list[str]:
        return [str(need) for need in _list(self.data.get("needs"))]

    @property
    def steps(self) -> list[Step]:
        return [
            Step(number, data)
            for number, data in enumerate(_list(self.data.get("steps")), 1)
            if isinstance(data, dict)
        ]

    @property
    def runs_on(self) -> list[str]:
        value = self.data.get("runs-on")
        labels = value.get("labels") if isinstance(value, dict) else value
        return [str(label) for label in _list(labels)]

    @property
    def of_pa(self) -> bool:
        return "pa" in self.runs_on

    @property
    def environment(self) -> str | None:
        value = self.data.get("environment")
        if isinstance(value, dict):
            return str(value.get("name", ""))
        return None if value is None else str(value)

    @property
    def judges(self) -> bool:
        """Whether its exit code is a verdict."""
        return self.name in (GATE, RELEASE) or any("kawal" in step.run for step in self.steps)


class Workflow(NamedTuple):
    head: dict[str, Any]
    jobs: dict[str, Job]
    triggers: dict[str, Any]

    @property
    def releases(self) -> bool:
        """Whether it holds the gate or the release, or hands over to a workflow that does."""
        return bool({GATE, RELEASE} & self.jobs.keys())


def read_workflow(document: dict[str, Any], place: str) -> Workflow:
    jobs = document.get("jobs")
    if not isinstance(jobs, dict) or not jobs:
        raise ReportError(f"{place}: jobs", "kosong", "paling sedikit satu pekerjaan")
    for name, data in jobs.items():
        if not isinstance(data, dict):
            raise ReportError(f"{place}: jobs.{name}", type(data).__name__, "peta")
    value = document.get("on")
    triggers = value if isinstance(value, dict) else {str(name): None for name in _list(value)}
    return Workflow(document, {name: Job(name, data) for name, data in jobs.items()}, triggers)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
