"""The end state of an application by raw HTTP, normalised so that two applications can be compared."""

from __future__ import annotations

import json
from typing import Any

from contoh import desired

from forge_latihan import ForgeLatihan, enc

DROPPED = {
    "id", "project_id", "group_id", "created_at", "updated_at", "closed_at", "last_activity_at", "committed_date", "authored_date", "web_url",
    "http_url_to_repo", "ssh_url_to_repo", "short_id", "links", "_links", "url", "avatar_url", "runners_token", "parent_ids", "commit",
    "references", "container_registry_image_prefix", "readme_url", "namespace", "expires_at", "creator_id", "moved_to_id", "closed_by",
    "name_with_namespace",
}  # fmt: skip


def end_state(forge: ForgeLatihan, app_id: str, group: str) -> Any:
    """Everything about the project that a person could see, without ids, times and its own name."""
    project = f"/projects/{enc(f'{group}/{app_id}')}"
    branch = desired().default_branch
    state = {
        "project": forge.ok("GET", project),
        "tree": forge.all(f"{project}/repository/tree", ref=branch, recursive="true"),
        "commits": forge.all(f"{project}/repository/commits", ref_name=branch),
        "labels": sorted(forge.all(f"{project}/labels"), key=lambda row: row["name"]),
        "milestones": sorted(forge.all(f"{project}/milestones"), key=lambda row: row["title"]),
        "issues": sorted(forge.all(f"{project}/issues", scope="all"), key=lambda row: row["iid"]),
        "members": sorted(forge.all(f"{project}/members"), key=lambda row: row["username"]),
        "branches": forge.all(f"{project}/protected_branches"),
        "tags": forge.all(f"{project}/protected_tags"),
        "variables": sorted(forge.all(f"{project}/variables"), key=lambda row: row["key"]),
        "hooks": forge.all(f"{project}/hooks"),
    }
    return json.loads(json.dumps(_without(state)).replace(group, "GROUP").replace(app_id, "APP"))


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(part) for key, part in value.items() if key not in DROPPED}
    return [_without(part) for part in value] if isinstance(value, list) else value
