"""`rules` and `workflow:rules`: checked once as text, then evaluated for one pipeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kawal_sandbox.ci import expressions, globs, shapes
from kawal_sandbox.ci.problems import Problems
from kawal_sandbox.ci.variables import expand

JOB_WHENS = ("on_success", "on_failure", "always", "manual", "never")


@dataclass(frozen=True)
class Facts:
    """What rules may look at. `changed` None: there is nothing to compare with, so every `changes` holds."""

    variables: Mapping[str, str]
    changed: Sequence[str] | None
    files: Sequence[str]


@dataclass(frozen=True)
class Rule:
    condition: str | None = None
    changes: tuple[str, ...] | None = None
    exists: tuple[str, ...] | None = None
    when: str | None = None
    allow_failure: bool | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    raw_variables: frozenset[str] = frozenset()


def read_rules(value: Any, path: str, problems: Problems, *, workflow: bool = False) -> tuple[Rule, ...]:
    if not isinstance(value, list):
        problems.add(path, "config should be an array of hashes")
        return ()
    return tuple(
        _rule(row, f"{path}:rule", problems, workflow=workflow)
        if isinstance(row, dict)
        else _not_a_rule(path, problems)
        for row in shapes.flat(value)
    )


def _not_a_rule(path: str, problems: Problems) -> Rule:
    problems.add(path, "config should be an array of hashes")
    return Rule(when="never")


def _rule(row: Any, path: str, problems: Problems, *, workflow: bool) -> Rule:
    known = {"if", "changes", "exists", "when", "variables"} | (set() if workflow else {"allow_failure"})
    row = shapes.known_keys(row, known, path, problems)
    condition = None
    if "if" in row:
        condition = shapes.text(row["if"], f"{path}:if", problems)
        try:
            expressions.parse(condition)
        except expressions.ExpressionError as error:
            problems.add(f"{path}:if", f"invalid expression syntax: {error}")
    values, raw = shapes.variables(row.get("variables", {}), f"{path}:variables", problems, described=False)
    when = row.get("when")
    if when is not None:
        when = shapes.choice(
            when, ("always", "never") if workflow else JOB_WHENS, "never", f"{path}:when", problems
        )
    allow = row.get("allow_failure")
    return Rule(
        condition=condition,
        changes=_paths(row.get("changes"), f"{path}:changes", problems),
        exists=_paths(row.get("exists"), f"{path}:exists", problems),
        when=when,
        allow_failure=None if allow is None else shapes.boolean(allow, f"{path}:allow_failure", problems),
        variables=values,
        raw_variables=raw,
    )


def _paths(value: Any, path: str, problems: Problems) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, dict):  # {paths: [...]}; `compare_to` and `project` are refused
        value = shapes.known_keys(value, {"paths"}, path, problems).get("paths", [])
    return shapes.texts(value, path, problems)


def first_match(rules: Sequence[Rule], facts: Facts) -> Rule | None:
    """The first rule that holds. A rule without conditions always holds."""
    return next((rule for rule in rules if _holds(rule, facts)), None)


def _holds(rule: Rule, facts: Facts) -> bool:
    if rule.condition is not None and not expressions.evaluate(rule.condition, facts.variables):
        return False
    if (
        rule.changes is not None
        and facts.changed is not None
        and not _any(rule.changes, facts.changed, facts)
    ):
        return False
    return rule.exists is None or _any(rule.exists, facts.files, facts)


def _any(patterns: Sequence[str], paths: Sequence[str], facts: Facts) -> bool:
    wanted = [expand(pattern, facts.variables) for pattern in patterns]
    return any(globs.matches(pattern, path) for pattern in wanted for path in paths)
