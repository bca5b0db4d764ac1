"""Documents that the SOP makes the team write, and where they lie in the application's repository. The list is the profile's."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from kawal.ledger.records import Thresholds, WantedDocuments
from kawal.sop.procedure import Procedure


@cache
def places() -> dict[str, tuple[str, ...]]:
    """Path in the repository -> the kinds of paper (of any profile) that it holds."""
    return {path: tuple(kinds) for path, kinds in _data()["letak"].items()}


@cache
def without_sop() -> tuple[str, ...]:
    """What a new repository has where the SOP prints no document of the team."""
    return tuple(_data()["tanpa_sop"])


def _data() -> dict[str, dict[str, list[str]]]:
    file = Path(__file__).parent / "data" / "dokumen-repositori.json"
    found: dict[str, dict[str, list[str]]] = json.loads(file.read_text("utf-8"))
    return found


def wanted(procedure: Procedure) -> tuple[str, ...]:
    """Paths of the documents that a step before the release gate asks for or hands over."""
    printed: set[str] = set()
    for step in procedure.before_gate():
        papers = step.data.evidence
        printed |= {*papers.all_of, *step.data.outputs, *(kind for group in papers.any_of for kind in group)}
    return tuple(sorted(path for path, kinds in places().items() if printed & set(kinds)))


def with_documents(thresholds: Thresholds, procedure: Procedure) -> Thresholds:
    """The thresholds of a request, with the profile's documents beside those that the request names itself."""
    own = thresholds.dokumen.wajib if thresholds.dokumen else ()
    paths = tuple(sorted({*wanted(procedure), *own}))
    return thresholds.model_copy(update={"dokumen": WantedDocuments(wajib=paths) if paths else None})


def begins_with(thresholds: Thresholds) -> tuple[str, ...]:
    """The documents that a new repository starts with, as placeholders to be filled in."""
    return thresholds.dokumen.wajib if thresholds.dokumen else without_sop()
