"""Making users, namespaces, tokens and memberships: used by the API and by the first start."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any

from kawal_sandbox.access import token_digest
from kawal_sandbox.store import Store, now

SCOPES = (
    "api",
    "read_api",
    "read_user",
    "create_runner",
    "manage_runner",
    "k8s_proxy",
    "self_rotate",
    "read_repository",
    "write_repository",
    "read_registry",
    "write_registry",
    "sudo",
    "admin_mode",
    "ai_features",
)
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def valid_path(path: str) -> bool:
    """What GitLab takes as the path of a namespace or project."""
    return _PATH.fullmatch(path) is not None and not path.endswith((".git", ".atom", "."))


def create_user(
    store: Store, username: str, name: str, email: str, *, admin: bool = False, bot: bool = False
) -> int:
    """A user with a personal namespace."""
    user_id = store.insert(
        "users", username=username, name=name, email=email, admin=int(admin), bot=int(bot), created_at=now()
    )
    create_namespace(store, "user", name, username, parent_id=None, owner_id=user_id, visibility="private")
    return user_id


def create_namespace(
    store: Store,
    kind: str,
    name: str,
    path: str,
    *,
    parent_id: int | None,
    owner_id: int | None,
    visibility: str,
    data: dict[str, Any] | None = None,
) -> int:
    parent = store.get("namespaces", parent_id) if parent_id else None
    full_path = f"{parent['full_path']}/{path}" if parent else path
    id_ = store.insert(
        "namespaces",
        kind=kind,
        parent_id=parent_id,
        owner_id=owner_id,
        name=name,
        path=path,
        full_path=full_path,
        trail="",
        visibility=visibility,
        data=data or {},
        created_at=now(),
    )
    store.update("namespaces", id_, trail=f"{parent['trail'] if parent else '/'}{id_}/")
    return id_


def create_token(
    store: Store,
    user_id: int,
    name: str,
    scopes: Iterable[str],
    *,
    expires_at: str | None = None,
    source: str = "user",
    source_id: int | None = None,
    token: str | None = None,
) -> tuple[int, str]:
    """A new token: its id and, this one time, its text."""
    text = token or f"glpat-{secrets.token_urlsafe(20)}"
    id_ = store.insert(
        "tokens",
        user_id=user_id,
        name=name,
        digest=token_digest(text),
        scopes=" ".join(scopes),
        source=source,
        source_id=source_id,
        expires_at=expires_at,
        created_at=now(),
    )
    return id_, text


def add_member(
    store: Store,
    source: str,
    source_id: int,
    user_id: int,
    level: int,
    *,
    by: int | None,
    expires_at: str | None = None,
) -> int:
    return store.insert(
        "members",
        source=source,
        source_id=source_id,
        user_id=user_id,
        access_level=level,
        expires_at=expires_at,
        created_by=by,
        created_at=now(),
    )


def ensure_root(store: Store, token: str | None) -> str | None:
    """The administrator `root`. Returns a token only when a random one was made (it cannot be shown again)."""
    with store.tx():
        user_id = store.value("SELECT id FROM users WHERE username = 'root'")
        first = user_id is None
        if first:
            user_id = create_user(store, "root", "Administrator", "admin@example.com", admin=True)
        if token is None:
            return create_token(store, user_id, "awal", ["api"])[1] if first else None
        if store.one("SELECT 1 FROM tokens WHERE digest = ?", token_digest(token)) is None:
            create_token(store, user_id, "awal", ["api"], token=token)
        return None
