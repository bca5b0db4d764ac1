"""One embedded forge for all tests that apply plans."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from forge_latihan import ForgeLatihan, forge_latihan
from kawal.forges.gitlab import GitLabForge


@pytest.fixture(scope="session")
def latihan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgeLatihan]:
    with forge_latihan(tmp_path_factory.mktemp("latihan")) as forge:
        for name in ("ani", "budi"):
            forge.user(name)
        yield forge


@pytest.fixture(scope="session")
def bot(latihan: ForgeLatihan) -> GitLabForge:
    _, token = latihan.user("kawal-bot", name="Bot Kawal")
    return GitLabForge(latihan.url, token, timeout=20)
