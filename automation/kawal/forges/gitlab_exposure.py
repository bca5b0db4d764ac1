"""Reads from GitLab what surrounds a project (`Exposure`). A list the token may not see is None: unknown, never empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar
from urllib.parse import quote, unquote, urlsplit

from kawal.errors import LoginError, NotFoundError
from kawal.forges.exposure import (
    CredentialSeen,
    Exposure,
    GroupShare,
    HookSeen,
    RunnerSeen,
    VariableSeen,
    looks_secret,
)
from kawal.forges.gitlab_http import GitLabHttp, Json
from kawal.forges.jsonview import View

T = TypeVar("T")
WRITING_SCOPES = frozenset(
    {"api", "write_repository", "write_registry", "write_package_registry", "write_virtual_registry"}
)
_SERVES: dict[str, Literal["instance", "group", "project"]] = {
    "instance_type": "instance",
    "group_type": "group",
    "project_type": "project",
}


def read_exposure(http: GitLabHttp, project_id: int, bot_user_id: int) -> Exposure:
    """`bot_user_id`: tokens that act as kawal's own bot are no finding."""
    base = f"/projects/{project_id}"
    project = View(http.get(base), base)
    groups = _levels(project.view("namespace").text("full_path"), project.view("namespace").text("kind"))
    return Exposure(
        direct_members=frozenset(View(row, base).number("id") for row in http.all(f"{base}/members")),
        shares=_shares(http, project, groups),
        variables=_variables(http, base, groups),
        runners=_known(lambda: tuple(_runner(http, row) for row in http.all(f"{base}/runners"))),
        hooks=_known(lambda: tuple(_hook(View(row, base)) for row in http.all(f"{base}/hooks"))),
        credentials=_known(lambda: _credentials(http, base, groups, bot_user_id)),
        job_token_guests=_known(lambda: _job_token_guests(http, base, project.number("id"))),
    )


def _known(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (NotFoundError, LoginError):
        return None


def _levels(namespace: str, kind: str) -> list[str]:
    """`a/b` -> `a`, `a/b`; a personal namespace has no variables and no members."""
    parts = namespace.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)] if kind == "group" else []


def _shares(http: GitLabHttp, project: View, groups: list[str]) -> tuple[GroupShare, ...] | None:
    found: list[GroupShare] = []
    if "shared_with_groups" not in project.raw:
        return None
    for holder in (project, *(_group(http, path) for path in groups)):
        if holder is None:
            return None
        rows = holder.views("shared_with_groups") if "shared_with_groups" in holder.raw else []
        found += [GroupShare(row.text("group_full_path"), row.number("group_access_level")) for row in rows]
    return tuple(found)


def _group(http: GitLabHttp, path: str) -> View | None:
    raw = _known(lambda: http.get(f"/groups/{quote(path, safe='')}", with_projects=False))
    return None if raw is None else View(raw, "/groups")


def _variables(http: GitLabHttp, base: str, groups: list[str]) -> tuple[VariableSeen, ...] | None:
    places = [("proyek", base), *((f"grup {path}", f"/groups/{quote(path, safe='')}") for path in groups)]
    found: list[VariableSeen] = []
    for owner, path in places:
        rows = _known(lambda path=path: http.all(f"{path}/variables"))  # type: ignore[misc]
        if rows is None:
            return None
        found += [_variable(owner, View(row, path)) for row in rows]
    return tuple(found)


def _variable(owner: str, v: View) -> VariableSeen:
    key = v.text("key")
    return VariableSeen(
        owner=owner,
        key=key,
        scope=str(v.raw.get("environment_scope") or "*"),
        protected=v.flag("protected"),
        masked=v.flag("masked"),
        secret=looks_secret(key, v.maybe_text("value")),
    )


def _runner(http: GitLabHttp, row: Json) -> RunnerSeen:
    brief = View(row, "runners")
    # Details of a runner that serves everybody are for administrators; what is not told stays unknown.
    whole = _known(lambda: http.get(f"/runners/{brief.number('id')}")) or {}
    locked, untagged, tags = whole.get("locked"), whole.get("run_untagged"), whole.get("tag_list")
    return RunnerSeen(
        id=brief.number("id"),
        name=brief.maybe_text("description") or "",
        serves=_SERVES.get(brief.text("runner_type"), "instance"),
        locked=locked if isinstance(locked, bool) else None,
        untagged=untagged if isinstance(untagged, bool) else None,
        tags=tuple(map(str, tags)) if isinstance(tags, list) else None,
    )


def _hook(v: View) -> HookSeen:
    # GitLab before 19.0 never says of a project hook whether it has a token.
    told = [v.raw[key] is True for key in ("token_present", "signing_token_present") if key in v.raw]
    return HookSeen(
        id=v.number("id"),
        url=v.text("url"),
        authenticated=any(told) if told else None,
        tls_checked=v.raw.get("enable_ssl_verification") is True,
        working=v.raw.get("alert_status", "executable") == "executable",
    )


def _credentials(http: GitLabHttp, base: str, groups: list[str], bot: int) -> tuple[CredentialSeen, ...]:
    found = [
        CredentialSeen("deploy_key", key.text("title"), key.flag("can_push"), 0)
        for key in (View(row, base) for row in http.all(f"{base}/deploy_keys"))
    ]
    for token in (View(row, base) for row in http.all(f"{base}/deploy_tokens")):
        if token.raw.get("revoked") is not True and token.raw.get("expired") is not True:
            found.append(
                CredentialSeen("deploy_token", token.text("name"), _writes(token.texts("scopes")), 0)
            )
    places = [("", base), *((f" (grup {group})", f"/groups/{quote(group, safe='')}") for group in groups)]
    for suffix, place in places:
        for token in (View(row, place) for row in http.all(f"{place}/access_tokens")):
            if token.raw.get("active") is not False and token.raw.get("user_id") != bot:
                level = token.maybe_number("access_level") or 0
                writes = _writes(token.texts("scopes"))
                found.append(CredentialSeen("access_token", token.text("name") + suffix, writes, level))
    for trigger in (View(row, base) for row in http.all(f"{base}/triggers")):
        found.append(CredentialSeen("trigger", trigger.text("description"), True, 0))
    return tuple(found)


def _writes(scopes: tuple[str, ...]) -> bool:
    return not WRITING_SCOPES.isdisjoint(scopes)


def _job_token_guests(http: GitLabHttp, base: str, own: int) -> tuple[str, ...]:
    projects = [View(row, base) for row in http.all(f"{base}/job_token_scope/allowlist")]
    groups = [View(row, base) for row in http.all(f"{base}/job_token_scope/groups_allowlist")]
    return (
        *(p.text("path_with_namespace") for p in projects if p.number("id") != own),
        *(f"grup {_group_path(g)}" for g in groups),
    )


def _group_path(group: View) -> str:
    """The allowlist names a group by its page only; the bare name would not tell two of them apart."""
    path = urlsplit(group.text("web_url")).path.partition("/groups/")[2]
    return unquote(path) or group.text("name")
