"""What the issuer's parts refuse by themselves: key servers, sockets, claims, a record without its judgement."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from idp import claims, jwk, mint
from issuer_served import answering
from kawal_world import APP, FORGE, KEYS, START, WORK, World, facts, job, policy_bytes

from kawal.errors import BlockedError, LoginError, TemporaryError
from kawal.forges.port import ReadForge
from kawal.ledger.content import ContentStore
from kawal.model import ReleaseFacts
from kawal.policy import judge, parse_policy
from kawal_issuer.grant import record_permit, signed_permit
from kawal_issuer.jwks import fetch_keys
from kawal_issuer.service import Issuer
from kawal_issuer.token import Claims, verify_token
from kawal_issuer.wire import ANSWER_LIMIT, ask, listen
from kawal_seal.permit import verify_permit

# --- the key server ----------------------------------------------------------------------------------------------


@contextmanager
def pages(answers: dict[str, tuple[int, Any]]) -> Iterator[str]:
    """A loopback server that answers each path with a status and JSON; `{url}` in texts is its own address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, value = answers[self.path]
            body = json.dumps(value).replace("{url}", url).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


CONFIGURATION = "/.well-known/openid-configuration"
SOUND = {"issuer": "{url}", "jwks_uri": "{url}/kunci"}


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({CONFIGURATION: (203, SOUND)}, "jawaban 203"),
        ({CONFIGURATION: (200, [1])}, "bukan objek JSON"),
        ({CONFIGURATION: (200, SOUND), "/kunci": (200, {"keys": []})}, "tidak memberi kunci"),
        ({CONFIGURATION: (200, SOUND), "/kunci": (200, {"keys": [{"kid": ""}]})}, "tanpa kid"),
        ({CONFIGURATION: (200, SOUND), "/kunci": (200, {"keys": [3]})}, "tanpa kid"),
        ({CONFIGURATION: (200, SOUND), "/kunci": (200, {"keys": [{"kid": "a"}] * 2})}, "kid ganda"),
        ({CONFIGURATION: (200, {**SOUND, "issuer": "lain"})}, "menyebut dirinya 'lain'"),
        ({CONFIGURATION: (200, {**SOUND, "jwks_uri": 3})}, "di tempat lain"),
    ],
)
def test_a_key_server_that_answers_otherwise_gives_no_keys(
    answers: dict[str, tuple[int, Any]], why: str
) -> None:
    with pages(answers) as url, pytest.raises(TemporaryError, match=why) as caught:
        fetch_keys(url)
    assert caught.value.code == "FORGE-031"


def test_keys_come_by_their_kid() -> None:
    with pages({CONFIGURATION: (200, SOUND), "/kunci": (200, {"keys": [jwk("k1"), jwk("k2")]})}) as url:
        assert set(fetch_keys(url)) == {"k1", "k2"}


def test_an_issuer_that_is_no_web_address_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / ".well-known").mkdir()
    (tmp_path / ".well-known" / "openid-configuration").write_text("{}")
    with pytest.raises(TemporaryError, match=r"bukan http\(s\)"):
        fetch_keys(tmp_path.as_uri())


# --- claims ------------------------------------------------------------------------------------------------------


def read(payload: Any) -> Claims:
    return verify_token(
        mint(payload),
        audience="kawal-izin",
        issuer=FORGE,
        keys=lambda: {"k1": jwk("k1")},
        now=START,
        max_age_s=300,
    )


def test_a_runner_number_may_be_text_but_nothing_else() -> None:
    for right in ("7", 7, "1", 1):
        assert read(claims(FORGE, START, runner_id=right)).runner_id == int(right)
    for wrong in ("0", "-1", 0, -1, None, True, 7.0):
        with pytest.raises(LoginError, match="runner_id"):
            read(claims(FORGE, START, runner_id=wrong))


def test_a_token_whose_payload_is_no_object_is_refused() -> None:
    with pytest.raises(LoginError, match="bukan objek") as caught:
        read(b"[1]")
    assert caught.value.code == "IZIN-001"


# --- the socket --------------------------------------------------------------------------------------------------


def replying(asked: list[Any], reply: Any) -> Callable[[Any], Any]:
    """Answers everything with `reply` and keeps every question."""

    def answer(request: Any) -> Any:
        asked.append(request)
        return reply

    return answer


def test_what_is_in_the_way_of_the_socket_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "izin.sock").write_text("surat")
    with pytest.raises(OSError, match="bukan soket"):
        listen(tmp_path / "izin.sock")
    assert (tmp_path / "izin.sock").read_text() == "surat"


def test_the_socket_of_a_dead_process_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "izin.sock"
    listen(path).close()
    assert path.exists()
    asked: list[Any] = []
    with answering(path, replying(asked, {"status": 200})):
        assert ask(path, {"a": 1}) == {"status": 200}
    assert asked == [{"a": 1}]


def test_an_asker_that_goes_away_stops_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "izin.sock"
    asked: list[Any] = []
    with answering(path, replying(asked, {"status": 200, "isi": "x" * 2_000_000})):
        with socket.socket(socket.AF_UNIX) as gone:
            gone.connect(str(path))
            gone.sendall(b"{}\n")
        with pytest.raises(ValueError, match="tidak terbaca"):  # longer than an answer may be
            ask(path, {"b": 2})
    assert asked == [{}, {"b": 2}]
    assert ANSWER_LIMIT < 2_000_000


