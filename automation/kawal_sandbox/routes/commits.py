"""Commits: list, show, diff, and the atomic multi-file commit."""

from __future__ import annotations

from typing import Any

from kawal_sandbox import committing
from kawal_sandbox.access import DEVELOPER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created
from kawal_sandbox.errors import bad_parameter, not_found
from kawal_sandbox.repos import Commit, FileDiff


def commit_json(ctx: Ctx, commit: Commit) -> dict[str, Any]:
    return {
        "id": commit.id,
        "short_id": commit.id[:8],
        "created_at": commit.committed_at,
        "parent_ids": list(commit.parents),
        "title": commit.title,
        "message": commit.message,
        "author_name": commit.author.name,
        "author_email": commit.author.email,
        "authored_date": commit.authored_at,
        "committer_name": commit.committer.name,
        "committer_email": commit.committer.email,
        "committed_date": commit.committed_at,
        "trailers": {},
        "extended_trailers": {},
        "web_url": f"{ctx.base_url}/{ctx.project['full_path']}/-/commit/{commit.id}",
    }


def diff_json(diff: FileDiff) -> dict[str, Any]:
    return {
        "diff": diff.patch,
        "collapsed": False,
        "too_large": False,
        "new_path": diff.new_path,
        "old_path": diff.old_path,
        "a_mode": diff.a_mode,
        "b_mode": diff.b_mode,
        "new_file": diff.status == "A",
        "renamed_file": diff.status == "R",
        "deleted_file": diff.status == "D",
        "generated_file": False,
    }


def detail(ctx: Ctx, sha: str, stats: bool = True) -> dict[str, Any]:
    body = commit_json(ctx, ctx.repo.commit(sha))
    if stats:
        body["stats"] = ctx.repo.stats(sha)
    pipeline = ctx.forge.ci.last_pipeline(ctx.project, sha, ctx.base_url)
    return body | {
        "status": pipeline["status"] if pipeline else None,
        "project_id": ctx.project["id"],
        "last_pipeline": pipeline,
    }


def sha_of(ctx: Ctx) -> str:
    sha = ctx.repo.resolve(ctx.params["sha"])
    if sha is None:
        raise not_found("Commit")
    return sha


def listing(ctx: Ctx) -> Reply:
    if ctx.project["empty"]:
        return Reply([])
    q = ctx.query
    args = ["--all"] if q.flag("all") else []
    if not args:
        name = q.text("ref_name") or ctx.project["default_branch"]
        if ".." in name:
            ends = [ctx.repo.resolve(end) for end in name.split("..", 1)]
            sha = f"{ends[0]}..{ends[1]}" if all(ends) else None
        else:
            sha = ctx.repo.resolve(name)
        if sha is None:
            raise not_found("Commit")
        args = [sha]
    options = [f"--{option}={value}" for option in ("since", "until", "author") if (value := q.text(option))]
    if q.flag("first_parent"):
        options.append("--first-parent")
    path = ["--", value] if (value := q.text("path")) else ["--"]
    page, per_page = max(q.number("page", 1) or 1, 1), min(max(q.number("per_page", 20) or 20, 1), 100)
    found = ctx.repo.commits(
        *options, f"--skip={(page - 1) * per_page}", f"--max-count={per_page + 1}", *args, *path
    )
    # GitLab does not count commits: no totals, only whether there is more.
    more = len(found) > per_page
    headers = {
        "X-Page": str(page),
        "X-Per-Page": str(per_page),
        "X-Next-Page": str(page + 1) if more else "",
        "X-Prev-Page": str(page - 1) if page > 1 else "",
    }
    links = [f'<{ctx.link(page=1, per_page=per_page)}>; rel="first"']
    if more:
        links.insert(0, f'<{ctx.link(page=page + 1, per_page=per_page)}>; rel="next"')
    headers["Link"] = ", ".join(links)
    bodies = [commit_json(ctx, commit) for commit in found[:per_page]]
    if q.flag("with_stats"):
        bodies = [body | {"stats": ctx.repo.stats(body["id"])} for body in bodies]
    return Reply(bodies, headers=headers)


def create(ctx: Ctx) -> Reply:
    branch, message = ctx.p.need("branch"), ctx.p.need("commit_message")
    actions = ctx.p.get("actions")
    if (
        not isinstance(actions, list)
        or not actions
        or not all(isinstance(action, dict) for action in actions)
    ):
        raise bad_parameter("actions is missing" if actions is None else "actions is invalid")
    sha = committing.commit(ctx, branch, message, actions)
    return created(detail(ctx, sha, stats=ctx.p.flag("stats", True) is not False))


def get(ctx: Ctx) -> Reply:
    return Reply(detail(ctx, sha_of(ctx), stats=ctx.query.flag("stats", True) is not False))


def diff(ctx: Ctx) -> Reply:
    commit = ctx.repo.commit(sha_of(ctx))
    parent = (
        commit.parents[0] if commit.parents else "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    )  # the empty tree
    return ctx.items(ctx.repo.diff(parent, commit.id), diff_json)


def refs(ctx: Ctx) -> Reply:
    """Branches and tags that contain the commit."""
    sha, kind = sha_of(ctx), ctx.query.choice("type", ("branch", "tag", "all"), "all")
    found = []
    for name, place in (("branch", "heads"), ("tag", "tags")):
        if kind in (name, "all"):
            found += [
                {"type": name, "name": ref.name}
                for ref in ctx.repo.refs(place)
                if ctx.repo.is_ancestor(sha, ref.commit.id)
            ]
    return ctx.items(found)


ROUTES = [
    Route("GET", "/projects/:id/repository/commits", listing, REPORTER),
    Route("POST", "/projects/:id/repository/commits", create, DEVELOPER, max_body=100 * 1024 * 1024),
    Route("GET", "/projects/:id/repository/commits/:sha", get, REPORTER),
    Route("GET", "/projects/:id/repository/commits/:sha/diff", diff, REPORTER),
    Route("GET", "/projects/:id/repository/commits/:sha/refs", refs, REPORTER),
]
