"""What a verb hands back: a status, a text for people, data for programs, an exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """`text` is for a terminal, `data` and `findings` become the JSON of docs/formats.md §16 (keys ASCII snake_case)."""

    status: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    findings: Sequence[Mapping[str, Any]] = ()
    exit_code: int = 0

    def envelope(self, command: str) -> dict[str, Any]:
        return {
            "versi": 1,
            "perintah": command,
            "kode_keluar": self.exit_code,
            "status": self.status,
            "data": dict(self.data),
            "temuan": [dict(f) for f in self.findings],
        }
