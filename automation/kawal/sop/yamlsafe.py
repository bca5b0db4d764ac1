"""The one YAML reader of kawal: guards on parser events, every scalar a string, all problems at once with file:line:col."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from kawal.errors import InputError, os_reason

MAX_BYTES = 64 * 1024
MAX_BYTES_PROFILE = 256 * 1024
MAX_LINE = 2_000  # a long line of brackets costs the scanner time before any event is seen
MAX_DEPTH = 40
MAX_NODES = 20_000
MAX_LISTED = 100

# libyaml when it is there; both give the same events.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# C0 (but tab and newline), C1, surrogates, line separators, bidi controls and zero-width characters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
_NULLS = {"", "~", "null"}

YAML_REASONS = {
    "did not find expected ',' or ']'": "daftar dalam kurung siku tidak ditutup, atau komanya hilang",
    "did not find expected ',' or '}'": "isi dalam kurung kurawal tidak ditutup, atau komanya hilang",
    "did not find expected key": "kunci tidak ditemukan; periksa lekukan baris dan tanda kutip",
    "did not find expected '-' indicator": "butir daftar tidak ditemukan; periksa lekukan baris",
    "could not find expected ':'": "titik dua tidak ditemukan sesudah kunci",
    "mapping values are not allowed in this context": "titik dua tidak boleh di sini; beri tanda kutip pada nilainya, periksa lekukan",
    "block sequence entries are not allowed in this context": "butir daftar tidak boleh di sini; periksa lekukan",
    "found character that cannot start any token": "huruf ini tidak dapat mengawali nilai; jangan memakai tab, beri tanda kutip",
    "found unexpected end of stream": "berkas berakhir sebelum tanda kutip ditutup",
}

Loc = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Mark:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a document: where (path of keys) and what, in Indonesian."""

    loc: Loc
    text: str
    mark: Mark | None = None


class DocumentError(InputError):
    """A document that cannot be read or is not valid; `problems` holds one line per problem."""

    def __init__(self, code: str, name: str, problems: Sequence[str]) -> None:
        self.name = name
        self.problems = tuple(problems)
        shown = [f"  {line}" for line in self.problems[:MAX_LISTED]]
        if len(self.problems) > MAX_LISTED:
            shown.append(f"  … dan {len(self.problems) - MAX_LISTED} masalah lain")
        super().__init__(code, "\n".join([f"{name} tidak sah: {len(self.problems)} masalah", *shown]))


@dataclass(frozen=True)
class Document:
    """A parsed file: maps, lists, strings, and None for an empty value. Nothing is typed yet."""

    name: str
    value: Any
    data: bytes
    marks: dict[Loc, Mark] = field(repr=False)
    key_marks: dict[Loc, Mark] = field(repr=False)

    def mark(self, loc: Loc) -> Mark:
        """The place of `loc`, or of the nearest parent that is in the file."""
        while loc and loc not in self.marks:
            loc = loc[:-1]
        return self.marks.get(loc, Mark(1, 1))

    def line(self, problem: Problem) -> str:
        mark = problem.mark or self.mark(problem.loc)
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in problem.loc)
        return f"{self.name}:{mark.line}:{mark.column}: {where + ': ' if where else ''}{problem.text}"

    def error(self, code: str, problems: Sequence[Problem]) -> DocumentError:
        """One error that lists all problems in the order of the file."""
        ordered = sorted(problems, key=lambda p: _place(p.mark or self.mark(p.loc)))
        return DocumentError(code, self.name, [self.line(problem) for problem in ordered])


def load_document(
    source: Path | bytes, name: str | None = None, *, code: str = "INPUT-001", limit: int = MAX_BYTES
) -> Document:
    """Parse one YAML file. Raises DocumentError with `code`; duplicate keys are all listed at once."""
    document, problems = _compose(_read(source, name, code, limit), name or str(source), code)
    if problems:
        raise document.error(code, problems)
    return document


def validate(
    document: Document, model: type[M], *, code: str = "INPUT-001", known: Sequence[Problem] = ()
) -> M:
    """Type a document by its schema. `known` are problems already found, listed together with the schema's."""
    try:
        # Scalars are strings here; a model that is strict about signed JSON reads them all the same.
        value = model.model_validate(document.value, strict=False)
    except ValidationError as error:
        raise document.error(code, [*known, *_schema_problems(document, model, error)]) from error
    if known:
        raise document.error(code, known)
    return value


