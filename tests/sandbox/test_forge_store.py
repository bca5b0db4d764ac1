"""The store: transactions join, callbacks wait for the commit, threads give their connections back."""

import gc
import threading
from pathlib import Path

import pytest

from kawal_sandbox.store import Store


def test_a_failed_transaction_leaves_nothing_and_calls_nobody(tmp_path: Path) -> None:
    store, called = Store(tmp_path / "s.sqlite3"), list[str]()

    def fail() -> None:
        with store.tx():
            store.insert("meta", key="a", value="1")
            with store.tx():  # joins the outer one
                store.insert("meta", key="b", value="2")
            store.after_commit(lambda: called.append("x"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.all("SELECT * FROM meta") == []
    with store.tx():
        store.insert("meta", key="a", value="1")
        store.after_commit(lambda: called.append("y"))
        assert called == []
    assert called == ["y"]
    store.close()


def test_connections_of_ended_threads_are_closed(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    for _ in range(5):
        thread = threading.Thread(target=lambda: store.all("SELECT 1"))
        thread.start()
        thread.join()
    gc.collect()
    assert len(store._opened) == 1
    store.close()


def test_a_folder_from_before_a_column_gets_it_when_opened_and_keeps_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite3"
    store = Store(file)
    store.insert("users", username="ani", name="Ani", email="ani@contoh.go.id", created_at="")
    store.run("ALTER TABLE users DROP COLUMN public_email")
    store.close()

    store = Store(file)
    assert store.all("SELECT username, public_email FROM users") == [{"username": "ani", "public_email": ""}]
    store.close()
    Store(file).close()
