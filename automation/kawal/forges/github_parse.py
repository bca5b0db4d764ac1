"""JSON of GitHub REST v3 into the values of the port, and back. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from kawal.errors import InputError
from kawal.forges.jsonview import View
from kawal.forges.port import (
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
)
from kawal.model import Variable

LEVELS = {"admin": 50, "maintain": 40, "write": 30, "triage": 20, "read": 20}
WORDS = {50: "admin", 40: "maintain", 30: "push", 20: "pull", 10: "pull"}
"""Our level -> what PUT collaborators calls it."""

EVENTS = {
    "push_events": "push",
    "tag_push_events": "create",
    "issues_events": "issues",
    "note_events": "issue_comment",
    "merge_requests_events": "pull_request",
    "job_events": "workflow_job",
    "pipeline_events": "workflow_run",
    "deployment_events": "deployment",
    "releases_events": "release",
}
"""The port's event flags and GitHub's names for the same news."""

CALLER = ".github/workflows/kawal.yml"
"""Where an application calls the template for PA's tools, gate and release."""
_CALLED = "kawal / "
"""GitHub shows a job of a called workflow as `<calling job> / <its name>`; the thin callers have one job, `kawal`."""
SOURCES = {"pull_request": "merge_request_event", "workflow_dispatch": "web", "repository_dispatch": "api"}
_STATUS = {"success": "success", "failure": "failed", "cancelled": "canceled", "skipped": "skipped"}
_DUE = re.compile(r"\A<!-- kawal-tenggat (\d{4}-\d{2}-\d{2}) -->\n")

KNOWN_SETTINGS = frozenset(
    {
        "visibility",
        "default_branch",
        "merge_method",
        "squash_option",
        "remove_source_branch_after_merge",
        "public_jobs",
        "ci_push_repository_for_job_token_allowed",
    }
)
"""Settings with a counterpart. The rest is GitLab's own, or is a rule of a ruleset here."""


def project(v: View) -> Project:
    settings: dict[str, str | bool | int | None] = {
        "visibility": v.text("visibility"),
        "default_branch": v.maybe_text("default_branch"),
        "public_jobs": v.text("visibility") == "public",
        "archived": v.flag("archived"),
    }
    if "allow_merge_commit" in v.raw:
        only_merge = v.flag("allow_merge_commit") and not v.flag("allow_rebase_merge")
        settings |= {
            "merge_method": "merge" if only_merge else "lain",
            "squash_option": "default_off" if v.flag("allow_squash_merge") else "never",
            "remove_source_branch_after_merge": v.flag("delete_branch_on_merge"),
        }
    name, mark = split_description(v.maybe_text("description") or "")
    return Project(
        id=v.number("id"),
        full_path=v.text("full_name"),
        name=name or v.text("name"),
        description=mark,
        default_branch=v.maybe_text("default_branch"),
        # A repository nobody pushed to says that it was pushed when it was made: a sign to look, not an answer.
        empty=v.raw.get("pushed_at") in (None, v.raw.get("created_at")),
        web_url=v.text("html_url"),
        http_url=v.text("clone_url"),
        settings=settings,
    )


def settings_body(settings: dict[str, str | bool]) -> dict[str, Any]:
    """PATCH body of those settings that GitHub has."""
    body: dict[str, Any] = {}
    if "visibility" in settings:
        body["visibility"] = settings["visibility"]
    if "default_branch" in settings:
        body["default_branch"] = settings["default_branch"]
    if "merge_method" in settings:
        body |= {"allow_merge_commit": settings["merge_method"] == "merge", "allow_rebase_merge": False}
    if "squash_option" in settings:
        body["allow_squash_merge"] = settings["squash_option"] != "never"
    if "remove_source_branch_after_merge" in settings:
        body["delete_branch_on_merge"] = settings["remove_source_branch_after_merge"]
    return body


