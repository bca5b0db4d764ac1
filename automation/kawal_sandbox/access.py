"""Who is calling and how much they may do: identities from tokens, access levels from memberships."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kawal_sandbox.errors import ApiError, unauthorized
from kawal_sandbox.store import Row, Store, today

NONE, MINIMAL, GUEST, PLANNER, REPORTER, DEVELOPER, MAINTAINER, OWNER, ADMIN = (
    0,
    5,
    10,
    15,
    20,
    30,
    40,
    50,
    60,
)
LEVEL_NAMES = {
    NONE: "No one",
    DEVELOPER: "Developers + Maintainers",
    MAINTAINER: "Maintainers",
    ADMIN: "Admin",
}
LEVELS = (MINIMAL, GUEST, PLANNER, REPORTER, DEVELOPER, MAINTAINER, OWNER)


@dataclass(frozen=True)
class JobIdentity:
    """A running CI job that calls with its CI_JOB_TOKEN; acts with the level of `user_id`."""

    job_id: int
    project_id: int
    user_id: int


@dataclass(frozen=True)
class Identity:
    user: Row
    scopes: frozenset[str]
    token_id: int | None = None
    job: JobIdentity | None = None


JobLookup = Callable[[str], JobIdentity | None]


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def identity_of_token(store: Store, token: str) -> Identity:
    """The owner of a personal, project or group access token; 401 when it is unknown, revoked or expired."""
    row = store.one("SELECT * FROM tokens WHERE digest = ?", token_digest(token))
    if row is None:
        raise unauthorized()
    if row["revoked"] or (row["expires_at"] and row["expires_at"] <= today()):
        text = (
            "Token was revoked. You have to re-authorize from the user."
            if row["revoked"]
            else "Token is expired."
        )
        raise ApiError(401, {"error": "invalid_token", "error_description": text})
    user = store.get("users", row["user_id"])
    if user["state"] != "active":
        raise ApiError(403, {"message": "403 Forbidden - Your account has been blocked."})
    return Identity(user, frozenset(row["scopes"].split()), token_id=row["id"])


def identity_of_job(store: Store, lookup: JobLookup, token: str) -> Identity:
    job = lookup(token)
    if job is None:
        raise unauthorized()
    return Identity(store.get("users", job.user_id), frozenset({"api"}), job=job)


def check_scope(identity: Identity, writes: bool) -> None:
    """403 insufficient_scope unless the token carries `api` (or `read_api` for reading)."""
    if "api" in identity.scopes or (not writes and "read_api" in identity.scopes):
        return
    wanted = "api" if writes else "api read_api"
    text = "The request requires higher privileges than provided by the access token."
    raise ApiError(403, {"error": "insufficient_scope", "error_description": text, "scope": wanted})


class Access:
    """Access levels: the highest of a user's memberships on the project, its groups and the groups invited to them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def project_level(self, project: Row, user: Row | None) -> int:
        """Level of the user on the project, without the administrator's override."""
        if user is None:
            return NONE
        namespace = self._store.get("namespaces", project["namespace_id"])
        if namespace["kind"] == "user" and namespace["owner_id"] == user["id"]:
            return OWNER
        direct = self._direct("project", [project["id"]], user["id"])
        return max(direct, self.group_level(namespace, user))

    def group_level(self, namespace: Row, user: Row | None) -> int:
        if user is None:
            return NONE
        return self._direct("group", trail_ids(namespace), user["id"])

    def effective(self, level: int, user: Row | None) -> int:
        """Administrators act as owners everywhere."""
        return OWNER if user is not None and user["admin"] else level

    def members(self, source: str, source_id: int, namespace: Row) -> list[Row]:
        """Everyone with access, inherited and invited included, at their highest level, one row a user."""
        sources = [("group", id_) for id_ in trail_ids(namespace)]
        if source == "project":
            sources.append(("project", source_id))
        best: dict[int, Row] = {}
        for kind, id_ in sources:
            for row in [*self._rows(kind, id_), *self._invited(kind, id_)]:
                if row["user_id"] not in best or best[row["user_id"]]["access_level"] < row["access_level"]:
                    best[row["user_id"]] = row
        return sorted(best.values(), key=lambda row: int(row["user_id"]))

    def _rows(self, source: str, source_id: int) -> list[Row]:
        return self._store.all(
            "SELECT * FROM members WHERE source = ? AND source_id = ? AND (expires_at IS NULL OR expires_at > ?)",
            source,
            source_id,
            today(),
        )

    def _invited(self, source: str, source_id: int) -> list[Row]:
        return self._store.all(
            "SELECT m.id, m.source, m.source_id, m.user_id, min(m.access_level, s.access_level) AS access_level, "
            " m.expires_at, m.created_by, m.created_at"
            " FROM shares s JOIN members m ON m.source = 'group' AND m.source_id = s.group_id"
            " WHERE s.source = ? AND s.source_id = ? AND (s.expires_at IS NULL OR s.expires_at > ?) AND (m.expires_at IS NULL OR m.expires_at > ?)",
            source,
            source_id,
            today(),
            today(),
        )

    def _direct(self, source: str, ids: list[int], user_id: int) -> int:
        marks = ", ".join("?" * len(ids))
        level = self._store.value(
            "SELECT max(level) FROM ("  # noqa: S608
            f" SELECT max(access_level) AS level FROM members WHERE user_id = ? AND source = ? AND source_id IN ({marks})"
            "  AND (expires_at IS NULL OR expires_at > ?)"
            " UNION ALL SELECT max(min(m.access_level, s.access_level)) FROM shares s JOIN members m"
            f"  ON m.source = 'group' AND m.source_id = s.group_id WHERE m.user_id = ? AND s.source = ? AND s.source_id IN ({marks})"
            "  AND (s.expires_at IS NULL OR s.expires_at > ?) AND (m.expires_at IS NULL OR m.expires_at > ?))",
            user_id,
            source,
            *ids,
            today(),
            user_id,
            source,
            *ids,
            today(),
            today(),
        )
        return int(level or NONE)


def trail_ids(namespace: Row) -> list[int]:
    """Ids of the groups from the top down to this one."""
    return [int(part) for part in namespace["trail"].strip("/").split("/")]


def visible_to(visibility: str, level: int, user: Row | None) -> bool:
    """May this caller know that the thing exists?"""
    if visibility == "public":
        return True
    if visibility == "internal" and user is not None:
        return True
    return level >= MINIMAL


def level_description(level: int) -> str:
    return LEVEL_NAMES.get(level, str(level))


def level_from(value: Any) -> int:
    """An access level parameter; 400 when GitLab would not know it."""
    try:
        level = int(value)
    except (TypeError, ValueError):
        raise ApiError(400, {"error": "access_level is invalid"}) from None
    if level not in LEVELS:
        raise ApiError(400, {"error": "access_level does not have a valid value"})
    return level
