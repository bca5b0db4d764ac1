"""Webhook deliveries: authenticated, stored once, worked off later. A body is a hint; nothing of it becomes state."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

WINDOW_S = 300
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
    """GitLab's static token, or the Standard-Webhooks signature of newer versions; any of `tokens` (two during a rotation)."""
    signature = headers.get("webhook-signature")
    if signature is not None:
        return any(_signed(headers, body, signature, token, now()) for token in tokens)
    given = headers.get("x-gitlab-token", "").encode()
    return any(hmac.compare_digest(given, token.encode()) for token in tokens)


def _signed(headers: Mapping[str, str], body: bytes, signature: str, token: str, now: float) -> bool:
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(now - int(stamp)) > WINDOW_S:
        return False
    try:
        key = base64.b64decode(token.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(one, wanted) for one in signature.split(" "))


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
        seen = (
            headers.get("webhook-id") or headers.get("idempotency-key") or headers.get("x-gitlab-event-uuid")
        )
        identity = seen or hashlib.sha256(body).hexdigest()
        with self._lock:
            cursor = self._db.execute(
                "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, ?, NULL)",
                (identity[:200], time.time(), _project_id(body), headers.get("x-gitlab-event", "")[:100]),
            )
        self.arrived.set()
        return cursor.rowcount == 1

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
    found = value.get("project_id") if isinstance(value, dict) else None
    if found is None and isinstance(value, dict) and isinstance(value.get("project"), dict):
        found = value["project"].get("id")
    return found if isinstance(found, int) and 0 < found < 2**53 else None
