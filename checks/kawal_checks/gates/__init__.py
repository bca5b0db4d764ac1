"""All gates, by the id of their test (`uji`)."""

from __future__ import annotations

from typing import Any

from kawal_checks.model import GateContext

from . import (
    beban,
    dependensi,
    dokumen,
    fungsi,
    instalasi,
    integrasi,
    keamanan_aplikasi,
    keamanan_kode,
    kemas,
    rahasia,
    sistem,
    uat,
    unit,
)
from .base import Gate

GATES: dict[str, Gate[Any]] = {
    module.GATE.uji: module.GATE
    for module in (
        unit,
        fungsi,
        integrasi,
        sistem,
        keamanan_kode,
        rahasia,
        dependensi,
        dokumen,
        kemas,
        instalasi,
        beban,
        keamanan_aplikasi,
        uat,
    )
}


def find_gate(name: str) -> Gate[Any] | None:
    """The gate by id or by the name of its job: `keamanan_kode` and `keamanan-kode` are the same."""
    return GATES.get(name.replace("-", "_"))


__all__ = ["GATES", "Gate", "GateContext", "find_gate"]