def load_model(
    source: Path | bytes,
    model: type[M],
    name: str | None = None,
    *,
    code: str = "INPUT-001",
    limit: int = MAX_BYTES,
    check: Callable[[M], Sequence[Problem]] | None = None,
) -> tuple[M, Document]:
    """Parse, type and (with `check`) cross-check a file; whatever is wrong comes out as one DocumentError."""
    document, problems = _compose(_read(source, name, code, limit), name or str(source), code)
    value = validate(document, model, code=code, known=problems)
    found = check(value) if check else ()
    if found:
        raise document.error(code, found)
    return value, document


def _read(source: Path | bytes, name: str | None, code: str, limit: int) -> bytes:
    if isinstance(source, bytes):
        data = source
    else:
        try:
            with source.open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise InputError(code, f"berkas {source} tidak dapat dibaca", found=os_reason(error)) from error
    if len(data) > limit:
        shown = name or str(source)
        raise DocumentError(code, shown, [f"{shown}:1:1: berkas lebih besar dari {limit // 1024} KiB"])
    return data


def _compose(data: bytes, name: str, code: str) -> tuple[Document, list[Problem]]:
    def refuse(text: str, line: int = 1, column: int = 1) -> DocumentError:
        return DocumentError(code, name, [f"{name}:{line}:{column}: {text}"])

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refuse(
            "bukan teks UTF-8", line, error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        ) from error
    for number, content in enumerate(text.split("\n"), 1):
        if len(content) > MAX_LINE:
            raise refuse(f"baris lebih panjang dari {MAX_LINE} huruf", number, MAX_LINE + 1)
    builder = _Builder(refuse)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "huruf yang tidak boleh ada di YAML"
        reason = YAML_REASONS.get(reason, reason)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise refuse(f"YAML tidak dapat dibaca: {reason}", line, column) from error
    if not builder.root:
        raise refuse("berkas kosong")
    return Document(name, builder.root[0], data, builder.marks, builder.key_marks), builder.problems


class _Open:
    """A map or list whose end has not come yet."""

    def __init__(self, value: dict[str, Any] | list[Any], loc: Loc) -> None:
        self.value = value
        self.loc = loc
        self.key: str | None = None


class _Builder:
    """Turns parser events into plain values without PyYAML's constructors: no tag, alias or merge key survives."""

    def __init__(self, refuse: Callable[[str, int, int], DocumentError]) -> None:
        self.root: list[Any] = []
        self.marks: dict[Loc, Mark] = {}
        self.key_marks: dict[Loc, Mark] = {}
        self.problems: list[Problem] = []
        self._refuse = refuse
        self._stack: list[_Open] = []
        self._nodes = 0

    def take(self, event: Any) -> None:
        mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop()
            return
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refuse(
                "jangkar dan alias YAML (& dan *) tidak diterima; tulis nilainya lengkap",
                mark.line,
                mark.column,
            )
        if not isinstance(event, yaml.NodeEvent):
            return
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise self._refuse(f"tag YAML {tag} tidak diterima", mark.line, mark.column)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._refuse(f"isi berkas lebih dari {MAX_NODES} butir", mark.line, mark.column)
        if len(self._stack) >= MAX_DEPTH:
            raise self._refuse(f"susunan lebih dalam dari {MAX_DEPTH} tingkat", mark.line, mark.column)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, mark)
        else:
            self._add({} if isinstance(event, yaml.MappingStartEvent) else [], mark)

    def _scalar(self, event: Any, mark: Mark) -> None:
        text: str = event.value
        if _FORBIDDEN.search(text):
            raise self._refuse("teks memuat huruf kendali atau huruf tak terlihat", mark.line, mark.column)
        plain = event.style is None or event.style == ""
        top = self._stack[-1] if self._stack else None
        if top is None or isinstance(top.value, list) or top.key is not None:
            # Only an unquoted null is a missing value; every other scalar stays the text that was written.
            self._add(None if plain and text in _NULLS else text, mark)
            return
        if text == "<<":
            raise self._refuse("kunci gabung YAML (<<) tidak diterima", mark.line, mark.column)
        if text in top.value:
            self.problems.append(Problem((*top.loc, text), "kunci ditulis dua kali", mark))
        top.key = text
        self.key_marks[(*top.loc, text)] = mark

    def _add(self, value: Any, mark: Mark) -> None:
        if not self._stack:
            if self.root:
                raise self._refuse("hanya satu dokumen YAML per berkas", mark.line, mark.column)
            loc: Loc = ()
            self.root.append(value)
        else:
            top = self._stack[-1]
            if isinstance(top.value, list):
                loc = (*top.loc, len(top.value))
                top.value.append(value)
            elif top.key is None:
                raise self._refuse("kunci harus berupa teks", mark.line, mark.column)
            else:
                loc = (*top.loc, top.key)
                top.value[top.key] = value
                top.key = None
        self.marks[loc] = mark
        if isinstance(value, dict | list):
            self._stack.append(_Open(value, loc))


