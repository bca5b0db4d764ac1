"""Contents, git objects, refs, branches, tags, commits, comparisons."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from starlette.responses import Response

from kawal_sandbox import committing, pushes
from kawal_sandbox.api import Answer, Ctx, Reply, Route, created, no_content
from kawal_sandbox.errors import ApiError
from kawal_sandbox.gitcmd import ZERO, GitError, git_text, run_git
from kawal_sandbox.github import webflow
from kawal_sandbox.github.base import (
    WRITE,
    api,
    invalid,
    not_found,
    page,
    refuse,
    repo_routes,
    text,
    user_json,
)
from kawal_sandbox.github.repos import unprotect_default
from kawal_sandbox.repos import Commit, Person, valid_ref_name
from kawal_sandbox.rules import matching

EMPTY = "Git Repository is empty."


def commit_sha(ctx: Ctx, name: str) -> str:
    sha = ctx.repo.resolve(name)
    if sha is None:
        raise refuse(409, EMPTY) if ctx.project["empty"] else refuse(422, f"No commit found for SHA: {name}")
    return sha


def _person(person: Person, at: str) -> dict[str, Any]:
    return {"name": person.name, "email": person.email, "date": at.replace("+00:00", "Z")}


def _account(ctx: Ctx, email: str) -> dict[str, Any] | None:
    """Whose address it is, shown in public or not: GitHub compares with every address that an account has proven."""
    row = ctx.forge.store.one("SELECT id FROM users WHERE email = ?", email)
    return webflow.account_of(ctx, email) if row is None else user_json(ctx, row["id"])


def git_commit(ctx: Ctx, commit: Commit) -> dict[str, Any]:
    """The commit as a git object."""
    base, tree = f"{api(ctx)}/git", ctx.repo.tree_of(commit.id)
    return {
        "sha": commit.id,
        "node_id": f"C_{commit.id[:12]}",
        "url": f"{base}/commits/{commit.id}",
        "html_url": f"{ctx.base_url}/{ctx.project['full_path']}/commit/{commit.id}",
        "author": _person(commit.author, commit.authored_at),
        "committer": _person(commit.committer, commit.committed_at),
        "tree": {"sha": tree, "url": f"{base}/trees/{tree}"},
        "message": commit.message.rstrip("\n"),
        "parents": [
            {"sha": parent, "url": f"{base}/commits/{parent}", "html_url": f"{ctx.base_url}/{parent}"}
            for parent in commit.parents
        ],
        "verification": webflow.verification(ctx, commit.id),
    }


def commit_json(ctx: Ctx, commit: Commit) -> dict[str, Any]:
    """The commit with the accounts behind it."""
    inner = git_commit(ctx, commit)
    base = f"{api(ctx)}/commits"
    return {
        "sha": commit.id,
        "node_id": inner["node_id"],
        "url": f"{base}/{commit.id}",
        "html_url": inner["html_url"],
        "comments_url": f"{base}/{commit.id}/comments",
        "commit": {
            **{key: inner[key] for key in ("author", "committer", "message", "tree", "url", "verification")},
            "comment_count": 0,
        },
        "author": _account(ctx, commit.author.email),
        "committer": _account(ctx, commit.committer.email),
        "parents": [
            {"sha": parent, "url": f"{base}/{parent}", "html_url": f"{ctx.base_url}/{parent}"}
            for parent in commit.parents
        ],
    }


def commits(ctx: Ctx) -> Reply:
    if ctx.project["empty"]:
        raise refuse(409, EMPTY)
    sha = commit_sha(ctx, ctx.query.text("sha") or ctx.project["default_branch"])
    path = ctx.query.text("path")
    found = ctx.repo.commits(sha, *(["--", path] if path else []))
    return page(ctx, found, lambda commit: commit_json(ctx, commit))


def commit(ctx: Ctx) -> Reply:
    one = ctx.repo.commit(commit_sha(ctx, ctx.params["ref"]))
    files: list[Any] = []
    return Reply(commit_json(ctx, one) | {"stats": ctx.repo.stats(one.id), "files": files})


def compare(ctx: Ctx) -> Reply:
    """`base...head`: the commits of head that base has not, oldest first."""
    left, _, right = ctx.params["basehead"].partition("...")
    base, head = ctx.repo.resolve(left), ctx.repo.resolve(right)
    if base is None or head is None:
        raise not_found()
    found = list(reversed(ctx.repo.commits(f"{base}..{head}")))
    behind = ctx.repo.count(f"{head}..{base}")
    merge_base = ctx.repo.merge_base(base, head) or base
    status = (
        "identical" if base == head else "diverged" if found and behind else "ahead" if found else "behind"
    )
    part = page(ctx, found, lambda one: commit_json(ctx, one))
    body = {
        "url": f"{api(ctx)}/compare/{ctx.params['basehead']}",
        "html_url": ctx.base_url,
        "permalink_url": ctx.base_url,
        "diff_url": ctx.base_url,
        "patch_url": ctx.base_url,
        "base_commit": commit_json(ctx, ctx.repo.commit(base)),
        "merge_base_commit": commit_json(ctx, ctx.repo.commit(merge_base)),
        "status": status,
        "ahead_by": len(found),
        "behind_by": behind,
        "total_commits": len(found),
        "commits": part.body,
        "files": [],
    }
    return Reply(body, headers=part.headers)


# --- contents


def _content_json(ctx: Ctx, path: str, sha: str, size: int, type_: str, ref: str) -> dict[str, Any]:
    url = f"{api(ctx)}/contents/{path}?ref={ref}"
    git = f"{api(ctx)}/git/{'blobs' if type_ == 'file' else 'trees'}/{sha}"
    html = f"{ctx.base_url}/{ctx.project['full_path']}/blob/{ref}/{path}"
    return {
        "type": type_,
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": html.replace("/blob/", "/raw/", 1) if type_ == "file" else None,
        "_links": {"self": url, "git": git, "html": html},
    }


def contents(ctx: Ctx) -> Answer:
    if ctx.project["empty"]:
        raise not_found()
    ref = ctx.query.text("ref") or ctx.project["default_branch"]
    sha, path = ctx.repo.resolve(ref), ctx.params.get("path", "").strip("/")
    if sha is None:
        raise not_found()
    entry = ctx.repo.entry(sha, path) if path else None
    if entry is not None and entry.type == "blob":
        raw = ctx.repo.blob(entry.id)
        if "raw" in ctx.headers.get("accept", ""):
            return Response(raw, media_type="application/vnd.github.raw+json; charset=utf-8")
        body = _content_json(ctx, path, entry.id, len(raw), "file", ref)
        return Reply(body | {"encoding": "base64", "content": base64.encodebytes(raw).decode()})
    listed = ctx.repo.tree(sha, path)
    if listed is None:
        raise not_found()
    kinds = {"blob": "file", "tree": "dir", "commit": "submodule"}
    return Reply([_content_json(ctx, one.path, one.id, 0, kinds[one.type], ref) for one in listed])


def put_contents(ctx: Ctx) -> Reply:
    path, branch = ctx.params["path"], ctx.p.text("branch") or ctx.project["default_branch"]
    message = text(ctx, "Commit", "message")
    raw = _decoded(ctx.p.get("content"))
    before = ctx.repo.ref_sha(f"refs/heads/{branch}")
    if before == ZERO and not ctx.project["empty"]:
        raise refuse(404, f"Branch {branch} not found")
    present = ctx.repo.entry(before, path) if before != ZERO else None
    given = ctx.p.text("sha")
    if present is not None and not given:
        raise refuse(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if given and (present is None or present.id != given):
        raise refuse(409, f"{path} does not match {given}")
    blob = ctx.repo.write_blob(raw)
    base = before if before != ZERO else None
    by_github = not (ctx.p.get("author") or ctx.p.get("committer"))
    sha = _commit(
        ctx,
        ctx.repo.change_tree(base, [(path, "100644", blob)]),
        [base] if base else [],
        message,
        by_github=by_github,
    )
    _move(ctx, f"refs/heads/{branch}", before, sha)
    body = {
        "content": _content_json(ctx, path, blob, len(raw), "file", branch),
        "commit": git_commit(ctx, ctx.repo.commit(sha)),
    }
    return Reply(body, 200 if present else 201)


def _decoded(value: Any) -> bytes:
    try:
        return base64.b64decode(str(value or ""))
    except binascii.Error:
        raise refuse(422, "content is not valid Base64") from None


def _commit(ctx: Ctx, tree: str, parents: list[str], message: str, *, by_github: bool = False) -> str:
    """`by_github`: by the contents API in nobody's name, which GitHub commits itself, as in its web editor."""

    def person(key: str) -> Person:
        given = ctx.p.get(key)
        if isinstance(given, dict) and given.get("email"):
            return Person(str(given.get("name") or ctx.user["name"]), str(given["email"]))
        return Person(ctx.user["name"], ctx.user["email"])

    author = person("author")
    committer = person("committer") if ctx.p.get("committer") else author
    if by_github:
        committer = webflow.COMMITTER
    sha = ctx.repo.commit_tree(tree, parents, message, author, committer)
    webflow.sign(ctx, sha if by_github else None)
    return sha


