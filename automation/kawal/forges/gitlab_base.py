"""What every part of the GitLab adapter shares: lists and single objects as typed views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from kawal.forges.gitlab_http import GitLabHttp
from kawal.forges.jsonview import View

T = TypeVar("T")


def enc(part: str) -> str:
    """One path segment of a URL: slashes too."""
    return quote(part, safe="")


class GitLabBase:
    """Holds the one connection."""

    def __init__(self, http: GitLabHttp) -> None:
        self._http = http

    def _one(self, make: Callable[[View], T], path: str, **query: Any) -> T:
        return make(View(self._http.get(path, **query), path))

    def _maybe(self, make: Callable[[View], T], path: str, **query: Any) -> T | None:
        raw = self._http.get_or_none(path, **query)
        return None if raw is None else make(View(raw, path))

    def _list(self, make: Callable[[View], T], path: str, *, counted: bool = True, **query: Any) -> list[T]:
        return [make(View(row, path)) for row in self._http.pages(path, counted=counted, **query)]
