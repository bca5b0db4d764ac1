"""Semgrep's JSON report (1.182): results, what was scanned, and what was not parsed."""

from __future__ import annotations

import re

from kawal_checks import bssn
from kawal_checks.model import Finding, ReportError
from kawal_checks.teks import one_line

from .codescan import CodeScan, clean_path
from .strict import as_dict, get_dict, get_int, get_list, get_str, json_object, optional_list

SEVERITY = {
    "CRITICAL": "kritis", "ERROR": "tinggi", "HIGH": "tinggi", "WARNING": "sedang", "MEDIUM": "sedang", "INFO": "rendah", "LOW": "rendah",
    "INVENTORY": "info", "EXPERIMENT": "info",
}  # fmt: skip
_CWE = re.compile(r"CWE-(\d{1,5})")


def read(raw: bytes) -> CodeScan:
    return read_data(json_object(raw))


def read_data(data: dict[str, object]) -> CodeScan:
    paths = get_dict(data, "paths", "laporan")
    scanned = get_list(paths, "scanned", "laporan.paths")
    findings = []
    ignored = 0
    for number, row in enumerate(get_list(data, "results", "laporan")):
        place = f"laporan.results[{number}]"
        entry = as_dict(row, place)
        ignored += as_dict(entry.get("extra"), f"{place}.extra").get("is_ignored") is True
        findings.append(_finding(entry, place))
    errors = [_error(as_dict(row, "laporan.errors")) for row in get_list(data, "errors", "laporan")]
    for row in optional_list(paths, "skipped", "laporan.paths"):
        entry = as_dict(row, "laporan.paths.skipped")
        errors.append(
            (
                clean_path(get_str(entry, "path", "laporan.paths.skipped")),
                one_line(str(entry.get("reason", "dilewati"))),
            )
        )
    return CodeScan(
        tool="semgrep",
        version=one_line(str(data.get("version", "")), 60),
        files=tuple(clean_path(str(path)) for path in scanned),
        lines=None,
        suppressed=ignored,
        skipped_tests=len(optional_list(data, "skipped_rules", "laporan")),
        errors=tuple(errors),
        findings=tuple(dict.fromkeys(findings)),  # one rule may match the same line twice
    )


def _error(row: dict[str, object]) -> tuple[str, str]:
    """An error without a path is about a rule: the whole run is in doubt."""
    kind = row.get("type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    path = row.get("path")
    return clean_path(path) if isinstance(path, str) else "aturan", one_line(
        f"{kind}: {row.get('message', '')}", 160
    )


def _finding(row: dict[str, object], place: str) -> Finding:
    extra = get_dict(row, "extra", place)
    severity = get_str(extra, "severity", f"{place}.extra")
    if severity not in SEVERITY:
        raise ReportError(f"{place}.extra.severity", severity[:40], ", ".join(SEVERITY))
    metadata = extra.get("metadata")
    named = metadata.get("cwe") if isinstance(metadata, dict) else None
    match = _CWE.search(str(named))
    cwe = int(match.group(1)) if match else None
    line = get_int(get_dict(row, "start", place), "line", f"{place}.start", least=1)
    return Finding(
        severity=SEVERITY[severity],
        cwe=cwe,
        group=bssn.group_of(cwe, None),
        place=f"{clean_path(get_str(row, 'path', place))}:{line}",
        tool="semgrep",
        rule=get_str(row, "check_id", place).rpartition(".")[2][
            :120
        ],  # the dotted prefix is the folder of the rules
        text=one_line(get_str(extra, "message", f"{place}.extra")),
    )
