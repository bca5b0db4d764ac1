"""Dependensi: every list of dependencies has its lock file, nobody else's code is committed, no known vulnerability. Class `diamati`.

Known vulnerabilities need live advisory data, which an offline runner lacks: they are looked at only where a report of pip-audit is there, and
then every package must have been audited. Without one this gate claims nothing about them.

    Gagal: dependensi: DEPEN-102 pustaka orang lain ikut di dalam repositori: ditemukan vendor (1204 berkas); dibutuhkan 0 folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal_checks import bssn
from kawal_checks.model import Finding, GateContext, Result, Tally
from kawal_checks.readers import pip_audit, pohon
from kawal_checks.readers.pip_audit import Audited, AuditReport
from kawal_checks.readers.pohon import TreeReport

from .base import Gate, known_keys

OLD_PARTS = 1104  # CWE: use of unmaintained third-party components
KNOWN_HOLE = 1395  # CWE: dependency on vulnerable third-party component


def judge(
    reports: Sequence[TreeReport | AuditReport],
    section: Mapping[str, object],
    context: GateContext,
    sha256: str,
) -> Result:
    del context
    known_keys(section, set(), "dependensi")
    tally = Tally("dependensi")
    trees = [one for one in reports if isinstance(one, TreeReport)]
    audits = [one for one in reports if isinstance(one, AuditReport)]
    counts: dict[str, int | str] = {}
    findings = _trees(tally, trees, counts) if trees else []
    packages = [package for audit in audits for package in audit.packages]
    if audits:
        findings += _audits(tally, packages, counts)
    lists = (
        f"{counts['manifes']} daftar dependensi, semua terkunci"
        if counts.get("manifes")
        else "tanpa daftar dependensi"
    )
    said = [lists] if trees else []
    said += [f"{len(packages)} paket diperiksa, 0 kerentanan dikenal"] if audits else []
    tool = "+".join((["kawal"] if trees else []) + (["pip-audit"] if audits else []))
    measured = {one.tool: one.sha256 for one in trees}
    return tally.conclude("; ".join(said), counts, tuple(findings), tool, "", sha256, measured)


def _trees(tally: Tally, reports: Sequence[TreeReport], counts: dict[str, int | str]) -> list[Finding]:
    manifests = [manifest for report in reports for manifest in report.manifests]
    vendored = [folder for report in reports for folder in report.vendored]
    loose = [one for one in manifests if one.problem]
    if loose:
        shown = "; ".join(f"{one.path} {one.problem}" for one in loose[:5])
        needed = "berkas kunci untuk setiap daftar dependensi"
        tally.fail("DEPEN-101", "versi dependensi tidak dikunci", shown, needed)
    if vendored:
        shown = "; ".join(f"{name} ({number} berkas)" for name, number in vendored[:5])
        needed = "0 folder; pasang dari berkas kunci"
        tally.fail("DEPEN-102", "pustaka orang lain ikut di dalam repositori", shown, needed)
    if sum(report.files for report in reports) == 0:
        tally.cannot_tell("DEPEN-103", "pohon sumber kosong", "0 berkas", "paling sedikit satu berkas")
    counts |= {"manifes": len(manifests), "tanpa_kunci": len(loose), "pustaka_ikut": len(vendored)}
    group = bssn.group_of(OLD_PARTS, None)
    findings = [
        Finding("sedang", OLD_PARTS, group, f"{one.path}:1", "kawal", "dependensi-tanpa-kunci", one.problem)
        for one in loose
    ]
    return findings + [
        Finding("sedang", OLD_PARTS, group, name, "kawal", "pustaka-ikut", f"{number} berkas")
        for name, number in vendored
    ]


def _audits(tally: Tally, packages: Sequence[Audited], counts: dict[str, int | str]) -> list[Finding]:
    """A package that could not be audited is silent in pip-audit's exit status; here it keeps the answer open."""
    skipped = [one for one in packages if one.skipped]
    group = bssn.group_of(KNOWN_HOLE, None)
    findings = [
        Finding("tinggi", KNOWN_HOLE, group, one.name, "pip-audit", hole, f"{one.name} {one.version}")
        for one in packages
        for hole in one.vulnerabilities
    ]
    if findings:
        shown = "; ".join(f"{one.text} {one.rule}" for one in findings[:5])
        tally.fail(
            "DEPEN-104", "dependensi dengan kerentanan yang dikenal", shown, "versi yang sudah diperbaiki"
        )
    if skipped:
        shown = f"{len(skipped)} dari {len(packages)}: " + ", ".join(one.name for one in skipped[:5])
        tally.cannot_tell(
            "DEPEN-105", "paket tidak dapat diperiksa kerentanannya", shown, "semua paket diperiksa"
        )
    if not packages:
        tally.cannot_tell("DEPEN-106", "tidak ada paket yang diperiksa", "0 paket", "paling sedikit satu")
    counts |= {"paket": len(packages), "tidak_diperiksa": len(skipped), "kerentanan": len(findings)}
    return findings


GATE: Gate[TreeReport | AuditReport] = Gate(
    "dependensi", "dependensi", {"pohon": pohon.read, "pip-audit": pip_audit.read}, judge
)
