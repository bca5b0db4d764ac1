"""`uat.yml` of the application: what its scenarios are. It only describes; which are mandatory and which were accepted is said elsewhere.

schema: 1
skenario:
  - id: UAT-1
    judul: Petugas melihat tarif
    peran: Petugas pasar        # optional: who tries it
    langkah:
      - Buka halaman Tarif
    hasil: Daftar tarif tampil
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from kawal_checks.model import ReportError

if TYPE_CHECKING:
    from yaml import Event, Node

NAME = "uat.yml"
MAX_BYTES = 64 * 1024
MAX_LINE = 2000
MAX_DEPTH = 10
MAX_NODES = 20_000
MAX_SCENARIOS = 500
MAX_TEXT = 2000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


class Scenario(NamedTuple):
    id: str
    title: str
    role: str
    steps: tuple[str, ...]
    result: str


class UatFile(NamedTuple):
    scenarios: tuple[Scenario, ...]


def read(raw: bytes) -> UatFile:
    """Raises one ReportError that lists every problem as `uat.yml:line:column`."""
    import yaml  # only this report is YAML

    if len(raw) > MAX_BYTES:
        raise ReportError(NAME, f"{len(raw)} byte", f"paling banyak {MAX_BYTES} byte")
    try:
        text = raw.decode("utf-8-sig")
        if any(len(line) > MAX_LINE for line in text.splitlines()) or _HIDDEN.search(text):
            raise ReportError(NAME, "baris terlalu panjang atau huruf kendali", "teks biasa")
        _guard(yaml.parse(text, Loader=yaml.SafeLoader))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise ReportError(NAME, "byte bukan UTF-8", "YAML dalam UTF-8") from error
    except yaml.MarkedYAMLError as error:
        raise ReportError(_at(error.problem_mark), "YAML rusak", "YAML yang utuh") from error
    except yaml.YAMLError as error:
        raise ReportError(NAME, "YAML rusak", "YAML yang utuh") from error
    problems = _Problems()
    result = _file(node, problems)
    if problems.found:
        (place, _), more = problems.found[0], len(problems.found) - 1
        listed = "; ".join(f"{where}: {what}" for where, what in problems.found[:20])
        raise ReportError(place, listed + ("; …" if more >= 20 else ""), "uat.yml yang sah")
    return result


def _guard(events: Iterable[Event]) -> None:
    """Before anything is built: no anchor, alias or tag, bounded in number and depth."""
    import yaml

    depth = 0
    for number, event in enumerate(events):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if (
            isinstance(event, yaml.AliasEvent)
            or getattr(event, "anchor", None)
            or getattr(event, "tag", None)
        ):
            raise ReportError(
                _at(event.start_mark), "jangkar, alias, atau tag", "nilai yang ditulis langsung"
            )
        if depth > MAX_DEPTH or number > MAX_NODES:
            raise ReportError(
                _at(event.start_mark), "terlalu dalam atau terlalu banyak", f"{MAX_DEPTH} tingkat"
            )


class _Problems:
    """Collected, so that one run shows them all."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def add(self, node: Node | None, what: str) -> None:
        self.found.append((_at(node.start_mark if node is not None else None), what))


def _file(node: Node | None, problems: _Problems) -> UatFile:
    fields = _fields(node, {"schema", "skenario"}, set(), problems)
    schema = fields.get("schema")
    if schema is not None and schema.value != "1":
        problems.add(schema, "schema harus 1")
    rows = _items(fields.get("skenario"), "skenario", problems)
    if len(rows) > MAX_SCENARIOS:
        problems.add(rows[MAX_SCENARIOS], f"lebih dari {MAX_SCENARIOS} skenario")
    scenarios = [_scenario(row, problems) for row in rows[:MAX_SCENARIOS]]
    seen: set[str] = set()
    for row, one in zip(rows, scenarios, strict=False):
        if one.id in seen:
            problems.add(row, f"skenario {one.id} ganda")
        seen.add(one.id)
    return UatFile(tuple(scenarios))


def _scenario(node: Node, problems: _Problems) -> Scenario:
    fields = _fields(node, {"id", "judul", "langkah", "hasil"}, {"peran"}, problems)
    identity = _text(fields.get("id"), "id", problems)
    if identity and not _ID.fullmatch(identity):
        problems.add(fields["id"], "id hanya huruf, angka, titik, garis")
    steps = _items(fields.get("langkah"), "langkah", problems)
    if "langkah" in fields and not steps:
        problems.add(fields["langkah"], "langkah tidak boleh kosong")
    return Scenario(
        identity,
        _text(fields.get("judul"), "judul", problems),
        _text(fields["peran"], "peran", problems) if "peran" in fields else "",
        tuple(_text(step, "langkah", problems) for step in steps),
        _text(fields.get("hasil"), "hasil", problems),
    )


def _fields(node: Node | None, needed: set[str], optional: set[str], problems: _Problems) -> dict[str, Node]:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        problems.add(node, "harus berupa kunci: nilai")
        return {}
    found: dict[str, Node] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if name not in needed | optional:
            problems.add(key, f"kunci {str(name)[:40]!r} tidak dikenal")
        elif name in found:
            problems.add(key, f"kunci {name} ganda")
        else:
            found[name] = value
    for name in sorted(needed - found.keys()):
        problems.add(node, f"{name} wajib diisi")
    return found


def _items(node: Node | None, name: str, problems: _Problems) -> list[Node]:
    import yaml

    if node is None:
        return []
    if not isinstance(node, yaml.SequenceNode):
        problems.add(node, f"{name} harus daftar")
        return []
    return list(node.value)


def _text(node: Node | None, name: str, problems: _Problems) -> str:
    import yaml

    if node is None:
        return ""
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        problems.add(node, f"{name} harus teks yang tidak kosong")
        return ""
    if len(node.value) > MAX_TEXT:
        problems.add(node, f"{name} lebih dari {MAX_TEXT} huruf")
    return str(node.value).strip()


def _at(mark: object) -> str:
    line, column = getattr(mark, "line", None), getattr(mark, "column", None)
    return NAME if line is None or column is None else f"{NAME}:{line + 1}:{column + 1}"
