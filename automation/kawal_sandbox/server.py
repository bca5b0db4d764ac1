"""Runs the forge on loopback until it is told to stop."""

from __future__ import annotations

import json
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from kawal_sandbox import ci, merging
from kawal_sandbox.accounts import ensure_root
from kawal_sandbox.app import App
from kawal_sandbox.forge import Forge
from kawal_sandbox.github.hooks import GitHubHooks
from kawal_sandbox.github.mount import ROUTES as GITHUB_ROUTES
from kawal_sandbox.routes import ROUTES
from kawal_sandbox.webhooks import Webhooks

HOST = "127.0.0.1"
START_SECONDS = 30


@dataclass(frozen=True)
class RunnerConfig:
    """Which runners to start beside the forge; `path` is the file that describes them (None: the two of the demo)."""

    path: Path | None = None


@dataclass
class Server:
    """A running forge. `admin_token` is set only when a random one was just made."""

    forge: Forge
    url: str
    admin_token: str | None
    _uvicorn: uvicorn.Server
    _thread: threading.Thread
    _stops: list[Callable[[], None]] = field(default_factory=list)

    def stop(self) -> None:
        for stop in reversed(self._stops):
            stop()
        self._uvicorn.should_exit = True
        self._thread.join(timeout=15)
        self.forge.close()


def start(
    data: Path, port: int = 0, admin_token: str | None = None, runner: RunnerConfig | None = None
) -> Server:
    """Start in background threads and return once requests are answered."""
    # With the protocol named, asyncio turns Nagle's algorithm off; without it every kept-alive answer waits 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((HOST, port))
    forge = Forge(data, f"http://{HOST}:{sock.getsockname()[1]}")
    made = ensure_root(forge.store, admin_token)
    forge.register_routes(ROUTES)
    forge.register_routes(GITHUB_ROUTES)
    webhooks, github_hooks = Webhooks(forge), GitHubHooks(forge)
    forge.events.subscribe("push", lambda event: merging.follow_push(forge, event))
    # The CI package mounts itself last, on the finished core: `install(forge, runner)` registers its routes and subscribers, starts
    # the runners if there are any, and returns the function that stops them.
    stops = [webhooks.stop, github_hooks.stop, ci.install(forge, runner)]
    config = uvicorn.Config(
        App(forge),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="forge-http", daemon=True)
    thread.start()
    waited = threading.Event()
    for _ in range(START_SECONDS * 100):
        if server.started or not thread.is_alive():
            break
        waited.wait(0.01)
    running = Server(forge, forge.url, made, server, thread, stops)
    if not server.started:
        running.stop()
        raise RuntimeError("forge did not start")
    webhooks.start()
    github_hooks.start()
    return running


def serve(data: Path, port: int, admin_token: str | None, runner: RunnerConfig | None) -> None:
    """Run in the foreground: one JSON line on stdout when ready, then until SIGTERM or SIGINT."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    server = start(data, port, admin_token, runner)
    ready = {"url": server.url}
    if server.admin_token:
        ready["admin_token"] = server.admin_token
    print(json.dumps(ready), flush=True)
    stopped.wait()
    server.stop()
