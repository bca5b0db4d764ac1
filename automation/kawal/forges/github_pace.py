"""When a request to GitHub may leave: after every wait that it told us, and no faster than github.com takes what is new.

docs.github.com, "Best practices" and "Rate limits for the REST API": at least one second between requests that change something,
80 content-generating requests a minute and 500 an hour; after a limit nothing at all until the time that the answer names, and after
a secondary limit without one, a minute, then longer each time. One pace for all threads: the limits are the account's.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

SECONDARY_S = 60.0
CREATIONS = ((60.0, 80), (3600.0, 500))
"""(window in seconds, creations it takes) of github.com. A server of one's own has no such limit unless it says so."""
BETWEEN_WRITES_S = 1.0
LONGEST_S = 3600.0


class Pace:
    """`before` reserves the moment of one request; `told` holds every later one back."""

    def __init__(self, *, public: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._public = public
        self._now = now
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._last_write = float("-inf")
        self._made: deque[float] = deque(maxlen=max(count for _, count in CREATIONS))

    def before(self, verb: str, *, longest: float) -> float:
        """Seconds to wait before this request. Above `longest` nothing is reserved: the caller gives up instead."""
        with self._lock:
            now = self._now()
            at = max(now, self._not_before)
            if self._public and verb != "GET":
                at = max(at, self._last_write + BETWEEN_WRITES_S)
                if verb == "POST":
                    at = max([at, *self._windows(at)])
            if at - now <= longest and self._public and verb != "GET":
                self._last_write = at
                if verb == "POST":
                    self._made.append(at)
            return at - now

    def _windows(self, at: float) -> list[float]:
        """For each full window: when the oldest creation in it falls out."""
        found = []
        for seconds, count in CREATIONS:
            inside = [one for one in self._made if one > at - seconds]
            if len(inside) >= count:
                found.append(inside[-count] + seconds)
        return found

    def told(self, seconds: float) -> None:
        """GitHub said to wait; longer than an hour is not believed."""
        with self._lock:
            self._not_before = max(self._not_before, self._now() + min(seconds, LONGEST_S))