TOKEN_SETTING = "ci_push_repository_for_job_token_allowed"  # noqa: S105 - the name of a setting
READ_ONLY_TOKENS = {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
"""What keeps a job's own token from pushing and from approving pull requests."""


def tokens_write(raw: dict[str, Any]) -> bool | None:
    """Whether jobs may push or approve with their token; None when GitHub does not say."""
    if any(name not in raw for name in READ_ONLY_TOKENS):
        return None
    return any(raw[name] != value for name, value in READ_ONLY_TOKENS.items())


def joined_description(name: str, description: str) -> str:
    """GitHub has one line of 350 characters: display name, text and mark in one line."""
    flat = " ¶ ".join(line for line in description.splitlines() if line.strip())
    mark = flat.rpartition(" ¶ ")[2]
    text = f"{name} ¦ {flat}"
    return text if len(text) <= 350 else f"{name} ¦ {flat[: 340 - len(name) - len(mark)]}… ¶ {mark}"


def split_description(line: str) -> tuple[str, str]:
    name, bar, rest = line.partition(" ¦ ")
    return (name, rest.replace(" ¶ ", "\n\n")) if bar else ("", line)


def label(v: View) -> RemoteLabel:
    return RemoteLabel(v.text("name"), f"#{v.text('color').lower()}", v.maybe_text("description") or "")


def milestone(v: View) -> RemoteMilestone:
    due = v.maybe_text("due_on")
    return RemoteMilestone(
        v.number("number"),
        v.text("title"),
        v.maybe_text("description") or "",
        date.fromisoformat(due[:10]) if due else None,
    )


def issue(v: View) -> RemoteIssue:
    of, body = v.maybe_view("milestone"), (v.maybe_text("body") or "").replace("\r\n", "\n")
    due = _DUE.match(body)
    return RemoteIssue(
        iid=v.number("number"),
        title=v.text("title"),
        body=_DUE.sub("", body, count=1),
        labels=tuple(one.text("name") for one in v.views("labels")),
        milestone_id=of.number("number") if of else None,
        due=date.fromisoformat(due[1]) if due else None,
        closed=v.text("state") == "closed",
    )


def issue_body(body: str, due: date | None) -> str:
    """GitHub's issues have no due date: it stands in a comment on the first line."""
    return f"<!-- kawal-tenggat {due.isoformat()} -->\n{body}" if due else body


def member(v: View) -> RemoteMember:
    return RemoteMember(v.number("id"), v.text("login"), LEVELS.get(v.text("role_name"), 40))


def invited(v: View) -> RemoteMember:
    who = v.view("invitee")
    return RemoteMember(who.number("id"), who.text("login"), LEVELS.get(v.text("permissions"), 40))


def variable(v: View) -> Variable:
    value = v.text("value")
    # GitHub's variables have no type; what kawal gives as a file is a JSON document.
    return Variable(v.text("name"), value, "file" if value.startswith("{") else "env_var")


def hook(v: View) -> RemoteHook:
    back = {name: flag for flag, name in EVENTS.items()}
    events = tuple(sorted(back[name] for name in v.texts("events") if name in back))
    return RemoteHook(v.number("id"), str(v.view("config").raw.get("url", "")), events)


WEB_FLOW = "web-flow"
"""The account by which GitHub commits merges and what is written in its web pages."""
WEB_FLOW_ID = 19864447
WEB_FLOW_EMAIL = "noreply@github.com"


def commit(v: View) -> Commit:
    inner = v.view("commit")
    committer = inner.view("committer").text("email")
    return Commit(
        sha=v.text("sha"),
        parents=tuple(parent.text("sha") for parent in v.views("parents")),
        author_email=inner.view("author").text("email"),
        committer_email=None if _by_github(v, inner) else committer,
        message=inner.text("message"),
        author_id=_account(v, "author"),
        committer_id=_account(v, "committer"),
    )


def _account(v: View, part: str) -> int | None:
    """GitHub looks through all addresses of all accounts, also those it shows nobody; null or {} where it found none.

    web-flow is nobody: its address can be typed by anybody.
    """
    if not v.raw.get(part):
        return None
    found = v.view(part)
    return None if _is_web_flow(found) else found.number("id")


def _by_github(v: View, inner: View) -> bool:
    """GitHub's own committer, under GitHub's own signature: the address without it proves nothing."""
    signed = inner.maybe_view("verification")
    account = v.view("committer") if v.raw.get("committer") else None
    return account is not None and _is_web_flow(account) and signed is not None and signed.flag("verified")


def _is_web_flow(account: View) -> bool:
    # The number is github.com's; a server of one's own gave the account another one, under the same reserved name.
    return account.number("id") == WEB_FLOW_ID or account.text("login") == WEB_FLOW


def pull(v: View) -> MergeRequest:
    merged = v.maybe_view("merged_by")
    state = "opened" if v.text("state") == "open" else "merged" if v.maybe_text("merged_at") else "closed"
    return MergeRequest(
        iid=v.number("number"),
        title=v.text("title"),
        state=state,
        source_branch=v.view("head").text("ref"),
        target_branch=v.view("base").text("ref"),
        head_sha=v.view("head").text("sha"),
        merge_sha=v.maybe_text("merge_commit_sha") if state == "merged" else None,
        author_id=v.view("user").number("id"),
        merged_by_id=merged.number("id") if merged else None,
        mergeable=str(v.raw.get("mergeable_state") or "unknown"),
        head_pipeline_status=None,
    )


def run_status(v: View) -> str:
    if v.text("status") != "completed":
        return "running" if v.text("status") == "in_progress" else "pending"
    return _STATUS.get(v.maybe_text("conclusion") or "", "failed")


def pipeline(v: View, *, tag: bool) -> Pipeline:
    event = v.text("event")
    actor = v.maybe_view("actor")
    return Pipeline(
        id=v.number("id"),
        source=SOURCES.get(event, event),
        ref=v.maybe_text("head_branch") or "",
        sha=v.text("head_sha"),
        status=run_status(v),
        tag=tag,
        user_id=actor.number("id") if actor else 0,
        web_url=v.text("html_url"),
        workflow=(v.maybe_text("path") or "").partition("@")[0],
        attempt=v.maybe_number("run_attempt") or 1,
        templates=_templates(v),
    )


def _templates(v: View) -> tuple[str, ...]:
    """`referenced_workflows` as `file@repository:commit`, however the caller spelt the ref: the commit is what ran."""
    found = []
    for one in v.views("referenced_workflows") if v.raw.get("referenced_workflows") else []:
        place = one.text("path").partition("@")[0].split("/", 2)
        if len(place) != 3:
            raise InputError(
                "FORGE-006", "Alur kerja yang dipanggil tidak terbaca", found=one.text("path")[:200]
            )
        found.append(f"{place[2]}@{place[0]}/{place[1]}:{one.text('sha')}")
    return tuple(found)


def job(v: View, of: Pipeline) -> Job:
    return Job(
        id=v.number("id"),
        name=v.text("name").removeprefix(_CALLED),
        stage="",
        status=run_status(v),
        pipeline_id=v.number("run_id"),
        ref=of.ref,
        tag=of.tag,
        sha=v.text("head_sha"),
        runner_id=v.maybe_number("runner_id"),
        user_id=of.user_id,
        has_artifacts=False,
        finished_at=v.maybe_time("completed_at"),
        web_url=v.maybe_text("html_url") or "",
        started_at=v.maybe_time("started_at"),
        attempt=v.maybe_number("run_attempt") or 1,
    )
