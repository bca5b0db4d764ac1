"""The bytes of a commit, recomputed from the repository with git alone and compared with what `kemas` put into the registry."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kawal.errors import TemporaryError
from kawal.facts import PACKAGE_FILE, PACKAGE_LIMIT
from kawal.forges.port import Project
from kawal.services.office import Office


@dataclass(frozen=True)
class Build:
    """The bytes of one commit: what `kemas` put into the registry and what kawal recomputed from the repository."""

    commit: str
    tree: str
    registry_sha256: str | None
    recomputed_sha256: str
    files: tuple[str, ...]

    @property
    def sha256(self) -> str | None:
        return self.registry_sha256 if self.registry_sha256 == self.recomputed_sha256 else None


def read_build(office: Office, app_id: str, project: Project, sha: str) -> Build:
    """The package of a commit, recomputed from the repository with git alone."""
    content = office.forge.package_file(project.id, app_id, sha, PACKAGE_FILE, limit=PACKAGE_LIMIT)
    registry = None if content is None else hashlib.sha256(content).hexdigest()
    with tempfile.TemporaryDirectory(prefix="kawal-") as folder:
        repo = Path(folder)
        git = _Git(repo, office.settings.require_token())
        git.run("init", "--quiet", "--bare", ".")
        git.run("fetch", "--quiet", "--depth=1", project.http_url, sha)
        tree = git.run("rev-parse", f"{sha}^{{tree}}").decode().strip()
        files = git.run("ls-tree", "-r", "-z", "--name-only", sha).decode("utf-8", "replace").split("\0")
        archive = git.run("archive", "--format=tar", sha)
    return Build(
        sha, tree, registry, hashlib.sha256(archive).hexdigest(), tuple(name for name in files if name)
    )


class _Git:
    """git without anybody's configuration; the token travels in the environment, never in an argument list."""

    def __init__(self, folder: Path, token: str) -> None:
        basic = base64.b64encode(f"kawal:{token}".encode()).decode()
        self.folder = folder
        self.env = {
            "PATH": os.defpath,
            "HOME": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }

    def run(self, *arguments: str) -> bytes:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=self.env, capture_output=True, check=False, timeout=300
        )
        if done.returncode != 0:
            raise TemporaryError(
                "FORGE-020",
                f"git {arguments[0]} gagal",
                found=done.stderr.decode("utf-8", "replace").strip()[-500:],
                next_step="periksa jaringan ke forge, lalu ulangi perintah yang sama",
            )
        return done.stdout
