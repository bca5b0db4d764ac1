"""Matches raw (still percent-encoded) paths against the route table."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from kawal_sandbox.api import Route

PREFIX = "/api/v4"


class Router:
    """Routes by method and number of segments; literal segments win over parameters."""

    def __init__(self) -> None:
        self._routes: dict[str, list[tuple[tuple[str, ...], Route]]] = {}

    def add(self, route: Route) -> None:
        path = route.path[1:] if route.path.startswith("!") else PREFIX + route.path
        segments = tuple(path.strip("/").split("/"))
        table = self._routes.setdefault(route.method, [])
        table.append((segments, route))
        table.sort(key=lambda entry: [_rank(segment) for segment in entry[0]])

    def match(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and its decoded parameters. Splitting happens before decoding, so `grp%2Fapp` is one segment."""
        segments = raw_path.strip("/").split("/")
        for pattern, route in self._routes.get(method, ()):
            params = _match(pattern, segments)
            if params is not None:
                return route, params
        return None

    def knows(self, raw_path: str) -> bool:
        """Is there any verb for this path? (405 instead of 404)"""
        return any(self.match(method, raw_path) for method in self._routes)


def _rank(segment: str) -> tuple[int, str]:
    return ({":": 1, "*": 2}.get(segment[:1], 0), segment)


def _match(pattern: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    params = {}
    for index, part in enumerate(pattern):
        if part.startswith("*"):
            rest = "/".join(segments[index:])
            if not rest:
                return None
            params[part[1:]] = unquote(rest)
            return params
        if index >= len(segments):
            return None
        if part.startswith(":"):
            if not segments[index]:
                return None
            params[part[1:]] = unquote(segments[index])
        elif part != segments[index]:
            return None
    return params if len(segments) == len(pattern) else None
