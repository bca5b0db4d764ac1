"""Wapiti's JSON report (3.2): categories with empty lists are normal, so entries are counted, not keys."""

from __future__ import annotations

import re

from kawal_checks import bssn
from kawal_checks.model import Finding, ReportError
from kawal_checks.teks import one_line

from . import alat
from .strict import as_dict, get_dict, get_int, get_str, json_object
from .webscan import WebScan

_LEVELS = ("info", "rendah", "sedang", "tinggi", "kritis")
_CWE = re.compile(r"\bCWE-(\d{1,5})\b")


def read(raw: bytes) -> WebScan:
    data = json_object(raw)
    infos = get_dict(data, "infos", "laporan")
    target = get_str(infos, "target", "laporan.infos")
    classes = data.get("classifications")
    cwes = {name: _cwe(entry) for name, entry in classes.items()} if isinstance(classes, dict) else {}
    findings = []
    for part in ("vulnerabilities", "anomalies", "additionals"):
        if part not in data:
            continue
        for category, rows in get_dict(data, part, "laporan").items():
            place = f"laporan.{part}.{category}"
            if not isinstance(rows, list):
                raise ReportError(place, type(rows).__name__, "daftar")
            findings += [
                _finding(as_dict(row, place), place, category, cwes.get(category), target) for row in rows
            ]
    tool = alat.read(data).get("wapiti")
    return WebScan(
        tool="wapiti",
        version=one_line(str(infos.get("version", "")).removeprefix("Wapiti "), 60),
        targets=(target,),
        pages=get_int(infos, "crawled_pages_nbr", "laporan.infos"),
        findings=tuple(findings),
        sha256=tool.sha256 if tool else "",
    )


def _cwe(entry: object) -> int | None:
    """Wapiti names the CWE only in the titles of its references."""
    references = entry.get("ref") if isinstance(entry, dict) else None
    match = _CWE.search(" ".join(references)) if isinstance(references, dict) else None
    return int(match.group(1)) if match else None


def _finding(row: dict[str, object], place: str, category: str, cwe: int | None, target: str) -> Finding:
    level = get_int(row, "level", place)
    if level >= len(_LEVELS):
        raise ReportError(f"{place}.level", str(level), "0 sampai 4")
    parameter = row.get("parameter") or ""
    origin = "/".join(target.split("/", 3)[:3])  # Wapiti's `path` starts at the root of the host
    return Finding(
        severity=_LEVELS[level],
        cwe=cwe,
        group=bssn.group_of(cwe, None),
        place=one_line(f"{row.get('method', '')} {origin}{get_str(row, 'path', place)}".strip()),
        tool="wapiti",
        rule=one_line(category, 120),
        text=one_line(str(row.get("info", "")) + (f" (parameter {parameter})" if parameter else "")),
    )
