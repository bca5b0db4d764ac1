"""A forked worker that waits for a byte: strace needs the time to attach."""

from __future__ import annotations

import os
from collections.abc import Callable


def forked(work: Callable[[], int]) -> tuple[int, int]:
    """(pid, pipe to write the byte to). `work` returns the exit status; 1 when it raises."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(write)
            os.read(read, 1)
            status = work()
        finally:
            os._exit(status)
    os.close(read)
    return pid, write
