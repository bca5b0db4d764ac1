"""An HTTP proxy in front of the forge that kills the client at its k-th write, before it is passed on or before its reply; or
interrupts it there, as Ctrl-C does."""

from __future__ import annotations

import http.client
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Moment = Literal["before", "after"]


@dataclass
class Killer:
    """`aim` names the victim; without an aim everything passes."""

    url: str
    writes: int = 0
    kill_at: int = 0
    moment: Moment = "before"
    shot: signal.Signals = signal.SIGKILL
    victim: int | None = None
    armed: threading.Event = field(default_factory=threading.Event)
    lose_answers: bool = False
    """The first answer to each different write gets lost; nobody is killed."""
    lost: set[tuple[str, str, bytes]] = field(default_factory=set)

    def aim(self, kill_at: int, moment: Moment, shot: signal.Signals = signal.SIGKILL) -> None:
        self.writes, self.kill_at, self.moment, self.shot, self.victim = 0, kill_at, moment, shot, None
        self.armed.clear()

    def shoot(self, victim: int) -> None:
        """The victim is running; writes wait until this is known."""
        self.victim = victim
        self.armed.set()

    def strikes(self, moment: Moment) -> bool:
        """Whether the client is dead now; one that is only interrupted still gets its answer."""
        if moment == self.moment and self.writes == self.kill_at:
            assert self.armed.wait(20)
            assert self.victim is not None
            os.kill(self.victim, self.shot)
            return self.shot == signal.SIGKILL
        return False


@contextmanager
def killing_proxy(forge_url: str) -> Iterator[Killer]:
    target = urlsplit(forge_url)
    killer = Killer("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_write = self.command not in ("GET", "HEAD")
            if is_write:
                killer.writes += 1
                if killer.strikes("before"):
                    self.close_connection = True
                    return
            connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
            try:
                connection.request(self.command, self.path, body, dict(self.headers))
                reply = connection.getresponse()
                content = reply.read()
            finally:
                connection.close()
            if is_write and killer.strikes("after"):
                self.close_connection = True
                return
            wrote = (self.command, self.path, body)
            if is_write and killer.lose_answers and wrote not in killer.lost:
                killer.lost.add(wrote)
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in (
                    "transfer-encoding",
                    "content-length",
                    "connection",
                    "date",
                    "server",
                ):
                    self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = pass_on

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A killed client leaves broken connections behind; that is the point."""

    server = Server(("127.0.0.1", 0), Handler)
    killer.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield killer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
