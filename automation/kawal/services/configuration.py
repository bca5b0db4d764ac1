"""`kawal konfigurasi tampil`: every value in force, and where it came from. Tokens are never shown."""

from __future__ import annotations

from typing import Any

from kawal.outcome import Outcome
from kawal.settings import Settings


def show(settings: Settings, *, origins: bool) -> Outcome:
    values = {
        **_flat(settings.file.model_dump(mode="json", by_alias=True)),
        "forge.jenis": settings.forge_kind,
        "forge.url": settings.forge_url,
        "token": "ada" if settings.token else "tidak ada",
        "batas_waktu": settings.timeout_s,
    }
    file = str(settings.base)
    origin = {
        "forge.jenis": settings.origin["forge"],
        "forge.url": settings.origin["forge-url"],
        "token": settings.origin.get("token", "-"),
        "batas_waktu": "KAWAL_BATAS_WAKTU",
    }
    lines = [
        f"{key:<26} {value}" + (f"   ({origin.get(key, file)})" if origins else "")
        for key, value in values.items()
    ]
    data = {
        "pengaturan": {key: {"nilai": value, "asal": origin.get(key, file)} for key, value in values.items()}
    }
    return Outcome("pengaturan", "\n".join(lines), data)


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            found |= _flat(inner, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = inner
    return found
