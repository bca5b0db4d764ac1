"""A project that kawal holds well, and what a test needs to weaken it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from forge_latihan import ForgeLatihan
from kawal.forges.gitlab import GitLabForge
from kawal.forges.readonly import read_only
from kawal.proof.model import Seen
from kawal.services.prove import read_seen

HOOK = "http://127.0.0.1:9/webhook"


@dataclass(frozen=True)
class Wanted:
    ci_config_path: str
    template_project_id: int
    template_commit: str
    bot_user_id: int
    runner_ids: tuple[int, ...] = (2,)
    default_branch: str = "main"
    release_tag: str = "v*"
    protections: str = "ditegakkan"

    def for_project(self, config: object) -> Wanted:
        """One template is pinned: whatever the project runs, the wish stays."""
        return self


@dataclass
class Held:
    """A project as kawal provisions it, and what a test needs to weaken it."""

    forge: ForgeLatihan
    bot: GitLabForge
    bot_token: str
    id: int
    group: str
    wanted: Wanted

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """As the bot, on this project."""
        return self.forge.ok(method, f"/projects/{self.id}{path}", body, token=self.bot_token)

    def group_api(self, method: str, path: str, body: Any = None) -> Any:
        number = self.bot.group_id(self.group)
        return self.forge.ok(method, f"/groups/{number}{path}", body, token=self.bot_token)

    def template_api(self, method: str, path: str, body: Any = None) -> Any:
        return self.forge.ok(
            method, f"/projects/{self.wanted.template_project_id}{path}", body, token=self.bot_token
        )

    def settings(self, **values: Any) -> None:
        self.api("PUT", "", values)

    def want(self, **values: Any) -> None:
        self.wanted = replace(self.wanted, **values)

    def seen(self) -> Seen:
        return read_seen(read_only(self.bot), self.wanted, self.id, HOOK)