def _move(ctx: Ctx, ref: str, before: str, after: str) -> None:
    """A ref update through the API, refused by the same rules as a push."""
    forced = before != ZERO and after != ZERO and not ctx.repo.is_ancestor(before, after)
    update = pushes.RefUpdate(ref, before, after, forced=forced)
    found = pushes.refusals(ctx.forge, ctx.project, ctx.user, [update], web=True)
    if found and not (ctx.project["empty"] and ctx.level >= WRITE):
        raise refuse(422, f"Repository rule violations found\n\n{found[0]}")
    try:
        committing.move(ctx, ref, before, after)
    except ApiError as error:
        raise refuse(409, "Reference cannot be updated") from error
    unprotect_default(ctx, ctx.project["id"])


# --- git objects


def create_blob(ctx: Ctx) -> Reply:
    _not_empty(ctx)
    content = ctx.p.get("content")
    raw = _decoded(content) if ctx.p.text("encoding") == "base64" else str(content or "").encode()
    sha = ctx.repo.write_blob(raw)
    return created({"sha": sha, "url": f"{api(ctx)}/git/blobs/{sha}"})


def blob(ctx: Ctx) -> Reply:
    sha = ctx.params["sha"]
    try:
        raw = ctx.repo.blob(sha)
    except GitError:
        raise not_found() from None
    return Reply(
        {
            "sha": sha,
            "node_id": f"B_{sha[:12]}",
            "size": len(raw),
            "url": f"{api(ctx)}/git/blobs/{sha}",
            "content": base64.encodebytes(raw).decode(),
            "encoding": "base64",
        }
    )


