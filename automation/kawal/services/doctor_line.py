"""One line of `kawal dokter`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["LULUS", "PERINGATAN", "GAGAL"]


@dataclass(frozen=True)
class Line:
    state: State
    what: str
    value: str
    repair: str | None = None
    exit_code: int = 0
