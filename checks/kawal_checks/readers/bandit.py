"""Bandit's JSON report (1.9): what it scanned, what it could not, and its findings."""

from __future__ import annotations

from kawal_checks import bssn
from kawal_checks.model import Finding, ReportError
from kawal_checks.teks import one_line

from .codescan import CodeScan, clean_path
from .strict import as_dict, get_dict, get_int, get_list, get_str, json_object

_SEVERITY = {"HIGH": "tinggi", "MEDIUM": "sedang", "LOW": "rendah", "UNDEFINED": "tinggi"}


def read(raw: bytes) -> CodeScan:
    return read_data(json_object(raw))


def read_data(data: dict[str, object]) -> CodeScan:
    metrics = get_dict(data, "metrics", "laporan")
    totals = get_dict(metrics, "_totals", "laporan.metrics")
    findings = tuple(
        _finding(as_dict(row, f"laporan.results[{number}]"), f"laporan.results[{number}]")
        for number, row in enumerate(get_list(data, "results", "laporan"))
    )
    return CodeScan(
        tool="bandit",
        version="",
        files=tuple(clean_path(path) for path in metrics if path != "_totals"),
        lines=get_int(totals, "loc", "laporan.metrics._totals"),
        suppressed=get_int(totals, "nosec", "laporan.metrics._totals"),
        skipped_tests=get_int(totals, "skipped_tests", "laporan.metrics._totals"),
        errors=tuple(
            (
                clean_path(get_str(row, "filename", "laporan.errors")),
                one_line(get_str(row, "reason", "laporan.errors")),
            )
            for row in (as_dict(row, "laporan.errors") for row in get_list(data, "errors", "laporan"))
        ),
        findings=findings,
    )


def _finding(row: dict[str, object], place: str) -> Finding:
    severity = get_str(row, "issue_severity", place)
    if severity not in _SEVERITY:
        raise ReportError(f"{place}.issue_severity", severity[:40], "LOW, MEDIUM, HIGH")
    cwe_entry = row.get("issue_cwe")
    cwe = cwe_entry.get("id") if isinstance(cwe_entry, dict) else None
    rule = get_str(row, "test_id", place)
    line = get_int(row, "line_number", place)
    return Finding(
        severity=_SEVERITY[severity],
        cwe=cwe if isinstance(cwe, int) else None,
        group=bssn.group_of(cwe if isinstance(cwe, int) else None, rule),
        place=f"{clean_path(get_str(row, 'filename', place))}:{line}",
        tool="bandit",
        rule=rule,
        text=one_line(get_str(row, "issue_text", place)),
    )
