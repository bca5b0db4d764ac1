"""SQLite under the forge: one WAL file, one connection per thread, rows as dicts."""

import json
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kawal_sandbox.schema import LATER_COLUMNS, SCHEMA

Row = dict[str, Any]


def now() -> str:
    """The present as GitLab prints it: UTC with milliseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def today() -> str:
    return datetime.now(UTC).date().isoformat()


class Store:
    """Reads anywhere; writes that belong together go inside `with store.tx():` (nested calls join the outer one)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: weakref.WeakSet[_Handle] = weakref.WeakSet()
        self._lock = threading.Lock()
        self.apply_schema(SCHEMA)
        for table, column, definition in LATER_COLUMNS:
            self._add_column(table, column, definition)

    def apply_schema(self, sql: str) -> None:
        """Run idempotent DDL (`CREATE … IF NOT EXISTS`); other packages add their own tables with it."""
        self._connection().executescript(sql)

    def _add_column(self, table: str, column: str, definition: str) -> None:
        if column not in {row["name"] for row in self.all(f"PRAGMA table_info({table})")}:
            self.run(f"ALTER TABLE {table} ADD COLUMN {column} {definition}")

    def all(self, sql: str, *args: Any) -> list[Row]:
        return self._connection().execute(sql, args).fetchall()

    def one(self, sql: str, *args: Any) -> Row | None:
        row: Row | None = self._connection().execute(sql, args).fetchone()
        return row

    def value(self, sql: str, *args: Any) -> Any:
        """First column of the first row, or None."""
        row = self.one(sql, *args)
        return None if row is None else next(iter(row.values()))

    def get(self, table: str, id_: int) -> Row:
        """The row with this id; KeyError when there is none."""
        row = self.one(f"SELECT * FROM {table} WHERE id = ?", id_)  # noqa: S608 - table names are constants of ours
        if row is None:
            raise KeyError(f"{table} {id_}")
        return row

    def run(self, sql: str, *args: Any) -> int:
        """Execute a write; the number of rows it touched."""
        return self._connection().execute(sql, args).rowcount

    def insert(self, table: str, **values: Any) -> int:
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names are keyword arguments in our code
        cursor = self._connection().execute(sql, [_column(value) for value in values.values()])
        return int(cursor.lastrowid or 0)

    def update(self, table: str, id_: int, **values: Any) -> None:
        if values:
            assignments = ", ".join(f"{name} = ?" for name in values)
            sql = f"UPDATE {table} SET {assignments} WHERE id = ?"  # noqa: S608
            self._connection().execute(sql, [*(_column(value) for value in values.values()), id_])

    @contextmanager
    def tx(self) -> Iterator[None]:
        """One write transaction; rolled back when the block raises."""
        connection = self._connection()
        if connection.in_transaction:
            yield
            return
        self._local.after = []
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        for callback in self._local.after:
            callback()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call once what was written so far is visible to others (at once outside a transaction)."""
        if self._connection().in_transaction:
            self._local.after.append(callback)
        else:
            callback()

    def next_iid(self, project_id: int, kind: str) -> int:
        """The next per-project number of an issue, merge request, …; numbers are never reused."""
        return int(
            self.value(
                "INSERT INTO iids VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last",
                project_id,
                kind,
            )
        )

    def close(self) -> None:
        with self._lock:
            for handle in list(self._opened):
                handle.connection.close()

    def _connection(self) -> sqlite3.Connection:
        handle: _Handle | None = getattr(self._local, "handle", None)
        if handle is None:
            handle = self._local.handle = _Handle(self._path)
            with self._lock:
                self._opened.add(handle)
        return handle.connection


class _Handle:
    """Owns the connection of one thread and closes it when that thread ends: pools make and drop threads all day."""

    def __init__(self, path: Path) -> None:
        # check_same_thread is off only so that close() may run in the thread that stops the server.
        self.connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self.connection.row_factory = _as_dict
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")

    def __del__(self) -> None:
        self.connection.close()


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


def _column(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
