"""What a verified ID token says about the job that holds it, the same for every forge; each forge's own claims are read beside this."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kawal.errors import LoginError

JTI = re.compile(r"[A-Za-z0-9_-]{8,128}")
NUMBER = re.compile(r"[1-9][0-9]{0,15}")
SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,127}")
SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ENVIRONMENT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class Claims:
    """What the forge says about the asking job; each is compared with the API's own answer afterwards.

    None = this forge's tokens do not say it; the API alone does then.
    """

    issuer: str
    jti: str
    project_id: int
    pipeline_id: int
    job_id: int | None
    runner_id: int | None
    ref: str
    sha: str
    pipeline_source: str
    environment: str | None
    attempt: int | None = None
    """GitHub: which attempt of the run; a job of an earlier one may ask nothing any more."""
    repository: str | None = None
    """GitHub: `owner/name` at the time of the token."""


ClaimsReader = Callable[[dict[str, Any], str], Claims]
"""(payload, issuer) -> claims; LoginError IZIN-001, IZIN-004, IZIN-005 or IZIN-008 when they are not such claims."""


def refuse(number: int, why: str) -> LoginError:
    return LoginError(f"IZIN-{number:03d}", f"Token job ditolak: {why}")


def text(payload: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = payload.get(name)
    if type(value) is not str or not pattern.fullmatch(value):
        raise refuse(1, f"klaim {name} tidak ada atau tidak terbaca")
    return value


def environment(payload: dict[str, Any]) -> str | None:
    value = payload.get("environment")
    if value is not None and (type(value) is not str or not _ENVIRONMENT.fullmatch(value)):
        raise refuse(5, "nama environment tidak dikenal")
    return value
