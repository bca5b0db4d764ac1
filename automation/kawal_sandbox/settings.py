"""Settings of a project: what may be written, the defaults, and which of them only Maintainers see."""

from typing import Any

from kawal_sandbox.errors import bad_parameter
from kawal_sandbox.params import Params

FEATURE = ("disabled", "private", "enabled")
FEATURE_PUBLIC = (*FEATURE, "public")

# name -> (default, allowed values or None). The type of the default is the type of the setting; None defaults are texts.
PROJECT: dict[str, tuple[Any, tuple[str, ...] | None]] = {
    "description": (None, None),
    "topics": ([], None),
    "request_access_enabled": (True, None),
    "lfs_enabled": (True, None),
    "container_registry_access_level": ("enabled", FEATURE),
    "issues_access_level": ("enabled", FEATURE),
    "merge_requests_access_level": ("enabled", FEATURE),
    "repository_access_level": ("enabled", FEATURE),
    "builds_access_level": ("enabled", FEATURE),
    "wiki_access_level": ("enabled", FEATURE),
    "snippets_access_level": ("enabled", FEATURE),
    "pages_access_level": ("private", FEATURE_PUBLIC),
    "releases_access_level": ("enabled", FEATURE),
    "environments_access_level": ("enabled", FEATURE),
    "package_registry_access_level": ("enabled", FEATURE_PUBLIC),
    "forking_access_level": ("enabled", FEATURE),
    "emails_enabled": (True, None),
    "merge_method": ("merge", ("merge", "rebase_merge", "ff")),
    "squash_option": ("default_off", ("never", "always", "default_on", "default_off")),
    "only_allow_merge_if_pipeline_succeeds": (False, None),
    "only_allow_merge_if_all_discussions_are_resolved": (False, None),
    "allow_merge_on_skipped_pipeline": (False, None),
    "remove_source_branch_after_merge": (True, None),
    "printing_merge_request_link_enabled": (True, None),
    "resolve_outdated_diff_discussions": (False, None),
    "autoclose_referenced_issues": (True, None),
    "merge_commit_template": (None, None),
    "squash_commit_template": (None, None),
    "suggestion_commit_message": (None, None),
    "ci_config_path": ("", None),
    "ci_default_git_depth": (20, None),
    "ci_delete_pipelines_in_seconds": (None, None),
    "ci_forward_deployment_enabled": (True, None),
    "ci_forward_deployment_rollback_allowed": (True, None),
    "ci_allow_fork_pipelines_to_run_in_parent_project": (True, None),
    "ci_job_token_scope_enabled": (False, None),
    "ci_job_token_scope_inbound_enabled": (True, None),
    "ci_push_repository_for_job_token_allowed": (False, None),
    "ci_separated_caches": (True, None),
    "ci_id_token_sub_claim_components": (["project_path", "ref_type", "ref"], None),
    "ci_pipeline_variables_minimum_override_role": (
        "maintainer",
        ("no_one_allowed", "developer", "maintainer", "owner"),
    ),
    "restrict_user_defined_variables": (True, None),
    "build_timeout": (3600, None),
    "build_git_strategy": ("fetch", ("fetch", "clone")),
    "auto_cancel_pending_pipelines": ("enabled", ("enabled", "disabled")),
    "auto_devops_enabled": (True, None),
    "auto_devops_deploy_strategy": ("continuous", ("continuous", "manual", "timed_incremental")),
    "public_jobs": (True, None),
    "keep_latest_artifact": (True, None),
    "shared_runners_enabled": (True, None),
    "group_runners_enabled": (True, None),
    "runners_token": (None, None),
    "service_desk_enabled": (False, None),
    "enforce_auth_checks_on_uploads": (True, None),
    "warn_about_potentially_unwanted_characters": (True, None),
}
READ_ONLY = {"runners_token"}
ALIASES = {"public_builds": "public_jobs", "tag_list": "topics"}

# Shown to Maintainers and above only.
MAINTAINER_ONLY = frozenset(
    name
    for name in PROJECT
    if name.startswith(
        ("ci_", "auto_", "build_", "shared_", "group_runners", "runners_", "keep_", "restrict_")
    )
) | {
    "public_jobs",
    "service_desk_enabled",
    "enforce_auth_checks_on_uploads",
    "warn_about_potentially_unwanted_characters",
}


def defaults() -> dict[str, Any]:
    return {name: default for name, (default, _) in PROJECT.items()}


def changed(p: Params) -> dict[str, Any]:
    """The known settings a request sets, checked and coerced. Unknown ones are dropped without a word, as GitLab does."""
    given = Params({ALIASES.get(name, name): value for name, value in p.items()})
    result: dict[str, Any] = {}
    for name, (default, allowed) in PROJECT.items():
        if name not in given or name in READ_ONLY:
            continue
        result[name] = _coerce(given, name, default, allowed)
    return result


def _coerce(given: Params, name: str, default: Any, allowed: tuple[str, ...] | None) -> Any:
    if isinstance(default, bool):
        return given.flag(name, default)
    if isinstance(default, int):
        return given.number(name)
    if isinstance(default, list):
        return given.words(name) or []
    value = given.text(name)
    if allowed is not None and value not in allowed:
        raise bad_parameter(f"{name} does not have a valid value")
    return value
