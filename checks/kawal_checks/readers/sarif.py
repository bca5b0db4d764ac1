"""SARIF 2.1.0: what any code scanner may write. Suppressed results count as suppressed, never as absent."""

from __future__ import annotations

import re
from urllib.parse import unquote

from kawal_checks import bssn
from kawal_checks.model import Finding, ReportError
from kawal_checks.teks import one_line

from .codescan import CodeScan, clean_path
from .strict import as_dict, get_dict, get_int, get_list, get_str, json_object, optional_list

_LEVEL = {"error": "tinggi", "warning": "sedang", "note": "rendah", "none": "info"}
_CWE = re.compile(r"(?i)\bcwe[-/: ]?(\d{1,5})\b")


def read(raw: bytes) -> CodeScan:
    return read_data(json_object(raw))


def read_data(data: dict[str, object]) -> CodeScan:
    version = get_str(data, "version", "laporan")
    if not version.startswith("2.1"):
        raise ReportError("laporan.version", version[:20], "SARIF 2.1.0")
    runs = [as_dict(run, "laporan.runs") for run in get_list(data, "runs", "laporan")]
    if not runs:
        raise ReportError("laporan.runs", "daftar kosong", "paling sedikit satu")
    parts = [_run(run, f"laporan.runs[{number}]") for number, run in enumerate(runs)]
    known = [part.files for part in parts if part.files is not None]
    return CodeScan(
        tool="+".join(sorted({part.tool for part in parts})),
        version=parts[0].version,
        files=tuple(path for files in known for path in files) if len(known) == len(parts) else None,
        lines=None,
        suppressed=sum(part.suppressed for part in parts),
        skipped_tests=0,
        errors=tuple(error for part in parts for error in part.errors),
        findings=tuple(finding for part in parts for finding in part.findings),
    )


def _run(run: dict[str, object], place: str) -> CodeScan:
    driver = get_dict(get_dict(run, "tool", place), "driver", f"{place}.tool")
    tool = one_line(get_str(driver, "name", f"{place}.tool.driver"), 60).lower()
    tool = tool.removesuffix(" oss")
    rules = [
        as_dict(rule, f"{place}.rules") for rule in optional_list(driver, "rules", f"{place}.tool.driver")
    ]
    by_id = {str(rule.get("id")): rule for rule in rules}
    findings, suppressed = [], 0
    for number, row in enumerate(get_list(run, "results", place)):
        where = f"{place}.results[{number}]"
        result = as_dict(row, where)
        suppressed += bool(result.get("suppressions"))
        findings.append(_finding(result, by_id, rules, tool, where))
    errors = []
    for invocation in optional_list(run, "invocations", place):
        entry = as_dict(invocation, f"{place}.invocations")
        if entry.get("executionSuccessful") is not True:
            errors.append(("alat", "executionSuccessful bukan true"))
        for note in optional_list(entry, "toolExecutionNotifications", f"{place}.invocations"):
            told = as_dict(note, f"{place}.toolExecutionNotifications")
            if told.get("level") in ("error", "warning"):
                message = told.get("message")
                errors.append(
                    ("alat", one_line(str(message.get("text", "")) if isinstance(message, dict) else "", 160))
                )
    artifacts = run.get("artifacts")
    files = None
    if isinstance(artifacts, list):
        files = tuple(
            _uri(as_dict(entry, f"{place}.artifacts").get("location"), f"{place}.artifacts")
            for entry in artifacts
        )
    return CodeScan(
        tool,
        one_line(str(driver.get("semanticVersion") or driver.get("version") or ""), 60),
        files,
        None,
        suppressed,
        0,
        tuple(errors),
        tuple(findings),
    )


def _uri(location: object, place: str) -> str:
    return clean_path(unquote(get_str(as_dict(location, place), "uri", place)))


def _finding(
    result: dict[str, object],
    by_id: dict[str, dict[str, object]],
    rules: list[dict[str, object]],
    tool: str,
    place: str,
) -> Finding:
    rule_id = result.get("ruleId")
    index = result.get("ruleIndex")
    rule = by_id.get(str(rule_id), {})
    if not rule and isinstance(index, int) and 0 <= index < len(rules):
        rule = rules[index]
    level = result.get("level") or _default_level(rule)
    if level not in _LEVEL:
        raise ReportError(f"{place}.level", repr(level)[:40], ", ".join(_LEVEL))
    severity = _LEVEL[str(level)]
    properties = rule.get("properties")
    score = properties.get("security-severity") if isinstance(properties, dict) else None
    if isinstance(score, str) and re.fullmatch(r"\d{1,2}(\.\d+)?", score):
        number = float(score)
        severity = (
            "kritis" if number >= 9 else "tinggi" if number >= 7 else "sedang" if number >= 4 else "rendah"
        )
    tags = (
        " ".join(map(str, optional_list(properties, "tags", f"{place}.properties")))
        if isinstance(properties, dict)
        else ""
    )
    match = _CWE.search(tags) or _CWE.search(str(result.get("properties", "")))
    cwe = int(match.group(1)) if match else None
    locations = optional_list(result, "locations", place)
    where = tool
    if locations:
        physical = get_dict(as_dict(locations[0], place), "physicalLocation", place)
        region = physical.get("region")
        line = get_int(region, "startLine", f"{place}.region", 1) if isinstance(region, dict) else 1
        where = f"{_uri(physical.get('artifactLocation'), place)}:{line}"
    message = get_dict(result, "message", place)
    name = str(rule_id or rule.get("id") or "?").rpartition(".")[2][:120]
    return Finding(
        severity,
        cwe,
        bssn.group_of(cwe, name),
        one_line(where),
        tool,
        name,
        one_line(str(message.get("text") or message.get("id") or "")),
    )


def _default_level(rule: dict[str, object]) -> object:
    configuration = rule.get("defaultConfiguration")
    return (configuration.get("level") if isinstance(configuration, dict) else None) or "warning"
