"""What runs next, and what a pipeline is."""

import pytest

from kawal_sandbox.ci.predefined import Variable, given_variables, scope_fits
from kawal_sandbox.ci.schedule import JobState, advance, composite, dependents


def job(
    name: str,
    stage: int,
    status: str = "created",
    when: str = "on_success",
    needs: list[str] | None = None,
    allow: bool = False,
) -> JobState:
    return JobState(name, stage, status, when, allow, None if needs is None else tuple(needs))


@pytest.mark.parametrize(
    ("jobs", "moved"),
    [
        ([job("a", 1), job("b", 2)], {"a": "pending"}),
        ([job("a", 1, "running"), job("b", 2)], {}),
        ([job("a", 1, "success"), job("b", 2)], {"b": "pending"}),
        ([job("a", 1, "failed"), job("b", 2), job("c", 3)], {"b": "skipped", "c": "skipped"}),
        ([job("a", 1, "failed", allow=True), job("b", 2)], {"b": "pending"}),
        ([job("a", 1, "failed"), job("b", 2, when="on_failure")], {"b": "pending"}),
        ([job("a", 1, "success"), job("b", 2, when="on_failure")], {"b": "skipped"}),
        ([job("a", 1, "failed"), job("b", 2, when="always")], {"b": "pending"}),
        ([job("a", 1, "manual"), job("b", 2)], {}),
        ([job("a", 1, "manual", allow=True), job("b", 2)], {"b": "pending"}),
        ([job("a", 1, when="manual"), job("b", 2)], {"a": "manual"}),
        ([job("a", 1, "running"), job("b", 2, needs=[])], {"b": "pending"}),
        ([job("a", 1, "success"), job("x", 1, "running"), job("b", 2, needs=["a"])], {"b": "pending"}),
        ([job("a", 1, "failed"), job("x", 1, "success"), job("b", 2, needs=["a"])], {"b": "skipped"}),
        ([job("a", 1, "skipped"), job("b", 2, needs=["a"])], {"b": "skipped"}),
        ([job("a", 1, "manual", allow=True), job("b", 2, needs=["a"])], {"b": "skipped"}),
        ([job("a", 1, "canceled"), job("b", 2)], {"b": "skipped"}),
        ([job("b", 2, needs=["gone"])], {"b": "pending"}),
    ],
)
def test_advances_created_jobs(jobs: list[JobState], moved: dict[str, str]) -> None:
    assert advance(jobs) == moved


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["success", "success"], "success"),
        (["success", "failed", "skipped"], "failed"),
        (["success", "running"], "running"),
        (["success", "created"], "running"),
        (["pending", "created"], "pending"),
        (["created"], "created"),
        (["success", "manual"], "manual"),
        (["skipped", "skipped"], "skipped"),
        (["canceled", "success"], "canceled"),
        (["failed", "canceled"], "failed"),
        (["waiting_for_resource", "success"], "waiting_for_resource"),
    ],
)
def test_pipeline_status(statuses: list[str], expected: str) -> None:
    assert composite([job(str(n), n, status) for n, status in enumerate(statuses)]) == expected


def test_an_allowed_failure_leaves_the_pipeline_green() -> None:
    assert composite([job("a", 1, "failed", allow=True), job("b", 2, "success")]) == "success"


def test_dependents_follow_stages_and_needs() -> None:
    rows = [job("a", 1), job("b", 1), job("c", 2), job("d", 3, needs=["b"]), job("e", 3, needs=["c"])]
    assert dependents("a", rows) == {"c", "e"}


def test_variables_of_the_project_by_protection_and_scope() -> None:
    project = [
        Variable("RAHASIA", "x", protected=True),
        Variable("URL", "umum"),
        Variable("URL", "prod", environment_scope="production"),
        Variable("URL", "pr", environment_scope="pr*"),
    ]
    group = [Variable("URL", "grup"), Variable("G", "g")]

    def values(protected: bool, environment: str | None) -> dict[str, str]:
        given = given_variables([group, project], ref_protected=protected, environment=environment)
        return {key: variable.value for key, variable in given.items()}

    assert values(False, None) == {"URL": "umum", "G": "g"}
    assert values(True, "production") == {"URL": "prod", "G": "g", "RAHASIA": "x"}
    assert values(True, "preview")["URL"] == "pr"
    assert not scope_fits("review/*", "production")
