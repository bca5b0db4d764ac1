"""The one error of kawal-load: an input or Locust's output that cannot be used (exit 6)."""

from __future__ import annotations


class LoadError(Exception):
    def __init__(self, place: str, found: str, needed: str) -> None:
        self.place, self.found, self.needed = place, found, needed
        super().__init__(f"Tidak terbaca: {place}: ditemukan {found}; dibutuhkan {needed}.")
