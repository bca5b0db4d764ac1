"""`kawal konfigurasi tampil`: every value in force, and where it came from. Tokens are never shown."""

from __future__ import annotations

from typing import Any

from kawal.bahasa import t
from kawal.outcome import Outcome
from kawal.settings import Settings

DEFAULT = "bawaan"


def show(settings: Settings, *, origins: bool) -> Outcome:
    values = {
        **_flat(settings.file.model_dump(mode="json", by_alias=True)),
        "forge.jenis": settings.forge_kind,
        "forge.url": settings.forge_url,
        "token": "ada" if settings.token else "tidak ada",
        "batas_waktu": settings.timeout_s,
    }
    # What is missing altogether comes from nowhere; a default does come from somewhere.
    origin = {
        key: settings.origin.get(key, "-" if key == "token" or value in (None, []) else DEFAULT)
        for key, value in values.items()
    }
    lines = [
        f"{key:<26} {_shown(value)}" + (f"   ({_said(origin[key])})" if origins else "")
        for key, value in values.items()
    ]
    data = {"pengaturan": {key: {"nilai": value, "asal": origin[key]} for key, value in values.items()}}
    return Outcome("pengaturan", "\n".join(lines), data)


def _said(origin: str) -> str:
    return t("bawaan") if origin == DEFAULT else origin


def _shown(value: object) -> str:
    """For people: nothing is a dash, a list its items, a number of seconds without `.0`."""
    if value is None or value == []:
        return "-"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            found |= _flat(inner, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = inner
    return found
