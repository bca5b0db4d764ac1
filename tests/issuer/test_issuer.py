"""The issuer over its real socket, with a real HTTP key server: one permit per token, and none without every record."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from idp import Idp, claims, jwk, mint, running, until
from kawal_world import APP, ARTIFACT, INSTANCE, KEYS, START, World, facts, job, policy_bytes, policy_value

from kawal.errors import TemporaryError
from kawal.forges.port import ReadForge
from kawal.forges.readonly import READ_METHODS
from kawal.ledger.content import ContentStore
from kawal.ledger.records import Denial, PermitRecord
from kawal.ledger.store import Ledger
from kawal.model import ReleaseFacts
from kawal_issuer.__main__ import build
from kawal_issuer.jwks import fetch_keys
from kawal_issuer.service import Issuer
from kawal_issuer.settings import ForgeSettings, Settings, load_settings
from kawal_issuer.wire import ask, listen, serve
from kawal_seal.checkpoint import verify_checkpoint
from kawal_seal.dsse import Envelope
from kawal_seal.merkle import verify_consistency
from kawal_seal.permit import Permit, verify_permit
from kawal_seal.trustfile import verify_trust


@dataclass
class Desk:
    """A running issuer; `seen` and `failure` are what the forge will say."""

    world: World
    idp: Idp
    socket: Path
    seen: dict[str, Any] = field(default_factory=dict)
    failure: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def read_facts(self, forge: ReadForge, policy: Any, **wanted: Any) -> ReleaseFacts:
        self.asked.append(wanted)
        if self.failure is not None:
            raise self.failure
        name = "rilis" if wanted["job_id"] == 812 else "gerbang"
        return facts(self.world.now, **{"job": job(name, job_id=wanted["job_id"]), **self.seen})

    def token(self, audience: str = "kawal-izin", **changes: Any) -> str:
        return mint(claims(self.idp.url, self.world.now, audience, **changes))

    def permit(self, token: str | None = None, target: str = "produksi-1") -> dict[str, Any]:
        token = self.token() if token is None else token
        return ask(self.socket, {"buat": "izin", "token": token, "aplikasi": APP, "target": target})

    def check(self) -> dict[str, Any]:
        token = self.token("kawal-periksa", job_id="811", environment=...)
        return ask(self.socket, {"buat": "periksa", "token": token, "aplikasi": APP})

    def denials(self) -> list[Denial]:
        return [cast(Denial, one.predicate) for one in self.world.ledger.entries(type="denial")]

    def permits(self) -> list[PermitRecord]:
        return [cast(PermitRecord, one.predicate) for one in self.world.ledger.entries(type="permit-record")]

    def opened(self, reply: dict[str, Any]) -> Permit:
        """The permit in a reply, verified as a target would."""
        trust = verify_trust(
            Envelope.from_obj(reply["kepercayaan"]), [KEYS["root1"].public, KEYS["root2"].public], 2
        )
        return verify_permit(
            Envelope.from_obj(reply["izin"]), trust.service_keys["permit"], trust.service_keys["checkpoint"]
        )


Opener = Callable[..., Desk]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Opener]:
    """`desk(without=(...))` starts an issuer on a world that lacks the named records."""
    stops: list[Callable[[], None]] = []
    with running() as idp:

        def open_desk(*, without: tuple[str, ...] = ()) -> Desk:
            world = World(tmp_path, policy_value(issuer=idp.url)).ready(without=without)
            content = ContentStore(tmp_path / "bukti")
            content.put(policy_bytes(world.policy))
            made = Desk(world, idp, tmp_path / "s" / "izin.sock")
            server = listen(made.socket)

            def work() -> None:
                with Ledger.open(
                    tmp_path / "ledger.sqlite3", KEYS["checkpoint"], INSTANCE, now=lambda: world.now
                ) as own:
                    issuer = Issuer(
                        own,
                        content,
                        KEYS["permit"],
                        cast(ReadForge, None),
                        fetch_keys,
                        lambda: world.now,
                        made.read_facts,
                    )
                    serve(server, issuer.answer)

            thread = threading.Thread(target=work)
            thread.start()

            def stop() -> None:
                server.shutdown(2)
                server.close()
                thread.join()
                world.ledger.close()

            stops.append(stop)
            return made

        yield open_desk
        for stop in stops:
            stop()


def test_a_complete_release_gets_a_permit_that_a_target_accepts(desk: Opener) -> None:
    here = desk()
    reply = here.permit()
    assert (reply["status"], reply["keputusan"]) == (200, "terbuka")
    permit = here.opened(reply)
    assert permit.subject[0].digest == {"sha256": ARTIFACT}
    assert (permit.target_id, permit.seq, permit.job_id, permit.exp - permit.nbf) == (
        "produksi-1",
        1,
        "812",
        600,
    )
    assert here.permits()[0].jti == permit.jti
    assert here.denials() == []


def test_missing_signoffs_lock_both_doors_and_are_recorded(desk: Opener) -> None:
    here = desk(without=("persandian", "pse"))
    told = here.check()
    assert (told["status"], told["keputusan"], told["kode"]) == (200, "terkunci", ["SANDI-001", "PSE-001"])
    assert "kawal sahkan persandian e-retribusi --rilis v1.0.0" in told["layar"]
    reply = here.permit()
    assert (reply["status"], reply["kode"]) == (403, ["SANDI-001", "PSE-001"])
    assert [one.where for one in here.denials()] == ["gerbang", "pintu"]
    assert [one.record_id for one in here.denials()] == [told["catatan"], reply["catatan"]]
    assert here.permits() == []


def test_the_gate_explains_an_open_release_without_opening_it(desk: Opener) -> None:
    here = desk()
    told = here.check()
    assert (told["status"], told["keputusan"], told["kode"]) == (200, "terbuka", [])
    assert "izin" not in told
    assert here.permits() == []


def test_a_gate_token_never_opens(desk: Opener) -> None:
    here = desk()
    reply = here.permit(here.token("kawal-periksa"))
    assert (reply["status"], reply["kode"]) == (401, "IZIN-001")
    assert [one.codes for one in here.denials()] == [("IZIN-001",)]
    assert here.permits() == []


def test_one_token_one_permit_and_a_new_token_the_next_number(desk: Opener) -> None:
    here = desk()
    token = here.token()
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: here.permit(token), range(4)))
    assert sorted(one["status"] for one in replies) == [200, 403, 403, 403]
    assert {one["kode"][0] for one in replies if one["status"] == 403} == {"IZIN-003"}
    assert here.opened(here.permit()).seq == 2
    assert len(here.permits()) == 2


def test_a_denied_token_is_burnt(desk: Opener) -> None:
    here = desk(without=("pse",))
    token = here.token()
    assert here.permit(token)["kode"] == ["PSE-001"]
    here.world.sign("pse")
    assert here.permit(token)["kode"] == ["IZIN-003"]
    assert here.permit()["keputusan"] == "terbuka"


MISMATCHES: list[tuple[dict[str, Any], str]] = [
    ({"project_id": "42"}, "IZIN-006"),
    ({"pipeline_id": "91"}, "IZIN-007"),
    ({"runner_id": 7}, "IZIN-007"),
    ({"sha": "6" * 40}, "IZIN-007"),
    ({"pipeline_source": "web"}, "IZIN-007"),
    ({"environment": ...}, "IZIN-005"),
    ({"environment": "staging"}, "IZIN-005"),
]


@pytest.mark.parametrize(("changes", "code"), MISMATCHES)
def test_claims_that_the_forge_does_not_confirm(desk: Opener, changes: dict[str, Any], code: str) -> None:
    here = desk()
    reply = here.permit(here.token(**changes))
    assert (reply["status"], reply["kode"]) == (403, code)
    assert [one.codes for one in here.denials()] == [(code,)]
    assert here.permits() == []


def test_facts_of_the_forge_are_judged(desk: Opener) -> None:
    here = desk()
    here.seen = {"posture_drift": ("ci_config_path berubah",)}
    assert here.permit()["kode"] == ["POSTUR-001"]
    here.seen = {"job": job(runner_id=9)}
    assert here.permit(here.token(runner_id=9))["kode"] == ["IZIN-015"]
    here.seen = {"artifact_sha256": "6" * 64}
    assert "SUBJEK-006" in here.permit()["kode"]
    here.seen = {}
    assert here.permit(target="produksi-2")["kode"] == ["IZIN-016"]
    assert here.permits() == []


def test_a_tag_that_moved_since_the_pipeline_began(desk: Opener) -> None:
    here = desk()
    here.seen = {"commit": "6" * 40}
    assert here.permit()["kode"] == "SUBJEK-009"
    assert here.permits() == []


def test_forge_down_is_temporary_and_keeps_the_token_usable(desk: Opener) -> None:
    here = desk()
    here.failure = TemporaryError("FORGE-002", "forge tidak menjawab")
    token = here.token()
    reply = here.permit(token)
    assert (reply["status"], reply["kode"]) == (503, "FORGE-002")
    here.failure = RuntimeError("tak terduga")
    assert here.permit(token)["status"] == 503
    here.failure = None
    assert here.permit(token)["status"] == 200


def test_the_next_release_is_compared_with_the_last_permitted_commit(desk: Opener) -> None:
    here = desk()
    here.permit()
    here.permit()
    assert [one["since_commit"] for one in here.asked] == [None, None]
    here.permit(here.token(sha="6" * 40))
    assert here.asked[-1]["since_commit"] == "4" * 40


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"keys": []},
        {"keys": [jwk("k1"), jwk("k1")]},
        {"keys": [{"kty": "RSA"}]},
        b"<html>",
        b'{"keys": [], "keys": []}',
        b"x" * 70000,
    ],
)
def test_a_key_server_that_makes_no_sense_opens_nothing(desk: Opener, page: Any) -> None:
    here = desk()
    here.idp.pages["/keys"] = page
    reply = here.permit()
    assert (reply["status"], reply["kode"]) == (503, "FORGE-031")
    assert here.permits() == []


def test_keys_elsewhere_and_redirects_are_not_followed(desk: Opener) -> None:
    here = desk()
    config = "/.well-known/openid-configuration"
    for wrong in (
        {"issuer": here.idp.url, "jwks_uri": "http://localhost:1/keys"},
        {"issuer": "http://lain", "jwks_uri": f"{here.idp.url}/keys"},
        lambda handler: (
            handler.send_response(302),
            handler.send_header("Location", f"{here.idp.url}/keys"),
            handler.end_headers(),
        ),
    ):
        here.idp.pages[config] = wrong
        assert here.permit()["kode"] == "FORGE-031"


@pytest.mark.parametrize(
    "request_value",
    [
        [],
        {},
        {"buat": "buka", "token": "a", "aplikasi": APP},
        {"buat": "izin", "token": "a", "aplikasi": APP},
        {"buat": "periksa", "token": "a", "aplikasi": APP, "target": "produksi-1"},
        {"buat": "izin", "token": 1, "aplikasi": APP, "target": "produksi-1"},
        {"buat": "izin", "token": "a", "aplikasi": "../x", "target": "produksi-1"},
        {"buat": "izin", "token": "a", "aplikasi": APP, "target": ""},
        {"buat": ["izin"], "token": "a", "aplikasi": APP, "target": "x"},
    ],
)
def test_requests_without_the_right_shape(desk: Opener, request_value: Any) -> None:
    assert ask(desk().socket, request_value)["status"] == 400


def test_unknown_application_and_broken_lines(desk: Opener) -> None:
    import socket as sockets

    here = desk()
    request = {"buat": "izin", "token": here.token(), "aplikasi": "lain", "target": "produksi-1"}
    unknown = ask(here.socket, request)
    assert (unknown["status"], unknown["kode"]) == (403, "IZIN-006")
    for line, status in ((b'{"buat":1,"buat":2}\n', b"400"), (b"x" * 70000 + b"\n", b"413"), (b"{}", b"413")):
        with sockets.socket(sockets.AF_UNIX) as raw:
            raw.connect(str(here.socket))
            raw.sendall(line)
            raw.shutdown(sockets.SHUT_WR)
            assert status in raw.recv(4096)


def test_nobody_learns_which_applications_exist(desk: Opener) -> None:
    """Without a genuine token the answer is the same for every id; with one, for all that are not its own."""
    here = desk()

    def said(app: str, token: str) -> dict[str, Any]:
        return ask(here.socket, {"buat": "izin", "token": token, "aplikasi": app, "target": "produksi-1"})

    assert said(APP, "palsu") == said("tidak-ada", "palsu")
    assert said(APP, "palsu")["status"] == 401
    foreign = here.token(project_id="42")
    assert said(APP, foreign) == said("tidak-ada", foreign)
    assert [one.codes for one in here.denials()][-2:] == [("IZIN-006",), ("IZIN-006",)]
    assert here.permits() == []


def test_a_permit_proves_that_the_ledger_continues_what_the_target_saw(desk: Opener) -> None:
    here = desk()
    first = here.opened(here.permit())
    assert first.continues == ()
    second = here.opened(here.permit())
    third = here.opened(here.permit())
    assert [size for size, _ in third.continues] == [second.tree_size, first.tree_size]

    def root(permit: Permit) -> bytes:
        return bytes.fromhex(verify_checkpoint(permit.checkpoint, KEYS["checkpoint"].public).root)

    for earlier, (size, hashes) in zip((second, first), third.continues, strict=True):
        proof = [bytes.fromhex(one) for one in hashes]
        assert verify_consistency(size, third.tree_size, root(earlier), root(third), proof)
    for _ in range(10):
        here.permit()  # none of them arrives
    request = {"buat": "izin", "aplikasi": APP, "target": "produksi-1"}

    def asked(size: Any) -> dict[str, Any]:
        return ask(here.socket, {**request, "token": here.token(), "ukuran": size})

    said = here.opened(asked(first.tree_size))
    assert len(said.continues) == 8
    assert said.continues[0][0] == first.tree_size  # what the target says comes first, however old
    for wrong in (0, -1, "3", True):
        assert asked(wrong)["status"] == 400
    beyond = here.opened(asked(10**6))
    assert first.tree_size not in [size for size, _ in beyond.continues]


def test_the_socket_is_private(desk: Opener) -> None:
    here = desk()
    assert here.socket.stat().st_mode & 0o777 == 0o600
    assert here.socket.parent.stat().st_mode & 0o777 == 0o700
    with pytest.raises(OSError, match="sudah memakai"):
        listen(here.socket)


def test_strangers_cannot_fill_the_ledger(desk: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kawal_issuer.service.UNKNOWN_PER_HOUR", 3)
    here = desk()
    for _ in range(6):
        assert here.permit("a.b.c")["status"] == 401
    assert len(here.denials()) == 3
    here.world.tick(minutes=61)
    here.permit("a.b.c")
    assert len(here.denials()) == 4


# --- as a process ---------------------------------------------------------------------------------------------------


def prepare(folder: Path, issuer: str) -> World:
    world = World(folder, policy_value(issuer=issuer)).ready()
    ContentStore(folder / "bukti").put(policy_bytes(world.policy))
    for name in ("permit", "checkpoint"):
        (folder / f"{name}.pem").write_bytes(KEYS[name].to_pem(None))
    (folder / "token").write_text("rahasia\n")
    settings = Settings(
        instance=INSTANCE,
        forge=ForgeSettings(
            kind="gitlab", url="http://127.0.0.1:9", token_file="token", ca_file=None, timeout_s=2
        ),
        ledger="ledger.sqlite3",
        content="bukti",
        permit_key="permit.pem",
        checkpoint_key="checkpoint.pem",
    )
    (folder / "penerbit.json").write_bytes(settings.to_json())
    return world


def test_the_process_starts_answers_and_stops(tmp_path: Path) -> None:
    with running() as idp:
        world = prepare(tmp_path, idp.url)
        assert load_settings(tmp_path).ledger == str((tmp_path / "ledger.sqlite3").resolve())
        path = tmp_path / "s" / "izin.sock"
        command = [sys.executable, "-m", "kawal_issuer", "--data", str(tmp_path), "--soket", str(path)]
        measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        process = subprocess.Popen(command, env={"PATH": os.defpath, **measured}, stderr=subprocess.PIPE)
        try:
            until(lambda: path.exists() or process.poll() is not None)
            # Its clock is today's, the token's is the story's: refused, by a process that reads its real key server.
            token = mint(claims(idp.url, START + timedelta(days=-3000)))
            reply = ask(path, {"buat": "izin", "token": token, "aplikasi": APP, "target": "produksi-1"})
            assert (reply["status"], reply["kode"]) == (401, "IZIN-002")
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert not path.exists()
        world.ledger.close()


def test_the_client_of_the_forge_that_it_is_built_with_has_no_writes(tmp_path: Path) -> None:
    with running() as idp:
        world = prepare(tmp_path, idp.url)
        issuer = build(load_settings(tmp_path))
        names = {name for name in dir(issuer._forge) if not name.startswith("_")}
        assert names == set(READ_METHODS)
        issuer._ledger.close()
        world.ledger.close()


def test_a_socket_that_takes_nobody_any_more_ends_the_process_as_a_failure(tmp_path: Path) -> None:
    with running() as idp:
        world = prepare(tmp_path, idp.url)
        path = tmp_path / "s" / "izin.sock"
        command = [sys.executable, "-m", "kawal_issuer", "--data", str(tmp_path), "--soket", str(path)]
        measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        process = subprocess.Popen(command, env={"PATH": os.defpath, **measured}, stderr=subprocess.PIPE)
        until(lambda: path.exists() or process.poll() is not None)
        used = {int(one.name) for one in Path(f"/proc/{process.pid}/fd").iterdir()}
        first_free = min(set(range(1000)) - used)  # the number that the next connection would get
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (first_free, 4096))
        with socket.socket(socket.AF_UNIX) as asker:
            asker.connect(str(path))
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 5
        assert "tidak dapat menerima sambungan" in errors.decode()
        assert not path.exists()
        world.ledger.close()


def test_settings_that_cannot_be_read_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "penerbit.json").write_bytes(b'{"schema": 1, "lain": 2}')
    command = [sys.executable, "-m", "kawal_issuer", "--data", str(tmp_path), "--soket", str(tmp_path / "s")]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 6
    assert b"KONF-030" in done.stderr


def test_no_parser_of_yaml_xml_or_pdf_is_loaded() -> None:
    code = (
        "import sys, kawal_issuer.__main__, kawal.forges.gitlab\n"
        "bad = ('yaml', 'xml', 'pyexpat', '_elementtree', 'lxml', 'pyhanko', 'pypdf', 'plistlib', 'tomllib', 'html')\n"
        "print([m for m in sys.modules if m.split('.')[0] in bad])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
