"""Labels on issues and merge requests: finding them by name or id, attaching them, remembering who did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kawal_sandbox.access import trail_ids
from kawal_sandbox.entities import namespace_of
from kawal_sandbox.store import Row, now

if TYPE_CHECKING:
    from kawal_sandbox.api import Ctx

DEFAULT_COLOUR = "#6699cc"
NAMED_COLOURS = {
    "red": "#FF0000",
    "green": "#008000",
    "blue": "#0000FF",
    "yellow": "#FFFF00",
    "black": "#000000",
    "white": "#FFFFFF",
    "orange": "#FFA500",
    "purple": "#800080",
    "gray": "#808080",
}


def label_json(row: Row, *, project: bool) -> dict[str, Any]:
    """`project`: the label was asked for in a project (which then says whether it is the project's own)."""
    body = {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "description_html": row["description"] or "",
        "text_color": _text_colour(row["color"]),
        "color": row["color"],
        "archived": False,
        "subscribed": False,
    }
    if project:
        body |= {"priority": row["priority"], "is_project_label": row["source"] == "project"}
    return body


def _text_colour(colour: str) -> str:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(c * 2 for c in digits)
    return "#1F1E24" if sum(int(digits[i : i + 2], 16) for i in (0, 2, 4)) > 500 else "#FFFFFF"


def sources(ctx: Ctx, project: Row) -> list[tuple[str, int]]:
    """Where a project's labels may come from: itself and its groups."""
    namespace = namespace_of(ctx, project["namespace_id"])
    return [("project", project["id"]), *(("group", id_) for id_ in reversed(trail_ids(namespace)))]


def available(ctx: Ctx, project: Row) -> list[Row]:
    return of_sources(ctx, sources(ctx, project))


def of_sources(ctx: Ctx, places: Iterable[tuple[str, int]]) -> list[Row]:
    places = list(places)
    marks = ", ".join(["(?, ?)"] * len(places))
    args = [part for place in places for part in place]
    return ctx.forge.store.all(
        f"SELECT * FROM labels WHERE (source, source_id) IN (VALUES {marks}) ORDER BY name",  # noqa: S608
        *args,
    )


def find_or_create(ctx: Ctx, project: Row, names: Iterable[str]) -> list[Row]:
    """Labels by title; unknown ones are made silently in the project with a default colour, as GitLab does."""
    known: dict[str, Row] = {}
    for row in reversed(available(ctx, project)):
        known[row["name"]] = row
    found = []
    for name in dict.fromkeys(names):
        if name not in known:
            id_ = ctx.forge.store.insert(
                "labels", source="project", source_id=project["id"], name=name, color=DEFAULT_COLOUR
            )
            known[name] = ctx.forge.store.get("labels", id_)
        found.append(known[name])
    return found


def of(ctx: Ctx, target: str, ids: Iterable[int]) -> dict[int, list[Row]]:
    """Labels of many issues (`issue`) or merge requests (`mr`), in one query."""
    ids = list(ids)
    result: dict[int, list[Row]] = {id_: [] for id_ in ids}
    marks = ", ".join("?" * len(ids))
    sql = "SELECT k.target_id, l.* FROM label_links k JOIN labels l ON l.id = k.label_id"
    for row in ctx.forge.store.all(
        f"{sql} WHERE k.target = ? AND k.target_id IN ({marks}) ORDER BY l.name", target, *ids
    ):
        result[row["target_id"]].append(row)
    return result


def apply(ctx: Ctx, target: str, target_id: int, project: Row) -> dict[str, list[Row]] | None:
    """Do what `labels`, `add_labels`, `remove_labels` of the request ask; {previous, current} when something changed."""
    whole, add, remove = (ctx.p.words(name) for name in ("labels", "add_labels", "remove_labels"))
    if whole is None and not add and not remove:
        return None
    before = of(ctx, target, [target_id])[target_id]
    names = [row["name"] for row in before] if whole is None else whole
    names = [name for name in [*names, *(add or [])] if name not in (remove or [])]
    after = find_or_create(ctx, project, names)
    return _set(ctx, target, target_id, before, after)


def _set(
    ctx: Ctx, target: str, target_id: int, before: list[Row], after: list[Row]
) -> dict[str, list[Row]] | None:
    store = ctx.forge.store
    old, new = {row["id"] for row in before}, {row["id"] for row in after}
    for label_id, action in [*((id_, "add") for id_ in new - old), *((id_, "remove") for id_ in old - new)]:
        if action == "add":
            store.insert("label_links", target=target, target_id=target_id, label_id=label_id)
        else:
            store.run(
                "DELETE FROM label_links WHERE target = ? AND target_id = ? AND label_id = ?",
                target,
                target_id,
                label_id,
            )
        store.insert(
            "label_events",
            target=target,
            target_id=target_id,
            label_id=label_id,
            user_id=ctx.user["id"],
            action=action,
            created_at=now(),
        )
    return {"previous": before, "current": after} if old != new else None
