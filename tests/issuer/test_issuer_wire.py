"""The issuer's socket and its key server to the byte, the second and the port: what is still taken, and what no longer."""

from __future__ import annotations

import datetime
import grp
import http.server
import ipaddress
import json
import os
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from idp import Idp, jwk, rsa_key, running, until
from issuer_served import answering

from kawal.errors import TemporaryError
from kawal_issuer import jwks, wire
from kawal_issuer.jwks import KEPT_S, KeyCache, fetch_keys
from kawal_issuer.wire import LIMIT, _read_line, ask, listen

# --- one line -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ([b"abcd\n"], b"abcd"),
        ([b"abcd", b"\n"], b"abcd"),  # as long as it may be, its end comes later
        ([b"ab", b"cd\n"], b"abcd"),
        ([b"\n"], b""),
        ([b"abcde\n"], None),
        ([b"abcde", b"\n"], None),
        ([b"ab\nx"], None),
        ([b"ab\n\n"], None),
        ([b"ab"], None),
        ([], None),
    ],
)
def test_a_line_is_read_up_to_its_limit(parts: list[bytes], line: bytes | None) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # each part arrives by itself
    with ours, theirs:
        for part in parts:
            theirs.send(part)
        theirs.shutdown(socket.SHUT_WR)
        assert _read_line(ours, 4) == line


def test_what_is_too_long_is_not_read_to_its_end() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.settimeout(10)
        for part in (b"abcde", b"fgh"):
            theirs.send(part)
        assert _read_line(ours, 4) is None
        assert ours.recv(10) == b"fgh"


# --- the socket ---------------------------------------------------------------------------------------------------


def raw(path: Path, line: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as asker:
        asker.settimeout(20)
        asker.connect(str(path))
        asker.sendall(line)
        asker.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: asker.recv(65536), b""))


def failing(_: Any) -> dict[str, Any]:
    raise RuntimeError("tak terduga")


def test_every_answer_is_one_line_of_utf_8(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "i"
    with answering(path, lambda request: {"status": 200, "galat": f"é {request}"}):
        assert raw(path, b"[1]\n") == '{"status": 200, "galat": "é [1]"}\n'.encode()
        broken = json.loads(raw(path, b'{"a":1,"a":2}\n'))
        assert (broken["status"], broken["kode"]) == (400, "INPUT-040")
        assert "'a'" in broken["galat"]  # says which key was there twice
        for line in (b"x" * (LIMIT + 1) + b"\n", b"{}", b""):
            assert json.loads(raw(path, line)) == {
                "status": 413,
                "galat": "permintaan terlalu besar atau terpotong",
                "kode": "INPUT-041",
            }
        longest = json.dumps("x" * (LIMIT - 2)).encode()
        assert json.loads(raw(path, longest + b"\n"))["status"] == 200
    with answering(path, lambda _: {"status": 404, "galat": "tidak ada di \ud800"}):
        for _ in range(2):  # and the loop goes on
            assert json.loads(raw(path, b"{}\n")) == {"status": 404, "galat": "tidak ada di ?"}
    with answering(path, lambda _: {"status": 200, "galat": {1, 2}}):
        assert json.loads(raw(path, b"{}\n"))["kode"] == "IZIN-099"
    with answering(path, failing):
        assert json.loads(raw(path, b"{}\n")) == {
            "status": 503,
            "galat": "penerbit izin mengalami galat",
            "kode": "IZIN-099",
        }
    assert "RuntimeError: tak terduga" in capfd.readouterr().err


def test_who_says_nothing_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "READ_TIMEOUT_S", 0.1)
    path = tmp_path / "i"
    with answering(path, lambda _: {"status": 200}), socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(path))
        assert ask(path, {}, timeout_s=10) == {"status": 200}


