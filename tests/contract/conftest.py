"""One running embedded forge for the contract suite, and the adapters that have to pass it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from forge_latihan import ForgeLatihan, forge_latihan
from kawal.forges.github import GitHubForge
from kawal.forges.gitlab import GitLabForge
from kawal.forges.port import Forge


@pytest.fixture(scope="session")
def latihan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgeLatihan]:
    with forge_latihan(tmp_path_factory.mktemp("latihan")) as forge:
        yield forge


@pytest.fixture(scope="session", params=["gitlab", "github"])
def adapter(request: pytest.FixtureRequest, latihan: ForgeLatihan) -> Forge:
    """The forge as the bot sees it: a user without admin rights who may create groups."""
    _, token = latihan.user("kawal-bot", name="Bot Kawal")
    gitlab = GitLabForge(latihan.url, token, timeout=20)
    if request.param == "gitlab":
        return gitlab
    for org in ("kontrak", "fakta"):
        gitlab.create_group(org, org)  # GitHub's API makes no organisations
        latihan.ok("PUT", "/kawal_latihan/github/paket", {"organisasi": org, "paket": "team"})
    return GitHubForge(latihan.url, token, timeout=20)
