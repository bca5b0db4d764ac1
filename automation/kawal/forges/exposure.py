"""What surrounds a project beyond its settings: variables, runners, hooks, credentials, invited groups. None = the forge did not say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

CredentialKind = Literal["deploy_key", "deploy_token", "access_token", "trigger"]
_SECRET_NAME = re.compile(
    r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|PRIVATE|CREDENTIAL|API_?KEY|SSH_?KEY|DEPLOY_?KEY|ACCESS_?KEY|SANDI|KUNCI|KUBECONFIG"
    r"|_PASS$|_PWD$|_KEY$|DATABASE_URL|_DSN$)",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgl(?:pat|ptt|dt|rt)-[\w-]{16,}|\bgh[pousr]_\w{20,}|\bAKIA[0-9A-Z]{16}\b|://[^/\s:@]+:[^/\s:@]+@"
)


@dataclass(frozen=True)
class VariableSeen:
    """A CI variable without its value: only whether name or value look like a credential."""

    owner: str
    """`proyek`, or `grup PATH`."""
    key: str
    scope: str
    protected: bool
    masked: bool
    secret: bool


@dataclass(frozen=True)
class RunnerSeen:
    id: int
    name: str
    serves: Literal["instance", "group", "project"]
    locked: bool | None
    untagged: bool | None
    tags: tuple[str, ...] | None


@dataclass(frozen=True)
class HookSeen:
    id: int
    url: str
    authenticated: bool | None
    """Whether its deliveries carry a secret; None = this forge does not tell."""
    tls_checked: bool
    working: bool


@dataclass(frozen=True)
class CredentialSeen:
    kind: CredentialKind
    name: str
    writes: bool
    level: int
    """Access level it acts with; 0 where the forge knows none."""


@dataclass(frozen=True)
class GroupShare:
    path: str
    level: int


@dataclass(frozen=True)
class Exposure:
    direct_members: frozenset[int]
    """User ids entered on the project itself; all others inherit."""
    shares: tuple[GroupShare, ...] | None
    variables: tuple[VariableSeen, ...] | None
    runners: tuple[RunnerSeen, ...] | None
    hooks: tuple[HookSeen, ...] | None
    credentials: tuple[CredentialSeen, ...] | None
    job_token_guests: tuple[str, ...] | None
    """Other projects and groups whose job tokens may come in."""


def looks_secret(key: str, value: str | None) -> bool:
    """Whether a variable carries a credential, judged by its name or the shape of its value; a hidden value counts as one."""
    return value is None or bool(_SECRET_NAME.search(key)) or bool(_SECRET_VALUE.search(value))
