"""What every record type is built on: identity, application, time, and the one way to write it as JSON."""

from __future__ import annotations

import secrets
import uuid
from typing import ClassVar, Literal

from pydantic import Field

from kawal.ledger.fields import AppKey, Id, PathName, Time, Url, Uuid, Value
from kawal_seal import strictjson


def new_id() -> str:
    return str(uuid.uuid4())


def new_nonce() -> str:
    return secrets.token_hex(16)


class Predicate(Value):
    """What every record carries. `app_id` is null only where a record speaks of no application."""

    TYPE: ClassVar[str]

    schema_: Literal[1] = Field(default=1, alias="schema")
    record_id: Uuid = Field(default_factory=new_id)
    app_id: AppKey | None
    issued_at: Time


class AppPredicate(Predicate):
    """A record that always belongs to an application."""

    app_id: AppKey


class ForgeProject(Value):
    kind: Literal["gitlab", "github"]
    url: Url
    project_id: Id
    path: PathName


def dump(value: Value) -> bytes:
    """Strict, sorted, compact JSON of a record or a part of one."""
    return strictjson.dumps(value.model_dump(mode="json", by_alias=True))
