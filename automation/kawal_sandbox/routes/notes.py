"""Notes and discussions on issues and merge requests."""

from __future__ import annotations

import secrets
from typing import Any

from kawal_sandbox import noting
from kawal_sandbox.access import DEVELOPER, GUEST, MAINTAINER, REPORTER
from kawal_sandbox.api import Ctx, Reply, Route, created, no_content
from kawal_sandbox.entities import user_brief
from kawal_sandbox.errors import forbidden, not_found
from kawal_sandbox.store import Row, now

NOUNS = {"issue": "Issue", "mr": "MergeRequest"}


def _target(ctx: Ctx) -> tuple[str, Row]:
    kind = "issue" if "/issues/" in ctx.path else "mr"
    table = "issues" if kind == "issue" else "merge_requests"
    row = ctx.forge.store.one(
        f"SELECT * FROM {table} WHERE project_id = ? AND iid = ?",  # noqa: S608
        ctx.project["id"],
        ctx.id("iid"),
    )
    if row is None:
        raise not_found("Issue" if kind == "issue" else "Merge Request")
    return kind, row


def note_json(ctx: Ctx, row: Row, iid: int) -> dict[str, Any]:
    body = {
        "id": row["id"],
        "type": "DiscussionNote" if row["resolvable"] else None,
        "body": row["body"],
        "author": user_brief(ctx, row["author_id"]),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "system": bool(row["system"]),
        "noteable_id": row["target_id"],
        "noteable_type": NOUNS[row["target"]],
        "project_id": row["project_id"],
        "resolvable": bool(row["resolvable"]),
        "confidential": bool(row["internal"]),
        "internal": bool(row["internal"]),
        "imported": False,
        "noteable_iid": iid,
        "commands_changes": {},
    }
    if row["resolvable"]:
        body |= {
            "resolved": row["resolved_by"] is not None,
            "resolved_by": user_brief(ctx, row["resolved_by"]),
        }
    return body


def listing(ctx: Ctx) -> Reply:
    kind, row = _target(ctx)
    sql, args = "SELECT * FROM notes WHERE target = ? AND target_id = ?", [kind, row["id"]]
    only = ctx.query.text("activity_filter")
    if only in ("only_comments", "only_activity"):
        sql += f" AND system = {int(only == 'only_activity')}"
    order = "updated_at" if ctx.query.text("order_by") == "updated_at" else "id"
    direction = "ASC" if ctx.query.text("sort") == "asc" else "DESC"
    page = ctx.rows(
        sql, args, lambda note: note_json(ctx, note, row["iid"]), order=f"{order} {direction}, id {direction}"
    )
    # As on GitLab: counted and cut into pages first, then what the caller may not see is taken out.
    shown = [note for note in page.body if ctx.level >= REPORTER or not note["internal"]]
    return Reply(shown, headers=page.headers)


def get(ctx: Ctx) -> Reply:
    _, row = _target(ctx)
    return Reply(note_json(ctx, _note(ctx), row["iid"]))


def create(ctx: Ctx) -> Reply:
    kind, row = _target(ctx)
    return created(note_json(ctx, _create(ctx, kind, row), row["iid"]))


def _create(ctx: Ctx, kind: str, row: Row, discussion: str | None = None, resolvable: bool = False) -> Row:
    internal = bool(ctx.p.flag("internal") or ctx.p.flag("confidential"))
    id_ = noting.write(
        ctx.forge,
        kind,
        row["id"],
        ctx.project["id"],
        ctx.user["id"],
        ctx.p.need("body"),
        internal=internal,
        discussion_id=discussion,
        resolvable=resolvable,
    )
    ctx.forge.publish("note", ctx.project["id"], ctx.user["id"], note_id=id_)
    return ctx.forge.store.get("notes", id_)


def change(ctx: Ctx) -> Reply:
    _, row = _target(ctx)
    note = _note(ctx)
    if "body" in ctx.p:
        if note["author_id"] != ctx.user["id"] or note["system"]:
            raise forbidden()
        ctx.forge.store.update("notes", note["id"], body=ctx.p.need("body"), updated_at=now())
    return Reply(note_json(ctx, ctx.forge.store.get("notes", note["id"]), row["iid"]))


