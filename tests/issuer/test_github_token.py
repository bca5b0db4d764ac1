"""GitHub's claims: the template by job_workflow_ref, the caller, the owner, the tag. Each wrong one is refused; the right ones are not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from idp import claims_github, jwk, mint
from kawal_world import github_forge

from kawal.errors import LoginError, TemporaryError
from kawal.forges.port import Job
from kawal.model import JobFact
from kawal.policy.model import ForgePolicy
from kawal_issuer.asking import agrees, asking_job
from kawal_issuer.claims import Claims
from kawal_issuer.claims_github import github_claims
from kawal_issuer.jwks import KEPT_S, KeyCache
from kawal_issuer.token import verify_token

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
KEYS = {"k1": jwk("k1")}
OTHER = "6" * 40


def policy(**changes: Any) -> ForgePolicy:
    return ForgePolicy.model_validate_json(json.dumps(github_forge(**changes)))


def verify(
    token: str, *, held: str = "ditegakkan", audience: Any = "kawal-izin", also: tuple[str, ...] = ()
) -> Claims:
    wanted = policy(protections=held, template_commits=list(also))
    return verify_token(
        token,
        audience=audience,
        issuer=wanted.issuer,
        keys=lambda: KEYS,
        now=NOW,
        max_age_s=300,
        read=github_claims(wanted),
    )


def good(**changes: Any) -> dict[str, Any]:
    return claims_github(NOW, **changes)


def test_a_genuine_token_is_read() -> None:
    found = verify(mint(good()))
    assert (found.project_id, found.pipeline_id, found.attempt, found.job_id) == (41, 90, 2, 812)
    assert (found.ref, found.sha, found.pipeline_source, found.runner_id) == (
        "v1.0.0",
        good()["sha"],
        "push",
        None,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"check_run_id": ...},
        {"sub": "repo:dinas/e-retribusi:ref:refs/tags/v1.0.0"},
        {"sub": "apa pun yang disetel pemilik"},
        {"environment": ..., "audience": "kawal-periksa"},
        {"nbf": int(NOW.timestamp()) - 600},
    ],
    ids=["no check_run_id", "older sub", "own sub", "gate", "nbf ten minutes back"],
)
def test_what_versions_of_github_leave_open_decides_nothing(changes: dict[str, Any]) -> None:
    audience = changes.get("audience", "kawal-izin")
    assert verify(mint(good(**changes)), audience=audience).project_id == 41


def test_a_header_with_its_certificate_is_githubs_too() -> None:
    assert (
        verify(mint(good(), header={"alg": "RS256", "kid": "k1", "typ": "JWT", "x5t": "abc"})).ref == "v1.0.0"
    )


TEMPLATE = "dinas/pipeline-templates/.github/workflows/kawal.yml"


def test_while_a_version_goes_round_the_one_before_is_believed_too() -> None:
    before = {"job_workflow_ref": f"{TEMPLATE}@{OTHER}", "job_workflow_sha": OTHER}
    assert verify(mint(good(**before)), also=(OTHER,)).project_id == 41
    for changes in ({"job_workflow_sha": OTHER}, {"job_workflow_ref": before["job_workflow_ref"]}):
        with pytest.raises(LoginError) as stop:  # named and run are two commits, both accepted
            verify(mint(good(**changes)), also=(OTHER,))
        assert stop.value.code == "IZIN-008"


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "other template commit": (
        "IZIN-008",
        {"job_workflow_ref": f"{TEMPLATE}@{OTHER}", "job_workflow_sha": OTHER},
    ),
    "ref right, commit other": ("IZIN-008", {"job_workflow_sha": OTHER}),
    "template by branch": ("IZIN-008", {"job_workflow_ref": f"{TEMPLATE}@refs/heads/main"}),
    "template by tag of that name": ("IZIN-008", {"job_workflow_ref": f"{TEMPLATE}@refs/tags/{'c' * 40}"}),
    "other file of the templates": (
        "IZIN-008",
        {"job_workflow_ref": f"dinas/pipeline-templates/.github/workflows/lain.yml@{'c' * 40}"},
    ),
    "same file of another repository": (
        "IZIN-008",
        {"job_workflow_ref": f"dinas/e-retribusi/.github/workflows/kawal.yml@{'c' * 40}"},
    ),
    "no reusable workflow": ("IZIN-001", {"job_workflow_ref": ...}),
    "no commit of it": ("IZIN-001", {"job_workflow_sha": ...}),
    "own caller": (
        "IZIN-004",
        {"workflow_ref": "dinas/e-retribusi/.github/workflows/rilis.yml@refs/tags/v1.0.0"},
    ),
    "caller of the team's tests": (
        "IZIN-004",
        {"workflow_ref": "dinas/e-retribusi/.github/workflows/kawal-tim.yml@refs/tags/v1.0.0"},
    ),
    "caller of a branch": (
        "IZIN-004",
        {"workflow_ref": "dinas/e-retribusi/.github/workflows/kawal.yml@refs/heads/main"},
    ),
    "caller of another repository": (
        "IZIN-004",
        {"workflow_ref": "dinas/lain/.github/workflows/kawal.yml@refs/tags/v1.0.0"},
    ),
    "branch": ("IZIN-004", {"ref": "refs/heads/v1.0.0", "ref_type": "branch"}),
    "branch called tag": ("IZIN-004", {"ref": "refs/heads/v1.0.0"}),
    "tag called branch": ("IZIN-004", {"ref_type": "branch"}),
    "ref as a number": ("IZIN-004", {"ref": 1}),
    "no ref": ("IZIN-004", {"ref": ...}),
    "bare ref": ("IZIN-004", {"ref": "v1.0.0"}),
    "pull request": (
        "IZIN-004",
        {"ref": "refs/pull/7/merge", "ref_type": "branch", "event_name": "pull_request"},
    ),
    "ref not protected": ("IZIN-004", {"ref_protected": "false"}),
    "protected as a boolean": ("IZIN-001", {"ref_protected": True}),
    "protection not said": ("IZIN-001", {"ref_protected": ...}),
    "other owner": ("IZIN-001", {"repository_owner_id": "1000000099"}),
    "owner as a number": ("IZIN-001", {"repository_owner_id": 1000000007}),
    "no repository": ("IZIN-001", {"repository_id": ...}),
    "repository as a number": ("IZIN-001", {"repository_id": 41}),
    "no attempt": ("IZIN-001", {"run_attempt": ...}),
    "attempt 0": ("IZIN-001", {"run_attempt": "0"}),
    "run not a number": ("IZIN-001", {"run_id": "90; 91"}),
    "job not a number": ("IZIN-001", {"check_run_id": 812}),
    "job null": ("IZIN-001", {"check_run_id": None}),
    "event not a word": ("IZIN-001", {"event_name": "push\n"}),
    "short commit": ("IZIN-001", {"sha": "1234"}),
    "environment of another script": ("IZIN-005", {"environment": "рroduction"}),
    "environment with a space": ("IZIN-005", {"environment": "production "}),
    "other issuer": ("IZIN-001", {"iss": "https://token.actions.githubusercontent.com/dinas"}),
    "list of audiences": ("IZIN-001", {"aud": ["kawal-izin", "lain"]}),
    "default audience": ("IZIN-001", {"aud": "https://github.com/dinas"}),
    "other door": ("IZIN-001", {"aud": "kawal-periksa"}),
    "too old": ("IZIN-002", {"iat": int(NOW.timestamp()) - 301}),
    "over": ("IZIN-002", {"exp": int(NOW.timestamp())}),
    "not yet": ("IZIN-002", {"nbf": int(NOW.timestamp()) + 120}),
    "empty jti": ("IZIN-001", {"jti": ""}),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_claim_is_refused_for_its_reason(name: str) -> None:
    code, changes = WRONG[name]
    with pytest.raises(LoginError) as refused:
        verify(mint(good(**changes)))
    assert refused.value.code == code


def test_where_the_plan_has_no_protected_refs_the_signed_policy_says_so_and_nothing_else_opens() -> None:
    assert verify(mint(good(ref_protected="false")), held="dianjurkan").ref == "v1.0.0"
    with pytest.raises(LoginError):
        verify(mint(good(ref_protected="false", workflow_ref="x/y/z@refs/tags/v1.0.0")), held="dianjurkan")


# --- which job of the API the token means


def job(number: int, name: str = "rilis", attempt: int = 2) -> Job:
    return Job(
        number, name, "", "running", 90, "v1.0.0", True, "1" * 40, 2, 2, False, None, "", attempt=attempt
    )


class Forge:
    def __init__(self, *jobs: Job) -> None:
        self._jobs = jobs

    def jobs(self, project_id: int, pipeline_id: int) -> list[Job]:
        assert (project_id, pipeline_id) == (41, 90)
        return list(self._jobs)


@pytest.mark.parametrize(
    ("jobs", "claimed", "found"),
    [
        ((job(811, "gerbang"), job(812)), "812", 812),
        ((job(811, "gerbang"), job(812)), ..., 812),
        ((job(700, attempt=1), job(812)), "812", 812),
        ((job(700, attempt=1), job(812)), "700", None),
        ((job(811, "gerbang"), job(812)), "811", None),
        ((job(700, attempt=1),), ..., None),
        ((job(812), job(813)), ..., None),
        ((), "812", None),
    ],
    ids=["named", "not named", "second attempt", "job of the first", "gate", "only the first", "two", "none"],
)
def test_the_asking_job_is_the_one_of_that_attempt(
    jobs: tuple[Job, ...], claimed: Any, found: int | None
) -> None:
    claims = verify(mint(good(check_run_id=claimed)))
    assert asking_job(Forge(*jobs), policy(), claims, "izin") == found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes", [{"sha": OTHER}, {"pipeline_id": 91}, {"pipeline_source": "schedule"}, {"job_id": 813}]
)
def test_token_and_api_have_to_agree(changes: dict[str, Any]) -> None:
    claims = verify(mint(good()))
    same: dict[str, Any] = {
        "job_id": 812,
        "name": "rilis",
        "status": "running",
        "pipeline_id": 90,
        "pipeline_source": "push",
        "ref": "v1.0.0",
        "ref_is_tag": True,
        "sha": good()["sha"],
        "runner_id": 2,
        "user_id": 2,
    }
    assert agrees(JobFact(**same), "dinas/e-retribusi", claims)
    assert not agrees(JobFact(**{**same, **changes}), "dinas/e-retribusi", claims)
    assert not agrees(JobFact(**same), "lain/e-retribusi", claims)
    assert not agrees(None, "dinas/e-retribusi", claims)


# --- the issuer's keys


def test_keys_are_kept_for_a_minute_and_a_failure_keeps_nothing() -> None:
    clock, asked = [0.0], []

    def fetch(issuer: str) -> dict[str, dict[str, Any]]:
        asked.append(issuer)
        if len(asked) == 2:
            raise TemporaryError("FORGE-031", "tidak terjangkau")
        return {f"k{len(asked)}": {}}

    cache = KeyCache(fetch, now=lambda: clock[0])
    assert cache("a") == cache("a") == {"k1": {}}
    clock[0] += KEPT_S + 1
    with pytest.raises(TemporaryError):
        cache("a")
    assert cache("a") == {"k3": {}}  # and not the first keys
    assert cache("b") == {"k4": {}}
    assert asked == ["a", "a", "a", "b"]
