"""Bodies of project hooks, as GitLab sends them (main fields)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kawal_sandbox import pushes, rules
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.repos import Commit
from kawal_sandbox.store import Row

if TYPE_CHECKING:
    from kawal_sandbox.forge import Event, Forge

COMMITS = 20  # a push hook lists no more, and counts the rest


def build(forge: Forge, event: Event) -> dict[str, Any] | None:
    """The hook body of an event; None when GitLab would not send one."""
    if "payload" in event.data:
        payload: dict[str, Any] = event.data["payload"]
        return payload
    project = forge.store.get("projects", event.project_id)
    user = forge.store.get("users", event.user_id)
    maker = {
        "push": _push,
        "tag": _push,
        "issue": _issue,
        "note": _note,
        "merge_request": _merge_request,
        "release": _release,
    }.get(event.kind)
    return maker(forge, project, user, event) if maker else None


def project_of(forge: Forge, project: Row) -> dict[str, Any]:
    """The `project` object inside every payload; ci uses it too."""
    url = f"{forge.url}/{project['full_path']}"
    namespace = forge.store.get("namespaces", project["namespace_id"])
    return {
        "id": project["id"],
        "name": project["name"],
        "description": json.loads(project["settings"]).get("description"),
        "web_url": url,
        "avatar_url": None,
        "git_ssh_url": f"git@127.0.0.1:{project['full_path']}.git",
        "git_http_url": f"{url}.git",
        "namespace": namespace["name"],
        "visibility_level": {"private": 0, "internal": 10, "public": 20}[project["visibility"]],
        "path_with_namespace": project["full_path"],
        "default_branch": project["default_branch"],
        "ci_config_path": json.loads(project["settings"]).get("ci_config_path", ""),
        "homepage": url,
        "url": f"{url}.git",
    }


def user_of(user: Row) -> dict[str, Any]:
    return {
        "id": user["id"],
        "name": user["name"],
        "username": user["username"],
        "avatar_url": None,
        "email": "[REDACTED]",
    }


def commit_of(forge: Forge, project: Row, commit: Commit) -> dict[str, Any]:
    return {
        "id": commit.id,
        "message": commit.message,
        "title": commit.title,
        "timestamp": commit.authored_at,
        "url": f"{forge.url}/{project['full_path']}/-/commit/{commit.id}",
        "author": {"name": commit.author.name, "email": commit.author.email},
    }


def _push(forge: Forge, project: Row, user: Row, event: Event) -> dict[str, Any]:
    before, after, repo = event.data["before"], event.data["after"], forge.repo(project["id"])
    tag, commits, count = event.kind == "tag", list[Commit](), 0
    if after != ZERO and not tag:
        span = [after] if before == ZERO else [f"{before}..{after}"]
        count = repo.count(*span)
        commits = list(reversed(repo.commits(f"--max-count={COMMITS}", *span)))
    target = None if after == ZERO else repo.ref_sha(f"{after}^{{commit}}")
    return {
        "object_kind": "tag_push" if tag else "push",
        "event_name": "tag_push" if tag else "push",
        "before": before,
        "after": after,
        "ref": event.data["ref"],
        "ref_protected": bool(_protected(forge, project, event.data["ref"])),
        "checkout_sha": target,
        "message": None,
        "user_id": user["id"],
        "user_name": user["name"],
        "user_username": user["username"],
        "user_email": "",
        "user_avatar": None,
        "project_id": project["id"],
        "project": project_of(forge, project),
        "commits": [
            commit_of(forge, project, commit) | {"added": [], "modified": [], "removed": []}
            for commit in commits
        ],
        "total_commits_count": count,
        "push_options": {},
        "repository": {
            "name": project["name"],
            "url": f"{forge.url}/{project['full_path']}.git",
            "homepage": f"{forge.url}/{project['full_path']}",
        },
    }


def _protected(forge: Forge, project: Row, ref: str) -> bool:
    kind = "tag" if ref.startswith("refs/tags/") else "branch"
    return bool(rules.matching(pushes.rules_of(forge, project["id"], kind), ref.split("/", 2)[2]))


def _issue(forge: Forge, project: Row, user: Row, event: Event) -> dict[str, Any]:
    row = forge.store.get("issues", event.data["issue_id"])
    labels = _labels(forge, "issue", row["id"])
    attributes = {
        name: row[name]
        for name in (
            "id",
            "iid",
            "title",
            "description",
            "state",
            "author_id",
            "project_id",
            "milestone_id",
            "due_date",
            "created_at",
            "updated_at",
        )
    }
    return {
        "object_kind": "issue",
        "event_type": "issue",
        "user": user_of(user),
        "project": project_of(forge, project),
        "object_attributes": attributes
        | {
            "confidential": bool(row["confidential"]),
            "labels": labels,
            "assignee_ids": json.loads(row["assignee_ids"]),
            "url": f"{forge.url}/{project['full_path']}/-/issues/{row['iid']}",
            "action": event.data["action"],
        },
        "labels": labels,
        "changes": event.data["changes"],
        "repository": _repository(forge, project),
    }


def _note(forge: Forge, project: Row, user: Row, event: Event) -> dict[str, Any]:
    row = forge.store.get("notes", event.data["note_id"])
    table, noun, key = (
        ("issues", "Issue", "issue")
        if row["target"] == "issue"
        else ("merge_requests", "MergeRequest", "merge_request")
    )
    target = forge.store.get(table, row["target_id"])
    path = "issues" if row["target"] == "issue" else "merge_requests"
    kept = (
        "id",
        "iid",
        "title",
        "description",
        "state",
        "author_id",
        "project_id",
        "created_at",
        "updated_at",
    )
    body = {name: target[name] for name in kept}
    if row["target"] == "mr":
        body |= {name: target[name] for name in ("source_branch", "target_branch")} | {
            "last_commit": {"id": target["head_sha"]}
        }
    return {
        "object_kind": "note",
        "event_type": "confidential_note" if row["internal"] else "note",
        "user": user_of(user),
        "project_id": project["id"],
        "project": project_of(forge, project),
        "object_attributes": {
            "id": row["id"],
            "note": row["body"],
            "noteable_type": noun,
            "noteable_id": row["target_id"],
            "author_id": row["author_id"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
            "project_id": project["id"],
            "system": bool(row["system"]),
            "internal": bool(row["internal"]),
            "discussion_id": row["discussion_id"],
            "action": "create",
            "url": f"{forge.url}/{project['full_path']}/-/{path}/{target['iid']}#note_{row['id']}",
        },
        key: body,
        "repository": _repository(forge, project),
    }


def _merge_request(forge: Forge, project: Row, user: Row, event: Event) -> dict[str, Any]:
    row = forge.store.get("merge_requests", event.data["mr_id"])
    repo, labels = forge.repo(project["id"]), _labels(forge, "mr", row["id"])
    last = commit_of(forge, project, repo.commit(row["head_sha"])) if row["head_sha"] else None
    # GitLab's payload says `approved` once enough approvals are there; on Free one is enough.
    attributes = {
        name: row[name]
        for name in (
            "id",
            "iid",
            "title",
            "description",
            "state",
            "author_id",
            "source_branch",
            "target_branch",
            "milestone_id",
            "merge_commit_sha",
            "created_at",
            "updated_at",
        )
    }
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": user_of(user),
        "project": project_of(forge, project),
        "object_attributes": attributes
        | {
            "source_project_id": project["id"],
            "target_project_id": project["id"],
            "source": project_of(forge, project),
            "target": project_of(forge, project),
            "last_commit": last,
            "draft": row["title"].lower().startswith("draft:"),
            "labels": labels,
            "assignee_ids": json.loads(row["assignee_ids"]),
            "reviewer_ids": json.loads(row["reviewer_ids"]),
            "url": f"{forge.url}/{project['full_path']}/-/merge_requests/{row['iid']}",
            "action": event.data["action"],
            **({"oldrev": event.data["oldrev"]} if "oldrev" in event.data else {}),
        },
        "labels": labels,
        "changes": event.data["changes"],
        "repository": _repository(forge, project),
    }


def _release(forge: Forge, project: Row, _user: Row, event: Event) -> dict[str, Any]:
    row = forge.store.get("releases", event.data["release_id"])
    return {
        "object_kind": "release",
        "id": row["id"],
        "tag": row["tag_name"],
        "name": row["name"],
        "description": row["description"],
        "created_at": row["created_at"],
        "released_at": row["released_at"],
        "action": "create",
        "project": project_of(forge, project),
        "url": f"{forge.url}/{project['full_path']}/-/releases/{row['tag_name']}",
    }


def _labels(forge: Forge, target: str, target_id: int) -> list[dict[str, Any]]:
    sql = "SELECT l.* FROM label_links k JOIN labels l ON l.id = k.label_id WHERE k.target = ? AND k.target_id = ? ORDER BY l.name"
    return [
        {
            "id": row["id"],
            "title": row["name"],
            "color": row["color"],
            "description": row["description"],
            "type": "ProjectLabel" if row["source"] == "project" else "GroupLabel",
            "project_id": row["source_id"] if row["source"] == "project" else None,
            "group_id": row["source_id"] if row["source"] == "group" else None,
        }
        for row in forge.store.all(sql, target, target_id)
    ]


def _repository(forge: Forge, project: Row) -> dict[str, Any]:
    url = f"{forge.url}/{project['full_path']}"
    return {"name": project["name"], "url": f"{url}.git", "description": None, "homepage": url}
