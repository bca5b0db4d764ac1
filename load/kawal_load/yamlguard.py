"""YAML from the application's repository: checked on events before anything is built."""

from __future__ import annotations

import yaml

from .errors import LoadError

MAX_BYTES = 64 * 1024
MAX_LINE = 2000  # thousands of brackets on one line are slow even for the event parser
MAX_DEPTH = 40
MAX_EVENTS = 20_000

Tree = dict[str, "Tree"] | list["Tree"] | str
"""Scalars stay text; who reads them gives them a type."""


def load_yaml(raw: bytes, place: str) -> dict[str, Tree]:
    """A mapping without aliases, anchors, tags, merge keys and duplicate keys. Raises LoadError."""
    if len(raw) > MAX_BYTES:
        raise LoadError(place, f"{len(raw)} byte", f"paling banyak {MAX_BYTES} byte")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LoadError(place, f"byte bukan UTF-8 di posisi {error.start}", "UTF-8") from error
    if max(map(len, text.split("\n"))) > MAX_LINE:
        raise LoadError(place, "baris terlalu panjang", f"paling banyak {MAX_LINE} huruf")
    try:
        _guard(text, place)
        tree = _build(yaml.compose(text, Loader=yaml.BaseLoader), place)
    except yaml.MarkedYAMLError as error:
        raise LoadError(
            _at(place, error.problem_mark), error.problem or "YAML rusak", "YAML yang utuh"
        ) from error
    except yaml.YAMLError as error:
        raise LoadError(place, "YAML rusak", "YAML yang utuh") from error
    if not isinstance(tree, dict):
        raise LoadError(place, "bukan pemetaan", "kunci: nilai")
    return tree


def _guard(text: str, place: str) -> None:
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=yaml.BaseLoader)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise LoadError(_at(place, event.start_mark), "alias atau jangkar", "nilai yang ditulis langsung")
        if getattr(event, "tag", None):
            raise LoadError(_at(place, event.start_mark), "tag YAML", "nilai tanpa tag")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or number > MAX_EVENTS:
            raise LoadError(
                _at(place, event.start_mark), "terlalu dalam atau terlalu banyak", f"{MAX_DEPTH} tingkat"
            )


def _build(node: yaml.Node | None, place: str) -> Tree:
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, place) for child in node.value]
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Tree] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str) or key == "<<" or key in result:
                raise LoadError(
                    _at(place, key_node.start_mark), f"kunci {str(key)[:40]!r}", "kunci sekali, berupa teks"
                )
            result[key] = _build(value_node, place)
        return result
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    raise LoadError(place, "berkas kosong", "kunci: nilai")


def _at(place: str, mark: object) -> str:
    line, column = getattr(mark, "line", None), getattr(mark, "column", None)
    return place if line is None or column is None else f"{place}:{line + 1}:{column + 1}"
