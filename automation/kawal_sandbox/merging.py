"""Merge requests as git sees them: heads, versions, whether they can be merged, and the merge itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kawal_sandbox import noting, pushes
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.repos import MergeConflict, Person, Repo, StaleRef
from kawal_sandbox.rules import matching
from kawal_sandbox.store import Row, now

if TYPE_CHECKING:
    from kawal_sandbox.forge import Event, Forge

RUNNING = ("created", "waiting_for_resource", "preparing", "pending", "running", "scheduled")
DEFAULT_MESSAGE = (
    "Merge branch '%{source_branch}' into '%{target_branch}'\n\n%{title}\n\nSee merge request %{reference}"
)


def settings_of(project: Row) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(project["settings"])
    return options


def head_of(repo: Repo, mr: Row) -> str | None:
    """The head commit: of the source branch while open, as remembered afterwards."""
    if mr["state"] != "opened":
        return str(mr["head_sha"]) if mr["head_sha"] else None
    sha = repo.ref_sha(f"refs/heads/{mr['source_branch']}")
    return None if sha == ZERO else sha


def add_version(forge: Forge, repo: Repo, mr: Row, head: str) -> None:
    """Remember a new head, with what it started from."""
    start = repo.ref_sha(f"refs/heads/{mr['target_branch']}")
    base = repo.merge_base(start, head) if start != ZERO else None
    forge.store.insert(
        "mr_versions", mr_id=mr["id"], head_sha=head, base_sha=base or head, start_sha=start, created_at=now()
    )
    forge.store.update("merge_requests", mr["id"], head_sha=head)
    # Keeps the commits reachable when the branch goes, and can be fetched by name as on GitLab.
    ref = f"refs/merge-requests/{mr['iid']}/head"
    repo.update_ref(ref, head, repo.ref_sha(ref))


def status(forge: Forge, project: Row, repo: Repo, mr: Row, base_url: str) -> str:
    """GitLab's `detailed_merge_status`: `mergeable`, or the first reason why not."""
    if mr["state"] != "opened":
        return "not_open"
    head, target = head_of(repo, mr), repo.ref_sha(f"refs/heads/{mr['target_branch']}")
    if head is None or target == ZERO or repo.is_ancestor(head, target):
        return "commits_status"
    if is_draft(mr["title"]):
        return "draft_status"
    options = settings_of(project)
    if options.get("only_allow_merge_if_all_discussions_are_resolved") and unresolved(forge, mr):
        return "discussions_not_resolved"
    if options.get("only_allow_merge_if_pipeline_succeeds"):
        reason = _pipeline_reason(
            forge.ci.head_pipeline(project, mr, base_url),
            head,
            bool(options.get("allow_merge_on_skipped_pipeline")),
        )
        if reason:
            return reason
    if options.get("merge_method", "merge") != "merge" and not repo.is_ancestor(target, head):
        return "need_rebase"
    return "conflict" if conflicts(repo, target, head) else "mergeable"


def _pipeline_reason(pipeline: dict[str, Any] | None, head: str, skipped_counts: bool) -> str | None:
    if pipeline is None or pipeline["sha"] != head:
        return "ci_must_pass"
    if pipeline["status"] == "success" or (pipeline["status"] == "skipped" and skipped_counts):
        return None
    return "ci_still_running" if pipeline["status"] in RUNNING else "ci_must_pass"


def is_draft(title: str) -> bool:
    return title.lower().startswith(("draft:", "[draft]", "(draft)"))


def unresolved(forge: Forge, mr: Row) -> bool:
    sql = (
        "SELECT 1 FROM notes WHERE target = 'mr' AND target_id = ? AND resolvable = 1 AND resolved_by IS NULL"
    )
    return forge.store.one(sql, mr["id"]) is not None


def conflicts(repo: Repo, target: str, head: str) -> bool:
    try:
        repo.merge_trees(target, head)
    except MergeConflict:
        return True
    return False


def merge(
    forge: Forge,
    project: Row,
    repo: Repo,
    mr: Row,
    user: Row,
    *,
    squash: bool,
    message: str | None,
    squash_message: str | None,
    remove_source: bool,
    committer: Person | None = None,
) -> None:
    """Merge the head into the target. Raises MergeConflict or StaleRef; the caller has checked rights and status.

    `committer`: who commits when that is not the user.
    """
    head, target_ref = head_of(repo, mr), f"refs/heads/{mr['target_branch']}"
    target = repo.ref_sha(target_ref)
    if head is None:
        raise StaleRef("source branch is gone")
    person = Person(user["name"], user["email"])
    author = forge.store.get("users", mr["author_id"])
    squash_sha = merge_sha = None
    tip = head
    if squash:
        text = squash_message or f"{mr['title']}\n"
        squash_sha = tip = repo.commit_tree(
            repo.merge_trees(target, head),
            [target],
            text,
            Person(author["name"], author["email"]),
            committer or person,
        )
    if settings_of(project).get("merge_method", "merge") == "ff":
        result = tip
    else:
        text = message or commit_message(forge, project, mr, user)
        result = merge_sha = repo.commit_tree(
            repo.merge_trees(target, tip), [target, tip], text, person, committer
        )
    repo.update_ref(target_ref, result, target)
    moment = now()
    forge.store.update(
        "merge_requests",
        mr["id"],
        state="merged",
        head_sha=head,
        merge_commit_sha=merge_sha or (None if squash_sha else result),
        squash_commit_sha=squash_sha,
        merged_by=user["id"],
        merged_at=moment,
        updated_at=moment,
    )
    noting.write(forge, "mr", mr["id"], project["id"], user["id"], "merged", system=True)
    updates = [pushes.RefUpdate(target_ref, target, result)]
    source_ref = f"refs/heads/{mr['source_branch']}"
    if (
        remove_source
        and mr["source_branch"] != project["default_branch"]
        and not _protected(forge, project, mr["source_branch"])
    ):
        repo.update_ref(source_ref, ZERO, head)
        updates.append(pushes.RefUpdate(source_ref, head, ZERO))
    pushes.record(forge, project, user["id"], updates)
    tell(forge, mr, user["id"], "merge")


