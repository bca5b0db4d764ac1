"""The traps of python-gitlab and HTTP that the transport closes."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from kawal.errors import (
    EXIT_LOGIN,
    EXIT_TEMPORARY,
    ConflictError,
    InputError,
    KawalError,
    LoginError,
    NotFoundError,
    TemporaryError,
)
from kawal.forges.gitlab import GitLabForge
from kawal.forges.gitlab_http import GitLabHttp
from scripted_server import Reply, Request, scripted_server

TOKEN = "rahasia-token"


def http(url: str, waits: list[float] | None = None, timeout: float = 5) -> GitLabHttp:
    return GitLabHttp(url, TOKEN, timeout=timeout, sleep=(waits if waits is not None else []).append)


def said(status: int, body: object) -> Reply:
    return Reply(status, json.dumps(body).encode())


def test_follows_pages_on_the_same_host_even_when_the_link_names_another_one() -> None:
    def answer(request: Request, n: int) -> Reply:
        link = (
            {"Link": '<https://git.example.invalid/api/v4/things?page=2&per_page=100>; rel="next"'}
            if n == 1
            else {}
        )
        return Reply(200, json.dumps([{"n": n}]).encode(), {"Content-Type": "application/json", **link})

    with scripted_server(answer) as server:
        rows = http(server.url).all("/things")

    assert rows == [{"n": 1}, {"n": 2}]
    assert "page=2" in server.seen[1].path


def test_repeats_a_read_after_a_bad_gateway_and_a_dropped_connection() -> None:
    def answer(request: Request, n: int) -> Reply:
        return {1: Reply(502, b"<html>"), 2: Reply(drop=True)}.get(n, said(200, {"ok": True}))

    waits: list[float] = []
    with scripted_server(answer) as server:
        assert http(server.url, waits).get("/things") == {"ok": True}

    assert len(server.seen) == 3
    assert len(waits) == 2


def test_sends_a_creation_only_once_when_its_answer_is_lost() -> None:
    with (
        scripted_server(lambda _request, _n: Reply(drop=True)) as server,
        pytest.raises(TemporaryError),
    ):
        http(server.url).post("/things", {"a": 1})

    assert len(server.seen) == 1


def test_waits_as_long_as_the_forge_asks_but_never_beyond_the_cap() -> None:
    limited = {"Content-Type": "application/json", "Retry-After": "7"}
    waits: list[float] = []
    with scripted_server(
        lambda _r, n: Reply(429, b"{}", limited) if n == 1 else said(201, {"id": 1})
    ) as server:
        assert http(server.url, waits).post("/things", {}) == {"id": 1}
    assert waits == [7.0]

    forever = {"Content-Type": "application/json", "Retry-After": "3600"}
    with scripted_server(lambda _r, _n: Reply(429, b"{}", forever)) as server, pytest.raises(TemporaryError):
        http(server.url, waits).get("/things")
    assert len(server.seen) == 1


def test_takes_no_token_along_to_another_host() -> None:
    with scripted_server(lambda _r, _n: Reply(200, b"bytes")) as store:
        elsewhere = store.url.replace("127.0.0.1", "localhost")
        moved = Reply(302, b"", {"Location": f"{elsewhere}/object"})
        with scripted_server(lambda _r, _n: moved) as server:
            assert http(server.url).raw("/file", limit=100) == b"bytes"

    assert TOKEN in server.seen[0].headers.values()
    assert TOKEN not in store.seen[0].headers.values()


def test_uses_no_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with scripted_server(lambda _r, _n: said(200, {})) as server:
        http(server.url).get("/things")

    assert "Authorization" not in server.seen[0].headers


def test_refuses_a_file_above_the_limit() -> None:
    with (
        scripted_server(lambda _r, _n: Reply(200, b"x" * 200_000)) as server,
        pytest.raises(InputError, match="terlalu besar"),
    ):
        http(server.url).raw("/file", limit=100_000)


def test_a_login_page_with_status_200_is_not_an_answer() -> None:
    page = Reply(200, b"<html>Masuk</html>", {"Content-Type": "text/html"})
    with (
        scripted_server(lambda _r, _n: page) as server,
        pytest.raises(InputError, match="bukan JSON") as caught,
    ):
        http(server.url).get("/things")

    assert "text/html" in caught.value.text()


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (401, {"message": "401 Unauthorized"}, LoginError, "cakupan (scope) api"),
        (
            401,
            {"error": "invalid_token", "error_description": "Token is expired."},
            LoginError,
            "Token is expired.",
        ),
        (403, {"error": "insufficient_scope"}, LoginError, "cakupan (scope) api"),
        (403, {"message": "403 Forbidden"}, LoginError, "hak bot"),
        (404, {"message": "404 Project Not Found"}, NotFoundError, "404 Project Not Found"),
        (409, {"message": "Label already exists"}, ConflictError, "Label already exists"),
        (
            400,
            {"message": {"path": ["has already been taken"]}},
            ConflictError,
            "path: has already been taken",
        ),
        (400, {"message": ["Title is too long"]}, InputError, "Title is too long"),
        (400, {"error": "name is missing"}, InputError, "name is missing"),
        (503, {"message": "down"}, TemporaryError, "percobaan 3 dari 3"),
    ],
)
def test_says_in_our_words_what_the_forge_refused(
    status: int, body: object, error: type[KawalError], words: str
) -> None:
    with scripted_server(lambda _r, _n: said(status, body)) as server, pytest.raises(error) as caught:
        http(server.url).get("/things")

    assert words in caught.value.text()
    assert f"{server.url}/api/v4/things" in caught.value.text()


@pytest.mark.parametrize(
    ("status", "message", "error", "words"),
    [
        (405, "405 Method Not Allowed", ConflictError, "405 Method Not Allowed"),
        (406, "Branch cannot be merged", ConflictError, "Branch cannot be merged"),
        (409, "SHA does not match HEAD of source branch: abc", ConflictError, "SHA does not match"),
        (422, "Branch cannot be merged", ConflictError, "Branch cannot be merged"),
        (401, "401 Unauthorized", LoginError, "Bot tidak boleh menggabungkan merge request !2"),
        (403, "insufficient_scope", LoginError, "cakupan (scope) api"),
    ],
)
def test_a_merge_that_is_refused_is_a_conflict_or_a_missing_right(
    status: int, message: str, error: type[KawalError], words: str
) -> None:
    head = {
        "iid": 2, "title": "a", "state": "opened", "source_branch": "kerja", "target_branch": "main", "sha": "abc",
        "author": {"id": 5}, "detailed_merge_status": "mergeable",
    }  # fmt: skip

    def answer(request: Request, _n: int) -> Reply:
        return said(200, head) if request.method == "GET" else said(status, {"message": message})

    with scripted_server(answer) as server, pytest.raises(error) as caught:
        GitLabForge(server.url, TOKEN, timeout=5, sleep=lambda _: None).merge(1, 2, head_sha="abc")

    assert words in caught.value.text()
    assert "laporkan ini" not in caught.value.text()


def test_a_forge_that_is_not_there_ends_with_exit_5_and_its_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(TemporaryError) as caught:
        http(url).get("/user")

    assert caught.value.exit_code == EXIT_TEMPORARY
    assert url in caught.value.text()
    assert "percobaan 3 dari 3" in caught.value.text()


def test_a_forge_that_never_answers_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TemporaryError, match="batas waktu"):
            http(url, timeout=0.2).get("/user")


def test_a_wrong_token_ends_with_exit_4() -> None:
    with (
        scripted_server(lambda _r, _n: said(401, {"message": "401 Unauthorized"})) as server,
        pytest.raises(LoginError) as caught,
    ):
        http(server.url).get("/user")

    assert caught.value.exit_code == EXIT_LOGIN
    assert TOKEN not in caught.value.text()
