"""JSON of GitLab REST v4 into the values of the port. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from kawal.errors import InputError
from kawal.forges.jsonview import View
from kawal.forges.port import (
    Approval,
    Branch,
    Commit,
    Job,
    MergeRequest,
    Pipeline,
    Project,
    RemoteHook,
    RemoteIssue,
    RemoteLabel,
    RemoteMember,
    RemoteMilestone,
    Tag,
)
from kawal.model import ProtectedRef, Variable

HOOK_EVENTS = (
    "push_events",
    "tag_push_events",
    "issues_events",
    "confidential_issues_events",
    "note_events",
    "confidential_note_events",
    "merge_requests_events",
    "job_events",
    "pipeline_events",
    "wiki_page_events",
    "deployment_events",
    "releases_events",
    "emoji_events",
)
"""Every event flag of a project hook: each is set explicitly, because `push_events` is on by default."""


def project(v: View) -> Project:
    settings: dict[str, str | bool | int | None] = {
        key: value for key, value in v.raw.items() if value is None or isinstance(value, str | bool | int)
    }
    return Project(
        id=v.number("id"),
        full_path=v.text("path_with_namespace"),
        name=v.text("name"),
        description=v.maybe_text("description") or "",
        default_branch=v.maybe_text("default_branch"),
        empty=v.flag("empty_repo"),
        web_url=v.text("web_url"),
        http_url=v.text("http_url_to_repo"),
        settings=settings,
    )


def label(v: View) -> RemoteLabel:
    return RemoteLabel(v.text("name"), v.text("color").lower(), v.maybe_text("description") or "")


def milestone(v: View) -> RemoteMilestone:
    return RemoteMilestone(
        v.number("id"), v.text("title"), v.maybe_text("description") or "", v.maybe_date("due_date")
    )


def issue(v: View) -> RemoteIssue:
    of = v.maybe_view("milestone")
    return RemoteIssue(
        iid=v.number("iid"),
        title=v.text("title"),
        body=v.maybe_text("description") or "",
        labels=v.texts("labels"),
        milestone_id=of.number("id") if of else None,
        due=v.maybe_date("due_date"),
        closed=v.text("state") == "closed",
    )


def member(v: View) -> RemoteMember:
    return RemoteMember(v.number("id"), v.text("username"), v.number("access_level"))


def hook(v: View) -> RemoteHook:
    events = tuple(name for name in HOOK_EVENTS if v.raw.get(name) is True)
    return RemoteHook(v.number("id"), v.text("url"), events)


def variable(v: View) -> Variable:
    kind = v.text("variable_type")
    # A hidden variable has no value in the answer: it then differs from every wanted value.
    value = v.maybe_text("value") or ""
    return Variable(v.text("key"), value, "file" if kind == "file" else "env_var", v.flag("protected"))


def most_permissive(levels: Iterable[int]) -> int:
    """What several access levels together allow: 0 (nobody) only if all say so, else the lowest level that may."""
    allowed = [level for level in levels if level != 0]
    return min(allowed, default=0)


def protected_branch(v: View) -> ProtectedRef:
    return ProtectedRef(
        pattern=v.text("name"),
        kind="branch",
        push_level=_level(v.views("push_access_levels")),
        merge_level=_level(v.views("merge_access_levels")),
        force_push=v.flag("allow_force_push"),
    )


def protected_tag(v: View) -> ProtectedRef:
    return ProtectedRef(v.text("name"), "tag", _level(v.views("create_access_levels")))


_NAMED = ("user_id", "group_id", "deploy_key_id")
_SOMEBODY = 1
"""A level below every role: whoever is let in by name is no role that could be compared."""


def _level(entries: Sequence[View]) -> int:
    return most_permissive(_entry_level(entry) for entry in entries)


def _entry_level(entry: View) -> int:
    # A deploy key, person or group let in by name says level 40 beside its id, or on some versions no level at all.
    if entry.raw.get("access_level") is None or any(entry.raw.get(key) is not None for key in _NAMED):
        return _SOMEBODY
    return entry.number("access_level")


def branch(v: View) -> Branch:
    return Branch(v.text("name"), v.view("commit").text("id"))


def tag(v: View) -> Tag:
    # `target` of an annotated tag is the tag object; the commit is what is released.
    return Tag(v.text("name"), v.view("commit").text("id"), v.flag("protected"))


def commit(v: View) -> Commit:
    return Commit(
        sha=v.text("id"),
        parents=v.texts("parent_ids"),
        author_email=v.maybe_text("author_email") or "",
        committer_email=v.maybe_text("committer_email") or "",
        message=v.text("message"),
    )


def merge_request(v: View) -> MergeRequest:
    state = v.text("state")
    merged = state == "merged"
    # A fast-forward merge has neither a merge commit nor a squash commit: the head itself is what landed.
    landed = v.maybe_text("merge_commit_sha") or v.maybe_text("squash_commit_sha") or v.maybe_text("sha")
    by = v.maybe_view("merge_user") or v.maybe_view("merged_by")
    pipeline_ = v.maybe_view("head_pipeline")
    return MergeRequest(
        iid=v.number("iid"),
        title=v.text("title"),
        state=state,
        source_branch=v.text("source_branch"),
        target_branch=v.text("target_branch"),
        head_sha=v.maybe_text("sha") or "",
        merge_sha=landed if merged else None,
        author_id=v.view("author").number("id"),
        merged_by_id=by.number("id") if by and merged else None,
        mergeable=v.maybe_text("detailed_merge_status") or "unknown",
        head_pipeline_status=pipeline_.text("status") if pipeline_ else None,
    )


def approval(v: View) -> Approval:
    user = v.view("user")
    return Approval(user.number("id"), user.text("username"), v.maybe_time("approved_at"))


def pipeline(v: View) -> Pipeline:
    user = v.maybe_view("user")
    return Pipeline(
        id=v.number("id"),
        source=v.maybe_text("source") or "unknown",
        ref=v.text("ref"),
        sha=v.text("sha"),
        status=v.text("status"),
        tag=v.raw.get("tag") is True,
        user_id=user.number("id") if user else 0,
        web_url=v.maybe_text("web_url") or "",
    )


def job(v: View) -> Job:
    runner = v.maybe_view("runner")
    user = v.maybe_view("user")
    return Job(
        id=v.number("id"),
        name=v.text("name"),
        stage=v.text("stage"),
        status=v.text("status"),
        pipeline_id=v.view("pipeline").number("id"),
        ref=v.text("ref"),
        tag=v.flag("tag"),
        sha=v.view("pipeline").text("sha"),
        runner_id=runner.number("id") if runner else None,
        user_id=user.number("id") if user else 0,
        has_artifacts=v.raw.get("artifacts_file") is not None,
        finished_at=v.maybe_time("finished_at"),
        web_url=v.maybe_text("web_url") or "",
        started_at=v.maybe_time("started_at"),
    )


def blob_id(content: bytes) -> str:
    """Git's id of a file's content, so that files are compared without downloading them."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324 (git's own name for it)


def tree_id(rows: Sequence[dict[str, Any]], where: str) -> str:
    """Git's id of a tree, recomputed from its listing: GitLab's REST names no tree id of a commit."""
    entries: list[tuple[bytes, bytes]] = []
    width = 40
    for row in rows:
        v = View(row, where)
        name, mode, id_ = v.text("name").encode(), v.text("mode").lstrip("0").encode(), v.text("id")
        is_tree = v.text("type") == "tree"
        width = len(id_)
        try:
            entries.append(
                (name + b"/" if is_tree else name, mode + b" " + name + b"\0" + bytes.fromhex(id_))
            )
        except ValueError:
            raise InputError(
                "FORGE-006", f"Jawaban forge tidak dapat dipahami: {where}", found=f"id {id_!r}"
            ) from None
    body = b"".join(entry for _, entry in sorted(entries))
    digest = hashlib.sha256 if width == 64 else hashlib.sha1
    return digest(b"tree %d\0" % len(body) + body).hexdigest()