def delete(ctx: Ctx) -> Reply:
    _target(ctx)
    note = _note(ctx)
    if note["system"] or (note["author_id"] != ctx.user["id"] and ctx.level < MAINTAINER):
        raise forbidden()
    ctx.forge.store.run("DELETE FROM notes WHERE id = ?", note["id"])
    return no_content()


def _note(ctx: Ctx) -> Row:
    kind, row = _target(ctx)
    note = ctx.forge.store.one(
        "SELECT * FROM notes WHERE id = ? AND target = ? AND target_id = ?",
        ctx.id("note_id"),
        kind,
        row["id"],
    )
    if note is None or (note["internal"] and ctx.level < REPORTER):
        raise not_found("Note")
    return note


def discussions(ctx: Ctx) -> Reply:
    kind, row = _target(ctx)
    grouped: dict[str, list[Row]] = {}
    for note in ctx.forge.store.all(
        "SELECT * FROM notes WHERE target = ? AND target_id = ? ORDER BY id", kind, row["id"]
    ):
        grouped.setdefault(note["discussion_id"], []).append(note)
    return ctx.items(grouped.items(), lambda item: _discussion(ctx, item[0], item[1], row["iid"]))


def _discussion(ctx: Ctx, id_: str, notes: list[Row], iid: int) -> dict[str, Any]:
    return {
        "id": id_,
        "individual_note": not notes[0]["resolvable"],
        "notes": [note_json(ctx, note, iid) for note in notes],
    }


def start_discussion(ctx: Ctx) -> Reply:
    kind, row = _target(ctx)
    note = _create(ctx, kind, row, discussion=secrets.token_hex(20), resolvable=kind == "mr")
    return created(_discussion(ctx, note["discussion_id"], [note], row["iid"]))


def get_discussion(ctx: Ctx) -> Reply:
    _, row = _target(ctx)
    return Reply(_discussion(ctx, ctx.params["discussion_id"], _thread(ctx), row["iid"]))


def reply_discussion(ctx: Ctx) -> Reply:
    kind, row = _target(ctx)
    first = _thread(ctx)[0]
    note = _create(ctx, kind, row, discussion=first["discussion_id"], resolvable=bool(first["resolvable"]))
    return created(note_json(ctx, note, row["iid"]))


def resolve_discussion(ctx: Ctx) -> Reply:
    _, row = _target(ctx)
    resolved = ctx.p.flag("resolved")
    thread = _thread(ctx)
    if ctx.level < DEVELOPER and row["author_id"] != ctx.user["id"]:
        raise forbidden()
    for note in thread:
        ctx.forge.store.update("notes", note["id"], resolved_by=ctx.user["id"] if resolved else None)
    return Reply(_discussion(ctx, ctx.params["discussion_id"], _thread(ctx), row["iid"]))


def _thread(ctx: Ctx) -> list[Row]:
    kind, row = _target(ctx)
    notes = ctx.forge.store.all(
        "SELECT * FROM notes WHERE target = ? AND target_id = ? AND discussion_id = ? ORDER BY id",
        kind,
        row["id"],
        ctx.params["discussion_id"],
    )
    if not notes:
        raise not_found("Discussion")
    return notes


ROUTES = [
    route
    for kind, level in (("issues", GUEST), ("merge_requests", REPORTER))
    for base in (f"/projects/:id/{kind}/:iid",)
    for route in (
        Route("GET", f"{base}/notes", listing, level),
        Route("POST", f"{base}/notes", create, level),
        Route("GET", f"{base}/notes/:note_id", get, level),
        Route("PUT", f"{base}/notes/:note_id", change, level),
        Route("DELETE", f"{base}/notes/:note_id", delete, level),
        Route("GET", f"{base}/discussions", discussions, level),
        Route("POST", f"{base}/discussions", start_discussion, level),
        Route("GET", f"{base}/discussions/:discussion_id", get_discussion, level),
        Route("PUT", f"{base}/discussions/:discussion_id", resolve_discussion, level),
        Route("POST", f"{base}/discussions/:discussion_id/notes", reply_discussion, level),
    )
]