def _not_empty(ctx: Ctx) -> None:
    if ctx.project["empty"]:
        raise refuse(409, EMPTY)


def tree(ctx: Ctx) -> Reply:
    _not_empty(ctx)
    name = ctx.params["sha"]
    sha = ctx.repo.resolve(name) or name
    try:
        id_ = git_text(ctx.repo.path, "rev-parse", "--verify", "--end-of-options", f"{sha}^{{tree}}")
        listed = ctx.repo.tree(id_, recursive=bool(ctx.query.text("recursive")))
    except GitError:
        raise not_found() from None
    return Reply(_tree_json(ctx, id_, listed or []))


def _tree_json(ctx: Ctx, sha: str, listed: list[Any]) -> dict[str, Any]:
    base = f"{api(ctx)}/git"
    rows = [
        {
            "path": one.path,
            "mode": one.mode,
            "type": one.type,
            "sha": one.id,
            "url": f"{base}/{'blobs' if one.type == 'blob' else 'trees'}/{one.id}",
        }
        for one in listed
    ]
    return {"sha": sha, "url": f"{base}/trees/{sha}", "tree": rows, "truncated": False}


def create_tree(ctx: Ctx) -> Reply:
    _not_empty(ctx)
    entries = ctx.p.get("tree")
    if not isinstance(entries, list) or not entries:
        raise invalid("Tree", "tree", "missing_field")
    changes: list[tuple[str, str, str | None]] = []
    for entry in entries:
        sha = entry.get("sha")
        if "content" in entry:
            sha = ctx.repo.write_blob(str(entry["content"]).encode())
        changes.append((str(entry["path"]), str(entry["mode"]), sha))
    base = ctx.p.text("base_tree")
    try:
        made = ctx.repo.change_tree(base, changes)
    except GitError as error:
        raise refuse(422, "tree.sha is not a valid object") from error
    return created(_tree_json(ctx, made, ctx.repo.tree(made) or []))