def tell(
    forge: Forge, mr: Row, user_id: int, action: str, *, note: str | None = None, changes: Any = None
) -> None:
    """What somebody did to a merge request: a system note where GitLab writes one, and the event for hooks."""
    if note is not None:
        noting.write(forge, "mr", mr["id"], mr["project_id"], user_id, note, system=True)
    forge.publish(
        "merge_request",
        mr["project_id"],
        user_id,
        mr_id=mr["id"],
        iid=mr["iid"],
        action=action,
        changes=changes or {},
    )


def _protected(forge: Forge, project: Row, branch: str) -> bool:
    return bool(matching(pushes.rules_of(forge, project["id"], "branch"), branch))


def commit_message(forge: Forge, project: Row, mr: Row, user: Row) -> str:
    """The project's merge commit template, or GitLab's own."""
    template = settings_of(project).get("merge_commit_template") or DEFAULT_MESSAGE
    approvers = forge.store.all(
        "SELECT u.* FROM approvals a JOIN users u ON u.id = a.user_id WHERE a.mr_id = ? ORDER BY a.id",
        mr["id"],
    )
    values = {
        "source_branch": mr["source_branch"],
        "target_branch": mr["target_branch"],
        "title": mr["title"],
        "description": mr["description"] or "",
        "reference": f"{project['full_path']}!{mr['iid']}",
        "local_reference": f"!{mr['iid']}",
        "url": f"{forge.url}/{project['full_path']}/-/merge_requests/{mr['iid']}",
        "merged_by": f"{user['name']} <{user['email']}>",
        "approved_by": "\n".join(f"Approved-by: {row['name']} <{row['email']}>" for row in approvers),
    }
    for name, value in values.items():
        template = template.replace(f"%{{{name}}}", value)
    return template.rstrip("\n") + "\n"


def follow_push(forge: Forge, event: Event) -> None:
    """Open merge requests after a push: new version of those it feeds, merged ones it contains, closed ones it took the source from."""
    project = forge.store.get("projects", event.project_id)
    branch, after = event.data["ref"].removeprefix("refs/heads/"), event.data["after"]
    repo = forge.repo(project["id"])
    sql = "SELECT * FROM merge_requests WHERE project_id = ? AND state = 'opened' AND "
    for mr in forge.store.all(sql + "source_branch = ?", project["id"], branch):
        if after == ZERO:
            _close(forge, mr, "closed", event.user_id, {"closed_by": event.user_id, "closed_at": now()})
        elif after != mr["head_sha"]:
            add_version(forge, repo, mr, after)
            before = event.data["before"]
            count = (
                repo.count(f"{before}..{after}") if before != ZERO and repo.is_ancestor(before, after) else 0
            )
            text = f"added {count} commit{'s' if count != 1 else ''}" if count else "changed the commits"
            noting.write(forge, "mr", mr["id"], project["id"], event.user_id, text, system=True)
            forge.store.update("merge_requests", mr["id"], updated_at=now())
            forge.publish(
                "merge_request",
                project["id"],
                event.user_id,
                mr_id=mr["id"],
                iid=mr["iid"],
                action="update",
                changes={},
                oldrev=event.data["before"],
            )
    if after == ZERO:
        return
    for mr in forge.store.all(sql + "target_branch = ?", project["id"], branch):
        head = head_of(repo, mr)
        if head and repo.is_ancestor(head, after) and not _had(repo, event.data["before"], head):
            # Somebody merged by hand and pushed; GitLab then calls the merge request merged.
            _close(
                forge,
                mr,
                "merged",
                event.user_id,
                {"merged_by": event.user_id, "merged_at": now(), "merge_commit_sha": after},
            )


def _had(repo: Repo, tip: str, sha: str) -> bool:
    return tip != ZERO and repo.is_ancestor(sha, tip)


def _close(forge: Forge, mr: Row, state: str, user_id: int, values: dict[str, Any]) -> None:
    forge.store.update("merge_requests", mr["id"], state=state, updated_at=now(), **values)
    tell(forge, mr, user_id, "merge" if state == "merged" else "close", note=state)
