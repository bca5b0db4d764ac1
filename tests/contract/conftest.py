"""One running embedded forge for the contract suite, and the adapters that have to pass it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from forge_latihan import ForgeLatihan, forge_latihan
from kawal.forges.gitlab import GitLabForge


@pytest.fixture(scope="session")
def latihan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgeLatihan]:
    with forge_latihan(tmp_path_factory.mktemp("latihan")) as forge:
        yield forge


@pytest.fixture(scope="session", params=["gitlab"])
def adapter(request: pytest.FixtureRequest, latihan: ForgeLatihan) -> GitLabForge:
    """The forge as the bot sees it: a user without admin rights who may create groups."""
    _, token = latihan.user("kawal-bot", name="Bot Kawal")
    return GitLabForge(latihan.url, token, timeout=20)
