"""GitLab's predefined `CI_*` variables, and which variables win over which. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SERVER_NAME = "GitLab"


@dataclass(frozen=True)
class MergeRequestFacts:
    id: int
    iid: int
    title: str
    source_branch: str
    target_branch: str
    source_sha: str
    base_sha: str
    author: str
    labels: str = ""


@dataclass(frozen=True)
class PipelineFacts:
    """One pipeline as its variables see it. `ref` is short: a branch, a tag, or the source branch of a merge request."""

    url: str
    version: str
    project_id: int
    project_name: str
    project_title: str
    project_path: str
    visibility: str
    default_branch: str
    pipeline_id: int
    pipeline_iid: int
    source: str
    name: str
    ref: str
    tag: bool
    protected: bool
    sha: str
    before_sha: str
    message: str
    author: str
    timestamp: str
    config_path: str
    user_id: int
    user_login: str
    user_name: str
    user_email: str
    created_at: str = ""
    merge_request: MergeRequestFacts | None = None
    open_merge_requests: str = ""


@dataclass(frozen=True)
class JobFacts:
    id: int
    name: str
    stage: str
    token: str
    timeout_s: int
    started_at: str
    manual: bool
    image: str | None
    runner_id: int
    runner_name: str
    runner_tags: Sequence[str]
    project_dir: str
    builds_dir: str
    environment_name: str = ""
    environment_tier: str = ""
    environment_action: str = ""


def pipeline_variables(facts: PipelineFacts) -> dict[str, str]:
    """What is known before any job runs; `rules:if` sees exactly these (and the variables above them)."""
    url = urlsplit(facts.url)
    version = facts.version.split(".")
    namespace = facts.project_path.rpartition("/")[0]
    web = f"{facts.url}/{facts.project_path}"
    title, _, description = facts.message.partition("\n")
    values = {
        "CI": "true",
        "GITLAB_CI": "true",
        "GITLAB_FEATURES": "",
        "CI_API_V4_URL": f"{facts.url}/api/v4",
        "CI_API_GRAPHQL_URL": f"{facts.url}/api/graphql",
        "CI_SERVER": "yes",
        "CI_SERVER_URL": facts.url,
        "CI_SERVER_HOST": url.hostname or "",
        "CI_SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "CI_SERVER_PROTOCOL": url.scheme,
        "CI_SERVER_FQDN": url.netloc,
        "CI_SERVER_NAME": SERVER_NAME,
        "CI_SERVER_VERSION": facts.version,
        "CI_SERVER_VERSION_MAJOR": version[0],
        "CI_SERVER_VERSION_MINOR": version[1],
        "CI_SERVER_VERSION_PATCH": version[2],
        "CI_PROJECT_ID": str(facts.project_id),
        "CI_PROJECT_NAME": facts.project_name,
        "CI_PROJECT_TITLE": facts.project_title,
        "CI_PROJECT_PATH": facts.project_path,
        "CI_PROJECT_PATH_SLUG": slug(facts.project_path),
        "CI_PROJECT_NAMESPACE": namespace,
        "CI_PROJECT_ROOT_NAMESPACE": namespace.split("/")[0],
        "CI_PROJECT_URL": web,
        "CI_PROJECT_VISIBILITY": facts.visibility,
        "CI_DEFAULT_BRANCH": facts.default_branch,
        "CI_CONFIG_PATH": facts.config_path,
        "CI_PIPELINE_ID": str(facts.pipeline_id),
        "CI_PIPELINE_IID": str(facts.pipeline_iid),
        "CI_PIPELINE_SOURCE": facts.source,
        "CI_PIPELINE_NAME": facts.name,
        "CI_PIPELINE_URL": f"{web}/-/pipelines/{facts.pipeline_id}",
        "CI_PIPELINE_CREATED_AT": facts.created_at,
        "CI_COMMIT_SHA": facts.sha,
        "CI_COMMIT_SHORT_SHA": facts.sha[:8],
        "CI_COMMIT_BEFORE_SHA": facts.before_sha,
        "CI_COMMIT_REF_NAME": facts.ref,
        "CI_COMMIT_REF_SLUG": slug(facts.ref),
        "CI_COMMIT_REF_PROTECTED": "true" if facts.protected else "false",
        "CI_COMMIT_MESSAGE": facts.message,
        "CI_COMMIT_TITLE": title,
        "CI_COMMIT_DESCRIPTION": description.strip("\n") if len(title) < 100 else facts.message,
        "CI_COMMIT_AUTHOR": facts.author,
        "CI_COMMIT_TIMESTAMP": facts.timestamp,
        "GITLAB_USER_ID": str(facts.user_id),
        "GITLAB_USER_LOGIN": facts.user_login,
        "GITLAB_USER_NAME": facts.user_name,
        "GITLAB_USER_EMAIL": facts.user_email,
    }
    request = facts.merge_request
    if facts.tag:
        values["CI_COMMIT_TAG"] = facts.ref
    elif request is None:
        values["CI_COMMIT_BRANCH"] = facts.ref
    if facts.open_merge_requests and not facts.tag:
        values["CI_OPEN_MERGE_REQUESTS"] = facts.open_merge_requests
    if request is not None:
        values |= {
            "CI_MERGE_REQUEST_ID": str(request.id),
            "CI_MERGE_REQUEST_IID": str(request.iid),
            "CI_MERGE_REQUEST_TITLE": request.title,
            "CI_MERGE_REQUEST_AUTHOR": request.author,
            "CI_MERGE_REQUEST_LABELS": request.labels,
            "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
            "CI_MERGE_REQUEST_PROJECT_ID": str(facts.project_id),
            "CI_MERGE_REQUEST_PROJECT_PATH": facts.project_path,
            "CI_MERGE_REQUEST_PROJECT_URL": web,
            "CI_MERGE_REQUEST_REF_PATH": f"refs/merge-requests/{request.iid}/head",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": request.source_branch,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(facts.project_id),
            "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": facts.project_path,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": request.target_branch,
            "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": request.base_sha,
        }
    return values


def job_variables(facts: JobFacts, pipeline: PipelineFacts) -> dict[str, str]:
    """What is added when a job starts on a runner."""
    values = {
        "CI_JOB_ID": str(facts.id),
        "CI_JOB_NAME": facts.name,
        "CI_JOB_NAME_SLUG": slug(facts.name),
        "CI_JOB_STAGE": facts.stage,
        "CI_JOB_TOKEN": facts.token,
        "CI_JOB_URL": f"{pipeline.url}/{pipeline.project_path}/-/jobs/{facts.id}",
        "CI_JOB_STARTED_AT": facts.started_at,
        "CI_JOB_TIMEOUT": str(facts.timeout_s),
        "CI_NODE_TOTAL": "1",
        "CI_REGISTRY_USER": "gitlab-ci-token",
        "CI_REPOSITORY_URL": _with_token(f"{pipeline.url}/{pipeline.project_path}.git", facts.token),
        "CI_RUNNER_ID": str(facts.runner_id),
        "CI_RUNNER_DESCRIPTION": facts.runner_name,
        "CI_RUNNER_TAGS": str(list(facts.runner_tags)).replace("'", '"'),
        "CI_RUNNER_EXECUTABLE_ARCH": "linux/amd64",
        "CI_BUILDS_DIR": facts.builds_dir,
        "CI_PROJECT_DIR": facts.project_dir,
        "CI_CONCURRENT_ID": "0",
        "CI_CONCURRENT_PROJECT_ID": "0",
        "CI_DISPOSABLE_ENVIRONMENT": "",
        "GITLAB_ENV": "",
    }
    values = {name: value for name, value in values.items() if value != ""}
    if facts.manual:
        values["CI_JOB_MANUAL"] = "true"
    if facts.image:
        values["CI_JOB_IMAGE"] = facts.image
    if facts.environment_name:
        values |= {
            "CI_ENVIRONMENT_NAME": facts.environment_name,
            "CI_ENVIRONMENT_TIER": facts.environment_tier,
            "CI_ENVIRONMENT_ACTION": facts.environment_action,
        }
    return values


def _with_token(url: str, token: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"gitlab-ci-token:{token}@{parts.netloc}").geturl()


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "-", text.lower())[:63].strip("-")


def guess_tier(environment: str) -> str:
    """GitLab's guess from the name, when `deployment_tier` is not written."""
    name = environment.lower()
    for tier, pattern in (
        ("development", r"(dev|review|trunk)"),
        ("testing", r"(test|tst|int|ac(ce|)pt|qa|qc|control|quality)"),
        ("staging", r"(st(a|)g|mod(e|)l|pre|demo|non)"),
        ("production", r"(pr(o|)d|live)"),
    ):
        if re.search(pattern, name):
            return tier
    return "other"


