"""Dependensi: every list of dependencies has its lock file, and nobody else's code is committed. Class `diamati`.

Known vulnerabilities need live advisory data, which an offline runner lacks: this gate never claims to have looked for them.

    Gagal: dependensi: DEPEN-102 pustaka orang lain ikut di dalam repositori: ditemukan vendor (1204 berkas); dibutuhkan 0 folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal_checks.model import Finding, GateContext, Result, Tally
from kawal_checks.readers.pohon import TreeReport, read

from .base import Gate, known_keys


def judge(
    reports: Sequence[TreeReport], section: Mapping[str, object], context: GateContext, sha256: str
) -> Result:
    del context
    known_keys(section, set(), "dependensi")
    tally = Tally("dependensi")
    manifests = [manifest for report in reports for manifest in report.manifests]
    vendored = [folder for report in reports for folder in report.vendored]
    findings = [
        Finding("sedang", 1104, "", f"{one.path}:1", "kawal", "dependensi-tanpa-kunci", one.problem)
        for one in manifests
        if one.problem
    ]
    findings += [
        Finding("sedang", 1104, "", name, "kawal", "pustaka-ikut", f"{number} berkas")
        for name, number in vendored
    ]
    loose = [one for one in manifests if one.problem]
    if loose:
        shown = "; ".join(f"{one.path} {one.problem}" for one in loose[:5])
        tally.fail(
            "DEPEN-101",
            "versi dependensi tidak dikunci",
            shown,
            "berkas kunci untuk setiap daftar dependensi",
        )
    if vendored:
        shown = "; ".join(f"{name} ({number} berkas)" for name, number in vendored[:5])
        tally.fail(
            "DEPEN-102",
            "pustaka orang lain ikut di dalam repositori",
            shown,
            "0 folder; pasang dari berkas kunci",
        )
    if sum(report.files for report in reports) == 0:
        tally.cannot_tell("DEPEN-103", "pohon sumber kosong", "0 berkas", "paling sedikit satu berkas")
    counts: dict[str, int | str] = {
        "manifes": len(manifests),
        "tanpa_kunci": len(loose),
        "pustaka_ikut": len(vendored),
    }
    return tally.conclude(
        f"{len(manifests)} daftar dependensi, semua terkunci", counts, tuple(findings), "kawal", "", sha256
    )


GATE = Gate("dependensi", "dependensi", {"pohon": read}, judge)
