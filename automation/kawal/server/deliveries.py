"""Webhook deliveries: authenticated, stored once, worked off later. A body is a hint; nothing of it becomes state."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

WINDOW_S = 300
STAMP = re.compile(r"[0-9]{1,12}")
"""Seconds since 1970. Bounded: Python itself refuses to make a number of thousands of digits."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS deliveries (
    id TEXT PRIMARY KEY, received_at REAL NOT NULL, project_id INTEGER, kind TEXT NOT NULL, done_at REAL) STRICT;
CREATE INDEX IF NOT EXISTS open_deliveries ON deliveries (done_at, received_at);
"""


@dataclass(frozen=True)
class Delivery:
    id: str
    project_id: int | None
    kind: str


def authentic(
    headers: Mapping[str, str], body: bytes, tokens: tuple[str, ...], *, now: Callable[[], float] = time.time
) -> bool:
    """GitHub's HMAC of the body, GitLab's static token, or the Standard-Webhooks signature of newer versions.

    Any of `tokens` may have been used: there are two during a rotation. A header that is there has to hold: a delivery that names
    GitHub is never let in by GitLab's token.
    """
    hub = headers.get("x-hub-signature-256")
    if hub is not None or "x-github-event" in headers:
        return any(hmac.compare_digest((hub or "").encode(), _hub(body, token)) for token in tokens)
    signature = headers.get("webhook-signature")
    if signature is not None:
        return any(_signed(headers, body, signature, token, now()) for token in tokens)
    given = headers.get("x-gitlab-token", "").encode()
    return any(hmac.compare_digest(given, token.encode()) for token in tokens)


def _hub(body: bytes, token: str) -> bytes:
    return b"sha256=" + hmac.new(token.encode(), body, hashlib.sha256).hexdigest().encode()


def identity_of(headers: Mapping[str, str], body: bytes) -> str:
    """What makes a delivery the same one. On GitHub the signature covers the body alone, so its number is nothing to go by:
    the same body is the same news, however often and under whatever number it comes."""
    if "x-github-event" in headers:
        return f"github:{hashlib.sha256(body).hexdigest()}"
    seen = headers.get("webhook-id") or headers.get("idempotency-key") or headers.get("x-gitlab-event-uuid")
    return (seen or hashlib.sha256(body).hexdigest())[:200]


def _signed(headers: Mapping[str, str], body: bytes, signature: str, token: str, now: float) -> bool:
    stamp = headers.get("webhook-timestamp", "")
    if not STAMP.fullmatch(stamp) or abs(now - int(stamp)) > WINDOW_S:
        return False
    try:
        key = base64.b64decode(token.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    wanted = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    # As bytes: of two texts, one that is not ASCII is an error and no answer.
    return any(hmac.compare_digest(one.encode(), wanted) for one in signature.split(" "))


class Deliveries:
    """The queue, in a file of its own: losing it loses only hints."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=20)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(SCHEMA)
        self.arrived = threading.Event()

    def add(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Stores a delivery once; False for one that was seen before."""
        kind = headers.get("x-github-event") or headers.get("x-gitlab-event", "")
        with self._lock:
            cursor = self._db.execute(
                "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, ?, NULL)",
                (identity_of(headers, body), time.time(), _project_id(body), kind[:100]),
            )
        new = cursor.rowcount == 1
        if new:
            self.arrived.set()
        return new

    def pending(self) -> list[Delivery]:
        with self._lock:
            rows = self._db.execute(
                "SELECT id, project_id, kind FROM deliveries WHERE done_at IS NULL ORDER BY received_at LIMIT 100"
            ).fetchall()
        return [Delivery(*row) for row in rows]

    def done(self, identity: str) -> None:
        with self._lock:
            self._db.execute("UPDATE deliveries SET done_at = ? WHERE id = ?", (time.time(), identity))

    def close(self) -> None:
        self._db.close()


def _project_id(body: bytes) -> int | None:
    """Only which project to look at again."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    found = value.get("project_id")
    for name in ("project", "repository"):  # GitLab's and GitHub's
        if found is None and isinstance(value.get(name), dict):
            found = value[name].get("id")
    return found if isinstance(found, int) and 0 < found < 2**53 else None
