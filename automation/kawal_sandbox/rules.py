"""The one engine for protected refs: pure answers for the API, for merges and for pushes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kawal_sandbox.access import ADMIN, DEVELOPER, MAINTAINER, NONE

NO_PUSH_PROTECTED = "You are not allowed to push code to protected branches on this project."
NO_PUSH = "You are not allowed to push code to this project."
NO_FORCE = "You are not allowed to force push code to a protected branch on this project."
NO_DELETE_PROTECTED = (
    "You are not allowed to delete protected branches from this project."
    " Only a project maintainer or owner can delete a protected branch."
)
ONLY_WEB_DELETE = "You can only delete protected branches using the web interface."
NO_DELETE_DEFAULT = "The default branch of a project cannot be deleted."
RESERVED_REF = "You are not allowed to push to refs that the server keeps for itself."
NO_TAG_CREATE = "You are not allowed to create this tag as it is protected."
NO_TAG_CHANGE = "You are not allowed to change existing tags on this project."
NO_TAG_UPDATE = "Protected tags cannot be updated."
NO_TAG_DELETE = "You are not allowed to delete protected tags from this project. Only a project maintainer or owner can delete a protected tag."
ONLY_WEB_TAG_DELETE = "You can only delete protected tags using the web interface."
RESERVED = ("refs/merge-requests/", "refs/keep-around/", "refs/pipelines/", "refs/environments/")


@dataclass(frozen=True)
class Rule:
    """A protected branch (push, merge) or tag (create); 0 = nobody, 60 = administrators."""

    name: str
    push: int = NONE
    merge: int = NONE
    create: int = NONE
    force: bool = False
    strict: bool = False
    """Of a GitHub ruleset: what it does not admit, no rule beside it does."""


@dataclass(frozen=True)
class Actor:
    level: int
    admin: bool = False


@dataclass(frozen=True)
class Update:
    """A ref update as receive-pack names it; None = does not exist."""

    ref: str
    before: str | None
    after: str | None
    forced: bool = False


def matching(rules: Iterable[Rule], name: str) -> list[Rule]:
    return [rule for rule in rules if _pattern(rule.name).fullmatch(name)]


def grants(level: int, actor: Actor) -> bool:
    """Does an access level of a rule admit the actor? Nobody means nobody, administrators included."""
    if level == NONE:
        return False
    if actor.admin:
        return True
    return level != ADMIN and actor.level >= level


def _agreed(found: list[Rule], admits: Callable[[Rule], bool]) -> bool:
    """Several matching rules: the most permissive one wins, as in GitLab (that is the trap X6). GitHub's rulesets all have to agree."""
    loose = [rule for rule in found if not rule.strict]
    return all(admits(rule) for rule in found if rule.strict) and (not loose or any(map(admits, loose)))


def may_push(rules: Iterable[Rule], branch: str, actor: Actor) -> bool:
    found = matching(rules, branch)
    return _agreed(found, lambda rule: grants(rule.push, actor)) if found else actor.level >= DEVELOPER


def may_merge(rules: Iterable[Rule], branch: str, actor: Actor) -> bool:
    """Push rights include the right to merge."""
    found = matching(rules, branch)
    if not found:
        return actor.level >= DEVELOPER
    return _agreed(found, lambda rule: grants(rule.merge, actor) or grants(rule.push, actor))


def may_force(rules: Iterable[Rule], branch: str) -> bool:
    found = matching(rules, branch)
    return _agreed(found, lambda rule: rule.force) if found else True


def may_create_tag(rules: Iterable[Rule], tag: str, actor: Actor) -> bool:
    found = matching(rules, tag)
    return _agreed(found, lambda rule: grants(rule.create, actor)) if found else actor.level >= DEVELOPER


def refusal(
    update: Update,
    branches: Iterable[Rule],
    tags: Iterable[Rule],
    actor: Actor,
    *,
    default_branch: str,
    empty: bool,
    web: bool = False,
) -> str | None:
    """Why this update may not happen, in GitLab's words; None when it may. `web` = through the API instead of git push."""
    if actor.level < DEVELOPER:
        return NO_PUSH
    if update.ref.startswith("refs/heads/"):
        return _branch_refusal(update, tuple(branches), actor, default_branch, empty, web)
    if update.ref.startswith("refs/tags/"):
        return _tag_refusal(update, tuple(tags), actor, web)
    return RESERVED_REF if update.ref.startswith(RESERVED) else None


def _branch_refusal(
    update: Update, rules: tuple[Rule, ...], actor: Actor, default: str, empty: bool, web: bool
) -> str | None:
    name = update.ref.removeprefix("refs/heads/")
    if update.after is None:
        if name == default:
            return NO_DELETE_DEFAULT
        if matching(rules, name):
            if actor.level < MAINTAINER:
                return NO_DELETE_PROTECTED
            return None if web else ONLY_WEB_DELETE
        return None
    if empty and not matching(rules, name):
        # The first push makes the default branch, which is protected from birth.
        return None if actor.level >= MAINTAINER else NO_PUSH_PROTECTED
    if update.forced and not may_force(rules, name):
        return NO_FORCE
    return None if may_push(rules, name, actor) else NO_PUSH_PROTECTED


def _tag_refusal(update: Update, rules: tuple[Rule, ...], actor: Actor, web: bool) -> str | None:
    name = update.ref.removeprefix("refs/tags/")
    protected = bool(matching(rules, name))
    if update.after is None:
        if protected:
            if actor.level < MAINTAINER or not may_create_tag(rules, name, actor):
                return NO_TAG_DELETE
            return None if web else ONLY_WEB_TAG_DELETE
        return None
    if update.before is not None:
        if protected:
            return NO_TAG_UPDATE
        return None if actor.level >= MAINTAINER else NO_TAG_CHANGE
    return None if may_create_tag(rules, name, actor) else NO_TAG_CREATE


def _pattern(wildcard: str) -> re.Pattern[str]:
    """`*` stands for any run of characters, slashes included; nothing else is special."""
    return re.compile(".*".join(re.escape(part) for part in wildcard.split("*")), re.DOTALL)
