"""Runs git without anything of the machine's own configuration."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ZERO = "0" * 40


class GitError(Exception):
    """git said no; `stderr` holds its words."""

    def __init__(self, args: tuple[str, ...], returncode: int, stderr: str) -> None:
        super().__init__(f"git {' '.join(args)}: {stderr.strip()}")
        self.returncode, self.stderr = returncode, stderr


def clean_env(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """PATH and locale only: no global configuration, no credential helper, no prompt."""
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.devnull, "LC_ALL": "C.UTF-8"}
    env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    env["GIT_LITERAL_PATHSPECS"] = "1"  # a file called `*` is only that file
    return env | dict(extra or {})


def run_git(
    path: Path,
    *args: str,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    accept: tuple[int, ...] = (0,),
) -> subprocess.CompletedProcess[bytes]:
    """`git -C path args…`; GitError unless the exit code is one of `accept`."""
    done = subprocess.run(
        ["git", "-C", str(path), *args],
        input=stdin if stdin is not None else b"",
        capture_output=True,
        env=clean_env(env),
        check=False,
    )
    if done.returncode not in accept:
        raise GitError(args, done.returncode, done.stderr.decode(errors="replace"))
    return done


def git_text(path: Path, *args: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
    return run_git(path, *args, stdin=stdin, env=env).stdout.decode(errors="replace").rstrip("\n")
