"""Skenario UAT: `uat.yml` describes every scenario that the approved request makes mandatory. Class `diamati`.

It judges the description, never the acceptance: that is a signed record per scenario (`kawal sahkan uat`), bound to the bytes on the test target.

    Gagal: skenario UAT: UAT-101 skenario wajib belum dijelaskan: ditemukan UAT-3; dibutuhkan semua skenario permohonan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal_checks.model import GateContext, ReportError, Result, Tally
from kawal_checks.readers.strict import as_dict, describe, get_str
from kawal_checks.readers.uat import UatFile, read

from .base import Gate, known_keys


def mandatory(section: Mapping[str, object]) -> tuple[str, ...]:
    """Ids of the request's scenarios: in the thresholds `uat` is a list of {id, judul}."""
    known_keys(section, {"daftar"}, "uat")
    rows = section.get("daftar", [])
    if not isinstance(rows, list):
        raise ReportError("ambang.uat", describe(rows), "daftar skenario")
    return tuple(
        get_str(as_dict(row, f"ambang.uat[{n}]"), "id", f"ambang.uat[{n}]") for n, row in enumerate(rows)
    )


def judge(
    reports: Sequence[UatFile], section: Mapping[str, object], context: GateContext, sha256: str
) -> Result:
    del context
    described = {one.id for report in reports for one in report.scenarios}
    wanted = mandatory(section)
    missing = [one for one in wanted if one not in described]
    tally = Tally("uat")
    if missing:
        shown = ", ".join(missing[:10]) + (", …" if len(missing) > 10 else "")
        tally.fail("UAT-101", "skenario wajib belum dijelaskan", shown, "semua skenario permohonan")
    if not described:
        tally.cannot_tell("UAT-102", "uat.yml tidak menjelaskan apa pun", "0 skenario", "paling sedikit satu")
    counts: dict[str, int | str] = {
        "skenario": len(described),
        "wajib": len(wanted),
        "dijelaskan": len(wanted) - len(missing),
    }
    summary = f"{len(wanted) - len(missing)} dari {len(wanted)} skenario wajib dijelaskan; penerimaannya dicatat pejabat"
    return tally.conclude(summary, counts, (), "kawal", "", sha256)


GATE = Gate("uat", "skenario UAT", {"uat": read}, judge)
