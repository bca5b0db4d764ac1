"""pip-audit's JSON report (2.10): per installed package its known vulnerabilities, or why it could not be audited."""

from __future__ import annotations

from typing import NamedTuple

from kawal_checks.teks import one_line

from .strict import as_dict, get_list, get_str, json_object, optional_list


class Audited(NamedTuple):
    name: str
    version: str
    vulnerabilities: tuple[str, ...]  # identifiers
    skipped: str  # why it was not audited; "" when it was


class AuditReport(NamedTuple):
    packages: tuple[Audited, ...]


def read(raw: bytes) -> AuditReport:
    data = json_object(raw)
    return AuditReport(
        tuple(
            _package(as_dict(row, f"laporan.dependencies[{number}]"), f"laporan.dependencies[{number}]")
            for number, row in enumerate(get_list(data, "dependencies", "laporan"))
        )
    )


def _package(row: dict[str, object], place: str) -> Audited:
    name = one_line(get_str(row, "name", place), 120)
    if "skip_reason" in row:
        return Audited(name, "", (), one_line(get_str(row, "skip_reason", place)) or "tanpa alasan")
    found = [as_dict(one, f"{place}.vulns") for one in optional_list(row, "vulns", place)]
    return Audited(
        name,
        one_line(get_str(row, "version", place), 60),
        tuple(one_line(get_str(one, "id", f"{place}.vulns"), 60) for one in found),
        "",
    )
