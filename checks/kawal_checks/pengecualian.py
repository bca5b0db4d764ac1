"""The accepted risks that kawal gives a job (`KAWAL_PENGECUALIAN`), so that the pipeline goes on. The judge asks the ledger, never this file."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from .model import SEVERITIES, ReportError
from .readers.strict import SHA256, as_dict, exact_keys, get_int, get_list, get_str, json_object

Accepted = tuple[tuple[str, str, int], ...]
"""(fingerprint, severity, how many)"""
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def read(raw: bytes, uji: str, now: datetime | None = None) -> Accepted:
    """Those of one test that have not ended. Two acceptances of one finding count once."""
    place = "pengecualian"
    data = json_object(raw, place)
    exact_keys(data, {"schema", "daftar"}, place)
    if data["schema"] != 1 or isinstance(data["schema"], bool):
        raise ReportError(f"{place}.schema", repr(data["schema"])[:40], "1")
    found: Counter[tuple[str, str]] = Counter()
    for number, entry in enumerate(get_list(data, "daftar", place)):
        where = f"{place}.daftar[{number}]"
        row = as_dict(entry, where)
        exact_keys(row, {"uji", "sidik", "tingkat", "jumlah", "sampai"}, where)
        fingerprint, severity = get_str(row, "sidik", where), get_str(row, "tingkat", where)
        if not SHA256.fullmatch(fingerprint) or severity not in SEVERITIES:
            raise ReportError(where, f"{fingerprint[:20]} {severity[:20]}", "sidik dan tingkat temuan")
        count = get_int(row, "jumlah", where, 1)
        if get_str(row, "uji", where) == uji and (now or datetime.now(UTC)) < _end(row, where):
            found |= Counter({(fingerprint, severity): count})
    return tuple((*key, count) for key, count in found.items())


def _end(row: dict[str, object], where: str) -> datetime:
    text = get_str(row, "sampai", where)
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise ReportError(f"{where}.sampai", text[:40], "waktu UTC seperti 2026-11-22T06:00:00Z") from error
