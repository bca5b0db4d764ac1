"""Asks the permit issuer, a process of its own behind a Unix socket; `kawal izin` does it by hand, without the server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kawal.bahasa import t
from kawal.errors import (
    EXIT_BLOCKED,
    EXIT_LOGIN,
    EXIT_TEMPORARY,
    EXIT_UNREADABLE,
    InputError,
    TemporaryError,
    os_reason,
)
from kawal.outcome import Outcome
from kawal.services.office import Office
from kawal_seal import strictjson
from kawal_seal.errors import SealError

ANSWER_LIMIT = 1024 * 1024
ASK_SECONDS = 60.0
EXIT_OF_STATUS = {200: 0, 401: EXIT_LOGIN, 403: EXIT_BLOCKED, 404: EXIT_BLOCKED, 503: EXIT_TEMPORARY}


def ask(address: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    """One question, one answer (docs/formats.md §5, with `status`). TemporaryError when the issuer does not answer."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(ASK_SECONDS)
            sock.connect(str(address))
            sock.sendall(strictjson.dumps(dict(request)) + b"\n")
            answer = _line(sock)
    except OSError as error:
        raise TemporaryError(
            "IZIN-030",
            "Penerbit izin tidak menjawab",
            found=str(error),
            next_step="periksa kawal server, lalu ulangi",
        ) from error
    try:
        value = strictjson.loads(answer, limit=ANSWER_LIMIT)
    except SealError as error:
        raise TemporaryError("IZIN-031", "Jawaban penerbit izin tidak terbaca", found=str(error)) from error
    if not isinstance(value, dict) or not isinstance(value.get("status"), int):
        raise TemporaryError("IZIN-031", "Jawaban penerbit izin tidak lengkap")
    return value


def _line(sock: socket.socket) -> bytes:
    chunks = bytearray()
    while not chunks.endswith(b"\n"):
        chunk = sock.recv(65536)
        if not chunk:
            break
        chunks += chunk
        if len(chunks) > ANSWER_LIMIT:
            raise OSError("jawaban terlalu panjang")
    return bytes(chunks.rstrip(b"\n"))


@contextmanager
def issuer(data_dir: Path, environ: Mapping[str, str] | None = None) -> Iterator[Path]:
    """A permit issuer for as long as the block lasts; yields its socket."""
    with tempfile.TemporaryDirectory(prefix="kawal-izin-") as folder:
        address = Path(folder) / "izin.sock"
        process = start_issuer(data_dir, address, environ)
        try:
            yield address
        finally:
            process.terminate()
            process.wait(10)


def start_issuer(
    data_dir: Path, address: Path, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Starts `kawal_issuer` isolated from the caller's folder and waits until its socket answers."""
    clean = {
        name: value
        for name, value in (environ or os.environ).items()
        if name in ("PATH", "HOME", "LANG", "SSL_CERT_FILE")
    }
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "kawal_issuer", "--data", str(data_dir), "--soket", str(address)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=clean,
    )
    deadline = time.monotonic() + 30
    while not address.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise TemporaryError(
                "IZIN-032", "Penerbit izin tidak menyala", found=f"kode keluar {process.poll()}"
            )
        time.sleep(0.02)
    return process


def by_hand(
    office: Office, app_id: str, target: str, token_file: Path, save: Path | None, *, seen: int | None = None
) -> Outcome:
    """`izin`: a permit for the job whose ID token is in `token_file`. A refusal is a record, as at the door."""
    office.request(app_id)
    try:
        token = token_file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = os_reason(error) if isinstance(error, OSError) else "bukan teks ASCII"
        raise InputError("INPUT-095", f"Token {token_file} tidak terbaca", found=why) from error
    write_issuer_settings(office)
    with issuer(office.settings.data_dir) as address:
        request = {"buat": "izin", "token": token, "aplikasi": app_id, "target": target}
        answer = ask(address, request if seen is None else {**request, "ukuran": seen})
    code = EXIT_OF_STATUS.get(answer["status"], EXIT_UNREADABLE)
    text = str(answer.get("layar") or answer.get("galat") or "")
    if answer["status"] == 200 and save is not None:
        save.write_bytes(strictjson.dumps({"izin": answer["izin"], "kepercayaan": answer["kepercayaan"]}))
        text = t("Izin disimpan di {path}; berlaku paling lama 10 menit.", path=save)
    return Outcome(
        str(answer.get("keputusan", "galat")),
        text,
        {k: v for k, v in answer.items() if k != "status"},
        exit_code=code,
    )


def write_issuer_settings(office: Office) -> None:
    """`penerbit.json` and the bot's token for the issuer: it reads neither YAML nor our environment."""
    data = office.settings.data_dir
    _private(office.key_dir / "forge.token", office.settings.require_token().encode())
    settings = {
        "schema": 1,
        "instance": office.settings.instance,
        "forge": {
            "kind": office.settings.forge_kind,
            "url": office.settings.forge_url,
            "token_file": "kunci/forge.token",
            "ca_file": None,
            "timeout_s": max(1, min(300, round(office.settings.timeout_s))),
        },
        "ledger": "ledger.sqlite3",
        "content": "bukti",
        "permit_key": "kunci/permit.pem",
        "checkpoint_key": "kunci/checkpoint.pem",
    }
    _private(data / "penerbit.json", strictjson.dumps(settings))


def _private(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.baru")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
    fresh.replace(path)
