"""GitHub's official OpenAPI document (`@octokit/openapi` from npm) as a judge of recorded requests and responses.

The document is 13 MB and is fetched at test time: into KAWAL_ALAT_DIR where that is set, so once a machine.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft4Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

PACKAGE = "@octokit/openapi@23.0.2"
MEMBER = "package/generated/api.github.com.json"
NAME = "urn:github"
PREFIX = "/api/v3"
LONG = {"path", "ref", "basehead", "branch"}
"""Parameters that may hold slashes."""


class NoDocument(Exception):
    """Why the document cannot be had: the sentence a skipped test says."""


def fetched(folder: Path) -> Path:
    """The document in `folder`, through npm's own client on the first call."""
    file = folder / "api.github.com.json"
    if file.exists():
        return file
    npm = shutil.which("npm")
    if npm is None:
        raise NoDocument("npm belum terpasang: dokumen OpenAPI GitHub tidak dapat diambil")
    folder.mkdir(parents=True, exist_ok=True)
    # A folder of its own: several test processes may ask at once, and the last to finish leaves the same bytes.
    with tempfile.TemporaryDirectory(dir=folder) as own:
        words = [npm, "pack", "--silent", "--pack-destination", own, PACKAGE]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, cwd=own)
        packed = sorted(Path(own).glob("octokit-openapi-*.tgz"))
        if done.returncode or not packed:
            raise NoDocument(f"npm pack {PACKAGE} gagal: {done.stderr.strip()[-200:] or done.returncode}")
        with tarfile.open(packed[0]) as archive:
            found = archive.extractfile(MEMBER)
            assert found is not None
            part = Path(own) / file.name
            part.write_bytes(found.read())
        part.replace(file)
    return file


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as they went over the wire."""

    method: str
    path: str
    """Raw, with the query."""
    sent: bytes
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Operation:
    template: str
    method: str
    spec: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


@dataclass
class Document:
    raw: dict[str, Any]

    @classmethod
    def load(cls, file: Path) -> Document:
        return cls(_with_null(json.loads(file.read_text("utf-8"))))

    @cached_property
    def _registry(self) -> Registry[Any]:
        empty: Registry[Any] = Registry()
        filled: Registry[Any] = empty.with_resource(NAME, DRAFT4.create_resource(self.raw))
        return filled

    @cached_property
    def _templates(self) -> list[tuple[re.Pattern[str], str]]:
        return [(_pattern(template), template) for template in sorted(self.raw["paths"], key=_rank)]

    def operation(self, method: str, path: str) -> Operation | None:
        """What the document calls this request; None when it knows no such operation."""
        bare = urlsplit(path).path.removeprefix(PREFIX)
        for pattern, template in self._templates:
            if pattern.fullmatch(bare) and method.lower() in self.raw["paths"][template]:
                return Operation(template, method, self.raw["paths"][template][method.lower()])
        return None

    def deviations(self, exchange: Exchange, operation: Operation) -> Iterator[str]:
        """What the document would not have: in the query, the body sent, the status, the body that came."""
        yield from self._query(exchange, operation)
        spec = operation.spec
        if exchange.sent and 200 <= exchange.status < 300 and "requestBody" in spec:
            wanted = self._resolved(spec["requestBody"])["content"].get("application/json")
            if wanted:
                yield from (f"sent {one}" for one in self._wrong(wanted["schema"], json.loads(exchange.sent)))
        if exchange.status == 304:  # to If-None-Match: any GET, whether it is listed or not
            return
        answers = spec["responses"]
        if str(exchange.status) not in answers:
            if exchange.status < 400:
                yield f"status {exchange.status} not documented"
            else:  # any operation may answer 401, 403 or 404, whether it is listed or not
                basic = {"$ref": f"{NAME}#/components/schemas/basic-error"}
                yield from (f"{exchange.status} {one}" for one in self._wrong(basic, exchange.json))
            return
        content = self._resolved(answers[str(exchange.status)]).get("content", {})
        if "application/json" in content and exchange.body:
            if "json" not in exchange.headers.get("content-type", ""):
                yield f"{exchange.status} is not JSON"
                return
            schema = content["application/json"]["schema"]
            yield from (f"{exchange.status} {one}" for one in self._wrong(schema, exchange.json))
        elif not content and exchange.body and exchange.status < 300:
            yield f"{exchange.status} has a body, none is documented"

    def _query(self, exchange: Exchange, operation: Operation) -> Iterator[str]:
        known = {
            one["name"]
            for one in map(self._resolved, operation.spec.get("parameters", []))
            if one["in"] == "query"
        }
        for name, _ in parse_qsl(urlsplit(exchange.path).query):
            if name not in known:
                yield f"query {name} not documented"

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in part:
            found: Any = self.raw
            for step in part["$ref"].removeprefix(f"{NAME}#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            part = found
        return part

    def _wrong(self, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
        validator = Draft4Validator(schema, registry=self._registry)
        for error in validator.iter_errors(value):
            place = ".".join("[]" if isinstance(part, int) else str(part) for part in error.absolute_path)
            yield f"{place or '.'}: {_short(error)}"


def _short(error: Any) -> str:
    if error.validator == "required":
        return str(error.message)
    if error.validator == "type":
        return f"not {error.validator_value}"
    if error.validator in ("anyOf", "oneOf"):
        inner = sorted({_short(one) for one in error.context})[:6]
        return f"fits no form ({'; '.join(inner)})"
    if error.validator == "enum":
        return f"{error.instance!r} is not in the list"
    return f"{error.validator} {str(error.validator_value)[:60]}"


def _with_null(part: Any) -> Any:
    """OpenAPI 3.0's `nullable` in JSON Schema's words; references get the document's own name."""
    if isinstance(part, list):
        return [_with_null(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: _with_null(value) for key, value in part.items() if key not in ("example", "examples")}
    if isinstance(made.get("$ref"), str):
        made["$ref"] = NAME + made["$ref"]
    if made.pop("nullable", None) is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made


def _rank(template: str) -> tuple[int, list[int]]:
    """Literal segments win over parameters, longer paths over shorter ones."""
    parts = template.strip("/").split("/")
    return (-len(parts), [part.startswith("{") for part in parts])


def _pattern(template: str) -> re.Pattern[str]:
    parts = []
    for part in template.strip("/").split("/"):
        name = part[1:-1] if part.startswith("{") else ""
        parts.append(".+" if name in LONG else "[^/]+" if name else re.escape(part))
    return re.compile("/" + "/".join(parts))


def plain(path: str, repositories: Mapping[str, str]) -> str:
    """`/repositories/7/…`, which GitHub answers but does not document, as `/repos/owner/name/…`."""
    found = re.match(rf"{PREFIX}/repositories/(\d+)(?=/|\?|$)", unquote(path) if "%2F" not in path else path)
    if not found or found[1] not in repositories:
        return path
    return f"{PREFIX}/repos/{repositories[found[1]]}{path[found.end() :]}"
