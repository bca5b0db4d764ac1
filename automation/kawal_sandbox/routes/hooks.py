"""Project hooks, their delivery log, test and resend."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any
from urllib.parse import urlsplit

from kawal_sandbox import payloads
from kawal_sandbox.access import MAINTAINER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.errors import invalid, not_found, refuse
from kawal_sandbox.forge import Event
from kawal_sandbox.store import Row
from kawal_sandbox.store import now as moment
from kawal_sandbox.webhooks import FLAGS

EVENT_FLAGS = (
    "push_events",
    "tag_push_events",
    "merge_requests_events",
    "issues_events",
    "confidential_issues_events",
    "note_events",
    "confidential_note_events",
    "pipeline_events",
    "job_events",
    "deployment_events",
    "releases_events",
    "wiki_page_events",
    "feature_flag_events",
    "emoji_events",
    "resource_access_token_events",
)
TRIGGERS = {name: kind for kind, (name, _) in FLAGS.items()}


def hook_json(row: Row) -> dict[str, Any]:
    """Secrets are write-only: only whether they are there is told."""
    options = json.loads(row["data"])
    return {
        "id": row["id"],
        "url": row["url"],
        "name": options.get("name"),
        "description": options.get("description"),
        "created_at": row["created_at"],
        **{flag: bool(options.get(flag)) for flag in EVENT_FLAGS},
        "push_events_branch_filter": options.get("push_events_branch_filter") or "",
        "branch_filter_strategy": "wildcard",
        "enable_ssl_verification": options.get("enable_ssl_verification", True),
        "repository_update_events": False,
        "alert_status": "executable",
        "disabled_until": None,
        "url_variables": [],
        "custom_webhook_template": None,
        "custom_headers": [],
        "token_present": bool(row["token"]),
        "signing_token_present": bool(row["signing_token"]),
        "project_id": row["project_id"],
    }


def listing(ctx: Ctx) -> Reply:
    return ctx.rows("SELECT * FROM hooks WHERE project_id = ?", [ctx.project["id"]], hook_json, order="id")


def get(ctx: Ctx) -> Reply:
    return Reply(hook_json(_find(ctx)))


def create(ctx: Ctx) -> Reply:
    """No uniqueness: the same address twice makes two hooks."""
    url = _url(ctx.p.need("url"))
    options = {"push_events": True, "enable_ssl_verification": True} | _options(ctx)
    id_ = ctx.forge.store.insert(
        "hooks",
        project_id=ctx.project["id"],
        url=url,
        token=ctx.p.text("token"),
        signing_token=_signing(ctx.p.text("signing_token")),
        data=options,
        created_at=moment(),
    )
    return created(hook_json(ctx.forge.store.get("hooks", id_)))


def change(ctx: Ctx) -> Reply:
    row = _find(ctx)
    values: dict[str, Any] = {"data": json.loads(row["data"]) | _options(ctx)}
    if "url" in ctx.p:
        values["url"] = _url(ctx.p.need("url"))
    if "token" in ctx.p:
        values["token"] = ctx.p.text("token") or None
    if "signing_token" in ctx.p:
        values["signing_token"] = _signing(ctx.p.text("signing_token"))
    ctx.forge.store.update("hooks", row["id"], **values)
    return Reply(hook_json(ctx.forge.store.get("hooks", row["id"])))


def delete(ctx: Ctx) -> Reply:
    ctx.forge.store.run("DELETE FROM hooks WHERE id = ?", _find(ctx)["id"])
    return no_content()


def _options(ctx: Ctx) -> dict[str, Any]:
    options: dict[str, Any] = {
        name: flag
        for name in (*EVENT_FLAGS, "enable_ssl_verification")
        if (flag := ctx.p.flag(name)) is not None
    }
    return options | {
        name: ctx.p.text(name)
        for name in ("name", "description", "push_events_branch_filter")
        if name in ctx.p
    }


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid(url="is blocked: Only allowed schemes are http, https")
    return text


def _signing(token: str | None) -> str | None:
    if not token:
        return None
    try:
        key = base64.b64decode(token.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not token.startswith("whsec_") or len(key) != 32:
        raise invalid(signing_token="must be whsec_ followed by 32 bytes in base64")  # noqa: S106 - a message
    return token


def events(ctx: Ctx) -> Reply:
    return ctx.rows(
        "SELECT * FROM hook_log WHERE hook_id = ? AND state = 'done'", [_find(ctx)["id"]], _log_json
    )


def _log_json(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "url": row["url"],
        "trigger": row["trigger"],
        "request_headers": json.loads(row["request_headers"]),
        "request_data": json.loads(row["request_data"]),
        "response_headers": json.loads(row["response_headers"] or "{}"),
        "response_body": row["response_body"],
        "execution_duration": row["execution_duration"],
        "response_status": row["response_status"],
        "created_at": row["created_at"],
    }


def resend(ctx: Ctx) -> Reply:
    hook = _find(ctx)
    row = ctx.forge.store.one(
        "SELECT * FROM hook_log WHERE id = ? AND hook_id = ?", ctx.id("event_id"), hook["id"]
    )
    if row is None:
        raise not_found("Event")
    ctx.forge.webhooks.resend(row["id"])
    return created({"response_status": None})


def test(ctx: Ctx) -> Reply:
    """Send a sample made of the newest commit."""
    hook, trigger = _find(ctx), ctx.params["trigger"]
    if trigger not in TRIGGERS:
        raise refuse(400, {"error": "trigger does not have a valid value"})
    if ctx.project["empty"]:
        raise refuse(422, "Ensure the project has commits.")
    head = ctx.repo.ref_sha(f"refs/heads/{ctx.project['default_branch']}")
    sample = Event(
        "push",
        ctx.project["id"],
        ctx.user["id"],
        {"ref": f"refs/heads/{ctx.project['default_branch']}", "before": head, "after": head, "options": []},
    )
    payload = payloads.build(ctx.forge, sample)
    if payload is None:
        raise refuse(422, "Ensure the project has commits.")
    ctx.forge.webhooks.put(hook, TRIGGERS[trigger], payload)
    return created({"message": "201 Created"})


def _find(ctx: Ctx) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM hooks WHERE id = ? AND project_id = ?", ctx.id("hook_id"), ctx.project["id"]
    )
    if row is None:
        raise not_found()
    return row


ROUTES = [
    Route("GET", "/projects/:id/hooks", listing, MAINTAINER),
    Route("POST", "/projects/:id/hooks", create, MAINTAINER),
    Route("GET", "/projects/:id/hooks/:hook_id", get, MAINTAINER),
    Route("PUT", "/projects/:id/hooks/:hook_id", change, MAINTAINER),
    Route("DELETE", "/projects/:id/hooks/:hook_id", delete, MAINTAINER),
    Route("GET", "/projects/:id/hooks/:hook_id/events", events, MAINTAINER),
    Route("POST", "/projects/:id/hooks/:hook_id/events/:event_id/resend", resend, MAINTAINER),
    Route("POST", "/projects/:id/hooks/:hook_id/test/:trigger", test, MAINTAINER),
]