@dataclass(frozen=True)
class Variable:
    """A variable of an instance, group or project."""

    key: str
    value: str
    protected: bool = False
    masked: bool = False
    raw: bool = False
    file: bool = False
    environment_scope: str = "*"


def given_variables(
    levels: Iterable[Sequence[Variable]], *, ref_protected: bool, environment: str | None
) -> dict[str, Variable]:
    """The variables a job is given, by key. `levels` from lowest to highest: instance, groups from the top, project.

    Protected ones only on a protected ref; of several scopes that fit, the most specific wins.
    """
    chosen: dict[str, Variable] = {}
    for level in levels:
        fitting = [
            variable
            for variable in level
            if (ref_protected or not variable.protected)
            and scope_fits(variable.environment_scope, environment)
        ]
        for variable in sorted(
            fitting, key=lambda v: (v.environment_scope != "*", len(v.environment_scope.replace("*", "")))
        ):
            chosen[variable.key] = variable
    return chosen


def scope_fits(scope: str, environment: str | None) -> bool:
    if scope == "*":
        return True
    if environment is None:
        return False
    return re.fullmatch(".*".join(re.escape(part) for part in scope.split("*")), environment) is not None


def layered(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Later layers win. Order for a job: runner, predefined, YAML, dotenv, given (project...), pipeline, environment."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged.update(layer)
    return merged
