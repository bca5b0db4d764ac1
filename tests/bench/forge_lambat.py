"""A forge behind few workers: each call holds one of SLOTS for LATENCY seconds, then goes on to the real one.

`python forge_lambat.py UPSTREAM LATENCY SLOTS` prints its address and runs until its input ends. A process of its own, so that it
does not share the interpreter with the tools it is measured by.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fault_proxy import fault_proxy


class _NoLock:
    """The waiting has to happen side by side."""

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


def main(upstream: str, latency: float, slots: int) -> None:
    free = threading.Semaphore(slots)

    def wait(number: int, method: str, path: str) -> None:
        with free:
            time.sleep(latency)

    with fault_proxy(upstream) as proxy:
        proxy.decide = wait
        proxy.lock = _NoLock()  # type: ignore[assignment]
        print(proxy.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
