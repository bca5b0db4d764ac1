"""The declared capabilities and the table made from them, held to the port and to the adapters."""

from __future__ import annotations

from pathlib import Path

from kawal.forges import capabilities
from kawal.forges.github import GitHubForge
from kawal.forges.gitlab import GitLabForge
from kawal.forges.port import Forge
from kawal.forges.readonly import READ_METHODS
from kawal.forges.registry import OPENERS

TALK = {
    "read_anew",
    "info",
    "server_time",
    "user_id",
    "user_id_of_email",
    "group_id",
    "tree_id",
    "branch",
    "commit",
    "commits",
}
"""Methods that no edition can lack."""


def test_the_table_is_fresh() -> None:
    file = Path(__file__).parents[2] / "COMPATIBILITY.md"

    assert file.read_text("utf-8") == capabilities.table()


def test_every_method_of_the_port_is_declared() -> None:
    port = {*READ_METHODS, *(name for name in vars(Forge) if not name.startswith("_"))}
    declared = {method for one in capabilities.CAPABILITIES for method in one.methods}

    assert port - declared == TALK


def test_every_registered_adapter_has_every_method() -> None:
    assert set(OPENERS) == {"gitlab", "github"}
    for adapter in (GitLabForge, GitHubForge):
        for one in capabilities.CAPABILITIES:
            assert all(callable(getattr(adapter, method)) for method in one.methods)
