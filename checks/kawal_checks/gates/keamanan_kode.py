"""Uji keamanan kode: static scanners over the source tree (Bandit for Python). Class `diamati`.

Given the list of files of the tree, every Python file must be in the report, and a language without a scanner makes the
result "tidak dapat dinilai". Suppressions in the code never lower a result: our run ignores them, and a report that
counts some is refused.

    Gagal: uji keamanan kode: AMAN-102 temuan tingkat tinggi: ditemukan 1: aplikasi/web.py:41 B602; dibutuhkan
    paling banyak 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal_checks.model import SEVERITIES, GateContext, Result, Tally
from kawal_checks.readers.bandit import BanditReport, read

from .base import Gate, count_severities, judge_severities, known_keys, limits, severity_summary

# Shell is left out on purpose: a helper script beside a Python application is normal and no scanner of ours reads it.
LANGUAGES = {
    "py": "Python", "pyw": "Python", "pyi": "Python",
    "php": "PHP", "phtml": "PHP", "php5": "PHP", "php7": "PHP", "inc": "PHP",
    "js": "JavaScript", "mjs": "JavaScript", "cjs": "JavaScript", "jsx": "JavaScript", "vue": "JavaScript",
    "ts": "TypeScript", "tsx": "TypeScript",
    "java": "Java", "jsp": "Java", "kt": "Kotlin", "cs": "C#", "go": "Go", "rb": "Ruby", "pl": "Perl", "rs": "Rust",
    "c": "C", "cc": "C++", "cpp": "C++",
}  # fmt: skip
SCANNED = {"Python"}


def languages(files: Sequence[str]) -> dict[str, int]:
    """How many files of each known language a tree has."""
    result: dict[str, int] = {}
    for path in files:
        name = LANGUAGES.get(path.rpartition("/")[2].rpartition(".")[2].lower()) if "." in path else None
        if name:
            result[name] = result.get(name, 0) + 1
    return dict(sorted(result.items()))


def judge(
    reports: Sequence[BanditReport], section: Mapping[str, object], context: GateContext, sha256: str
) -> Result:
    known_keys(section, set(SEVERITIES), "keamanan_kode")
    allowed = limits(section, "keamanan_kode")
    findings = tuple(finding for report in reports for finding in report.findings)
    lines = sum(report.lines for report in reports)
    scanned = {path for report in reports for path in report.files}
    counts = count_severities(findings)
    counts |= {
        "berkas": len(scanned),
        "baris": lines,
        "nosec": sum(report.nosec for report in reports),
        "tes_dilewati": sum(report.skipped_tests for report in reports),
    }
    tally = Tally("keamanan_kode")
    judge_severities(tally, "AMAN-102", findings, allowed)
    _judge_work(tally, lines, len(scanned), context)
    for path, reason in [error for report in reports for error in report.errors][:20]:
        tally.cannot_tell("AMAN-104", "berkas tidak terpindai", f"{path}: {reason}", "semua berkas terbaca")
    if counts["nosec"] or counts["tes_dilewati"]:
        found = f"{counts['nosec']} nosec, {counts['tes_dilewati']} tes dilewati"
        tally.cannot_tell("AMAN-105", "pemindaian dibungkam", found, "pindai ulang dengan --ignore-nosec")
    if context.files is not None:
        _judge_coverage(tally, scanned, context.files)
    summary = f"Bandit {severity_summary(counts, allowed)}; {len(scanned)} berkas, {lines} baris"
    return tally.conclude(summary, counts, findings, "bandit", "", sha256)


def _judge_work(tally: Tally, lines: int, files: int, context: GateContext) -> None:
    if lines > 0:
        return
    present = languages(context.files or ())
    holds = f"; repositori berisi {', '.join(present)}" if present else ""
    found = f"{files} berkas, 0 baris{holds}"
    tally.cannot_tell(
        "AMAN-101", "laporan Bandit tidak memindai apa pun", found, "paling sedikit satu baris kode"
    )


def _judge_coverage(tally: Tally, scanned: set[str], files: Sequence[str]) -> None:
    for name, number in languages(files).items():
        if name not in SCANNED:
            tally.cannot_tell(
                "AMAN-103", f"bahasa {name} tanpa pemindai", f"{number} berkas {name}", f"pemindai {name}"
            )
    missed = [path for path in files if languages([path]).keys() & SCANNED and path not in scanned]
    if missed:
        found = f"{len(missed)}: {'; '.join(missed[:5])}" + ("; …" if len(missed) > 5 else "")
        tally.cannot_tell(
            "AMAN-104", "berkas Python tidak terpindai", found, "semua berkas Python di dalam laporan"
        )


GATE = Gate("keamanan_kode", "uji keamanan kode", {"bandit": read}, judge)