def test_an_issuer_that_does_not_answer_is_waited_for_no_longer_than_asked(tmp_path: Path) -> None:
    with listen(tmp_path / "i") as server:
        hangs_up = threading.Timer(5, server.close)
        hangs_up.start()
        try:
            with pytest.raises(TimeoutError):
                ask(tmp_path / "i", {}, timeout_s=0.1)
        finally:
            hangs_up.cancel()


def test_an_issuer_that_hangs_up_has_not_answered(tmp_path: Path) -> None:
    with listen(tmp_path / "i") as server:
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        with pytest.raises((ValueError, ConnectionError), match=r"tidak terbaca|reset|pipe"):
            ask(tmp_path / "i", {}, timeout_s=10)
        thread.join()


def other_group() -> int:
    """A group that is not the process's first one, where it may give files away."""
    if os.geteuid() == 0:
        return 54321
    return next((one for one in os.getgroups() if one != os.getgid()), os.getgid())


def test_the_group_may_be_a_number_or_a_name(tmp_path: Path) -> None:
    own = grp.getgrgid(os.getgid()).gr_name
    for number, (group, wanted) in enumerate(((str(other_group()), other_group()), (own, os.getgid()))):
        path = tmp_path / str(number) / "i"
        listen(path, group).close()
        assert (path.stat().st_gid, path.parent.stat().st_gid) == (wanted, wanted)
        assert [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)] == [0o660, 0o750]
    with pytest.raises(LookupError):
        listen(tmp_path / "x" / "i", "grup-yang-tidak-ada")


