"""The doors of a real `kawal server`: garbage is refused before it reaches anything, webhooks are hints that count once."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import signal
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kantor import Kantor
from kawal.demo.stage import wait_for
from kawal.server.deliveries import authentic

APP = "surat-pintu"
BODY = {"aplikasi": APP, "target": "produksi-1"}


@dataclass
class Door:
    """A running server; `post` sends bytes as they are."""

    url: str
    data: Path
    pid: int

    def post(self, path: str, body: bytes = b"{}", **headers: str) -> tuple[int, dict[str, Any]]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=body, headers=named, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    @property
    def hook_token(self) -> str:
        return (self.data / "kunci" / "webhook.token").read_text("ascii").strip()

    def deliveries(self) -> list[tuple[str, int | None, bool]]:
        """(id, project, worked off)"""
        with contextlib.closing(sqlite3.connect(self.data / "antrean.sqlite3")) as db:
            rows = db.execute("SELECT id, project_id, done_at IS NOT NULL FROM deliveries").fetchall()
        return [(name, project, bool(done)) for name, project, done in rows]


@pytest.fixture(scope="module")
def door(kantor: Kantor) -> Iterator[Door]:
    kantor.approved(APP)
    kantor.stage.start_kawal_server()
    process = kantor.stage.processes.running.pop()
    try:
        yield Door(kantor.stage.url("pintu"), kantor.stage.home / "data", process.popen.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.popen.pid, signal.SIGTERM)
        process.popen.wait(20)


def encoded(**parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


def forged(**claims: Any) -> str:
    """A token that looks right and is signed by nobody whom the forge knows."""
    now = int(time.time())
    payload = {
        "iss": "http://127.0.0.1",
        "aud": "kawal-izin",
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        **claims,
    }
    return f"{encoded(alg='RS256', kid='asing', typ='JWT')}.{encoded(**payload)}.{'A' * 342}"


@pytest.mark.parametrize("stamp", ["9" * 5000, "\u00b2", "-1", "1e9", ""])
@pytest.mark.parametrize("signature", ["v1,x", "v1,\u00e9 v1,x"])
def test_a_signature_of_any_form_is_refused_and_breaks_nothing(
    door: Door, stamp: str, signature: str
) -> None:
    key = base64.b64encode(b"k" * 24).decode()
    named = {"webhook-timestamp": stamp, "webhook-signature": signature, "webhook-id": "1"}
    assert (
        door.post("/webhook", b"{}", **{name.replace("-", "_"): one for name, one in named.items()})[0] == 401
    )
    for token in (door.hook_token, f"whsec_{key}"):
        assert not authentic(named, b"{}", (token,))
        assert not authentic({**named, "webhook-timestamp": str(int(time.time()))}, b"{}", (token,))


def test_health_answers_anybody(door: Door) -> None:
    with urllib.request.urlopen(f"{door.url}/sehat", timeout=10) as answer:
        assert (answer.status, json.loads(answer.read())) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/izin", "/izin/periksa"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer " + "x" * 20_000},
    ],
    ids=["none", "basic", "empty", "long"],
)
def test_no_token_no_question(kantor: Kantor, door: Door, path: str, headers: dict[str, str]) -> None:
    before = kantor.ledger_size()
    status, answer = door.post(path, json.dumps(BODY).encode(), **headers)
    assert (status, set(answer), answer["kode"][:5]) == (401, {"galat", "kode"}, "IZIN-")
    assert kantor.ledger_size() == before


@pytest.mark.parametrize(
    "token",
    [
        "sampah",
        "a.b.c",
        forged(),
        forged(aud="kawal-periksa"),
        f"{encoded(alg='none')}.{encoded(aud='kawal-izin')}.",
    ],
    ids=["no token", "no JWT", "unknown key", "other door", "alg none"],
)
def test_a_token_that_the_forge_did_not_sign_opens_nothing(kantor: Kantor, door: Door, token: str) -> None:
    before = kantor.ledger_types()
    status, answer = door.post("/izin", json.dumps(BODY).encode(), Authorization=f"Bearer {token}")
    assert status in (401, 403)
    assert answer["kode"].startswith("IZIN-")
    assert "izin" not in answer
    assert kantor.ledger_types()[len(before) :] in ([], ["denial"])  # such denials are bounded, not one each


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"bukan json",
        b"[]",
        b'{"aplikasi": "a"}',
        b'{"aplikasi": "a", "target": "t", "lain": "x"}',
        b'{"aplikasi": 1, "target": "t"}',
        b'{"aplikasi": "a", "aplikasi": "b", "target": "t"}',
        b'{"aplikasi": "a", "target": NaN}',
        b'{"aplikasi": "\xff", "target": "t"}',
        b"[" * 20_000,
    ],
)
def test_a_wrong_body_is_refused(door: Door, body: bytes) -> None:
    status, answer = door.post("/izin", body, Authorization="Bearer x")
    assert (status, answer["kode"][:6]) == (400, "INPUT-")


def test_a_long_body_is_refused(door: Door) -> None:
    body = json.dumps({**BODY, "aplikasi": "a" * 70_000}).encode()
    status, answer = door.post("/izin", body, Authorization="Bearer x")
    assert (status, answer["kode"][:6]) == (413, "INPUT-")


def test_webhooks_need_the_secret(door: Door) -> None:
    before = door.deliveries()
    assert door.post("/webhook")[0] == 401
    assert door.post("/webhook", X_Gitlab_Token="")[0] == 401
    assert door.post("/webhook", X_Gitlab_Token=door.hook_token + "x")[0] == 401
    assert door.deliveries() == before


def test_a_webhook_is_taken_once_and_worked_off(kantor: Kantor, door: Door) -> None:
    body = json.dumps({"project": {"id": 4242}, "object_kind": "push"}).encode()
    headers = {
        "X_Gitlab_Token": door.hook_token,
        "X_Gitlab_Event": "Push Hook",
        "X_Gitlab_Event_UUID": "satu-kali",
    }
    assert door.post("/webhook", body, **headers) == (202, {"status": "diterima"})
    assert door.post("/webhook", body, **headers)[0] == 202
    wait_for(lambda: ("satu-kali", 4242, True) in door.deliveries(), 20, "kiriman dikerjakan")
    assert [one[0] for one in door.deliveries()].count("satu-kali") == 1


def test_a_body_without_sense_is_only_a_hint(door: Door) -> None:
    headers = {"X_Gitlab_Token": door.hook_token}
    for body in (b"", b"\xff\xfe", b"[" * 100_000, b'{"project": {"id": "DROP TABLE"}}'):
        assert door.post("/webhook", body, **headers)[0] == 202
        digest = hashlib.sha256(body).hexdigest()
        assert [row[1] for row in door.deliveries() if row[0] == digest] == [None]


def test_a_signature_that_is_not_ours_is_refused(door: Door) -> None:
    """Standard Webhooks: id.timestamp.body under HMAC. The secret of this office is no base64 key, so no signature can be right."""
    body, stamp = b'{"project": {"id": 4242}}', str(int(time.time()))
    mac = hmac.new(door.hook_token.encode(), f"x.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {"webhook_id": "x", "webhook_timestamp": stamp, "X_Gitlab_Token": door.hook_token}
    for signature in ("v1,AAAA", "v1," + base64.b64encode(mac).decode()):
        assert door.post("/webhook", body, webhook_signature=signature, **headers)[0] == 401


def test_the_issuer_ends_with_the_server(kantor: Kantor, door: Door) -> None:
    """Last: stops the server of this module."""
    children = Path(f"/proc/{door.pid}/task/{door.pid}/children").read_text("ascii").split()
    assert any(b"kawal_issuer" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children)
    os.kill(door.pid, signal.SIGTERM)
    wait_for(lambda: not [pid for pid in children if _runs(pid)], 20, "penerbit izin berhenti")


def _runs(pid: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    return False
