"""Follows `include` and gives one merged configuration. Files come from a `Source`: one repository at one commit."""

from typing import Any, Protocol

from kawal_sandbox.ci.inputs import input_values, interpolate, read_spec
from kawal_sandbox.ci.merge import deep_merge
from kawal_sandbox.ci.problems import ConfigError, Problems
from kawal_sandbox.ci.yamltext import load_documents

MAX_INCLUDES = 150  # GitLab: ci_max_includes


class IncludeError(Exception):
    """A file or project of an `include` is not there or may not be read by the pipeline's user."""


class Source(Protocol):
    """Where a configuration file lies."""

    def read(self, path: str) -> str:
        """The file's text. Raises `IncludeError`."""

    def other(self, project: str, ref: str | None) -> "Source":
        """Another project at `ref` (its default branch when None). Raises `IncludeError`."""


def load_config(
    text: str, where: str, source: Source, inputs: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The configuration of `text` with everything it includes, the including file on top."""
    problems = Problems()
    merged = _file(text, where, source, inputs or {}, [MAX_INCLUDES], problems)
    problems.raise_if_any()
    return merged


def _file(
    text: str, where: str, source: Source, inputs: dict[str, Any], budget: list[int], problems: Problems
) -> dict[str, Any]:
    documents = load_documents(text, where)
    declared: dict[str, dict[str, Any]] = {}
    has_header = len(documents) > 0 and isinstance(documents[0], dict) and "spec" in documents[0]
    if has_header:
        declared = read_spec(documents.pop(0), where, problems)
    if len(documents) != 1 or not isinstance(documents[0], dict):
        problems.add(f"{where}:", "Please provide content of .gitlab-ci.yml as one YAML mapping")
        return {}
    values = input_values(declared, inputs, where, problems)
    body: dict[str, Any] = documents[0]
    if has_header or "$[[" in text:
        body = interpolate(body, values, where, problems)
    rows = body.pop("include", [])
    merged: dict[str, Any] = {}
    for index, row in enumerate(rows if isinstance(rows, list) else [rows]):
        merged = deep_merge(merged, _included(row, f"{where}: include:{index}", source, budget, problems))
    return deep_merge(merged, body)


def _included(row: Any, path: str, source: Source, budget: list[int], problems: Problems) -> dict[str, Any]:
    row = {"local": row} if isinstance(row, str) else row
    kind = next((key for key in ("local", "project") if isinstance(row, dict) and key in row), None)
    if kind is None:
        problems.add(path, "should be a local file or {project, file, ref}; other kinds are not supported")
        return {}
    unknown = set(row) - ({"local", "inputs"} if kind == "local" else {"project", "file", "ref", "inputs"})
    if unknown:
        problems.add(path, f"contains unknown keys: {', '.join(sorted(unknown))}")
    files = row["local"] if kind == "local" else row.get("file")
    files = [files] if isinstance(files, str) else files
    given = row.get("inputs") or {}
    if not isinstance(files, list) or not files or not all(isinstance(name, str) and name for name in files):
        problems.add(path, "needs the name of a file")
        return {}
    if not isinstance(given, dict):
        problems.add(f"{path}:inputs", "should be a hash")
        return {}
    merged: dict[str, Any] = {}
    try:
        there = source if kind == "local" else source.other(str(row["project"]), row.get("ref"))
        for name in files:
            merged = deep_merge(merged, _one(name, path, there, given, budget, problems))
    except IncludeError as error:
        problems.add("", str(error))
    return merged


def _one(
    name: str, path: str, source: Source, inputs: dict[str, Any], budget: list[int], problems: Problems
) -> dict[str, Any]:
    budget[0] -= 1
    if budget[0] < 0:
        raise ConfigError([*problems.found, f"Maximum of {MAX_INCLUDES} nested includes are allowed!"])
    if "://" in name or "*" in name:
        problems.add(path, f"`{name}`: remote files and wildcards are not supported")
        return {}
    return _file(source.read(name.removeprefix("/")), name, source, inputs, budget, problems)