def create_commit(ctx: Ctx) -> Reply:
    _not_empty(ctx)
    message, tree_sha = text(ctx, "Commit", "message"), text(ctx, "Commit", "tree")
    parents = [str(parent) for parent in ctx.p.get("parents") or []]
    try:
        sha = _commit(ctx, tree_sha, parents, message)
    except GitError as error:
        raise refuse(422, "Tree SHA does not exist") from error
    return created(git_commit(ctx, ctx.repo.commit(sha)))


def get_commit(ctx: Ctx) -> Reply:
    return Reply(git_commit(ctx, ctx.repo.commit(commit_sha(ctx, ctx.params["sha"]))))


def _ref_json(ctx: Ctx, ref: str, sha: str) -> dict[str, Any]:
    kind = git_text(ctx.repo.path, "cat-file", "-t", sha)
    return {
        "ref": ref,
        "node_id": f"REF_{ref}",
        "url": f"{api(ctx)}/git/{ref}",
        "object": {
            "sha": sha,
            "type": kind,
            "url": f"{api(ctx)}/git/{'tags' if kind == 'tag' else 'commits'}/{sha}",
        },
    }


def ref(ctx: Ctx) -> Reply:
    full = f"refs/{ctx.params['ref']}"
    sha = ctx.repo.ref_sha(full)
    if sha == ZERO:
        raise not_found()
    return Reply(_ref_json(ctx, full, sha))


def create_ref(ctx: Ctx) -> Reply:
    _not_empty(ctx)
    full, sha = text(ctx, "Reference", "ref"), text(ctx, "Reference", "sha")
    if not full.startswith(("refs/heads/", "refs/tags/")) or not valid_ref_name(full.split("/", 2)[2]):
        raise refuse(422, "Reference name must start with 'refs' and have at least two slashes.")
    if ctx.repo.ref_sha(full) != ZERO:
        raise refuse(422, "Reference already exists")
    if run_git(ctx.repo.path, "cat-file", "-e", sha, accept=(0, 1, 128)).returncode:
        raise refuse(422, "Object does not exist")
    _move(ctx, full, ZERO, sha)
    return created(_ref_json(ctx, full, sha))


def change_ref(ctx: Ctx) -> Reply:
    full, sha = f"refs/{ctx.params['ref']}", text(ctx, "Reference", "sha")
    before = ctx.repo.ref_sha(full)
    if before == ZERO:
        raise refuse(422, "Reference does not exist")
    if not ctx.p.flag("force") and not ctx.repo.is_ancestor(before, sha):
        raise refuse(422, "Update is not a fast forward")
    _move(ctx, full, before, sha)
    return Reply(_ref_json(ctx, full, sha))


def delete_ref(ctx: Ctx) -> Reply:
    full = f"refs/{ctx.params['ref']}"
    before = ctx.repo.ref_sha(full)
    if before == ZERO:
        raise refuse(422, "Reference does not exist")
    _move(ctx, full, before, ZERO)
    return no_content()


def create_tag(ctx: Ctx) -> Reply:
    name, sha = text(ctx, "Tag", "tag"), text(ctx, "Tag", "object")
    person = Person(ctx.user["name"], ctx.user["email"])
    made = ctx.repo.tag_object(name, sha, text(ctx, "Tag", "message"), person)
    return created(_tag_json(ctx, made, name, sha))


