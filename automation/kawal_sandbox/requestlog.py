"""Every request the forge answered, as JSON lines, so that tests can count reads and writes."""

import json
import re
import threading
from pathlib import Path
from typing import Any

from kawal_sandbox.store import now

SECRETS = re.compile(r"((?:private|job)_token=)[^&]*")


class RequestLog:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        written = path.read_bytes() if path.exists() else b""
        self._seq = written.count(b"\n")
        if written and not written.endswith(b"\n"):  # killed in the middle of a line
            path.write_bytes(written[: written.rfind(b"\n") + 1])

    def add(self, method: str, path: str, query: str, status: int, who: list[str]) -> None:
        with self._lock:
            self._seq += 1
            row = {
                "seq": self._seq,
                "at": now(),
                "method": method,
                "path": path,
                "query": SECRETS.sub(r"\1[REDACTED]", query),
                "status": status,
                "user": who[0] if who else None,
            }
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def since(self, seq: int) -> list[dict[str, Any]]:
        """Rows with a number above `seq`."""
        with self._lock:
            lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        return [json.loads(line) for line in lines[seq:]]
