"""Pull requests, reviews, merge. Reviews name the commit they looked at, and authors cannot approve their own."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from kawal_sandbox import merging, pushes
from kawal_sandbox.api import Ctx, Reply, Route, created
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.github import webflow
from kawal_sandbox.github.base import (
    READ,
    WRITE,
    api,
    invalid,
    numbered,
    page,
    refuse,
    repo_routes,
    stamp,
    text,
    user_json,
)
from kawal_sandbox.github.gitdata import commit_json
from kawal_sandbox.github.repos import repo_json
from kawal_sandbox.github.rulesets import patterns
from kawal_sandbox.github.tracker import next_number
from kawal_sandbox.repos import MergeConflict, StaleRef
from kawal_sandbox.rules import may_merge
from kawal_sandbox.store import Row, now

EVENTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def pull_json(ctx: Ctx, row: Row, *, full: bool = False) -> dict[str, Any]:
    url = f"{api(ctx)}/pulls/{row['iid']}"
    repo = repo_json(ctx, ctx.project)
    owner = repo["owner"]
    head = merging.head_of(ctx.repo, row) or row["head_sha"]
    base = _base_of(ctx, row)

    def side(name: str, sha: str) -> dict[str, Any]:
        return {"label": f"{owner['login']}:{name}", "ref": name, "sha": sha, "user": owner, "repo": repo}

    body = {
        "id": row["id"],
        "node_id": f"PR_{row['id']}",
        "number": row["iid"],
        "url": url,
        "html_url": f"{ctx.base_url}/{ctx.project['full_path']}/pull/{row['iid']}",
        "diff_url": url,
        "patch_url": url,
        "issue_url": f"{api(ctx)}/issues/{row['iid']}",
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{api(ctx)}/pulls/comments{{/number}}",
        "comments_url": f"{api(ctx)}/issues/{row['iid']}/comments",
        "statuses_url": f"{api(ctx)}/statuses/{head}",
        "state": "open" if row["state"] == "opened" else "closed",
        "locked": False,
        "title": row["title"],
        "body": row["description"],
        "user": user_json(ctx, row["author_id"]),
        "labels": [],
        "milestone": None,
        "draft": merging.is_draft(row["title"]),
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["updated_at"]),
        "closed_at": stamp(row["closed_at"] or row["merged_at"]),
        "merged_at": stamp(row["merged_at"]),
        "merge_commit_sha": row["merge_commit_sha"],
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": side(row["source_branch"], head),
        "base": side(row["target_branch"], base),
        "author_association": "MEMBER",
        "auto_merge": None,
    }
    body["_links"] = {"self": {"href": url}} | {
        name: {"href": body[f"{name}_url"]}
        for name in ("html", "issue", "comments", "review_comments", "review_comment", "commits", "statuses")
    }
    if full:
        blocked = _refusal(ctx, row)
        body |= {
            "merged": row["state"] == "merged",
            "mergeable": row["state"] == "opened" and not blocked,
            "rebaseable": False,
            "mergeable_state": "blocked" if blocked else "clean",
            "merged_by": user_json(ctx, row["merged_by"]),
            "comments": 0,
            "review_comments": 0,
            "maintainer_can_modify": False,
            "commits": len(_commits(ctx, row)),
            "additions": 0,
            "deletions": 0,
            "changed_files": 0,
        }
    return body


def _base_of(ctx: Ctx, row: Row) -> str:
    """The commit of the base: while open the branch's, afterwards the one it was merged into."""
    if row["merge_commit_sha"]:
        return str(ctx.repo.commit(row["merge_commit_sha"]).parents[0])
    return ctx.repo.ref_sha(f"refs/heads/{row['target_branch']}")


def listing(ctx: Ctx) -> Reply:
    word = ctx.query.text("state", "open")
    states = {"open": ("opened",), "closed": ("closed", "merged")}.get(
        word or "open", ("opened", "closed", "merged")
    )
    sql = "SELECT * FROM merge_requests WHERE project_id = ? ORDER BY iid DESC"
    rows = [row for row in ctx.forge.store.all(sql, ctx.project["id"]) if row["state"] in states]
    return page(ctx, rows, lambda row: pull_json(ctx, row))


def find(ctx: Ctx) -> Row:
    return numbered(ctx, "merge_requests")


def get(ctx: Ctx) -> Reply:
    return Reply(pull_json(ctx, find(ctx), full=True))


