"""The doors (docs/formats.md §5) as a Starlette application: permit, webhook, health. Reads, passes on, answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from kawal.errors import KawalError
from kawal.server.deliveries import Deliveries, authentic
from kawal.services.permits import ask
from kawal_seal import strictjson
from kawal_seal.errors import SealError

BODY_LIMIT = 64 * 1024
SIZE = "ukuran"
"""Optional at the permit door: how much of the ledger the target saw last (docs/formats.md §5)."""
HOOK_LIMIT = 25 * 1024 * 1024


@dataclass(frozen=True)
class Doors:
    """What the doors need: the issuer's socket, the webhook secrets in force, the queue."""

    issuer: Path
    hook_tokens: tuple[str, ...]
    deliveries: Deliveries
    trouble: Callable[[], str | None] = lambda: None
    """Why deliveries are not worked off now; None while they are."""


class Refused(Exception):
    """Answered with `status` before anything was looked at."""

    def __init__(self, status: int, code: str, text: str) -> None:
        self.status, self.code, self.text = status, code, text
        super().__init__(text)


def build(doors: Doors) -> Starlette:
    """The application; `doors` is all its state."""

    async def permit(request: Request) -> Response:
        return await _ask(doors, request, "izin", ("aplikasi", "target"))

    async def explain(request: Request) -> Response:
        return await _ask(doors, request, "periksa", ("aplikasi",))

    async def webhook(request: Request) -> Response:
        body = await _body(request, HOOK_LIMIT)
        if not authentic(request.headers, body, doors.hook_tokens):
            raise Refused(401, "IDENT-030", "tanda webhook tidak cocok")
        new = await asyncio.to_thread(doors.deliveries.add, request.headers, body)
        # A repeated delivery is no fault of the forge's, so no 4xx; it is only not looked at again.
        return _json(202, {"status": "diterima" if new else "ulangan"})

    async def health(_: Request) -> Response:
        trouble = doors.trouble()
        if trouble is not None:  # the doors answer, but merges, evidence and reminders stand still
            return _json(503, {"status": "terganggu", "pekerja": trouble})
        return _json(200, {"status": "ok"})

    return Starlette(
        routes=[
            Route("/izin", permit, methods=["POST"]),
            Route("/izin/periksa", explain, methods=["POST"]),
            Route("/webhook", webhook, methods=["POST"]),
            Route("/sehat", health, methods=["GET"]),
        ],
        exception_handlers={Refused: _refused, KawalError: _error},
    )


async def _ask(doors: Doors, request: Request, what: str, fields: tuple[str, ...]) -> Response:
    token = _bearer(request)
    body = _object(await _body(request, BODY_LIMIT), fields)
    answer = await asyncio.to_thread(ask, doors.issuer, {"buat": what, "token": token, **body})
    status = answer.pop("status")
    return _json(int(status), answer)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > 16 * 1024 or not token.isascii():
        raise Refused(401, "IZIN-020", "ID token job diperlukan di kepala Authorization")
    return token


async def _body(request: Request, limit: int) -> bytes:
    data = bytearray()
    try:
        async for chunk in request.stream():
            data += chunk
            if len(data) > limit:
                raise Refused(413, "INPUT-096", f"isi lebih dari {limit} bita")
    except ClientDisconnect as error:
        raise Refused(400, "INPUT-097", "sambungan putus") from error
    return bytes(data)


def _object(body: bytes, fields: tuple[str, ...]) -> dict[str, Any]:
    try:
        value = strictjson.loads(body)
    except SealError as error:
        raise Refused(400, "INPUT-098", f"isi bukan JSON yang sah: {error}") from error
    if isinstance(value, dict):
        texts = {name: one for name, one in value.items() if name != SIZE}
        # The issuer looks at the size itself; here it only has to be there lawfully.
        if set(texts) == set(fields) and all(isinstance(one, str) for one in texts.values()):
            return value
    raise Refused(400, "INPUT-098", f"isi harus objek dengan teks: {', '.join(fields)}")


def _json(status: int, value: Mapping[str, Any]) -> Response:
    return Response(strictjson.dumps(dict(value)), status, media_type="application/json")


def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return _json(error.status, {"galat": error.text, "kode": error.code})


def _error(_: Request, error: Exception) -> Response:
    """What went wrong on our side is temporary for the caller; never an opened gate."""
    if not isinstance(error, KawalError):
        raise error
    return _json(503, {"galat": error.what, "kode": error.code})
