"""What a forge says of groups, environments, deployments, releases, labels and its job tokens: values of the port."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RemoteGroup:
    """A group, an organisation, or the user who owns the projects."""

    id: int
    path: str
    level: int | None
    """The bot's own level there; None = it is no member."""
    plan: str | None
    """`free`, `team` …, where the forge tells the bot (GitHub: only to owners)."""


@dataclass(frozen=True)
class Environment:
    name: str
    production: bool


@dataclass(frozen=True)
class EnvironmentRule:
    """From where one may deploy to an environment. `only_named` False: from any branch and tag."""

    only_named: bool
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    reviewers: int = 0
    """People or teams that are asked first."""


@dataclass(frozen=True)
class Deployment:
    """One deployment to an environment, with GitLab's words for its status."""

    id: int
    environment: str
    ref: str
    sha: str
    status: str
    created_at: datetime


@dataclass(frozen=True)
class RemoteRelease:
    tag: str
    name: str
    released_at: datetime | None


@dataclass(frozen=True)
class LabelEvent:
    """A label put on an issue or taken off. `label` None: the label itself is gone; `user_id` None: the person is."""

    label: str | None
    added: bool
    user_id: int | None
    username: str
    at: datetime


@dataclass(frozen=True)
class TokenIssuer:
    """Who signs the ID tokens of jobs, in its own words (OpenID discovery)."""

    issuer: str
    keys_url: str