def create(ctx: Ctx) -> Reply:
    title = text(ctx, "PullRequest", "title")
    source = text(ctx, "PullRequest", "head").rpartition(":")[2]
    target = text(ctx, "PullRequest", "base")
    store, repo = ctx.forge.store, ctx.repo
    head, base = repo.ref_sha(f"refs/heads/{source}"), repo.ref_sha(f"refs/heads/{target}")
    if head == ZERO:
        raise invalid("PullRequest", "head", "invalid")
    if base == ZERO:
        raise invalid("PullRequest", "base", "invalid")
    if repo.is_ancestor(head, base):
        raise invalid("PullRequest", "head", "custom", f"No commits between {target} and {source}")
    sql = "SELECT 1 FROM merge_requests WHERE project_id = ? AND state = 'opened' AND source_branch = ? AND target_branch = ?"
    if store.one(sql, ctx.project["id"], source, target):
        raise invalid(
            "PullRequest",
            "head",
            "custom",
            f"A pull request already exists for {ctx.params.get('owner')}:{source}.",
        )
    id_ = store.insert(
        "merge_requests",
        project_id=ctx.project["id"],
        iid=next_number(ctx),
        title=title,
        description=ctx.p.text("body"),
        source_branch=source,
        target_branch=target,
        author_id=ctx.user["id"],
        created_at=now(),
        updated_at=now(),
    )
    merging.add_version(ctx.forge, repo, store.get("merge_requests", id_), head)
    return created(pull_json(ctx, store.get("merge_requests", id_), full=True))


def change(ctx: Ctx) -> Reply:
    row = find(ctx)
    values: dict[str, Any] = {"updated_at": now()}
    if "title" in ctx.p:
        values["title"] = text(ctx, "PullRequest", "title")
    if "body" in ctx.p:
        values["description"] = ctx.p.text("body")
    if state := ctx.p.text("state"):
        values["state"] = "opened" if state == "open" else "closed"
    ctx.forge.store.update("merge_requests", row["id"], **values)
    return Reply(pull_json(ctx, ctx.forge.store.get("merge_requests", row["id"]), full=True))


def _commits(ctx: Ctx, row: Row) -> list[Any]:
    head = merging.head_of(ctx.repo, row) or row["head_sha"]
    version = ctx.forge.store.one(
        "SELECT * FROM mr_versions WHERE mr_id = ? ORDER BY id DESC LIMIT 1", row["id"]
    )
    base = version["base_sha"] if version else head
    return list(reversed(ctx.repo.commits(f"{base}..{head}")))


def commits(ctx: Ctx) -> Reply:
    """The first 250: GitHub lists no more of one pull request."""
    return page(ctx, _commits(ctx, find(ctx))[:250], lambda one: commit_json(ctx, one))


# --- reviews and merge


def _reviews(ctx: Ctx, row: Row) -> list[Row]:
    return ctx.forge.store.all("SELECT * FROM gh_reviews WHERE mr_id = ? ORDER BY id", row["id"])


def _review_json(ctx: Ctx, pull: Row, row: Row) -> dict[str, Any]:
    url = f"{api(ctx)}/pulls/{pull['iid']}"
    gone = ctx.forge.store.get("users", row["user_id"])["state"] == "deactivated"
    return {
        "id": row["id"],
        "node_id": f"PRR_{row['id']}",
        "user": None if gone else user_json(ctx, row["user_id"]),
        "body": row["body"],
        "state": row["state"],
        "html_url": url,
        "pull_request_url": url,
        "_links": {"html": {"href": url}, "pull_request": {"href": url}},
        "submitted_at": stamp(row["submitted_at"]),
        "commit_id": row["commit_id"],
        "author_association": "MEMBER",
    }


def reviews(ctx: Ctx) -> Reply:
    row = find(ctx)
    return page(ctx, _reviews(ctx, row), lambda one: _review_json(ctx, row, one))


def review(ctx: Ctx) -> Reply:
    row = find(ctx)
    state = EVENTS.get(ctx.p.text("event") or "")
    if state is None:
        raise invalid("PullRequestReview", "event", "missing_field")
    if state != "COMMENTED" and row["author_id"] == ctx.user["id"]:
        raise refuse(422, "Review Can not approve your own pull request")
    head = merging.head_of(ctx.repo, row) or row["head_sha"]
    commit = ctx.p.text("commit_id") or head
    id_ = ctx.forge.store.insert(
        "gh_reviews",
        mr_id=row["id"],
        user_id=ctx.user["id"],
        state=state,
        commit_id=commit,
        body=ctx.p.text("body") or "",
        submitted_at=now(),
    )
    return Reply(_review_json(ctx, row, ctx.forge.store.get("gh_reviews", id_)))


