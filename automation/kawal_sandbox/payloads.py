"""Bodies of project hooks, as GitLab sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kawal_sandbox.forge import Event, Forge


def build(forge: Forge, event: Event) -> dict[str, Any] | None:
    """The hook body of an event; None when GitLab would not send one."""
    if "payload" in event.data:
        payload: dict[str, Any] = event.data["payload"]
        return payload
    return None
