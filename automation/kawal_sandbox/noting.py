"""Writing notes, the forge's own (system) ones included."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from kawal_sandbox.store import now

if TYPE_CHECKING:
    from kawal_sandbox.forge import Forge


def write(
    forge: Forge,
    target: str,
    target_id: int,
    project_id: int,
    author_id: int,
    body: str,
    *,
    system: bool = False,
    internal: bool = False,
    discussion_id: str | None = None,
    resolvable: bool = False,
) -> int:
    """A note on an `issue` or `mr`; its id."""
    moment = now()
    return forge.store.insert(
        "notes",
        target=target,
        target_id=target_id,
        project_id=project_id,
        author_id=author_id,
        body=body,
        system=int(system),
        internal=int(internal),
        discussion_id=discussion_id or secrets.token_hex(20),
        resolvable=int(resolvable),
        created_at=moment,
        updated_at=moment,
    )