def _place(mark: Mark) -> tuple[int, int]:
    return mark.line, mark.column


def _schema_problems(document: Document, model: type[BaseModel], error: ValidationError) -> Iterator[Problem]:
    found = error.errors(include_url=False)
    for number, item in enumerate(found):
        loc = tuple(item["loc"])
        kind = item["type"]
        if kind == "too_short" and any(
            tuple(other["loc"])[: len(loc)] == loc for other in found if other != item
        ):
            continue  # pydantic counts only the items that are valid; those that are not have lines of their own
        if kind == "extra_forbidden":
            known = _known_keys(model) if number < MAX_LISTED else []  # what nobody is shown needs no hint
            close = difflib.get_close_matches(str(loc[-1]), known, 1, cutoff=0.75)
            hint = f"; maksud Anda '{close[0]}'?" if close else ""
            yield Problem(loc, f"kunci tidak dikenal{hint}", document.key_marks.get(loc))
        else:
            yield Problem(loc, _message(kind, item.get("ctx", {}), item.get("input")))


@cache
def _known_keys(model: type[BaseModel]) -> list[str]:
    schema = model.model_json_schema(by_alias=True)
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({key for part in parts for key in part.get("properties", {})})


def _message(kind: str, ctx: dict[str, Any], found: object) -> str:
    if kind == "missing" or (found is None and kind.endswith("_type")):
        return "wajib diisi"
    shown = f"'{found}'" if isinstance(found, str | int) and len(str(found)) <= 80 else "isi"
    match kind:
        case "string_type":
            return "harus berupa teks"
        case "list_type" | "tuple_type":
            return "harus berupa daftar"
        case "dict_type" | "model_type" | "mapping_type" | "model_attributes_type":
            return "harus berupa pasangan kunci: nilai"
        case "literal_error" | "enum":
            return f"{shown} tidak dikenal; pilihan: {str(ctx['expected']).replace(' or ', ', ').replace(chr(39), '')}"
        case "string_pattern_mismatch":
            return f"{shown} tidak sesuai pola {ctx['pattern']}"
        case "string_too_short":
            return "tidak boleh kosong"
        case "string_too_long":
            return f"paling panjang {ctx['max_length']} huruf"
        case "too_short":
            return f"paling sedikit {ctx['min_length']} butir"
        case "too_long":
            return f"paling banyak {ctx['max_length']} butir"
        case "greater_than_equal":
            return f"{shown} harus paling kecil {ctx['ge']}"
        case "less_than_equal":
            return f"{shown} harus paling besar {ctx['le']}"
        case "int_parsing" | "int_type" | "int_from_float":
            return f"{shown} bukan bilangan bulat"
        case "decimal_parsing" | "decimal_type" | "float_parsing":
            return f"{shown} bukan bilangan (tulis desimal dengan titik)"
        case "bool_parsing" | "bool_type":
            return f"{shown} bukan true atau false"
        case "date_from_datetime_parsing" | "date_parsing" | "date_type":
            return f"{shown} bukan tanggal (tulis TTTT-BB-HH)"
        case "value_error":
            return str(ctx["error"])
    return f"{shown} tidak sah ({kind})"
