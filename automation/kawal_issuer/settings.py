"""`penerbit.json`: what kawal tells the issuer when it sets it up. Strict JSON; relative paths start at the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from kawal.errors import InputError
from kawal.ledger.fields import Slug, Url, Value
from kawal_seal import strictjson
from kawal_seal.errors import SealError

FILE = "penerbit.json"
PathText = Annotated[str, Field(min_length=1, max_length=4000)]


class ForgeSettings(Value):
    kind: Literal["gitlab", "github"]
    url: Url
    token_file: PathText
    """The bot's token; the issuer only reads the forge."""
    ca_file: PathText | None
    timeout_s: Annotated[int, Field(ge=1, le=300)]


class Settings(Value):
    schema_: Literal[1] = Field(default=1, alias="schema")
    instance: Slug
    forge: ForgeSettings
    ledger: PathText
    content: PathText
    permit_key: PathText
    checkpoint_key: PathText

    def to_json(self) -> bytes:
        """What kawal writes to `penerbit.json`."""
        return strictjson.dumps(self.model_dump(by_alias=True))


def load_settings(folder: Path) -> Settings:
    """Settings with absolute paths, or InputError KONF-030."""
    path = folder / FILE
    try:
        value = strictjson.loads(path.read_bytes())
        settings = Settings.model_validate_json(json.dumps(value))
    except (OSError, SealError, ValidationError) as error:
        raise InputError(
            "KONF-030", f"{path} tidak terbaca: {error}", needed="berkas buatan kawal"
        ) from error

    def absolute(text: str) -> str:
        return str((folder / text).resolve())

    forge = settings.forge
    return settings.model_copy(
        update={
            "ledger": absolute(settings.ledger),
            "content": absolute(settings.content),
            "permit_key": absolute(settings.permit_key),
            "checkpoint_key": absolute(settings.checkpoint_key),
            "forge": forge.model_copy(
                update={
                    "token_file": absolute(forge.token_file),
                    "ca_file": None if forge.ca_file is None else absolute(forge.ca_file),
                }
            ),
        }
    )
