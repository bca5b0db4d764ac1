"""Kemas: the package of the release, made once from the git tree. Class `diamati`.

The receipt must name the commit, tree and digest that the caller knows (kawal recomputes them from the repository).

    Gagal: kemas: SUBJEK-101 paket bukan dari commit yang dinilai (commit): ditemukan 4f1c…; dibutuhkan 9f2c….
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kawal_checks.model import GateContext, ReportError, Result, Tally
from kawal_checks.readers.tanda_terima import PackReceipt, read_pack

from .base import Gate, known_keys


def judge(
    reports: Sequence[PackReceipt], section: Mapping[str, object], context: GateContext, sha256: str
) -> Result:
    known_keys(section, set(), "kemas")
    if len(reports) != 1:
        raise ReportError("laporan", f"{len(reports)} tanda terima", "tepat satu")
    receipt = reports[0]
    tally = Tally("kemas")
    for name, found, needed in (
        ("commit", receipt.commit, context.commit),
        ("pohon", receipt.tree, context.tree),
        ("sha256", receipt.sha256, context.package_sha256),
    ):
        if needed is not None and found != needed:
            tally.fail("SUBJEK-101", f"paket bukan dari commit yang dinilai ({name})", found, needed)
    counts: dict[str, int | str] = {
        "ukuran": receipt.size,
        "sha256": receipt.sha256,
        "commit": receipt.commit,
    }
    summary = (
        f"{receipt.package} {receipt.size} byte, sha256 {receipt.sha256[:12]}, commit {receipt.commit[:12]}"
    )
    return tally.conclude(summary, counts, (), "git archive", "", sha256)


GATE = Gate("kemas", "kemas", {"kemas": read_pack}, judge)
