"""`spec:inputs` headers and `$[[ inputs.x ]]` interpolation."""

import re
from collections.abc import Mapping
from typing import Any

from kawal_sandbox.ci.problems import Problems

_BLOCK = re.compile(r"\$\[\[\s*(.*?)\s*\]\]")
_NAME = re.compile(r"inputs\.([A-Za-z0-9_-]+)")
_KEYS = {"default", "description", "options", "regex", "type"}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "array": list,
}
_MISSING = object()


def read_spec(header: Any, where: str, problems: Problems) -> dict[str, dict[str, Any]]:
    """The declared inputs of a `spec` header."""
    spec = header.get("spec") if isinstance(header, dict) else None
    if not isinstance(header, dict) or set(header) != {"spec"} or not isinstance(spec, dict | None):
        problems.add(f"{where}:", "header should hold only `spec`")
        return {}
    spec = spec or {}
    for key in sorted(set(spec) - {"inputs"}):
        problems.add(f"{where}: header:spec", f"config contains unknown keys: {key}")
    inputs = spec.get("inputs") or {}
    if not isinstance(inputs, dict):
        problems.add(f"{where}: header:spec:inputs", "config should be a hash")
        return {}
    declared: dict[str, dict[str, Any]] = {}
    for name, row in inputs.items():
        row = {} if row is None else row
        path = f"{where}: header:spec:inputs:{name}"
        if not isinstance(row, dict):
            problems.add(path, "config should be a hash")
            continue
        for key in sorted(set(row) - _KEYS):
            problems.add(path, f"config contains unknown keys: {key}")
        if row.get("type", "string") not in _TYPES:
            problems.add(path, f"config type unknown value: {row['type']}")
            continue
        declared[name] = row
    return declared


def input_values(
    declared: Mapping[str, dict[str, Any]], given: Mapping[str, Any], where: str, problems: Problems
) -> dict[str, Any]:
    """The value of every declared input; problems for missing, unknown and ill-typed ones."""
    for name in sorted(set(given) - set(declared)):
        problems.add(f"{where}:", f"unknown input arguments: {name}")
    values: dict[str, Any] = {}
    for name, row in declared.items():
        value = given.get(name, row.get("default", _MISSING))
        if value is _MISSING:
            problems.add(f"{where}: `{name}` input:", "required value has not been provided")
            continue
        problem = _value_problem(value, row)
        if problem:
            problems.add(f"{where}: `{name}` input:", problem)
        values[name] = value
    return values


def _value_problem(value: Any, row: Mapping[str, Any]) -> str | None:
    kind = row.get("type", "string")
    is_bool_as_number = kind == "number" and isinstance(value, bool)
    if not isinstance(value, _TYPES[kind]) or is_bool_as_number:
        return f"provided value is not a {kind}"
    if "options" in row and value not in (row["options"] or []):
        return f"`{value}` cannot be used because it is not in the list of allowed options"
    if "regex" in row:
        pattern = str(row["regex"])
        try:
            if not isinstance(value, str) or not re.search(pattern, value):
                return f"provided value does not match required RegEx pattern {pattern}"
        except re.error:
            return f"invalid regular expression {pattern}"
    return None


def interpolate(value: Any, inputs: Mapping[str, Any], where: str, problems: Problems) -> Any:
    """`value` with every `$[[ inputs.x ]]` filled in. A text that is one block alone keeps the input's type."""
    if isinstance(value, dict):
        return {
            str(interpolate(key, inputs, where, problems)): interpolate(item, inputs, where, problems)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [interpolate(item, inputs, where, problems) for item in value]
    if not isinstance(value, str) or "$[[" not in value:
        return value
    whole = _BLOCK.fullmatch(value)
    if whole:
        return _block(whole[1], inputs, where, problems)
    return _BLOCK.sub(lambda found: _text(_block(found[1], inputs, where, problems)), value)


def _block(body: str, inputs: Mapping[str, Any], where: str, problems: Problems) -> Any:
    name = _NAME.fullmatch(body)
    if name is None:
        problems.add(f"{where}:", f"unsupported interpolation `{body}` (only inputs.NAME)")
    elif name[1] not in inputs:
        problems.add(f"{where}:", f"unknown interpolation key: `{name[1]}`")
    else:
        return inputs[name[1]]
    return ""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
