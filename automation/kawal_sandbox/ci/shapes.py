"""Reads single values of CI YAML (durations, lists, variables ...), noting what is wrong under their path."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from kawal_sandbox.ci.problems import Problems

_UNIT_S = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hr": 3600,
    "hour": 3600,
}
_UNIT_S |= {"d": 86400, "day": 86400, "w": 604800, "week": 604800, "mo": 2592000, "month": 2592000}
_UNIT_S |= {"y": 31536000, "yr": 31536000, "year": 31536000}
_DURATION = re.compile(r"\s*(\d+)\s*([a-z]+?)s?(?=[\s\d,]|and|$)[\s,]*(?:and)?\s*", re.IGNORECASE)


def known_keys(value: Any, known: Collection[str], path: str, problems: Problems) -> dict[str, Any]:
    """`value` as a mapping with only known keys; the others are refused, never ignored."""
    if not isinstance(value, dict):
        problems.add(path, "config should be a hash")
        return {}
    unknown = sorted(set(value) - set(known))
    if unknown:
        problems.add(path, f"config contains unknown keys: {', '.join(unknown)}")
    return {key: item for key, item in value.items() if key in known}


def text(value: Any, path: str, problems: Problems, default: str = "") -> str:
    if isinstance(value, str):
        return value
    problems.add(path, "config should be a string")
    return default


def boolean(value: Any, path: str, problems: Problems) -> bool:
    if isinstance(value, bool):
        return value
    problems.add(path, "config should be a boolean value")
    return False


def choice(value: Any, allowed: Collection[str], default: str, path: str, problems: Problems) -> str:
    if isinstance(value, str) and value in allowed:
        return value
    problems.add(path, f"config should be one of: {', '.join(sorted(allowed))}")
    return default


def texts(value: Any, path: str, problems: Problems) -> tuple[str, ...]:
    """A text or a list of texts."""
    rows = [value] if isinstance(value, str) else value
    if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
        problems.add(path, "config should be an array of strings or a string")
        return ()
    return tuple(rows)


def script(value: Any, path: str, problems: Problems) -> tuple[str, ...]:
    """A script: a text or a list nested up to 10 levels (`!reference` makes nested lists)."""
    lines: list[str] = []

    def walk(item: Any, depth: int) -> None:
        if isinstance(item, str):
            lines.append(item)
        elif isinstance(item, list) and depth <= 10:
            for child in item:
                walk(child, depth + 1)
        else:
            problems.add(path, "config should be a string or a nested array of strings up to 10 levels deep")

    walk(value, 0)
    return tuple(lines)


def flat(value: Any) -> list[Any]:
    """A list with nested lists opened (rules taken over by `!reference`)."""
    return [row for item in value for row in (flat(item) if isinstance(item, list) else [item])]


def duration_s(value: Any, path: str, problems: Problems) -> int:
    """Seconds of a duration as GitLab writes them: `90 seconds`, `1h 30m`, `3 mins 4 sec`, `2 weeks`."""
    total, at = 0, 0
    body = value.strip() if isinstance(value, str) else ""
    while at < len(body):
        match = _DURATION.match(body, at)
        unit = match and _UNIT_S.get(match[2].lower())
        if not match or not unit or match.end() == at:
            total = 0
            break
        total += int(match[1]) * unit
        at = match.end()
    if total <= 0:
        problems.add(path, "config should be a duration")
    return total


def variables(
    value: Any, path: str, problems: Problems, *, described: bool
) -> tuple[dict[str, str], frozenset[str]]:
    """Name -> value, and the names whose value is not expanded (`expand: false`).

    `described` allows `description` and `options`, which GitLab knows at the top level only.
    """
    values: dict[str, str] = {}
    raw = set()
    if not isinstance(value, dict):
        problems.add(path, "config should be a hash")
        return {}, frozenset()
    for name, item in value.items():
        here = f"{path}:{name}"
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            problems.add(here, "is not a variable name")
            continue
        if isinstance(item, dict):
            known = {"value", "expand", "description", "options"} if described else {"value", "expand"}
            row = known_keys(item, known, here, problems)
            if row.get("expand", True) is False:
                raw.add(name)
            elif row.get("expand", True) is not True:
                problems.add(f"{here}:expand", "config should be a boolean value")
            item = row.get("value", "")
            if "options" in row and item not in (row["options"] or []):
                problems.add(here, "config value must be present in options")
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            problems.add(here, "config should be a string or a number")
            continue
        values[name] = str(item)
    return values, frozenset(raw)


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
