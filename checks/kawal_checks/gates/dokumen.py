"""Dokumen: the documents that the profile asks for are there and are not the skeleton's placeholder. Class `diamati`.

What is mandatory comes from the thresholds (`{"dokumen": {"wajib": ["docs/instalasi.md"]}}`); without them, what the report names.

    Gagal: dokumen: DOK-101 dokumen wajib belum ada: ditemukan docs/instalasi.md masih kerangka; dibutuhkan dokumen yang diisi.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal_checks.model import GateContext, ReportError, Result, Tally
from kawal_checks.readers.pohon import TreeReport, read
from kawal_checks.readers.strict import describe

from .base import Gate, known_keys

_WORDS = {"kerangka": "masih kerangka", "kosong": "hampir kosong", "tidak_ada": "tidak ada"}


def judge(
    reports: Sequence[TreeReport], section: Mapping[str, object], context: GateContext, sha256: str
) -> Result:
    del context
    known_keys(section, {"wajib"}, "dokumen")
    wanted = section.get("wajib")
    if wanted is not None and not (
        isinstance(wanted, list) and wanted and all(isinstance(path, str) for path in wanted)
    ):
        raise ReportError("ambang.dokumen.wajib", describe(wanted), "daftar nama berkas yang tidak kosong")
    states = {document.path: document.state for report in reports for document in report.documents}
    paths = wanted if isinstance(wanted, list) else sorted(states)
    tally = Tally("dokumen")
    bad = [(path, states.get(path, "")) for path in paths if states.get(path) != "ada"]
    known = [(path, state) for path, state in bad if state in _WORDS]
    if known:
        shown = "; ".join(f"{path} {_WORDS[state]}" for path, state in known)
        tally.fail("DOK-101", "dokumen wajib belum ada", shown, "dokumen yang diisi")
    unknown = [path for path, state in bad if state not in _WORDS]
    if unknown or not paths:
        tally.cannot_tell(
            "DOK-102",
            "dokumen tidak diperiksa",
            "; ".join(unknown) or "tidak ada dokumen",
            "semua dokumen wajib di dalam laporan",
        )
    counts: dict[str, int | str] = {"wajib": len(paths), "ada": len(paths) - len(bad)}
    return tally.conclude(
        f"{len(paths) - len(bad)} dari {len(paths)} dokumen ada",
        counts,
        (),
        "kawal",
        reports[0].version,
        sha256,
        {report.tool: report.sha256 for report in reports},
    )


GATE = Gate("dokumen", "dokumen", {"pohon": read}, judge)
