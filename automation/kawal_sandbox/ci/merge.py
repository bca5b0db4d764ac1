"""Deep merge, `extends` and `!reference`, in the order in which GitLab applies them."""

import copy
from collections.abc import Mapping
from typing import Any

from kawal_sandbox.ci.problems import Problems
from kawal_sandbox.ci.yamltext import Reference

MAX_EXTENDS = 10
MAX_REFERENCES = 10
NOT_JOBS = frozenset(
    {"stages", "default", "variables", "workflow", "include", "spec", "image", "services", "cache"}
    | {"before_script", "after_script", "types"}
)


def deep_merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` wins; mappings are merged key by key, lists are replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = deep_merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def extend_all(config: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Every job with its `extends` applied and removed."""
    done: dict[str, Any] = {}
    for name, value in config.items():
        is_job = name not in NOT_JOBS and isinstance(value, dict)
        done[name] = _extended(config, name, (), problems) if is_job else value
    return done


def _extended(
    config: Mapping[str, Any], name: str, above: tuple[str, ...], problems: Problems
) -> dict[str, Any]:
    value: dict[str, Any] = config[name]
    parents = value.get("extends", [])
    parents = [parents] if isinstance(parents, str) else parents
    own = {key: item for key, item in value.items() if key != "extends"}
    if not isinstance(parents, list) or not all(isinstance(parent, str) for parent in parents):
        problems.add(f"{name}:", "extends should be a job name or a list of job names")
        return own
    chain = (*above, name)
    base: dict[str, Any] = {}
    for parent in parents:
        if parent in chain:
            problems.add(f"{name}:", f"circular dependency detected in `extends` ({parent})")
        elif len(chain) > MAX_EXTENDS:
            problems.add(f"{name}:", "nesting too deep in `extends`")
        elif not isinstance(config.get(parent), dict) or parent in NOT_JOBS:
            problems.add(f"{name}:", f"unknown keys in `extends` ({parent})")
        else:
            base = deep_merge(base, _extended(config, parent, chain, problems))
    return deep_merge(base, own)


def resolve_references(config: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Every `!reference` replaced by a copy of what it names."""
    resolved = {name: _resolve(value, config, (), problems) for name, value in config.items()}
    return copy.deepcopy(resolved)


def _resolve(value: Any, config: Mapping[str, Any], above: tuple[Reference, ...], problems: Problems) -> Any:
    if isinstance(value, Reference):
        if value in above or len(above) >= MAX_REFERENCES:
            problems.add("", f"!reference [{', '.join(value.path)}] is part of a circular chain")
            return None
        target: Any = config
        for part in value.path:
            if not isinstance(target, Mapping) or part not in target:
                problems.add("", f"!reference [{', '.join(value.path)}] could not be found")
                return None
            target = target[part]
        return _resolve(target, config, (*above, value), problems)
    if isinstance(value, dict):
        return {key: _resolve(item, config, above, problems) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolve(item, config, above, problems) for item in value]
    return value
