"""The Unix socket: one strict JSON line in, one out, one connection at a time. Also the client that kawal's door uses."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIMIT = 65536
ANSWER_LIMIT = 1 << 20
READ_TIMEOUT_S = 10.0
ASK_TIMEOUT_S = 120.0


def listen(path: Path, group: str | None = None) -> socket.socket:
    """A socket that only this user may open, or with `group` (name or number) also that group: the issuer then runs under a
    user of its own, and kawal's server reaches it as a member. A stale one of a dead process is replaced, a live one is not."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700 if group is None else 0o750)
    if group is not None:
        shutil.chown(path.parent, group=int(group) if group.isdecimal() else group)
    if path.exists():
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise OSError(f"{path} bukan soket")
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                raise OSError(f"penerbit izin lain sudah memakai {path}")
        path.unlink()
    server = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        server.bind(str(path))
    finally:
        os.umask(before)
    if group is not None:
        shutil.chown(path, group=int(group) if group.isdecimal() else group)
        path.chmod(0o660)
    server.listen(64)
    return server


def serve(server: socket.socket, answer: Callable[[Any], dict[str, Any]]) -> None:
    """Answers until the socket is closed from outside."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(READ_TIMEOUT_S)
            try:
                line = _read_line(connection, LIMIT)
                connection.sendall(_answer(line, answer) + b"\n")
            except OSError:
                continue  # the asker went away; what was decided stands in the ledger


def _answer(line: bytes | None, answer: Callable[[Any], dict[str, Any]]) -> bytes:
    from kawal_seal import strictjson
    from kawal_seal.errors import SealError

    if line is None:
        return _encoded(
            {"status": 413, "galat": "permintaan terlalu besar atau terpotong", "kode": "INPUT-041"}
        )
    try:
        return _encoded(answer(strictjson.loads(line)))
    except SealError as error:
        return _encoded({"status": 400, "galat": str(error), "kode": "INPUT-040"})
    except Exception:  # noqa: BLE001 - the outermost handler: whatever went wrong is a refusal (F3), its trace goes to the log
        traceback.print_exc(file=sys.stderr)
        return _encoded({"status": 503, "galat": "penerbit izin mengalami galat", "kode": "IZIN-099"})


def _encoded(reply: dict[str, Any]) -> bytes:
    """What the forge says may reach an error's words, and half a surrogate pair has no UTF-8."""
    return json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace")


def _read_line(connection: socket.socket, limit: int) -> bytes | None:
    """Up to the newline; None when it is too long or the other side stopped early."""
    data = bytearray()
    while b"\n" not in data:
        if len(data) > limit:
            return None
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    line, _, rest = bytes(data).partition(b"\n")
    return line if len(line) <= limit and not rest else None


def ask(path: Path, request: dict[str, Any], *, timeout_s: float = ASK_TIMEOUT_S) -> dict[str, Any]:
    """One request to the issuer. OSError when it does not answer, ValueError when it answers nonsense."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout_s)
        connection.connect(str(path))
        connection.sendall(json.dumps(request).encode() + b"\n")
        line = _read_line(connection, ANSWER_LIMIT)
    value = json.loads(line or b"null")
    if not isinstance(value, dict) or not isinstance(value.get("status"), int):
        raise ValueError("jawaban penerbit izin tidak terbaca")
    return value
