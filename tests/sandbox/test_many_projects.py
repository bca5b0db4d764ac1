"""5,000 projects: a page of them costs as many statements as a page of 200, and walking all of them finds each once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sandbox_client import ROOT, Client

from kawal_sandbox.server import Server, start

FEW, MANY = 200, 5_000
LISTS = (
    "/projects?per_page=100",
    "/projects?membership=true&per_page=100",
    "/projects?pagination=keyset&order_by=id&per_page=100",
    "/groups/dinas/projects?include_subgroups=true&per_page=100",
)


@contextmanager
def forge_with(folder: Path, count: int) -> Iterator[tuple[Server, Client]]:
    """`count` private projects of one group, and a member of it who lists them. Rows alone: what is listed needs no repository."""
    server = start(folder, admin_token=ROOT)
    try:
        root = Client(server.url, ROOT)
        body = {"username": "bot", "name": "bot", "email": "bot@contoh.go.id"}
        user = root.post("/users", body | {"force_random_password": True, "skip_confirmation": True})["id"]
        token = root.post(f"/users/{user}/personal_access_tokens", {"name": "t", "scopes": ["api"]})["token"]
        bot = Client(server.url, token)
        group = bot.post("/groups", {"path": "dinas", "name": "dinas"})["id"]
        first = bot.post("/projects", {"name": "app-0", "namespace_id": group, "visibility": "private"})["id"]
        store = server.forge.store
        row = {key: value for key, value in store.get("projects", first).items() if key != "id"}
        with store.tx():
            for number in range(1, count):
                name = f"app-{number}"
                store.insert("projects", **{**row, "path": name, "name": name, "full_path": f"dinas/{name}"})
        yield server, bot
    finally:
        server.stop()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Client]]:
    with forge_with(tmp_path_factory.mktemp("banyak"), MANY) as made:
        yield made


@contextmanager
def counted(server: Server) -> Iterator[list[str]]:
    """Every statement the forge runs meanwhile."""
    store: Any = server.forge.store
    asked: list[str] = []
    kept = {name: getattr(store, name) for name in ("all", "one")}

    def counting(name: str) -> Any:
        def call(sql: str, *args: Any) -> Any:
            asked.append(sql)
            return kept[name](sql, *args)

        return call

    for name in kept:
        setattr(store, name, counting(name))
    try:
        yield asked
    finally:
        for name in kept:
            delattr(store, name)


def test_a_page_costs_the_same_however_many_projects_there_are(
    many: tuple[Server, Client], tmp_path: Path
) -> None:
    costs = []
    with forge_with(tmp_path, FEW) as few:
        for server, bot in (few, many):
            told = {}
            for path in LISTS:
                with counted(server) as asked:
                    assert len(bot.get(path)) == 100
                told[path] = len(asked)
            costs.append(told)

    assert costs[0] == costs[1]
    assert min(costs[1].values()) > 0


def test_every_project_comes_once_by_keyset_and_by_offset(many: tuple[Server, Client]) -> None:
    _, bot = many
    found: list[int] = []
    path = LISTS[2]
    while path:
        page = bot("GET", path)
        found += [row["id"] for row in page.json]
        following = re.search(r'<[^>]*/api/v4([^>]*)>; rel="next"', page.headers.get("Link") or "")
        path = following[1] if following else ""
    last = bot("GET", f"{LISTS[0]}&page={MANY // 100}")

    assert len(found) == len(set(found)) == MANY
    assert (last.headers["X-Total"], last.headers["X-Next-Page"]) == (str(MANY), "")
    assert len(last.json) == 100


def test_one_of_them_is_found_by_path_and_by_search(many: tuple[Server, Client]) -> None:
    _, bot = many

    assert bot.get("/projects/dinas%2Fapp-4321")["name"] == "app-4321"
    assert [row["name"] for row in bot.get("/projects?search=app-4999")] == ["app-4999"]
