"""Typed access to a JSON object from a forge: a field of the wrong type is InputError, never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kawal.errors import InputError


@dataclass(frozen=True)
class View:
    """One object; `where` names it in errors."""

    raw: dict[str, Any]
    where: str

    def _bad(self, key: str, wanted: str) -> InputError:
        return InputError(
            "FORGE-006",
            f"Jawaban forge tidak dapat dipahami: {self.where}",
            found=f"{key} = {self.raw.get(key)!r}"[:200],
            needed=f"{key}: {wanted}",
            next_step="kawal dokter",
        )

    def text(self, key: str) -> str:
        value = self.raw.get(key)
        if not isinstance(value, str):
            raise self._bad(key, "teks")
        return value

    def maybe_text(self, key: str) -> str | None:
        return None if self.raw.get(key) is None else self.text(key)

    def number(self, key: str) -> int:
        value = self.raw.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._bad(key, "bilangan")
        return value

    def maybe_number(self, key: str) -> int | None:
        return None if self.raw.get(key) is None else self.number(key)

    def flag(self, key: str) -> bool:
        """Absent is an error: absent is unknown, not false."""
        value = self.raw.get(key)
        if not isinstance(value, bool):
            raise self._bad(key, "true atau false")
        return value

    def time(self, key: str) -> datetime:
        try:
            value = datetime.fromisoformat(self.text(key))
        except ValueError:
            raise self._bad(key, "waktu RFC 3339") from None
        if value.tzinfo is None:
            raise self._bad(key, "waktu dengan zona")
        return value

    def maybe_time(self, key: str) -> datetime | None:
        return None if self.raw.get(key) is None else self.time(key)

    def maybe_date(self, key: str) -> date | None:
        if self.raw.get(key) is None:
            return None
        try:
            return date.fromisoformat(self.text(key))
        except ValueError:
            raise self._bad(key, "tanggal") from None

    def view(self, key: str) -> View:
        value = self.raw.get(key)
        if not isinstance(value, dict):
            raise self._bad(key, "objek")
        return View(value, f"{self.where} {key}")

    def maybe_view(self, key: str) -> View | None:
        return None if self.raw.get(key) is None else self.view(key)

    def views(self, key: str) -> list[View]:
        value = self.raw.get(key)
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise self._bad(key, "daftar objek")
        return [View(part, f"{self.where} {key}") for part in value]

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.raw.get(key)
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self._bad(key, "daftar teks")
        return tuple(value)
