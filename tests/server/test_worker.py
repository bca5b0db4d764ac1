"""The worker outlives whatever breaks in one look or for one application, and health says when it does not work."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn
from kawal_world import FIRST, PROJECT, START

from kawal.demo.stage import wait_for
from kawal.errors import InputError
from kawal.ledger.records import Provision
from kawal.server.app import Doors, build
from kawal.server.deliveries import Deliveries
from kawal.server.worker import DEAD, Worker
from kawal.services.office import Office

QUICK = 0.05


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Deliveries]:
    made = Deliveries(tmp_path / "antrean.sqlite3")
    yield made
    made.close()


def provision(app_id: str, project_id: int) -> Provision:
    return Provision(
        app_id=app_id,
        issued_at=START,
        step=None,
        forge=PROJECT.model_copy(update={"project_id": project_id}),
        plan_sha256="7" * 64,
        created=(),
        first_commit=FIRST,
    )


def empty_office(*apps: str) -> Office:
    """Knows its applications and nothing else: whatever a verb asks of it, there is no such attribute."""
    entries = [SimpleNamespace(predicate=provision(one, 41 + n)) for n, one in enumerate(apps)]
    ledger = SimpleNamespace(entries=lambda **_: entries)
    return cast(Office, SimpleNamespace(ledger=ledger, close=lambda: None))


@contextmanager
def working(
    queue: Deliveries, open_office: Callable[[], Office], said: Callable[[str], None]
) -> Iterator[Worker]:
    worker = Worker(queue, open_office, said, resync_s=QUICK, retry_s=QUICK)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def test_a_queue_locked_for_a_moment_is_worked_off_afterwards(queue: Deliveries, tmp_path: Path) -> None:
    queue._db.execute("PRAGMA busy_timeout=20")
    queue.add({"x-gitlab-event": "Push Hook"}, b'{"project_id": 41}')
    other = sqlite3.connect(tmp_path / "antrean.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    said: list[str] = []
    with working(queue, empty_office, said.append) as worker:
        wait_for(lambda: worker.trouble() == "OperationalError", 10, "pekerja gagal")
        assert "database is locked" in said[0]
        assert "Traceback" in said[0]
        other.execute("ROLLBACK")
        wait_for(lambda: worker.trouble() is None and not queue.pending(), 10, "antrean habis")
    other.close()


def test_an_office_that_cannot_be_opened_is_opened_again(queue: Deliveries) -> None:
    failures: list[Exception] = [OSError("disk penuh"), InputError("LEDGER-004", "buku catatan rusak")]

    def open_office() -> Office:
        if failures:
            raise failures.pop(0)
        return empty_office()

    said: list[str] = []
    with working(queue, open_office, said.append) as worker:
        wait_for(lambda: not failures and worker.trouble() is None, 10, "kantor terbuka")
    assert "OSError: disk penuh" in said[0]
    assert said[1].startswith("LEDGER-004 buku catatan rusak")


def test_what_breaks_for_one_application_is_said_and_the_others_have_their_turn(queue: Deliveries) -> None:
    said: list[str] = []
    with working(queue, lambda: empty_office("app-nakal", "app-lain"), said.append) as worker:
        wait_for(lambda: len(said) >= 28, 10, "dua putaran")
        assert worker.trouble() is None
    assert {one.split(":")[0] for one in said} == {"app-nakal", "app-lain"}
    assert all("AttributeError" in one and "Traceback" in one for one in said)


def test_nobody_listening_to_it_does_not_end_it(queue: Deliveries) -> None:
    looked = threading.Semaphore(0)

    def say(_: str) -> None:
        looked.release()
        raise BrokenPipeError

    with working(queue, lambda: empty_office("app-lain"), say) as worker:
        assert all(looked.acquire(timeout=10) for _ in range(20))
        assert worker.is_alive()


def health(queue: Deliveries, trouble: Callable[[], str | None]) -> tuple[int, dict[str, Any]]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = build(Doors(Path("/tidak-ada"), (), queue, trouble))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started, 10, "pintu")
        with urllib.request.urlopen(
            f"http://127.0.0.1:{listener.getsockname()[1]}/sehat", timeout=10
        ) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def test_health_says_when_the_worker_stands_still(queue: Deliveries) -> None:
    gate = threading.Event()

    def open_office() -> Office:
        if not gate.is_set():
            raise sqlite3.OperationalError("database is locked")
        return empty_office()

    with working(queue, open_office, lambda _: None) as worker:
        wait_for(lambda: worker.trouble() is not None, 10, "gagal")
        assert health(queue, worker.trouble) == (
            503,
            {"status": "terganggu", "pekerja": "OperationalError"},
        )
        gate.set()
        wait_for(lambda: worker.trouble() is None, 10, "pulih")
        assert health(queue, worker.trouble) == (200, {"status": "ok"})
    time.sleep(QUICK)
    assert health(queue, worker.trouble) == (503, {"status": "terganggu", "pekerja": DEAD})
