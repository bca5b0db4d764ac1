"""A proxy before a forge that spoils chosen calls: one name for each fault."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

FAULTS = (
    "429-tunggu",
    "429-polos",
    "500",
    "502",
    "503",
    "ditolak",
    "batas-waktu",
    "putus-di-tengah",
    "json-terpotong",
    "jenis-salah",
    "halaman-masuk",
    "halaman-ganda",
    "halaman-hilang",
    "menetes",
    "jawaban-hilang",
)
"""The 14 of the plan; 429 comes with and without Retry-After."""

SUCCESS_LOST = "hasil-hilang"
"""jawaban-hilang for a test that wants to see refusals: the answer gets lost only if the call did something."""

LOGIN_PAGE = b"<!doctype html><title>Masuk</title><form>Silakan masuk</form>"
HANG_SECONDS = 3.0
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}

Decide = Callable[[int, str, str], str | None]
"""(number of the call from 1, method, path with query) -> a fault, or None to pass it on."""


@dataclass
class Spoiled:
    number: int
    method: str
    path: str
    fault: str


@dataclass
class FaultProxy:
    url: str
    decide: Decide = lambda number, method, path: None
    calls: int = 0
    spoiled: list[Spoiled] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    record: Callable[[str, str, bytes, int, dict[str, str], bytes], None] | None = None
    """Told of each call that was passed on: method, path, body, and the answer's status, headers (lower case) and body."""

    def choose(self, method: str, path: str) -> str | None:
        with self.lock:
            self.calls += 1
            fault = self.decide(self.calls, method, path)
            if fault is not None:
                self.spoiled.append(Spoiled(self.calls, method, path, fault))
            return fault

    def reset(self, decide: Decide) -> None:
        with self.lock:
            self.calls, self.decide, self.spoiled = 0, decide, []


@dataclass
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # With the default of 5, a client that opens sixteen connections at once waits a second for some of them.
    request_queue_size = 128


def _handler(proxy: FaultProxy, upstream: str) -> type[BaseHTTPRequestHandler]:
    host, port = urlsplit(upstream).hostname, urlsplit(upstream).port

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = proxy.choose(self.command, self.path)
            if fault is None:
                self._send(self._forward(body))
            else:
                self._spoil(fault, body)

        def _forward(self, body: bytes) -> _Answer:
            connection = http.client.HTTPConnection(str(host), port, timeout=30)
            try:
                # The client's own Host is kept, so that links in the answers lead back through this proxy.
                headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP} | {
                    "Content-Length": str(len(body)),
                    "Connection": "close",
                }
                connection.request(self.command, self.path, body, headers)
                reply = connection.getresponse()
                kept = [(k, v) for k, v in reply.getheaders() if k.lower() not in _HOP]
                answer = _Answer(reply.status, kept, reply.read())
                if proxy.record:
                    told = {name.lower(): value for name, value in kept}
                    proxy.record(self.command, self.path, body, answer.status, told, answer.body)
                return answer
            finally:
                connection.close()

        def _spoil(self, fault: str, body: bytes) -> None:
            if fault.startswith("429"):
                extra = [("Retry-After", "1")] if fault == "429-tunggu" else []
                self._send(_Answer(429, extra, b"Retry later\n"))
            elif fault.isdigit():
                self._send(_Answer(int(fault), [("Content-Type", "text/html")], b"<html>galat</html>"))
            elif fault == "ditolak":
                self._reset()
            elif fault == "batas-waktu":
                proxy.stopped.wait(HANG_SECONDS)
                self._reset()
            elif fault == "halaman-masuk":
                self._send(_Answer(200, [("Content-Type", "text/html")], LOGIN_PAGE))
            elif fault == "jawaban-hilang":
                self._forward(body)
                self._reset()
            elif fault == SUCCESS_LOST:
                answer = self._forward(body)
                if answer.status >= 300:
                    self._send(answer)
                else:
                    self._reset()
            else:
                self._distort(fault, self._forward(body))

        def _distort(self, fault: str, answer: _Answer) -> None:
            if fault == "putus-di-tengah":
                self._head(answer, len(answer.body) + 10)
                self.wfile.write(answer.body[: len(answer.body) // 2])
                self.wfile.flush()
                self._reset()
            elif fault == "menetes":
                self._head(answer, len(answer.body))
                step = max(1, len(answer.body) // 6)
                for start in range(0, len(answer.body), step):
                    self.wfile.write(answer.body[start : start + step])
                    self.wfile.flush()
                    proxy.stopped.wait(0.01)
            elif fault == "json-terpotong":
                self._send(_Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2]))
            elif fault == "jenis-salah":
                wrong = b'"kata"' if answer.body.startswith(b"{") else b'{"kata": 1}'
                self._send(_Answer(answer.status, answer.headers, wrong if answer.body else b""))
            else:
                self._send(_paged(fault, answer))

        def _send(self, answer: _Answer) -> None:
            self._head(answer, len(answer.body))
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def _head(self, answer: _Answer, length: int) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(length))
            self.end_headers()

        def _reset(self) -> None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ValueError, OSError):
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except (ConnectionError, ValueError, OSError):
                return

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _paged(fault: str, answer: _Answer) -> _Answer:
    """A list whose page came twice, or of which a part is missing while the headers still count it."""
    try:
        rows: Any = json.loads(answer.body)
    except ValueError:
        return answer
    if not isinstance(rows, list):
        return answer
    rows = rows + rows if fault == "halaman-ganda" else rows[: len(rows) // 2]
    headers = [(k, v) for k, v in answer.headers if k.lower() not in ("link", "x-next-page")]
    return _Answer(answer.status, headers, json.dumps(rows).encode())


@contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    """A proxy on a free loopback port; it passes everything on until `decide` says otherwise."""
    proxy = FaultProxy("")
    server = _Server(("127.0.0.1", 0), _handler(proxy, upstream))
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
