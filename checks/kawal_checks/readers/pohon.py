"""`laporan/pohon.json` of `periksa-pohon`, and the baseline of detect-secrets: what lies in the tree beside code."""

from __future__ import annotations

from typing import NamedTuple

from kawal_checks.model import ReportError
from kawal_checks.teks import one_line

from . import alat
from .strict import as_dict, exact_keys, get_dict, get_int, get_list, get_str, json_object


class Secret(NamedTuple):
    place: str  # file:line
    kind: str


class Manifest(NamedTuple):
    path: str
    problem: str  # "" when its lock file is there


class Document(NamedTuple):
    path: str
    state: str  # ada | tidak_ada | kerangka | kosong


class TreeReport(NamedTuple):
    tool: str
    version: str
    files: int
    secrets: tuple[Secret, ...]
    manifests: tuple[Manifest, ...]
    vendored: tuple[tuple[str, int], ...]  # (folder, files in it)
    documents: tuple[Document, ...]
    sha256: str = ""  # of the tool, as measured where it ran; "": nobody measured


def read(raw: bytes) -> TreeReport:
    data = json_object(raw)
    keys = {"schema", "berkas", "rahasia", "dependensi", "dokumen"}
    exact_keys(data, keys | ({"alat"} & data.keys()), "laporan")
    tool = alat.read(data).get("kawal")
    if data["schema"] != 1 or isinstance(data["schema"], bool):
        raise ReportError("laporan.schema", repr(data["schema"])[:40], "1")
    dependencies = get_dict(data, "dependensi", "laporan")
    exact_keys(dependencies, {"manifes", "vendor"}, "laporan.dependensi")
    return TreeReport(
        tool="kawal",
        version=tool.version if tool else "",
        files=get_int(data, "berkas", "laporan"),
        secrets=tuple(
            Secret(*_two(row, "tempat", "jenis", "laporan.rahasia"))
            for row in get_list(data, "rahasia", "laporan")
        ),
        manifests=tuple(
            Manifest(*_two(row, "berkas", "masalah", "laporan.dependensi"))
            for row in get_list(dependencies, "manifes", "laporan")
        ),
        vendored=tuple(_folder(row) for row in get_list(dependencies, "vendor", "laporan")),
        documents=tuple(
            Document(*_two(row, "berkas", "keadaan", "laporan.dokumen"))
            for row in get_list(data, "dokumen", "laporan")
        ),
        sha256=tool.sha256 if tool else "",
    )


def _two(row: object, first: str, second: str, place: str) -> tuple[str, str]:
    entry = as_dict(row, place)
    exact_keys(entry, {first, second}, place)
    return one_line(get_str(entry, first, place)), one_line(get_str(entry, second, place))


def _folder(row: object) -> tuple[str, int]:
    entry = as_dict(row, "laporan.dependensi.vendor")
    return one_line(get_str(entry, "folder", "laporan.dependensi.vendor")), get_int(
        entry, "berkas", "laporan.dependensi.vendor"
    )


def read_detect_secrets(raw: bytes) -> TreeReport:
    """Says nothing of how many files it read; a file with findings counts as read."""
    data = json_object(raw)
    results = get_dict(data, "results", "laporan")
    secrets = []
    for path, rows in results.items():
        if not isinstance(rows, list):
            raise ReportError(f"laporan.results.{path[:60]}", type(rows).__name__, "daftar")
        for row in rows:
            entry = as_dict(row, "laporan.results")
            line = get_int(entry, "line_number", "laporan.results")
            secrets.append(
                Secret(
                    one_line(f"{path.removeprefix('./')}:{line}"),
                    one_line(get_str(entry, "type", "laporan.results")),
                )
            )
    version = one_line(get_str(data, "version", "laporan"), 40)
    return TreeReport("detect-secrets", version, len(results), tuple(secrets), (), (), ())
