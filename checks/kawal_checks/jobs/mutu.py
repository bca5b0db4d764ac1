"""`mutu`: the findings of several gates as one Code Quality file. Judges nothing: the gates do."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from kawal_checks import bentuk
from kawal_checks.gates import find_gate
from kawal_checks.model import EXIT_OK, GateContext, ReportError
from kawal_checks.readers.strict import MAX_BYTES


def merge(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """A report that is missing or unreadable adds nothing here; its own gate refuses it."""
    del environ
    results = []
    for part in options.dari:
        name, _, path = part.partition("=")
        gate = find_gate(name)
        if gate is None or not path:
            raise ReportError("--dari", part[:80], "UJI=BERKAS")
        try:
            results.append((gate.judge_bytes(_read(Path(path)), {}, GateContext()), gate.title))
        except ReportError:
            continue
    options.keluar.write_text(bentuk.codequality(results), "utf-8")
    number = sum(len(result.findings) for result, _ in results)
    print(f"Mutu kode: {number} temuan dari {len(results)} laporan; {options.keluar}.")
    return EXIT_OK


def _read(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
