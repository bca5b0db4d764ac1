"""Protections as rulesets of GitHub, and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from kawal.forges.jsonview import View
from kawal.model import ProtectedRef
from kawal.refs import matches

_PARAMETERS: dict[str, bool | int] = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": False,
    "require_last_push_approval": True,
    "required_review_thread_resolution": True,
}
PULL_RULE = {"type": "pull_request", "parameters": _PARAMETERS}
ADMIN_ROLE = 5
"""GitHub's number of the repository role admin, which only the bot holds."""


def ruleset_name(wanted: ProtectedRef) -> str:
    return f"kawal: {'cabang' if wanted.kind == 'branch' else 'tag'} {wanted.pattern}"


def ruleset_body(wanted: ProtectedRef) -> dict[str, Any]:
    only_bot = 40 in (wanted.push_level, wanted.merge_level)
    if wanted.kind == "tag":
        kinds = ["creation", "update", "deletion"] if wanted.push_level != 30 else ["update", "deletion"]
        rules: list[dict[str, Any]] = [{"type": kind} for kind in kinds]
    else:
        rules = [{"type": "deletion"}]
        rules += [] if wanted.force_push else [{"type": "non_fast_forward"}]
        rules += [PULL_RULE] if wanted.push_level == 0 else []
        rules += [{"type": "update"}] if wanted.merge_level != 30 else []
    mode = "pull_request" if wanted.kind == "branch" and wanted.push_level == 0 else "always"
    return {
        "name": ruleset_name(wanted),
        "target": wanted.kind,
        "enforcement": "active",
        "conditions": {
            "ref_name": {
                "include": [f"refs/{'heads' if wanted.kind == 'branch' else 'tags'}/{wanted.pattern}"],
                "exclude": [],
            }
        },
        "rules": rules,
        "bypass_actors": [{"actor_id": ADMIN_ROLE, "actor_type": "RepositoryRole", "bypass_mode": mode}]
        if only_bot
        else [],
    }


def protections(v: View, default_branch: str | None = None) -> list[ProtectedRef]:
    """What one ruleset amounts to in levels; nothing when it is not active, or leaves out refs that it names.

    `default_branch`: what `~DEFAULT_BRANCH` means here. Rules about pushed files and repositories (targets `push`, `repository`)
    hold no ref. What the answer does not show (`bypass_actors`, without the right to write) is not held.
    """
    target = v.maybe_text("target")
    if v.text("enforcement") != "active" or target not in ("branch", "tag"):
        return []
    rules = {rule.text("type"): rule for rule in (v.views("rules") if v.raw.get("rules") else [])}
    found = []
    for pattern in _patterns(v, target, default_branch):
        if target == "tag":
            # A tag that may be moved is not held, whoever may create it.
            level = _past(v) if rules.keys() >= {"creation", "update", "deletion"} else 30
            found.append(ProtectedRef(pattern, "tag", level))
        else:
            merge = _past(v) if "update" in rules else 30
            push = _past(v, directly=True) if _reviewed(rules.get("pull_request")) else merge
            found.append(ProtectedRef(pattern, "branch", push, merge, "non_fast_forward" not in rules))
    return found


def together(found: Sequence[ProtectedRef]) -> list[ProtectedRef]:
    """Rulesets as one list that can be read as any forge's, where of several rules over a ref the lowest level counts.

    On GitHub each ruleset over a ref has to let somebody through. So each pattern gets what all rulesets over the whole of it hold,
    and a wider pattern that holds less than a narrower one is left out: beside that it would look like a way around.
    """
    held = {(one.kind, one.pattern): _all_over(one, found) for one in found}
    return [one for one in held.values() if not any(_loosens(one, other) for other in held.values())]


def _all_over(one: ProtectedRef, found: Sequence[ProtectedRef]) -> ProtectedRef:
    over = [other for other in found if other.kind == one.kind and matches(one.pattern, other.pattern)]
    return ProtectedRef(
        one.pattern,
        one.kind,
        _strictest(other.push_level for other in over),
        _strictest(other.merge_level for other in over),
        all(other.force_push for other in over),
    )


def _strictest(levels: Iterable[int]) -> int:
    known = set(levels)
    return 0 if 0 in known else max(known)


def _loosens(wide: ProtectedRef, narrow: ProtectedRef) -> bool:
    over = wide.kind == narrow.kind and matches(narrow.pattern, wide.pattern)
    return over and replace(narrow, pattern=wide.pattern) != wide


def _patterns(v: View, target: str, default_branch: str | None) -> list[str]:
    conditions = v.maybe_view("conditions")
    names = conditions.maybe_view("ref_name") if conditions else None
    if names is None or names.raw.get("exclude"):
        return []
    prefix = "refs/heads/" if target == "branch" else "refs/tags/"
    meant = {"~ALL": "*", "~DEFAULT_BRANCH": default_branch}
    found = [
        meant.get(name, name.removeprefix(prefix))
        for name in names.texts("include")
        if name in meant or name.startswith(prefix)
    ]
    return [one for one in found if one]


def _past(v: View, *, directly: bool = False) -> int:
    """Who comes past the rules: 0 nobody, 40 the bot alone, 30 whoever else, or GitHub does not show it.

    `directly`: by a push; an actor of mode `pull_request` comes past by merging only.
    """
    if v.raw.get("bypass_actors") is None:
        return 30
    actors = [
        one
        for one in v.views("bypass_actors")
        if not (directly and one.raw.get("bypass_mode") == "pull_request")
    ]
    only_admin = all(
        (one.raw.get("actor_type"), one.raw.get("actor_id")) == ("RepositoryRole", ADMIN_ROLE)
        for one in actors
    )
    return (40 if actors else 0) if only_admin else 30


def _reviewed(rule: View | None) -> bool:
    """Whether the rule asks for at least what kawal's own asks; without a review a pull request is a push in two steps."""
    given = rule.maybe_view("parameters") if rule else None
    return given is not None and all(
        _as_strict(given.raw.get(name), wanted) for name, wanted in _PARAMETERS.items()
    )


def _as_strict(value: object, wanted: bool | int) -> bool:
    """Numbers of reviews may be higher; flags that are off in ours say nothing."""
    if isinstance(wanted, bool):
        return value is True or not wanted
    return isinstance(value, int) and value >= wanted
