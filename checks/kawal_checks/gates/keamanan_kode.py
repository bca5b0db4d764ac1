"""Uji keamanan kode: static scanners over the source tree (Bandit: Python; Semgrep: PHP, JavaScript, TypeScript). Class `diamati`.

Given the list of files of the tree, every file of a known language must be in the report of a scanner that reads it; a language without
a scanner makes the result "tidak dapat dinilai". Suppressions in the code never lower a result: our run ignores them, and a report that
counts some is refused.

    Gagal: uji keamanan kode: AMAN-102 temuan tingkat tinggi: ditemukan 1: aplikasi/web.py:41 B602; dibutuhkan
    paling banyak 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from kawal_checks.model import SEVERITIES, GateContext, Result, Tally
from kawal_checks.readers import bandit, gitlab_security, kumpulan, sarif, semgrep
from kawal_checks.readers.codescan import CodeScan

from .base import (
    Gate,
    count_severities,
    judge_severities,
    known_keys,
    limits,
    set_aside,
    severity_summary,
    without_accepted,
)

_DATA = Path(__file__).parents[1] / "data"
# Shell is left out on purpose: a helper script beside a Python application is normal and no scanner of ours reads it.
LANGUAGES = {
    "py": "Python", "pyw": "Python", "pyi": "Python",
    "php": "PHP", "phtml": "PHP", "php5": "PHP", "php7": "PHP", "inc": "PHP",
    "js": "JavaScript", "mjs": "JavaScript", "cjs": "JavaScript", "jsx": "JavaScript", "vue": "JavaScript",
    "ts": "TypeScript", "tsx": "TypeScript",
    "java": "Java", "jsp": "Java", "kt": "Kotlin", "cs": "C#", "go": "Go", "rb": "Ruby", "pl": "Perl", "rs": "Rust",
    "c": "C", "cc": "C++", "cpp": "C++",
}  # fmt: skip
# Which languages a scanner reads with kawal's own rules. A report of another tool adds findings, never coverage.
COVERS = {"bandit": {"Python"}, "semgrep": {"PHP", "JavaScript", "TypeScript"}}
_NAMES = {"bandit": "Bandit", "semgrep": "Semgrep"}


def languages(files: Sequence[str]) -> dict[str, int]:
    """How many files of each known language a tree has."""
    result: dict[str, int] = {}
    for path in files:
        name = LANGUAGES.get(path.rpartition("/")[2].rpartition(".")[2].lower()) if "." in path else None
        if name:
            result[name] = result.get(name, 0) + 1
    return dict(sorted(result.items()))


def judge(
    reports: Sequence[tuple[CodeScan, ...]], section: Mapping[str, object], context: GateContext, sha256: str
) -> Result:
    known_keys(section, set(SEVERITIES), "keamanan_kode")
    allowed = limits(section, "keamanan_kode")
    scans = [scan for report in reports for scan in report]
    tools = sorted({scan.tool for scan in scans} - {"kawal"})
    findings = tuple(finding for scan in scans for finding in scan.findings)
    lines = sum(scan.lines or 0 for scan in scans)
    scanned = {path for scan in scans for path in scan.files or ()}
    counts = count_severities(findings)
    counts |= {
        "berkas": len(scanned),
        "baris": lines,
        "nosec": sum(scan.suppressed for scan in scans),
        "tes_dilewati": sum(scan.skipped_tests for scan in scans),
        "pembungkam": sum(finding.rule == "pembungkam" for finding in findings),
    }
    tally = Tally("keamanan_kode")
    left = without_accepted(findings, context)
    judge_severities(tally, "AMAN-102", left, allowed)
    _judge_work(tally, scans, context)
    for path, reason in [error for scan in scans for error in scan.errors][:20]:
        tally.cannot_tell("AMAN-104", "berkas tidak terpindai", f"{path}: {reason}", "semua berkas terbaca")
    if counts["nosec"] or counts["tes_dilewati"]:
        found = f"{counts['nosec']} nosec, {counts['tes_dilewati']} tes dilewati"
        tally.cannot_tell("AMAN-105", "pemindaian dibungkam", found, "pindai ulang dengan --ignore-nosec")
    if context.files is not None:
        _judge_coverage(tally, scans, context.files)
    worked = (
        sorted({scan.tool for scan in scans if scan.lines or (scan.lines is None and scan.files)}) or tools
    )
    names = "+".join(_NAMES.get(tool, tool) for tool in worked)
    counted = f", {lines} baris" if lines else ""
    summary = f"{names} {severity_summary(counts, allowed)}{set_aside(len(findings) - len(left))}; {len(scanned)} berkas{counted}"
    versions = {scan.tool: scan.version for scan in scans}
    version = "+".join(versions[tool] for tool in worked) if all(versions[tool] for tool in worked) else ""
    measured = {scan.tool: scan.sha256 for scan in scans}
    return tally.conclude(summary, counts, findings, "+".join(worked), version, sha256, measured)


def _judge_work(tally: Tally, scans: Sequence[CodeScan], context: GateContext) -> None:
    """Some scan must have read something: lines where the tool counts them, else files."""
    if any(scan.lines if scan.lines is not None else scan.files for scan in scans):
        return
    present = languages(context.files or ())
    holds = f"; repositori berisi {', '.join(present)}" if present else ""
    files = sum(len(scan.files or ()) for scan in scans)
    tools = ", ".join(sorted({_NAMES.get(scan.tool, scan.tool) for scan in scans} - {"kawal"})) or "pemindai"
    tally.cannot_tell(
        "AMAN-101",
        f"laporan {tools} tidak memindai apa pun",
        f"{files} berkas, 0 baris{holds}",
        "paling sedikit satu baris kode",
    )


def _judge_coverage(tally: Tally, scans: Sequence[CodeScan], files: Sequence[str]) -> None:
    """Every file of every language must have been read by a scanner that knows the language."""
    for name, number in languages(files).items():
        readers = [scan for scan in scans if name in COVERS.get(scan.tool, ())]
        if not readers:
            tally.cannot_tell(
                "AMAN-103", f"bahasa {name} tanpa pemindai", f"{number} berkas {name}", f"pemindai {name}"
            )
            continue
        seen = {path for scan in readers for path in scan.files or ()}
        missed = [path for path in files if name in languages([path]) and path not in seen]
        if missed:
            found = f"{len(missed)}: {'; '.join(missed[:5])}" + ("; …" if len(missed) > 5 else "")
            tally.cannot_tell(
                "AMAN-104", f"berkas {name} tidak terpindai", found, f"semua berkas {name} di dalam laporan"
            )


@cache
def configuration_sha256() -> str:
    """Over our Bandit settings and Semgrep rules, by name and content."""
    digest = hashlib.sha256()
    for path in (_DATA / "bandit.ini", *sorted((_DATA / "semgrep").glob("*.yml"))):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


GATE = Gate(
    "keamanan_kode",
    "uji keamanan kode",
    {
        "bandit": lambda raw: (bandit.read(raw),),
        "semgrep": lambda raw: (semgrep.read(raw),),
        "sarif": lambda raw: (sarif.read(raw),),
        "gitlab-sast": lambda raw: (gitlab_security.read_sast(raw),),
        "keamanan-kode": kumpulan.read,
    },
    judge,
    configuration=configuration_sha256,
)
