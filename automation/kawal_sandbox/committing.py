"""Commits made through the API: several file actions, one commit, one ref update."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from kawal_sandbox import pushes
from kawal_sandbox.api import Ctx
from kawal_sandbox.errors import ApiError, bad_parameter, forbidden, refuse
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.repos import Person, Repo, StaleRef, valid_ref_name

NOT_ALLOWED = "You are not allowed to push into this branch"


def commit(ctx: Ctx, branch: str, message: str, actions: Sequence[dict[str, Any]]) -> str:
    """Apply the actions on top of `branch` (or `start_branch`/`start_sha` of the request); the new commit's sha."""
    repo, project = ctx.repo, ctx.project
    if not valid_ref_name(branch):
        raise bad_parameter("branch is invalid")
    ref = f"refs/heads/{branch}"
    before = repo.ref_sha(ref)
    parent = _parent(ctx, repo, branch, before)
    update = pushes.RefUpdate(ref, before, "f" * 40, forced=before not in (ZERO, parent or ZERO))
    if pushes.refusals(ctx.forge, project, ctx.user, [update], web=True):
        raise forbidden(NOT_ALLOWED)
    changes = _changes(repo, parent, actions)
    author = Person(
        ctx.p.text("author_name") or ctx.user["name"], ctx.p.text("author_email") or ctx.user["email"]
    )
    tree = repo.change_tree(parent, changes)
    sha = repo.commit_tree(
        tree, [parent] if parent else [], message, author, Person(ctx.user["name"], ctx.user["email"])
    )
    move(ctx, ref, before, sha)
    return sha


def move(ctx: Ctx, ref: str, before: str, after: str) -> None:
    """Update a ref and do what follows from it; 400 when somebody else moved it meanwhile."""
    try:
        ctx.repo.update_ref(ref, after, before)
    except StaleRef:
        raise refuse(400, "Could not update " + ref + ". Please refresh and try again.") from None
    pushes.record(ctx.forge, ctx.project, ctx.user["id"], [pushes.RefUpdate(ref, before, after)])


def _parent(ctx: Ctx, repo: Repo, branch: str, before: str) -> str | None:
    start = ctx.p.text("start_sha") or ctx.p.text("start_branch")
    if start and start != branch:
        if before != ZERO and not ctx.p.flag("force"):
            raise refuse(
                400,
                f"A branch called '{branch}' already exists. Switch to that branch in order to make changes",
            )
        sha = repo.resolve(start)
        if sha is None:
            raise refuse(400, "Cannot find start_branch '" + start + "'")
        return sha
    if before != ZERO:
        return before
    if ctx.project["empty"]:
        return None
    raise refuse(400, "You can only create or edit files when you are on a branch")


def _changes(
    repo: Repo, parent: str | None, actions: Sequence[dict[str, Any]]
) -> list[tuple[str, str, str | None]]:
    """Tree changes of the actions, in order; 400 with GitLab's sentence when one does not fit."""
    entries = {entry.path: entry for entry in (repo.tree(parent, recursive=True) or [] if parent else [])}
    state: dict[str, tuple[str, str]] = {
        path: (entry.mode, entry.id) for path, entry in entries.items() if entry.type == "blob"
    }
    folders = {path for path, entry in entries.items() if entry.type == "tree"}
    touched: dict[str, None] = {}
    for action in actions:
        kind, path = action.get("action"), str(action.get("file_path") or "")
        _check_path(path)
        if kind == "create":
            if path in state:
                raise refuse(400, "A file with this name already exists")
            if path in folders:
                raise refuse(400, "A directory with this name already exists")
            state[path] = (
                "100755" if action.get("execute_filemode") else "100644",
                repo.write_blob(_content(action)),
            )
        elif kind in ("update", "delete", "chmod"):
            if path not in state:
                raise refuse(400, "A file with this name doesn't exist")
            _check_last_commit(repo, parent, path, action.get("last_commit_id"))
            mode, blob = state[path]
            if kind == "delete":
                del state[path]
            else:
                executable = action.get("execute_filemode")
                mode = mode if executable is None else "100755" if executable else "100644"
                state[path] = (mode, repo.write_blob(_content(action)) if kind == "update" else blob)
        elif kind == "move":
            previous = str(action.get("previous_path") or "")
            if previous not in state:
                raise refuse(400, "A file with this name doesn't exist")
            if path in state:
                raise refuse(400, "A file with this name already exists")
            mode, blob = state.pop(previous)
            state[path] = (
                mode,
                repo.write_blob(_content(action)) if action.get("content") is not None else blob,
            )
            touched[previous] = None
        else:
            raise bad_parameter("actions[0][action] does not have a valid value")
        touched[path] = None
    removed: list[tuple[str, str, str | None]] = [(path, "0", None) for path in touched if path not in state]
    return removed + [(path, *state[path]) for path in touched if path in state]


def _content(action: dict[str, Any]) -> bytes:
    content = str(action.get("content") or "")
    if action.get("encoding") != "base64":
        return content.encode()
    try:
        return base64.b64decode(content)
    except binascii.Error:
        raise refuse(400, "invalid base64") from None


def _check_last_commit(repo: Repo, parent: str | None, path: str, expected: Any) -> None:
    if expected and parent and repo.last_commit_of(parent, path) != expected:
        raise refuse(
            400, "You are attempting to update a file that has changed since you started editing it."
        )


def _check_path(path: str) -> None:
    parts = path.split("/")
    if (
        not path
        or path.startswith("/")
        or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
        or "\n" in path
        or "\0" in path
    ):
        raise ApiError(400, {"error": "file_path should be a valid file path"})
