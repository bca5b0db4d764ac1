"""Every way in which one place of a sealed document can be wrong, and what the refusal says: a golden file.

Refresh it, then read the difference in review:  python tests/seal/segel_refusals.py
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kawal_seal import strictjson
from kawal_seal.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from kawal_seal.dsse import STATEMENT_TYPE, Envelope, sign
from kawal_seal.errors import SealError
from kawal_seal.permit import build_permit, parse_permit
from kawal_seal.statement import Statement, Subject
from kawal_seal.trustfile import build_trust, parse_trust

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "segel-penolakan.txt"
NAMES = ("pernyataan", "amplop", "checkpoint", "izin", "izin lanjutan", "kepercayaan")
NOW = 1_795_000_000
WRONG: tuple[Any, ...] = (None, True, -1, 0, 2**53 - 1, "", "x", [], {})
Place = tuple[str | int, ...]


def documents(office: Any) -> dict[str, tuple[bytes, Callable[[bytes], object]]]:
    """Name to a sound document and its reader. `office`: the keys and values of conftest."""
    commit = Subject("git+https://git.contoh.go.id/a", {"gitCommit": "a" * 40, "gitTree": "b" * 40})
    statement = Statement((commit,), "urn:kawal:step:v1", {"schema": 1})
    checkpoint = sign_checkpoint(Checkpoint("kawal:diskominfo/1", 7, "a" * 64, NOW), office.checkpoint)
    envelope = sign(STATEMENT_TYPE, b'{"isi":1}', [office.root])
    continued = office.permit_value()._replace(continues=((3, ("a" * 64, "b" * 64)),))
    return {
        "pernyataan": (statement.to_bytes(), Statement.parse),
        "amplop": (envelope.to_bytes(), Envelope.parse),
        "checkpoint": (checkpoint.payload, parse_checkpoint),
        "izin": (build_permit(office.permit_value()).to_bytes(), parse_permit),
        "izin lanjutan": (build_permit(continued).to_bytes(), parse_permit),
        "kepercayaan": (build_trust(office.trust()).to_bytes(), parse_trust),
    }


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    yield at
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from places(inner, (*at, step))


def variants(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What was done, and the document after it: a place removed, replaced, an unknown field added."""
    for at in places(json.loads(data)):
        name = ".".join(str(step) for step in at) or "akar"
        for number, wrong in enumerate(WRONG):
            yield f"{name} = {json.dumps(WRONG[number])}", replaced(data, at, wrong)
        if at:
            yield f"{name} dibuang", removed(data, at)
        if isinstance(found(json.loads(data), at), dict):
            yield f"{name} + lain", replaced(data, (*at, "lain"), 1)


def found(value: Any, at: Place) -> Any:
    for step in at:
        value = value[step]
    return value


def replaced(data: bytes, at: Place, value: Any) -> bytes:
    if not at:
        return strictjson.dumps(value)
    whole = json.loads(data)
    found(whole, at[:-1])[at[-1]] = value
    return strictjson.dumps(whole)


def removed(data: bytes, at: Place) -> bytes:
    whole = json.loads(data)
    del found(whole, at[:-1])[at[-1]]
    return strictjson.dumps(whole)


def answers(office: Any, name: str) -> Iterator[str]:
    """One line a variant of the named document: what was done, and the refusal (or that it is read)."""
    data, read = documents(office)[name]
    for done, changed in variants(data):
        if name == "izin lanjutan" and "consistency" not in done:
            continue  # the same as of "izin"
        try:
            read(changed)
        except SealError as error:
            yield f"{name}: {done} -> {type(error).__name__}: {error}"
        else:
            yield f"{name}: {done} -> terbaca"


def main() -> None:
    spec = importlib.util.spec_from_file_location("segel_conftest", Path(__file__).with_name("conftest.py"))
    assert spec is not None
    assert spec.loader is not None
    conftest = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conftest)
    lines = [line for name in NAMES for line in answers(conftest.seeded_office(), name)]
    GOLDEN.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