def approved_heads(ctx: Ctx, row: Row, *, stale_counts: bool) -> set[int]:
    """Users whose last word is an approval, of this very head unless stale ones count."""
    head = merging.head_of(ctx.repo, row)
    last = {one["user_id"]: one for one in _reviews(ctx, row) if one["state"] != "COMMENTED"}
    return {
        user
        for user, one in last.items()
        if one["state"] == "APPROVED" and (stale_counts or one["commit_id"] == head)
    }


def _refusal(ctx: Ctx, row: Row) -> str | None:
    """Why this pull request cannot be merged now; None when it can."""
    if row["state"] != "opened" or merging.head_of(ctx.repo, row) is None:
        return "Pull Request is not mergeable"
    if merging.is_draft(row["title"]):
        return "Pull Request is still a draft"
    target = ctx.repo.ref_sha(f"refs/heads/{row['target_branch']}")
    head = merging.head_of(ctx.repo, row) or ""
    if ctx.repo.is_ancestor(head, target) or merging.conflicts(ctx.repo, target, head):
        return "Pull Request is not mergeable"
    for rule in _pull_rules(ctx, row["target_branch"]):
        wanted = rule.get("parameters", {})
        count = int(wanted.get("required_approving_review_count", 0))
        stale = not wanted.get("dismiss_stale_reviews_on_push", False)
        if len(approved_heads(ctx, row, stale_counts=stale)) < count:
            return f"Repository rule violations found\n\nAt least {count} approving review is required by reviewers with write access."
    return None


def _pull_rules(ctx: Ctx, branch: str) -> list[dict[str, Any]]:
    sql = "SELECT * FROM gh_things WHERE project_id = ? AND kind = 'ruleset'"
    found = []
    for row in ctx.forge.store.all(sql, ctx.project["id"]):
        data = json.loads(row["data"])
        if data["target"] != "branch" or data["enforcement"] != "active":
            continue
        if any(fnmatchcase(branch, pattern) for pattern in patterns(ctx, data)):
            found += [rule for rule in data["rules"] if rule["type"] == "pull_request"]
    return found


def merge(ctx: Ctx) -> Reply:
    row = find(ctx)
    if row["state"] == "merged":
        raise refuse(405, "Pull Request is not mergeable")
    sha = ctx.p.text("sha")
    if sha and sha != merging.head_of(ctx.repo, row):
        raise refuse(409, "Head branch was modified. Review and try the merge again.")
    if reason := _refusal(ctx, row):
        raise refuse(405, reason)
    rules = pushes.rules_of(ctx.forge, ctx.project["id"], "branch")
    if not may_merge(rules, row["target_branch"], pushes.actor_of(ctx.forge, ctx.project, ctx.user)):
        raise refuse(405, "Repository rule violations found\n\nCannot update this protected ref.")
    method = ctx.p.text("merge_method") or "merge"
    options = json.loads(ctx.project["settings"])
    if not options.get(
        f"gh_allow_{ {'merge': 'merge_commit', 'squash': 'squash_merge'}.get(method, 'rebase_merge') }", True
    ):
        raise refuse(405, f"{method.capitalize()} merges are not allowed on this repository.")
    title = ctx.p.text("commit_title") or f"Merge pull request #{row['iid']} from {row['source_branch']}"
    try:
        merging.merge(
            ctx.forge,
            ctx.project,
            ctx.repo,
            row,
            ctx.user,
            squash=method == "squash",
            message=f"{title}\n\n{ctx.p.text('commit_message') or row['title']}\n",
            squash_message=None,
            remove_source=bool(options.get("gh_delete_branch_on_merge")),
            committer=webflow.COMMITTER,
        )
    except (MergeConflict, StaleRef) as error:
        raise refuse(409, "Merge conflict") from error
    after = ctx.forge.store.get("merge_requests", row["id"])
    webflow.sign(ctx, after["merge_commit_sha"], after["squash_commit_sha"])
    return Reply(
        {"sha": after["merge_commit_sha"], "merged": True, "message": "Pull Request successfully merged"}
    )


ROUTES: list[Route] = [
    *repo_routes("GET", "/pulls", listing),
    *repo_routes("POST", "/pulls", create, WRITE),
    *repo_routes("GET", "/pulls/:number", get),
    *repo_routes("PATCH", "/pulls/:number", change, WRITE),
    *repo_routes("GET", "/pulls/:number/commits", commits),
    *repo_routes("GET", "/pulls/:number/reviews", reviews),
    *repo_routes("POST", "/pulls/:number/reviews", review, READ),
    *repo_routes("PUT", "/pulls/:number/merge", merge, WRITE),
]
