"""GitLab's security reports (gl-sast-report.json, gl-dast-report.json, schema 15): findings of whatever analyzer wrote them."""

from __future__ import annotations

import re

from kawal_checks import bssn
from kawal_checks.model import Finding, ReportError
from kawal_checks.teks import one_line

from .codescan import CodeScan, clean_path
from .strict import as_dict, get_dict, get_int, get_list, get_str, json_object, optional_list
from .webscan import WebScan

_SEVERITY = {
    "Critical": "kritis",
    "High": "tinggi",
    "Medium": "sedang",
    "Low": "rendah",
    "Info": "info",
    "Unknown": "tinggi",
}


def read_sast(raw: bytes) -> CodeScan:
    return read_sast_data(json_object(raw))


def read_sast_data(data: dict[str, object]) -> CodeScan:
    tool, version, errors = _scan(data, "sast")
    findings = []
    for number, row in enumerate(get_list(data, "vulnerabilities", "laporan")):
        place = f"laporan.vulnerabilities[{number}]"
        entry = as_dict(row, place)
        location = get_dict(entry, "location", place)
        line = get_int(location, "start_line", place, 1) if "start_line" in location else 1
        findings.append(
            _finding(entry, place, tool, f"{clean_path(get_str(location, 'file', place))}:{line}")
        )
    return CodeScan(tool, version, None, None, 0, 0, errors, tuple(findings))


def read_dast(raw: bytes) -> WebScan:
    """Pages are `scan.scanned_resources`; a report without them shows no page."""
    data = json_object(raw)
    tool, version, _ = _scan(data, "dast")
    resources = optional_list(get_dict(data, "scan", "laporan"), "scanned_resources", "laporan.scan")
    urls = [
        get_str(as_dict(entry, "laporan.scan"), "url", "laporan.scan.scanned_resources")
        for entry in resources
    ]
    findings, hosts = [], set()
    for number, row in enumerate(get_list(data, "vulnerabilities", "laporan")):
        place = f"laporan.vulnerabilities[{number}]"
        entry = as_dict(row, place)
        location = get_dict(entry, "location", place)
        host = get_str(location, "hostname", place)
        hosts.add(host)
        findings.append(
            _finding(
                entry,
                place,
                tool,
                one_line(f"{location.get('method', 'GET')} {host}{location.get('path', '/')}"),
            )
        )
    sites = {"/".join(url.split("/", 3)[:3]) for url in urls} | hosts
    return WebScan(tool, version, tuple(sorted(sites)), len(set(urls)), tuple(findings))


def _scan(data: dict[str, object], kind: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    scan = get_dict(data, "scan", "laporan")
    if scan.get("type") != kind:
        raise ReportError("laporan.scan.type", repr(scan.get("type"))[:40], kind)
    scanner = get_dict(scan, "scanner", "laporan.scan")
    errors = () if scan.get("status") == "success" else (("alat", f"status {scan.get('status')}"),)
    tool = one_line(get_str(scanner, "id", "laporan.scan.scanner"), 60).lower()
    return tool, one_line(str(scanner.get("version", "")), 60), errors


def _finding(row: dict[str, object], place: str, tool: str, where: str) -> Finding:
    severity = str(row.get("severity", "Unknown"))
    if severity not in _SEVERITY:
        raise ReportError(f"{place}.severity", severity[:40], ", ".join(_SEVERITY))
    cwe, rule = None, ""
    for entry in get_list(row, "identifiers", place):
        identifier = as_dict(entry, f"{place}.identifiers")
        value = str(identifier.get("value", ""))
        if identifier.get("type") == "cwe" and re.fullmatch(r"(CWE-)?\d{1,5}", value):
            cwe = int(value.removeprefix("CWE-"))
        elif not rule:
            rule = value[:120]
    text = one_line(f"{row.get('name') or ''} {row.get('description') or row.get('message') or ''}".strip())
    return Finding(
        _SEVERITY[severity], cwe, bssn.group_of(cwe, rule), one_line(where), tool, rule or "?", text
    )
