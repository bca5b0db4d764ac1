"""What every part of the GitHub adapter shares: addresses by number, lists and single objects as typed views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from kawal.forges.github_http import GitHubHttp, Json
from kawal.forges.jsonview import View

T = TypeVar("T")


def enc(part: str) -> str:
    """One path segment, slashes too."""
    return quote(part, safe="")


def repo(project_id: int) -> str:
    return f"/repositories/{project_id}"


def place(full_path: str) -> tuple[str, str]:
    """`org/…/name` -> (org, name): organisations are not nested, so the levels between are ours alone."""
    parts = full_path.split("/")
    return parts[0], parts[-1]


def first(rows: list[Json], key: str, value: str) -> Json | None:
    return next((row for row in rows if row.get(key) == value), None)


class GitHubBase:
    """Holds the one connection. Repositories are addressed by number: a renamed one answers without a redirect."""

    def __init__(self, http: GitHubHttp) -> None:
        self._http = http

    def _list(self, make: Callable[[View], T], path: str, *, key: str | None = None, **query: Any) -> list[T]:
        return [make(View(row, path)) for row in self._http.pages(path, key=key, **query)]

    def _maybe(self, make: Callable[[View], T], path: str, **query: Any) -> T | None:
        raw = self._http.get_or_none(path, **query)
        return None if raw is None else make(View(raw, path))
