"""Reads CI YAML: `!reference` tags, no duplicate keys, no alias bombs; at most one `spec` header."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from kawal_sandbox.ci.problems import ConfigError

MAX_BYTES = 1 << 20  # GitLab: max_yaml_size_bytes is 2 MB
MAX_NODES = 50_000  # after aliases are followed: stops "billion laughs"


@dataclass(frozen=True)
class Reference:
    """`!reference [job, key, ...]`, still to be resolved."""

    path: tuple[str, ...]


class _Loader(yaml.SafeLoader):
    pass


def _reference(loader: _Loader, node: yaml.Node) -> Reference:
    if not isinstance(node, yaml.SequenceNode):
        raise yaml.constructor.ConstructorError(None, None, "!reference needs a list", node.start_mark)
    return Reference(tuple(str(part) for part in loader.construct_sequence(node, deep=True)))


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key_node, _value in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | float | bool):
            raise yaml.constructor.ConstructorError(
                None, None, "a key must be plain text", key_node.start_mark
            )
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key!r}", key_node.start_mark)
        seen.add(key)
    loader.flatten_mapping(node)
    return {
        (key if isinstance(key, str) else _scalar_text(key)): value
        for key, value in yaml.constructor.BaseConstructor.construct_mapping(loader, node, deep=True).items()
    }


def _scalar_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_Loader.add_constructor("!reference", _reference)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
# Dates stay text: a job named 2024-01-01 is a name.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in rows if tag != "tag:yaml.org,2002:timestamp"]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_documents(text: str, where: str) -> list[Any]:
    """The YAML documents of a file. Raises `ConfigError` naming `where`."""
    if len(text.encode()) > MAX_BYTES:
        raise ConfigError([f"{where}: the file is larger than {MAX_BYTES} bytes"])
    try:
        documents = list(yaml.load_all(text, Loader=_Loader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError([f"{where}: Invalid configuration format: {_one_line(error)}"]) from error
    budget = [MAX_NODES]
    for document in documents:
        _count(document, budget, where, 0)
    return documents


def _count(value: Any, budget: list[int], where: str, depth: int) -> None:
    budget[0] -= 1
    if budget[0] < 0 or depth > 60:
        raise ConfigError([f"{where}: The parsed YAML is too big"])
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        _count(child, budget, where, depth + 1)


def _one_line(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error))
