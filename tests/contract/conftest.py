"""One running embedded forge for the contract suite, and the four set-ups that have to pass it: each adapter, directly and through faults."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from fault_proxy import SUCCESS_LOST, FaultProxy, fault_proxy
from forge_latihan import ForgeLatihan, forge_latihan
from kawal.forges.github import GitHubForge
from kawal.forges.gitlab import GitLabForge
from kawal.forges.port import Forge

EVERY = 5
SURVIVED = {
    "GET": ("429-tunggu", "502", "ditolak", "menetes", "503", "jawaban-hilang"),
    "PUT": ("429-tunggu", "502", "jawaban-hilang"),
    "PATCH": ("429-tunggu", "502", "jawaban-hilang"),
    "DELETE": ("429-tunggu", "jawaban-hilang"),
    "POST": ("429-tunggu", "menetes", SUCCESS_LOST),
}
"""What one call of the port has to get over by itself. Other faults end it, and the same command again goes on (tests/reconcile)."""
NEVER_LOST = ("/issues", "/notes", "/comments")
"""A test here makes these without a mark, by which a lost answer could be made good. They do get lost in tests/reconcile/test_faults.py."""


@pytest.fixture(scope="session")
def latihan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgeLatihan]:
    with forge_latihan(tmp_path_factory.mktemp("latihan")) as forge:
        yield forge


@pytest.fixture(scope="session")
def proxy(latihan: ForgeLatihan) -> Iterator[FaultProxy]:
    """Spoils every fifth API call of each verb in a way that call has to survive; passes git on."""
    with fault_proxy(latihan.url) as made:
        counts = {method: itertools.count(1) for method in SURVIVED}
        coming = {method: itertools.cycle(faults) for method, faults in SURVIVED.items()}

        def decide(number: int, method: str, path: str) -> str | None:
            if "/api/" not in path or next(counts[method]) % EVERY:
                return None
            fault = next(coming[method])
            lost = fault == SUCCESS_LOST and path.endswith(NEVER_LOST)
            return None if lost else fault

        made.decide = decide
        yield made


@pytest.fixture(scope="session", params=["gitlab", "github", "gitlab-galat", "github-galat"])
def adapter(request: pytest.FixtureRequest, latihan: ForgeLatihan) -> Forge:
    """The forge as the bot sees it: a user without admin rights who may create groups."""
    _, token = latihan.user("kawal-bot", name="Bot Kawal")
    kind, _, faulty = request.param.partition("-")
    url = request.getfixturevalue("proxy").url if faulty else latihan.url
    if kind == "gitlab":
        return GitLabForge(url, token, timeout=20, sleep=lambda _: None)
    for org in ("kontrak", "fakta"):
        GitLabForge(latihan.url, token, timeout=20).create_group(
            org, org
        )  # GitHub's API makes no organisations
        latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": org, "paket": "team"})
    return GitHubForge(url, token, timeout=20, sleep=lambda _: None)
