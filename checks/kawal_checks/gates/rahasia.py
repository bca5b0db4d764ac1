"""Rahasia: private keys, tokens and passwords lying in the source tree (`periksa-pohon` or detect-secrets). Class `diamati`.

The report names place and kind, never the secret. Who finds one must also revoke it: deleting the line leaves it in the history.

    Gagal: rahasia di dalam repositori: RAHASIA-102 rahasia di dalam pohon sumber: ditemukan 1: .env:3 rahasia di .env; dibutuhkan 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal_checks import bssn
from kawal_checks.model import Finding, GateContext, Result, Tally
from kawal_checks.readers.pohon import TreeReport, read, read_detect_secrets

from .base import Gate, known_keys


def judge(
    reports: Sequence[TreeReport], section: Mapping[str, object], context: GateContext, sha256: str
) -> Result:
    del context
    known_keys(section, set(), "rahasia")
    tool = reports[0].tool
    findings = tuple(
        Finding(
            "tinggi",
            798,
            bssn.group_of(798, None),
            secret.place,
            report.tool,
            "rahasia",
            f"{secret.kind}: cabut, lalu hapus dari riwayat",
        )
        for report in reports
        for secret in report.secrets
    )
    files = sum(report.files for report in reports)
    tally = Tally("rahasia")
    if findings:
        shown = "; ".join(f"{finding.place} {finding.text.partition(':')[0]}" for finding in findings[:5])
        more = "; …" if len(findings) > 5 else ""
        tally.fail("RAHASIA-102", "rahasia di dalam pohon sumber", f"{len(findings)}: {shown}{more}", "0")
    if files == 0:
        tally.cannot_tell(
            "RAHASIA-101", "pencari rahasia tidak membaca apa pun", "0 berkas", "paling sedikit satu berkas"
        )
    counts: dict[str, int | str] = {"berkas": files, "rahasia": len(findings)}
    return tally.conclude(
        f"{len(findings)} rahasia di {files} berkas",
        counts,
        findings,
        tool,
        reports[0].version,
        sha256,
        {report.tool: report.sha256 for report in reports},
    )


GATE = Gate(
    "rahasia", "rahasia di dalam repositori", {"pohon": read, "detect-secrets": read_detect_secrets}, judge
)
