"""Answers kept with their ETag: asked for again with If-None-Match, an unchanged one is 304 and does not count against the limit."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

KEPT, LARGEST = 512, 512 * 1024
NEVER = ("/rate_limit",)
"""Read for its Date header."""


OLDEST_S = 600.0


class Kept(NamedTuple):
    etag: str
    headers: dict[str, Any]
    body: Any
    at: float


class Conditional:
    """The newest answers of one account on one GitHub, by address. Shared by threads; nobody changes a kept body.

    An answer that something between us and GitHub had spoiled must not stay: everything is forgotten at the first sign of that, at
    every write, and after ten minutes.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._now = now
        self._answers: OrderedDict[str, Kept] = OrderedDict()

    def find(self, address: str) -> Kept | None:
        with self._lock:
            found = self._answers.get(address)
            if found is None or self._now() - found.at > OLDEST_S:
                return None
            self._answers.move_to_end(address)
            return found

    def forget(self) -> None:
        with self._lock:
            self._answers.clear()

    def keep(self, address: str, path: str, headers: Mapping[str, Any], body: Any) -> None:
        etag, size = headers.get("etag"), str(headers.get("content-length", "0"))
        if not isinstance(etag, str) or path in NEVER or (size.isdigit() and int(size) > LARGEST):
            return
        with self._lock:
            self._answers[address] = Kept(etag, dict(headers), body, self._now())
            self._answers.move_to_end(address)
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)


_LOCK = threading.Lock()
_OF: OrderedDict[tuple[str, bytes], Conditional] = OrderedDict()


def conditional(base: str, token: str) -> Conditional:
    """The kept answers of this account, also for the next office that this process opens (the server opens one per delivery)."""
    key = (base, hashlib.sha256(token.encode()).digest())
    with _LOCK:
        found = _OF.setdefault(key, Conditional())
        _OF.move_to_end(key)
        while len(_OF) > 8:
            _OF.popitem(last=False)
        return found
