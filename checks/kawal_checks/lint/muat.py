"""YAML or JSON of a pipeline, bounded and strict: no alias, merge key, tag or duplicate key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from kawal_checks.model import ReportError

MAX_BYTES = 1024 * 1024
MAX_NODES = 100_000
MAX_DEPTH = 40
MAX_LINE = 20_000
# The C reader where PyYAML has it: a pipeline of 400 lines in 20 ms instead of 200.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INPUT = re.compile(r"\$\[\[ *inputs\.([\w-]+) *\]\]")
_INT = re.compile(r"-?(0|[1-9][0-9]{0,17})")


def load(raw: bytes, place: str, inputs: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The document. Scalars are typed as YAML 1.2 does (`on` and `no` stay words), since both forges' words are such.

    A file with `spec:inputs` is read with `inputs` filled in, the defaults otherwise.
    """
    if len(raw) > MAX_BYTES:
        raise ReportError(place, f"{len(raw)} byte", f"paling banyak {MAX_BYTES} byte")
    try:
        text = raw.decode("utf-8-sig")
        if any(len(line) > MAX_LINE for line in text.splitlines()):
            raise ReportError(place, f"baris lebih dari {MAX_LINE} huruf", "baris yang pendek")
        _guard(text, place)
        documents = [node for node in yaml.compose_all(text, _LOADER) if node is not None]
    except UnicodeDecodeError as error:
        raise ReportError(place, "byte bukan UTF-8", "YAML dalam UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{place}:{mark.line + 1}:{mark.column + 1}" if mark else place
        raise ReportError(where, "YAML rusak", "YAML yang utuh") from error
    # A component file is `spec:` and then the jobs; only the jobs are a pipeline.
    if len(documents) == 2 and [key.value for key, _ in _pairs(documents[0])] == ["spec"]:
        filled = _filled(text, _value(documents[0], place), inputs or {}, place)
        documents = list(yaml.compose_all(filled, _LOADER))[1:]
    if len(documents) != 1:
        raise ReportError(place, f"{len(documents)} dokumen", "satu dokumen")
    value = _value(documents[0], place)
    if not isinstance(value, dict):
        raise ReportError(place, type(value).__name__, "peta")
    return value


def _filled(text: str, header: Any, inputs: Mapping[str, str], place: str) -> str:
    """`text` with each `$[[ inputs.x ]]` replaced, as GitLab does before it reads the jobs."""
    declared = (header.get("spec") or {}).get("inputs") if isinstance(header.get("spec"), dict) else None
    values = {
        name: row.get("default")
        for name, row in (declared or {}).items()
        if isinstance(row, dict) and "default" in row
    }
    if unknown := sorted(inputs.keys() - (declared or {}).keys()):
        raise ReportError(f"{place}: spec:inputs", ", ".join(unknown), "masukan yang dikenal berkas itu")
    values |= inputs
    return _INPUT.sub(lambda found: str(values.get(found[1], found[0])), text)


def _guard(text: str, place: str) -> None:
    depth = 0
    for nodes, event in enumerate(yaml.parse(text, _LOADER), 1):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        where = f"{place}:{event.start_mark.line + 1 if event.start_mark else 0}"
        if isinstance(event, yaml.AliasEvent):
            raise ReportError(where, "alias YAML", "pipeline yang sudah terurai (gitlab-ci-local --preview)")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise ReportError(
                where, f"tag {tag[:40]}", "pipeline yang sudah terurai (gitlab-ci-local --preview)"
            )
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise ReportError(
                where, f"kedalaman {depth}, {nodes} simpul", f"paling dalam {MAX_DEPTH}, {MAX_NODES} simpul"
            )


def _pairs(node: yaml.Node) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    return [(key, value) for key, value in node.value] if isinstance(node, yaml.MappingNode) else []


def _value(node: yaml.Node, place: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key, value in node.value:
            where = f"{place}:{key.start_mark.line + 1}"
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                raise ReportError(where, "kunci bukan teks atau <<", "pipeline yang sudah terurai")
            if key.value in result:
                raise ReportError(where, f"kunci ganda {key.value[:60]!r}", "kunci yang hanya sekali")
            result[key.value] = _value(value, place)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_value(entry, place) for entry in node.value]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text: str = node.value
    if getattr(node, "style", None):  # quoted or a block; plain is None, or '' from the C reader
        return text
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    return int(text) if _INT.fullmatch(text) else text
