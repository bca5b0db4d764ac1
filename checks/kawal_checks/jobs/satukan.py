"""`satukan`: puts the reports of the code scanners into one file, beside what in the tree tries to hush them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kawal_checks.gates.keamanan_kode import languages
from kawal_checks.model import EXIT_OK
from kawal_checks.pohon import list_files
from kawal_checks.readers import alat
from kawal_checks.readers.strict import MAX_BYTES, json_object
from kawal_checks.teks import one_line

from . import ukur
from .berkas import write_json

MAX_HUSHES = 1000
MAX_SOURCE = 5 * 1024 * 1024
FILES = (".bandit", ".semgrepignore", ".bandit.yml", ".snyk", ".eslintignore")
MARKS = re.compile(
    rb"#\s*nosec\b|nosemgrep|#\s*noqa:\s*S\d|eslint-disable[^\n]*(security|no-eval)|phpcs:(ignore|disable)|@phpstan-ignore|pylint:\s*disable|NOSONAR|pragma:\s*allowlist"
)


def combine(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """A report that is not there is left out: the gate then finds the language without a scanner."""
    del environ
    reports = [json_object(_read(path), str(path)) for path in options.dari if path.is_file()]
    tools = [tool for path in options.dari for tool in _measured(path)]
    hushes = list(find_hushes(options.sumber))
    data = {"schema": 1, "laporan": reports, "pembungkam": hushes[:MAX_HUSHES]}
    write_json(options.keluar, {**data, "alat": tools} if tools else data)
    print(f"Disatukan: {len(reports)} laporan, {len(hushes)} pembungkam; {options.keluar}.")
    return EXIT_OK


def find_hushes(source: Path) -> Iterator[dict[str, str]]:
    for name in list_files(source):
        path = source / name
        if path.name in FILES:
            yield {"tempat": one_line(name), "teks": "berkas pengabaian"}
        if not languages([name]) or path.is_symlink() or path.stat().st_size > MAX_SOURCE:
            continue
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            match = MARKS.search(line)
            if match:
                yield {
                    "tempat": one_line(f"{name}:{number}"),
                    "teks": one_line(match.group().decode("utf-8", "replace"), 60),
                }


def _measured(report: Path) -> list[dict[str, str]]:
    """The tool that wrote this report, where the job that ran it measured one."""
    beside = ukur.sidecar(report)
    if not (report.is_file() and beside.is_file()):
        return []
    return [
        tool.as_dict() for tool in alat.read(json_object(_read(beside), str(beside)), str(beside)).values()
    ]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
