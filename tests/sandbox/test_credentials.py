"""Tokens end and are narrow: access tokens of users and projects, deploy tokens for git; variables that show no value."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sandbox_client import Client, new_project, new_user

from kawal_sandbox.server import Server


def day(offset: int) -> str:
    return (datetime.now(UTC) + timedelta(days=offset)).date().isoformat()


def ended(server: Server, table: str, column: str, id_: int) -> None:
    """Time passes: the day on which it ends is today."""
    with server.forge.store.tx():
        row = server.forge.store.get(table, id_)
        value = row[column].replace(day(30), day(0)) if isinstance(row[column], str) else row[column]
        server.forge.store.update(table, id_, **{column: value})


def git(url: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = ["git", "-c", "credential.helper=", *words, url]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=env, timeout=60)


def address(server: Server, project: dict[str, Any], token: str) -> str:
    return f"http://siapa:{token}@{urlsplit(server.url).netloc}/{project['path_with_namespace']}.git"


def test_an_access_token_ends_on_its_day(server: Server, root: Client) -> None:
    _, user = new_user(root)
    body = {"name": "sebulan", "scopes": ["api"], "expires_at": day(30)}
    made = root.post(f"/users/{user['id']}/personal_access_tokens", body)
    client = Client(server.url, made["token"])
    assert client.get("/personal_access_tokens/self")["expires_at"] == day(30)

    ended(server, "tokens", "expires_at", made["id"])
    refused = client("GET", "/user")
    assert (refused.status, refused.json["error"]) == (401, "invalid_token")
    assert "expired" in refused.json["error_description"]


def test_a_token_of_a_project_reaches_that_project_alone(server: Server, root: Client) -> None:
    mine, other = new_project(root), new_project(root)
    body = {"name": "bot", "scopes": ["read_api"], "access_level": 20, "expires_at": day(30)}
    made = root.post(f"/projects/{mine['id']}/access_tokens", body)
    bot = Client(server.url, made["token"])

    assert bot.get(f"/projects/{mine['id']}")["id"] == mine["id"]
    assert bot("GET", f"/projects/{other['id']}").status == 404
    assert bot("POST", f"/projects/{mine['id']}/issues", {"title": "x"}).status == 403


def test_a_deploy_token_fetches_and_does_nothing_else(server: Server, root: Client, tmp_path: Path) -> None:
    mine, other = new_project(root), new_project(root)
    body = {"name": "pasang", "scopes": ["read_repository"], "expires_at": day(30)}
    made = root.post(f"/projects/{mine['id']}/deploy_tokens", body)
    token = made["token"]

    assert git(address(server, mine, token), "ls-remote", cwd=tmp_path).returncode == 0
    assert git(address(server, other, token), "ls-remote", cwd=tmp_path).returncode != 0
    assert Client(server.url, token)("GET", f"/projects/{mine['id']}").status == 401
    clone = tmp_path / "salinan"
    subprocess.run(
        ["git", "clone", "-q", address(server, mine, token), str(clone)], check=True, capture_output=True
    )
    pushed = subprocess.run(
        ["git", "push", "origin", "HEAD:kerja"], cwd=clone, capture_output=True, text=True
    )
    assert pushed.returncode != 0
    assert "403" in pushed.stderr

    ended(server, "deploy_access", "data", made["id"])
    assert root.get(f"/projects/{mine['id']}/deploy_tokens/{made['id']}")["expired"] is True
    assert git(address(server, mine, token), "ls-remote", cwd=tmp_path).returncode != 0


@pytest.mark.parametrize("scopes", [["read_package_registry"], ["read_registry"]])
def test_a_deploy_token_without_the_scope_fetches_nothing(
    scopes: list[str], server: Server, root: Client, tmp_path: Path
) -> None:
    project = new_project(root)
    made = root.post(f"/projects/{project['id']}/deploy_tokens", {"name": "lain", "scopes": scopes})

    assert git(address(server, project, made["token"]), "ls-remote", cwd=tmp_path).returncode != 0


def test_a_hidden_variable_is_never_shown_and_a_masked_one_has_to_be_maskable(root: Client) -> None:
    path = f"/projects/{new_project(root)['id']}/variables"
    hidden = {"key": "RAHASIA", "value": "nilai-panjang", "masked_and_hidden": True, "protected": True}
    root.post(path, hidden)
    shown = root.get(f"{path}/RAHASIA")
    short = root("POST", path, {"key": "PENDEK", "value": "abc", "masked": True})

    assert (shown["value"], shown["hidden"], shown["masked"], shown["protected"]) == (None, True, True, True)
    assert short.status == 400