def _tag_json(ctx: Ctx, made: str, name: str, sha: str) -> dict[str, Any]:
    return {
        "sha": made,
        "node_id": f"T_{made[:12]}",
        "url": f"{api(ctx)}/git/tags/{made}",
        "tag": name,
        "message": "",
        "tagger": {"name": "", "email": "", "date": "1970-01-01T00:00:00Z"},
        "object": {"sha": sha, "type": "commit", "url": f"{api(ctx)}/git/commits/{sha}"},
    }


def tag_object(ctx: Ctx) -> Reply:
    try:
        body = git_text(ctx.repo.path, "cat-file", "tag", ctx.params["sha"])
    except GitError:
        raise not_found() from None
    fields = dict(line.split(" ", 1) for line in body.split("\n\n")[0].splitlines())
    return Reply(_tag_json(ctx, ctx.params["sha"], fields["tag"], fields["object"]))


# --- branches and tags as lists


def _branch_json(ctx: Ctx, name: str, commit_: Commit, rules: list[Any]) -> dict[str, Any]:
    return {
        "name": name,
        "commit": commit_json(ctx, commit_),
        "protected": bool(matching(rules, name)),
        "protection_url": f"{api(ctx)}/branches/{name}/protection",
        "_links": {"self": f"{api(ctx)}/branches/{name}", "html": ctx.base_url},
        "protection": {"enabled": bool(matching(rules, name))},
    }


def branches(ctx: Ctx) -> Reply:
    rules = pushes.rules_of(ctx.forge, ctx.project["id"], "branch")
    found = ctx.repo.refs("heads")
    return page(ctx, found, lambda one: _branch_json(ctx, one.name, one.commit, rules))


def branch(ctx: Ctx) -> Reply:
    found = ctx.repo.ref("heads", ctx.params["name"])
    if found is None:
        raise refuse(404, "Branch not found")
    rules = pushes.rules_of(ctx.forge, ctx.project["id"], "branch")
    return Reply(_branch_json(ctx, found.name, found.commit, rules))


def tags(ctx: Ctx) -> Reply:
    def present(one: Any) -> dict[str, Any]:
        return {
            "name": one.name,
            "commit": {"sha": one.commit.id, "url": f"{api(ctx)}/commits/{one.commit.id}"},
            "zipball_url": ctx.base_url,
            "tarball_url": ctx.base_url,
            "node_id": f"REF_{one.name}",
        }

    return page(ctx, ctx.repo.refs("tags"), present)


BIG = 60 * 1024 * 1024
ROUTES: list[Route] = [
    *repo_routes("GET", "/commits", commits),
    *repo_routes("GET", "/commits/*ref", commit),
    *repo_routes("GET", "/compare/*basehead", compare),
    *repo_routes("GET", "/contents", contents),
    *repo_routes("GET", "/contents/*path", contents),
    *repo_routes("PUT", "/contents/*path", put_contents, WRITE, max_body=BIG),
    *repo_routes("POST", "/git/blobs", create_blob, WRITE, max_body=BIG),
    *repo_routes("GET", "/git/blobs/:sha", blob),
    *repo_routes("POST", "/git/trees", create_tree, WRITE, max_body=BIG),
    *repo_routes("GET", "/git/trees/*sha", tree),
    *repo_routes("POST", "/git/commits", create_commit, WRITE),
    *repo_routes("GET", "/git/commits/:sha", get_commit),
    *repo_routes("POST", "/git/refs", create_ref, WRITE),
    *repo_routes("GET", "/git/ref/*ref", ref),
    *repo_routes("PATCH", "/git/refs/*ref", change_ref, WRITE),
    *repo_routes("DELETE", "/git/refs/*ref", delete_ref, WRITE),
    *repo_routes("POST", "/git/tags", create_tag, WRITE),
    *repo_routes("GET", "/git/tags/:sha", tag_object),
    *repo_routes("GET", "/branches", branches),
    *repo_routes("GET", "/branches/*name", branch),
    *repo_routes("GET", "/tags", tags),
]
