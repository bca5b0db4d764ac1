"""The one result model: what a gate says about a report. No I/O; NamedTuples keep the import light."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

LULUS = "lulus"
GAGAL = "gagal"
TIDAK_DAPAT_DINILAI = "tidak_dapat_dinilai"

KINDS = (
    "unit", "fungsi", "integrasi", "sistem", "beban", "keamanan_kode", "keamanan_aplikasi", "rahasia", "dependensi",
    "dokumen", "instalasi", "uat", "kegunaan", "pentest", "tinjauan",
)  # fmt: skip
"""Every kind of test. `kemas` packs and tests nothing; the last three have no report to read: people record them, or the forge shows them."""

IF_THERE = ("unit", "sistem")
"""Tests that not every SOP demands: run where the team has their folder; that a release has them is asked of the evidence."""
SEVERITIES = ("kritis", "tinggi", "sedang", "rendah", "info")

EXIT_OK, EXIT_USAGE, EXIT_BLOCKED, EXIT_RIGHTS, EXIT_TEMPORARY, EXIT_UNREADABLE = 0, 2, 3, 4, 5, 6


class ReportError(Exception):
    """A report, thresholds file or answer that cannot be read: exit 6, never a verdict."""

    def __init__(self, place: str, found: str, needed: str) -> None:
        self.place, self.found, self.needed = place, found, needed
        super().__init__(f"{place}: ditemukan {found}; dibutuhkan {needed}")


class Reason(NamedTuple):
    """Why a result is not `lulus`. `code` is AREA-NNN (see `kode.py`)."""

    code: str
    text: str
    found: str
    needed: str

    def as_dict(self) -> dict[str, str]:
        return {"kode": self.code, "judul": self.text, "ditemukan": self.found, "diperlukan": self.needed}


class Finding(NamedTuple):
    """One weakness a scanner saw, or one failed test."""

    severity: str
    cwe: int | None
    group: str  # group of Peraturan BSSN 4/2021, e.g. "d validasi_input"; "lainnya" when unmapped
    place: str  # file:line or URL
    tool: str
    rule: str
    text: str

    @property
    def fingerprint(self) -> str:
        """Stable across runs: does not depend on the line number nor on the order of the report."""
        place = self.place.rpartition(":")[0] if self.place.rpartition(":")[2].isdigit() else self.place
        parts = (self.tool, self.rule, place, self.text)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()

    def as_dict(self) -> dict[str, str | int | None]:
        return {
            "tingkat": self.severity,
            "cwe": self.cwe,
            "kelompok": self.group,
            "tempat": self.place,
            "alat": self.tool,
            "aturan": self.rule,
            "teks": self.text,
            "sidik": self.fingerprint,
        }


class Result(NamedTuple):
    """The answer of one gate. Fractional numbers in `counts` are strings, so that no float is signed."""

    uji: str
    verdict: str
    summary: str  # one line of Indonesian with the figures
    counts: dict[str, int | str]
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    tool: str
    version: str
    report_sha256: str
    class_: str = ""  # the best class this result can have: the job decides whether it has it
    thresholds: Mapping[str, object] = {}  # the section that was judged by
    config_sha256: str = (
        ""  # of the scanner's rules and settings, as shipped here; "" where a test has none of ours
    )
    tools: Mapping[str, str | None] = {}  # each tool named in `tool` -> its digest; None: nobody measured it

    @property
    def exit_code(self) -> int:
        return EXIT_OK if self.verdict == LULUS else EXIT_BLOCKED

    def as_dict(self) -> dict[str, object]:
        return {
            "schema": 1,
            "uji": self.uji,
            "verdict": self.verdict,
            "ringkasan": self.summary,
            "angka": self.counts,
            "alasan": [reason.as_dict() for reason in self.reasons],
            "temuan": [finding.as_dict() for finding in self.findings],
            "alat": self.tool,
            "versi_alat": self.version,
            "laporan_sha256": self.report_sha256,
            "kelas": self.class_,
            "ambang": dict(self.thresholds),
            "konfigurasi_sha256": self.config_sha256,
            "alat_sha256": dict(self.tools),
        }


class GateContext(NamedTuple):
    """What the caller knows beside the report. `None` means: not known here, so not compared."""

    target: str | None = None  # URL the test had to be run against
    files: tuple[str, ...] | None = None  # every path of the judged source tree, relative, with "/"
    commit: str | None = None
    tree: str | None = None
    package_sha256: str | None = None
    accepted: tuple[
        tuple[str, str, int], ...
    ] = ()  # (fingerprint, severity, how many) set aside by an officer


class Tally:
    """Collects reasons while a gate looks at a report; `conclude` turns them into the result."""

    def __init__(self, uji: str) -> None:
        self.uji = uji
        self.failed: list[Reason] = []
        self.unknown: list[Reason] = []

    def fail(self, code: str, text: str, found: str, needed: str) -> None:
        self.failed.append(Reason(code, text, found, needed))

    def cannot_tell(self, code: str, text: str, found: str, needed: str) -> None:
        self.unknown.append(Reason(code, text, found, needed))

    def conclude(
        self,
        summary: str,
        counts: dict[str, int | str],
        findings: tuple[Finding, ...],
        tool: str,
        version: str,
        report_sha256: str,
        measured: Mapping[str, str] = {},
    ) -> Result:
        """A known failure wins over "cannot tell"; both block. Every reason is kept.

        `measured` has the digest of a tool by its name, "" where nobody measured it.
        """
        verdict = GAGAL if self.failed else TIDAK_DAPAT_DINILAI if self.unknown else LULUS
        reasons = (*self.failed, *self.unknown)
        tools = {name: measured.get(name) or None for name in tool.split("+") if name}
        return Result(
            self.uji,
            verdict,
            summary,
            counts,
            reasons,
            findings,
            tool,
            version,
            report_sha256,
            tools=tools,
        )
