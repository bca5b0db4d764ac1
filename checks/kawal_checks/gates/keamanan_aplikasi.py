"""Uji keamanan aplikasi: a scanner of the running application (Wapiti or ZAP) against the test target. Class `diamati`.

Never counts as the penetration test that some SOPs ask for. Refuses a scan of no page, of too few, or of another site.

    Tidak dapat dinilai: uji keamanan aplikasi: AMAN-201 pemindai tidak mengunjungi halaman: ditemukan 0 halaman;
    dibutuhkan paling sedikit 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal_checks.model import SEVERITIES, GateContext, Result, Tally
from kawal_checks.readers import gitlab_security, wapiti, zap
from kawal_checks.readers.webscan import WebScan
from kawal_checks.teks import one_line

from .base import (
    Gate,
    count_severities,
    judge_severities,
    known_keys,
    limits,
    same_site,
    set_aside,
    severity_summary,
    threshold_int,
    without_accepted,
)


def judge(
    reports: Sequence[WebScan], section: Mapping[str, object], context: GateContext, sha256: str
) -> Result:
    known_keys(section, {*SEVERITIES, "halaman_min"}, "keamanan_aplikasi")
    allowed = limits(section, "keamanan_aplikasi")
    least = max(1, threshold_int(section, "halaman_min", 1, "keamanan_aplikasi"))
    findings = tuple(finding for report in reports for finding in report.findings)
    pages = max(report.pages for report in reports)  # two scanners may see the same pages
    counts = count_severities(findings)
    counts |= {"halaman": pages, "halaman_min": least}
    tally = Tally("keamanan_aplikasi")
    left = without_accepted(findings, context)
    judge_severities(tally, "AMAN-202", left, allowed)
    for report in reports:
        _judge_target(tally, report, context)
        if report.pages == 0:
            tally.cannot_tell(
                "AMAN-201", "pemindai tidak mengunjungi halaman", "0 halaman", f"paling sedikit {least}"
            )
    if 0 < pages < least:
        tally.cannot_tell("AMAN-203", "halaman yang dikunjungi kurang", str(pages), f"paling sedikit {least}")
    tools = "+".join(sorted({report.tool for report in reports}))
    summary = (
        f"{tools} {severity_summary(counts, allowed)}{set_aside(len(findings) - len(left))}; {pages} halaman"
    )
    measured = {report.tool: report.sha256 for report in reports}
    return tally.conclude(summary, counts, findings, tools, reports[0].version, sha256, measured)


def _judge_target(tally: Tally, report: WebScan, context: GateContext) -> None:
    if context.target is None:
        return
    others = [target for target in report.targets if not same_site(target, context.target)]
    if others or not report.targets:
        found = one_line(", ".join(others)) or "tidak ada situs"
        tally.cannot_tell("AMAN-204", "sasaran pemindaian lain", found, one_line(context.target))


GATE = Gate(
    "keamanan_aplikasi",
    "uji keamanan aplikasi",
    {
        "wapiti": wapiti.read,
        "zap-json": zap.read_json,
        "zap-xml": zap.read_xml,
        "gitlab-dast": gitlab_security.read_dast,
    },
    judge,
)
