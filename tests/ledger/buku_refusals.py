"""Everything that the ledger refuses, and how it says so: code, what, found, needed, next step. A golden file.

Refresh it, then read the difference in review:  python tests/ledger/buku_refusals.py
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "policy"))

from buku_bersama import Case
from buku_catatan import contents, rights
from buku_ekspor import bundles, content, lines
from buku_menulis import damaged, opening, reading, writing
from buku_pulih import restored, verified

from kawal.errors import KawalError
from kawal.ledger.store import Ledger
from kawal.ledger.trust import Authority
from kawal.ledger.verify import Report
from kawal_seal.errors import SealError

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "buku-penolakan.txt"


def said(act: Callable[[], object], folder: Path) -> str:
    """The refusal on one line, or what came of it."""
    try:
        text = told(act())
    except (KawalError, SealError) as error:
        text = f"{type(error).__name__}: {error}"
    return text.replace(str(folder), "<folder>").replace("\n", " | ")


def told(result: object) -> str:
    match result:
        case Authority(persons=persons, service=service):
            return f"atas wewenang {service or ', '.join(persons)}"
        case Report(problems=problems):
            return "; ".join(f"catatan {one.seq}: {one.what}" for one in problems) or "utuh"
        case Ledger():
            result.close()
            return str(result.trouble or "terbuka")
        case _:
            return "diterima"


GROUPS: dict[str, Callable[[Path], Iterator[Case]]] = {
    "membuka": opening,
    "membaca": reading,
    "menulis": writing,
    "rusak": damaged,
    "isi catatan": contents,
    "wewenang": rights,
    "bukti": content,
    "bundel": bundles,
    "baris": lines,
    "pemeriksaan": verified,
    "pemulihan": restored,
}


def answers(name: str, folder: Path) -> Iterator[str]:
    """One line a case of the named group."""
    for case, act in GROUPS[name](folder):
        yield f"{name}: {case} -> {said(act, folder)}"


def main() -> None:
    found: list[str] = []
    for name in GROUPS:
        with tempfile.TemporaryDirectory() as folder:
            found += answers(name, Path(folder))
    GOLDEN.write_text("\n".join(found) + "\n", "utf-8")


if __name__ == "__main__":
    main()