@pytest.mark.parametrize("reply", [[], {}, {"status": "200"}])
def test_an_answer_without_a_status_is_nonsense(tmp_path: Path, reply: Any) -> None:
    path = tmp_path / "izin.sock"
    with answering(path, lambda _: reply), pytest.raises(ValueError, match="tidak terbaca"):
        ask(path, {})


# --- the decision ------------------------------------------------------------------------------------------------


def test_without_a_trust_file_nothing_is_answered(world: World) -> None:
    issuer = Issuer(
        world.ledger,
        ContentStore(world.folder / "bukti"),
        KEYS["permit"],
        cast(ReadForge, None),
        lambda _: {},
        lambda: world.now,
    )
    reply = issuer.answer({"buat": "izin", "token": "a.b.c", "aplikasi": APP, "target": "produksi-1"})
    assert reply == {"status": 503, "galat": "belum ada berkas kepercayaan", "kode": "PERCAYA-001"}


@pytest.mark.parametrize(
    ("without", "target", "changes"),
    [
        (("pse",), "produksi-1", {}),
        (("pse",), "lain", {}),
        ((), "lain", {}),
        ((), "produksi-1", {"artifact_sha256": None}),
        ((), "produksi-1", {"job": None}),
    ],
    ids=["refused", "refused, other target", "other target", "no package", "no job"],
)
def test_the_last_step_looks_again_whoever_calls_it(
    world: World, without: tuple[str, ...], target: str, changes: dict[str, Any]
) -> None:
    world.ready(without=without)
    trust = world.ledger.trust()
    assert trust is not None
    policy = parse_policy(policy_bytes(world.policy))
    seen = facts(world.now, job=job())
    judged = judge(
        policy,
        world.policy_sha256,
        seen,
        world.ledger.entries(app_id=APP),
        trust,
        world.now,
        app_id=APP,
        door="izin",
        target_id="produksi-1",
    )
    assert judged.allowed == (not without)
    asked, size, known = read(claims(FORGE, START)), world.ledger.size(), replace(seen, **changes)
    with pytest.raises(BlockedError) as caught, world.ledger.transaction() as transaction:
        record_permit(transaction, KEYS["permit"], policy, trust, judged, asked, known, target)
    assert (caught.value.code, caught.value.what) == ("IZIN-016", "Sasaran tidak dikenal kebijakan")
    assert world.ledger.size() == size


def test_a_permit_is_proved_in_the_tree_that_ends_with_it(world: World) -> None:
    """Whatever was recorded between its own record and its signature."""
    world.begin()
    record = world.make_permit(jti=uuid.uuid4().hex)
    entry = world.add(record, "permit")
    world.add(world.make_step(), "pa")
    permit = verify_permit(
        signed_permit(world.ledger, KEYS["permit"], "https://forge.contoh/a", entry, record, None),
        KEYS["permit"].public,
        KEYS["checkpoint"].public,
    )
    assert (permit.tree_size, permit.record_sha256) == (entry.seq, entry.payload_sha256)


# --- what changes while the forge is read ------------------------------------------------------------------------


def stricter(world: World, content: ContentStore) -> None:
    """A policy that takes no token of this age any more comes into force."""
    world.policy["limits"]["token_age_s"] = 30
    content.put(policy_bytes(world.policy))
    world.tick()
    world.trust(version=2)


def taken_back(world: World, _: ContentStore) -> None:
    """The last release before this one is taken back: what it let through is new again."""
    (last,) = world.ledger.entries(type="permit-record")
    world.withdraw(last, None, None, "root1", "root2")


def of_no_consequence(world: World, _: ContentStore) -> None:
    world.add(world.make_step(), "pa")


@pytest.mark.parametrize("verb", ["izin", "periksa"])
@pytest.mark.parametrize("happens", [stricter, taken_back, of_no_consequence])
def test_nothing_is_decided_on_another_ground_than_the_forge_was_read_on(
    world: World, verb: str, happens: Callable[[World, ContentStore], None]
) -> None:
    world.ready()
    world.add(world.make_permit(commit=WORK, release="v0.9.0", jti=uuid.uuid4().hex), "permit")
    content = ContentStore(world.folder / "bukti")
    content.put(policy_bytes(world.policy))
    since: list[str | None] = []

    def read_facts(_: ReadForge, __: Any, **wanted: Any) -> ReleaseFacts:
        since.append(wanted["since_commit"])
        if len(since) == 1:
            happens(world, content)
        name = "rilis" if wanted["job_id"] == 812 else "gerbang"
        return facts(world.now, job=job(name, job_id=wanted["job_id"]))

    issuer = Issuer(
        *(world.ledger, content, KEYS["permit"], cast(ReadForge, None)),
        lambda _: {"k1": jwk("k1")},
        lambda: world.now,
        read_facts,
    )
    at_check: dict[str, Any] = {"job_id": "811", "environment": ...} if verb == "periksa" else {}
    world.tick()
    made = claims(FORGE, world.now, "kawal-izin" if verb == "izin" else "kawal-periksa", **at_check)
    request = {"buat": verb, "token": mint(made), "aplikasi": APP}
    request |= {"target": "produksi-1"} if verb == "izin" else {}
    world.tick(seconds=2)
    before = world.ledger.size()

    reply = issuer.answer(request)

    if happens is of_no_consequence:
        assert reply["status"] == 200
        return
    assert (reply["status"], reply["kode"]) == (503, "IZIN-018")
    assert world.ledger.size() == before + 1  # what happened meanwhile, and no answer
    again = issuer.answer(request)  # the token is as good as before
    assert "IZIN-003" not in again.get("kode", ())
    assert again["status"] != 503
    assert since == [WORK, None if happens is taken_back else WORK]
