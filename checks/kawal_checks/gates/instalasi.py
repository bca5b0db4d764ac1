"""Uji instalasi: the test target's receipt for exactly the packed bytes. Class `diamati`.

A receipt that carries a permit (jti, seq) comes from a production target and is refused here.

    Gagal: uji instalasi: INSTAL-102 byte yang terpasang bukan paket yang dinilai: ditemukan 1a2b…; dibutuhkan 9f2c….
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal_checks.model import GateContext, ReportError, Result, Tally
from kawal_checks.readers.tanda_terima import InstallReceipt, read_install

from .base import Gate, known_keys


def judge(
    reports: Sequence[InstallReceipt], section: Mapping[str, object], context: GateContext, sha256: str
) -> Result:
    known_keys(section, set(), "instalasi")
    if len(reports) != 1:
        raise ReportError("laporan", f"{len(reports)} tanda terima", "tepat satu")
    receipt = reports[0]
    tally = Tally("instalasi")
    if receipt.jti is not None or receipt.seq is not None:
        tally.fail(
            "INSTAL-101", "tanda terima bukan dari target uji", f"jti {receipt.jti}", "jti dan seq kosong"
        )
    if context.package_sha256 is not None and receipt.sha256 != context.package_sha256:
        tally.fail(
            "INSTAL-102",
            "byte yang terpasang bukan paket yang dinilai",
            receipt.sha256,
            context.package_sha256,
        )
    counts: dict[str, int | str] = {"target_id": receipt.target_id, "sha256": receipt.sha256}
    summary = f"sha256 {receipt.sha256[:12]} terpasang di {receipt.target_id} {receipt.installed}"
    return tally.conclude(summary, counts, (), "kawal-target", "", sha256)


GATE = Gate("instalasi", "uji instalasi", {"instalasi": read_install}, judge)
