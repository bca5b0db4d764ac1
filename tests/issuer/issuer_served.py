"""The issuer's own loop on a socket, in a thread of the test."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kawal_issuer.wire import listen, serve


@contextlib.contextmanager
def answering(path: Path, answer: Callable[[Any], Any]) -> Iterator[None]:
    """A loop that ends too early closes its socket: whoever asks fails at once and does not wait."""
    server = listen(path)

    def work() -> None:
        with server:
            serve(server, answer)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        thread.join()
