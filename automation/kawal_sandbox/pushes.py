"""What follows from ref updates, whether they come by git push, commit API, merge or tag API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kawal_sandbox.access import MAINTAINER
from kawal_sandbox.errors import forbidden
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.rules import Actor, Rule, Update, refusal
from kawal_sandbox.store import Row, now

if TYPE_CHECKING:
    from kawal_sandbox.forge import Forge


@dataclass(frozen=True)
class RefUpdate:
    ref: str
    before: str
    after: str
    forced: bool = False


def rules_of(forge: Forge, project_id: int, kind: str) -> list[Rule]:
    """The protections of a project: kind is `branch` or `tag`."""
    by_ruleset = "SELECT pattern FROM gh_rule_refs WHERE project_id = ? AND kind = ?"
    strict = {row["pattern"] for row in forge.store.all(by_ruleset, project_id, kind)}
    return [
        Rule(
            row["name"],
            row["push_level"] or 0,
            row["merge_level"] or 0,
            row["create_level"] or 0,
            bool(row["allow_force_push"]),
            row["name"] in strict,
        )
        for row in forge.store.all(
            "SELECT * FROM protections WHERE project_id = ? AND kind = ?", project_id, kind
        )
    ]


def actor_of(forge: Forge, project: Row, user: Row) -> Actor:
    level = forge.access.effective(forge.access.project_level(project, user), user)
    return Actor(level, bool(user["admin"]))


def refusals(forge: Forge, project: Row, user: Row, updates: Iterable[RefUpdate], *, web: bool) -> list[str]:
    """Every reason why these updates are not allowed."""
    branches, tags = rules_of(forge, project["id"], "branch"), rules_of(forge, project["id"], "tag")
    actor = actor_of(forge, project, user)
    found = []
    for update in updates:
        asked = Update(update.ref, _some(update.before), _some(update.after), update.forced)
        reason = refusal(
            asked,
            branches,
            tags,
            actor,
            default_branch=project["default_branch"],
            empty=bool(project["empty"]),
            web=web,
        )
        if reason:
            found.append(reason)
    return found


def check(forge: Forge, project: Row, user: Row, update: RefUpdate) -> None:
    """The API's way to ask: 403 with the reason."""
    found = refusals(forge, project, user, [update], web=True)
    if found:
        raise forbidden(found[0])


def record(
    forge: Forge, project: Row, user_id: int, updates: Sequence[RefUpdate], options: Sequence[str] = ()
) -> None:
    """Bookkeeping after refs moved: default branch and its protection on the first push, then one event per ref."""
    store = forge.store
    heads = [update for update in updates if update.ref.startswith("refs/heads/") and update.after != ZERO]
    if project["empty"] and heads:
        names = [update.ref.removeprefix("refs/heads/") for update in heads]
        default = project["default_branch"] if project["default_branch"] in names else names[0]
        forge.repo(project["id"]).set_head(default)
        store.update("projects", project["id"], empty=0, default_branch=default)
        store.run(
            "INSERT INTO protections (project_id, kind, name, push_level, merge_level) VALUES (?, 'branch', ?, ?, ?) ON CONFLICT DO NOTHING",
            project["id"],
            default,
            MAINTAINER,
            MAINTAINER,
        )
    store.update("projects", project["id"], last_activity_at=now())
    for update in updates:
        kind = "tag" if update.ref.startswith("refs/tags/") else "push"
        if update.ref.startswith(("refs/tags/", "refs/heads/")):
            forge.publish(
                kind,
                project["id"],
                user_id,
                ref=update.ref,
                before=update.before,
                after=update.after,
                options=list(options),
            )


def _some(sha: str) -> str | None:
    return None if sha == ZERO else sha
