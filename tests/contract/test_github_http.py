"""The GitHub client within GitHub's limits: it waits as told, paces what it creates, and asks again without being counted."""

from __future__ import annotations

import json

import pytest

from forge_latihan import ForgeLatihan
from kawal.errors import InputError, TemporaryError
from kawal.forges.github_conditional import KEPT, OLDEST_S, Conditional
from kawal.forges.github_errors import seconds_to_wait
from kawal.forges.github_http import GitHubHttp
from kawal.forges.github_pace import BETWEEN_WRITES_S, SECONDARY_S, Pace
from scripted_server import Reply, scripted_server


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_github_com_gets_one_write_a_second_eighty_creations_a_minute_and_no_more_in_an_hour() -> None:
    clock = Clock()
    pace, waits = Pace(public=True, now=clock), []
    for _ in range(501):
        waits.append(pace.before("POST", longest=10_000))
        clock.now += waits[-1]

    assert waits[:3] == [0, BETWEEN_WRITES_S, BETWEEN_WRITES_S]
    assert clock.now - 1000 >= 3600  # the 501st creation falls into the next hour
    assert waits[500] > 2900
    assert pace.before("GET", longest=1) == 0  # reading is not held back by that


def test_a_creation_that_would_have_to_wait_too_long_takes_no_place() -> None:
    clock = Clock()
    pace = Pace(public=True, now=clock)
    for _ in range(500):
        clock.now += pace.before("POST", longest=10_000)
    assert pace.before("POST", longest=30) > 30
    later = pace.before("POST", longest=30)
    clock.now += later
    assert pace.before("POST", longest=30) <= BETWEEN_WRITES_S


def test_what_one_thread_was_told_holds_for_all_and_a_server_of_ones_own_is_not_paced() -> None:
    clock = Clock()
    pace = Pace(public=False, now=clock)
    assert [pace.before("POST", longest=30) for _ in range(200)] == [0] * 200
    pace.told(20)
    assert (pace.before("GET", longest=30), pace.before("POST", longest=30)) == (20, 20)
    clock.now += 20
    assert pace.before("GET", longest=30) == 0


@pytest.mark.parametrize(
    ("headers", "message", "attempt", "wait"),
    [
        ({"retry-after": "7"}, "You have exceeded a secondary rate limit", 1, 7),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1060"}, "API rate limit exceeded", 1, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "900"}, "API rate limit exceeded", 1, 0),
        ({}, "You have exceeded a secondary rate limit.", 1, SECONDARY_S),
        ({}, "You have exceeded a secondary rate limit.", 3, 4 * SECONDARY_S),
        ({"retry-after": "soon"}, "Retry later", 1, 0.5),
    ],
)
def test_the_wait_is_the_one_that_github_names(
    headers: dict[str, str], message: str, attempt: int, wait: float
) -> None:
    assert seconds_to_wait({"message": message}, headers, 1000, 0.5, attempt) == wait


def http(url: str, waits: list[float]) -> GitHubHttp:
    return GitHubHttp(url, "t", timeout=5, sleep=waits.append)


def test_a_secondary_limit_stops_everything_and_says_until_when() -> None:
    limit = Reply(403, json.dumps({"message": "You have exceeded a secondary rate limit."}).encode())
    waits: list[float] = []
    with scripted_server(lambda _request, _number: limit) as server:
        client = http(server.url, waits)
        for _ in range(2):
            with pytest.raises(TemporaryError, match="membatasi"):
                client.get("/user")
        assert len(server.seen) == 1  # a minute has to pass before anything is asked again
    assert waits == []


def test_unchanged_answers_do_not_count_and_are_the_same(latihan: ForgeLatihan) -> None:
    bot = latihan.user("kawal-bot")[1]
    client = GitHubHttp(latihan.url, bot, timeout=20)

    def used() -> int:
        headers, _ = client.send("GET", "/users/root")
        return int(headers["x-ratelimit-used"])

    client.get("/user")
    before = used()
    first = [client.get("/user") for _ in range(5)]
    assert used() == before
    assert all(one["login"] == "kawal-bot" for one in first)
    statuses = [row["status"] for row in latihan.requests() if row["path"].startswith("/api/v3/user")][-5:]
    assert set(statuses) == {304}


def test_a_change_is_seen_at_once_and_a_write_forgets_everything(latihan: ForgeLatihan) -> None:
    bot = latihan.user("kawal-bot")[1]
    client = GitHubHttp(latihan.url, bot, timeout=20)
    made = client.post("/user/repos", {"name": "bersyarat", "private": True})
    path = f"/repositories/{made['id']}/labels"
    before = [row["name"] for row in client.all(path)]
    latihan.ok("POST", f"/projects/{made['id']}/labels", {"name": "baru", "color": "#ff0000"}, token=bot)

    assert [row["name"] for row in client.all(path) if row["name"] not in before] == ["baru"]
    client.post(path, {"name": "lain", "color": "00ff00"})
    assert client._kept.find(f"{path}?[('per_page', '100')]") is None


def test_a_spoiled_answer_does_not_stay() -> None:
    bodies = (b'"no list"', b"[]")
    with scripted_server(
        lambda _, number: Reply(200, bodies[number - 1], {"ETag": '"a"', "Content-Type": "application/json"})
    ) as server:
        client = http(server.url, [])
        with pytest.raises(InputError):
            client.all("/repositories/1/labels")
        assert client.all("/repositories/1/labels") == []
        assert not any("If-None-Match" in request.headers for request in server.seen)


def test_kept_answers_grow_old_and_few() -> None:
    clock = Clock()
    kept = Conditional(now=clock)
    for number in range(KEPT + 5):
        kept.keep(f"/{number}", f"/{number}", {"etag": '"x"'}, number)
    assert kept.find("/4") is None
    found = kept.find(f"/{KEPT}")
    assert found is not None
    assert found.body == KEPT
    clock.now += OLDEST_S + 1
    assert kept.find(f"/{KEPT}") is None
    kept.keep("/besar", "/besar", {"etag": '"x"', "content-length": "99999999"}, 1)
    assert kept.find("/besar") is None
