"""Which of several authorities in one `kawal.yml` a command is for: the one that knows the application or the plan it names."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing

from kawal.errors import InputError
from kawal.settings import Settings, unclear


def routed(found: Mapping[str, Settings], *, app_id: str | None, plan: str | None) -> Settings:
    """The settings meant. InputError KONF-007 when no authority or more than one knows what was named."""
    if len(found) == 1:
        return next(iter(found.values()))
    knowing = [one for one in found.values() if _knows_app(one, app_id) or _knows_plan(one, plan)]
    if len(knowing) == 1:
        return knowing[0]
    if len(knowing) > 1:
        raise _several(knowing, app_id or plan or "")
    raise unclear(found)


def _several(knowing: list[Settings], what: str) -> InputError:
    names = sorted(one.authority for one in knowing)
    return InputError(
        "KONF-007",
        f"{what} ada di lebih dari satu otoritas",
        found=", ".join(names),
        needed="otoritas yang dimaksud",
        next_step=f"kawal --otoritas {names[0]} …",
    )


def _knows_app(settings: Settings, app_id: str | None) -> bool:
    """Looked up in the ledger's own table without opening the ledger: whether it is sound is asked later, by whoever uses it."""
    path = settings.data_dir / "ledger.sqlite3"
    if not app_id or not path.is_file():
        return False
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return db.execute("SELECT 1 FROM entries WHERE app_id = ? LIMIT 1", (app_id,)).fetchone() is not None


def _knows_plan(settings: Settings, plan: str | None) -> bool:
    folder = settings.data_dir / "rencana"
    return bool(plan and plan.isalnum() and any(folder.glob(f"{plan}*.json")))
