"""Small bounded HTTP for the job commands: no proxy, no redirect that carries a credential, errors with their exit code."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import urlsplit

from kawal_checks.model import EXIT_BLOCKED, EXIT_RIGHTS, EXIT_TEMPORARY, EXIT_UNREADABLE, ReportError
from kawal_checks.readers.strict import json_object

TIMEOUT = 60
MAX_ANSWER = 1024 * 1024
MAX_PACKAGE = 1024 * 1024 * 1024
_CHUNK = 1024 * 1024


class DoorError(Exception):
    """A door or the forge refused or could not be reached."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class Answer(NamedTuple):
    status: int
    body: bytes
    location: str

    def json(self, place: str) -> dict[str, object]:
        return json_object(self.body, place)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


def request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | IO[bytes] | None = None,
    save_to: Path | None = None,
) -> Answer:
    """One request. A 2xx body goes to `save_to` when given, else into the answer (bounded)."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise ReportError("alamat", url[:80], "alamat http atau https")
    asked = urllib.request.Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 - scheme checked
    try:
        with _OPENER.open(asked, timeout=TIMEOUT) as reply:
            if save_to is not None:
                _save(reply, save_to)
                return Answer(reply.status, b"", "")
            return Answer(reply.status, _bounded(reply), "")
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _bounded(error), error.headers.get("Location", ""))
    except (OSError, HTTPException) as error:  # URLError is an OSError
        text = f"{url} tidak dapat dihubungi: {getattr(error, 'reason', error)}. Ulangi pekerjaan ini."
        raise DoorError(text, EXIT_TEMPORARY) from error


def _bounded(reply: IO[bytes]) -> bytes:
    body = reply.read(MAX_ANSWER + 1)
    if len(body) > MAX_ANSWER:
        raise ReportError("jawaban", "lebih dari 1 MiB", "jawaban yang kecil")
    return body


def _save(reply: IO[bytes], path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        while chunk := reply.read(_CHUNK):
            size += len(chunk)
            if size > MAX_PACKAGE:
                raise ReportError("paket", "lebih dari 1 GiB", "paket yang lebih kecil")
            file.write(chunk)


def post_json(url: str, headers: Mapping[str, str], data: object) -> Answer:
    body = json.dumps(data).encode()
    return request("POST", url, {**headers, "Content-Type": "application/json"}, body)


def put_file(url: str, headers: Mapping[str, str], path: Path) -> Answer:
    length = str(path.stat().st_size)
    with path.open("rb") as file:
        headers = {**headers, "Content-Type": "application/octet-stream", "Content-Length": length}
        return request("PUT", url, headers, file)


def refuse(answer: Answer, what: str) -> DoorError:
    """The error for an answer that is not a success: rights, temporary, blocked or unreadable."""
    codes = {401: EXIT_RIGHTS, 403: EXIT_RIGHTS, 429: EXIT_TEMPORARY, 409: EXIT_BLOCKED}
    code = EXIT_TEMPORARY if answer.status >= 500 else codes.get(answer.status, EXIT_UNREADABLE)
    return DoorError(f"{what}: HTTP {answer.status} {complaint(answer)}".strip(), code)


def complaint(answer: Answer) -> str:
    """What a door says about its refusal: code and text; empty when it does not say it in our form."""
    try:
        data = answer.json("jawaban")
    except ReportError:
        return ""
    text, code = data.get("galat") or data.get("message"), data.get("kode")
    return " ".join(part for part in (code, text) if isinstance(part, str))
