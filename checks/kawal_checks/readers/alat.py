"""The key `alat` of reports that our jobs write: which bytes of the tool ran, as `jobs/ukur.py` measured them."""

from __future__ import annotations

from typing import NamedTuple

from kawal_checks.model import ReportError
from kawal_checks.teks import one_line

from .strict import SHA256, as_dict, exact_keys, get_list, get_str

MAX_TOOLS = 20


class Tool(NamedTuple):
    """A tool that ran: its own code, not the libraries below it."""

    name: str
    version: str
    sha256: str

    def as_dict(self) -> dict[str, str]:
        return {"nama": self.name, "versi": self.version, "sha256": self.sha256}


def read(data: dict[str, object], place: str = "laporan") -> dict[str, Tool]:
    """By name; empty when nobody measured."""
    if "alat" not in data:
        return {}
    rows = get_list(data, "alat", place)
    if len(rows) > MAX_TOOLS:
        raise ReportError(f"{place}.alat", f"{len(rows)} alat", f"paling banyak {MAX_TOOLS}")
    tools = [_tool(as_dict(row, f"{place}.alat[{number}]"), place) for number, row in enumerate(rows)]
    return {tool.name: tool for tool in tools}


def _tool(row: dict[str, object], place: str) -> Tool:
    where = f"{place}.alat"
    exact_keys(row, {"nama", "versi", "sha256"}, where)
    sha256 = get_str(row, "sha256", where)
    if not SHA256.fullmatch(sha256):
        raise ReportError(f"{where}.sha256", repr(sha256)[:60], "digest heksadesimal huruf kecil")
    name, version = (one_line(get_str(row, key, where), 60) for key in ("nama", "versi"))
    return Tool(name, version, sha256)
