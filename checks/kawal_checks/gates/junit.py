"""Shared by the gates that read JUnit: tests really ran, all passed, enough of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal_checks.model import Finding, GateContext, Result, Tally
from kawal_checks.readers.junit import JunitReport, read
from kawal_checks.teks import one_line

from .base import Gate, known_keys, threshold_int


def junit_gate(uji: str, title: str, area: str) -> Gate[JunitReport]:
    """A gate over JUnit reports; `area` is the first half of its reason codes."""

    def judge(
        reports: Sequence[JunitReport], section: Mapping[str, object], context: GateContext, sha256: str
    ) -> Result:
        del context  # a JUnit report names neither target nor commit: that is why its class is `dilaporkan`
        known_keys(section, {"min"}, uji)
        least = max(1, threshold_int(section, "min", 1, uji))
        tests, passed = sum(r.tests for r in reports), sum(r.passed for r in reports)
        bad, skipped = sum(r.failures + r.errors for r in reports), sum(r.skipped for r in reports)
        counts: dict[str, int | str] = {
            "tes": tests,
            "lulus": passed,
            "gagal": bad,
            "dilewati": skipped,
            "min": least,
        }
        tally = Tally(uji)
        findings = tuple(
            Finding("info", None, "", one_line(case.name), "junit", case.kind, one_line(case.message))
            for report in reports
            for case in report.cases
        )
        if bad:
            names = "; ".join(finding.place for finding in findings[:5]) + ("; …" if bad > 5 else "")
            tally.fail(f"{area}-102", f"{title} gagal", f"{bad} dari {tests}: {names}", "0 gagal")
        if tests - skipped == 0:
            found = f"{tests} tes, {skipped} dilewati"
            tally.cannot_tell(
                f"{area}-101", f"tidak ada {title} yang dijalankan", found, f"paling sedikit {least} tes"
            )
        elif passed < least and not bad:
            tally.fail(f"{area}-103", f"{title} yang lulus kurang", str(passed), f"paling sedikit {least}")
        for report in reports:
            # Only failures: pytest counts subtests in `tests` without writing a test case for each.
            if report.failures + report.errors < report.declared_bad:
                found = f"menyebut {report.declared_bad} gagal, berisi {report.failures + report.errors}"
                tally.cannot_tell(
                    f"{area}-104", f"laporan {title} tidak konsisten", found, "jumlah yang sama"
                )
        return tally.conclude(f"{passed} dari {tests} tes lulus", counts, findings, "junit", "", sha256)

    return Gate(uji, title, {"junit": read}, judge, class_="dilaporkan")