def test_the_folder_is_made_and_what_others_could_do_in_it_is_taken_back(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir(parents=True, mode=0o777)
    before = os.umask(0o022)
    try:
        listen(folder / "i").close()
        listen(tmp_path / "c" / "d" / "i").close()
        assert os.umask(0o022) == 0o022  # the process's own is put back
    finally:
        os.umask(before)
    for one in (folder, tmp_path / "c" / "d"):
        assert stat.S_IMODE(one.stat().st_mode) == 0o700
        assert stat.S_IMODE((one / "i").stat().st_mode) == 0o600


def test_two_issuers_do_not_share_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "i"
    with answering(path, lambda _: {"status": 200}):
        with pytest.raises(OSError, match=f"penerbit izin lain sudah memakai {path}"):
            listen(path)
        assert ask(path, {}) == {"status": 200}


# --- the keys -----------------------------------------------------------------------------------------------------

CONFIGURATION = "/.well-known/openid-configuration"


@pytest.fixture
def idp() -> Iterator[Idp]:
    with running() as made:
        yield made


def test_keys_are_kept_to_the_second_and_by_issuer() -> None:
    clock, asked = [100.0], list[str]()

    def fetch(issuer: str) -> dict[str, Any]:
        asked.append(issuer)
        return {issuer: {}}

    cache = KeyCache(fetch, now=lambda: clock[0])
    cache("a")
    clock[0] += KEPT_S
    assert set(cache("a")) == {"a"}
    assert asked == ["a"]
    clock[0] += 0.001
    cache("a")
    assert asked == ["a", "a"]
    cache("b")
    cache("a")
    assert asked == ["a", "a", "b", "a"]


def test_an_issuer_with_a_slash_at_its_end_is_another_name_and_the_same_address(idp: Idp) -> None:
    config = idp.pages.pop(CONFIGURATION)
    idp.pages[f"/X{CONFIGURATION}"] = {**config, "issuer": f"{idp.url}/X/"}
    assert set(fetch_keys(f"{idp.url}/X/")) == {"k1", "k2"}
    with pytest.raises(TemporaryError, match="menyebut dirinya"):
        fetch_keys(f"{idp.url}/X")


def test_no_proxy_is_asked(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert set(fetch_keys(idp.url)) == {"k1", "k2"}


@pytest.mark.parametrize("page", [CONFIGURATION, "/keys"])
def test_a_redirect_is_not_followed_even_to_a_good_answer(idp: Idp, page: str) -> None:
    idp.pages["/baik"] = idp.pages[page]

    def elsewhere(handler: Any) -> None:
        handler.send_response(302)
        handler.send_header("Location", f"{idp.url}/baik")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    idp.pages[page] = elsewhere
    with pytest.raises(TemporaryError, match="302") as caught:
        fetch_keys(idp.url)
    assert caught.value.code == "FORGE-031"
    assert cast(HTTPError, caught.value.__cause__).closed


def test_only_a_plain_yes_is_an_answer(idp: Idp) -> None:
    body = json.dumps(idp.pages["/keys"]).encode()

    def partial(handler: Any) -> None:
        handler.send_response(203)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    idp.pages["/keys"] = partial
    with pytest.raises(TemporaryError, match="jawaban 203 dari"):
        fetch_keys(idp.url)


def test_an_answer_may_be_as_long_as_its_limit(idp: Idp) -> None:
    body = json.dumps(idp.pages["/keys"]).encode()
    idp.pages["/keys"] = body + b" " * (jwks.LIMIT - len(body))
    assert set(fetch_keys(idp.url)) == {"k1", "k2"}
    idp.pages["/keys"] += b" "
    with pytest.raises(TemporaryError, match="FORGE-031"):
        fetch_keys(idp.url)


def test_an_answer_without_end_is_not_read_to_its_end(idp: Idp) -> None:
    left = []

    def endless(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(1000):
                handler.wfile.write(b" " * 65536)
        except OSError:
            left.append("the reader")

    idp.pages["/keys"] = endless
    with pytest.raises(TemporaryError, match="FORGE-031"):
        fetch_keys(idp.url)
    until(lambda: left)


def test_an_issuer_has_one_to_fifty_keys_each_with_a_name(idp: Idp) -> None:
    small = {"kty": "RSA"}
    idp.pages["/keys"] = {"keys": [{**small, "kid": f"k{n}"} for n in range(50)]}
    assert fetch_keys(idp.url)["k49"] == {**small, "kid": "k49"}
    for keys in ([], [{**small, "kid": f"k{n}"} for n in range(51)], {"kid": "a"}):
        idp.pages["/keys"] = {"keys": keys}
        with pytest.raises(TemporaryError, match="tidak memberi kunci"):
            fetch_keys(idp.url)
    for kid in ("", 1, None):
        idp.pages["/keys"] = {"keys": [{**small, "kid": kid}]}
        with pytest.raises(TemporaryError, match="tanpa kid"):
            fetch_keys(idp.url)


@pytest.mark.parametrize("address", ["{url}:1/keys", "ftp://127.0.0.1/keys", None])
def test_keys_come_from_the_issuers_own_host_and_port(idp: Idp, address: str | None) -> None:
    idp.pages[CONFIGURATION]["jwks_uri"] = address and address.replace("{url}", "http://127.0.0.1")
    with pytest.raises(TemporaryError, match="ada di tempat lain"):
        fetch_keys(idp.url)


def test_a_key_server_that_says_nothing_is_not_waited_for(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "TIMEOUT_S", 0.1)
    given_up = threading.Event()

    def silent(handler: Any) -> None:
        given_up.wait(10)

    idp.pages["/keys"] = silent
    try:
        with pytest.raises(TemporaryError, match="timed out"):
            fetch_keys(idp.url)
    finally:
        given_up.set()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = rsa_key("tls")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "forge uji")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "ca.pem", folder / "kunci.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files


def test_keys_over_tls_need_the_named_certificate_authority(tmp_path: Path, idp: Idp) -> None:
    ca, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca, key)
    server: http.server.HTTPServer = idp.server
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = idp.url.replace("http:", "https:")
    idp.pages[CONFIGURATION] = {"issuer": url, "jwks_uri": f"{url}/keys"}
    idp.pages["/keys"] = {"keys": [jwk("k1")]}
    assert set(fetch_keys(url, str(ca))) == {"k1"}
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    with pytest.raises(TemporaryError, match="CERTIFICATE_VERIFY_FAILED"):
        fetch_keys(url)
