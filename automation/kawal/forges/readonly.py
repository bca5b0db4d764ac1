"""A forge that cannot write: what plans, `periksa` and `buktikan` are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from kawal.forges.port import ReadForge

READ_METHODS = tuple(
    name for name, value in vars(ReadForge).items() if callable(value) and not name.startswith("_")
)


class ReadOnly:
    """Passes the reads of the port on and has no other method, whatever the forge behind it can do."""

    def __init__(self, forge: ReadForge) -> None:
        self._forge = forge


def _passed_on(name: str) -> Callable[..., Any]:
    def method(self: ReadOnly, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._forge, name)(*args, **kwargs)

    method.__name__ = name
    return method


for _name in READ_METHODS:
    setattr(ReadOnly, _name, _passed_on(_name))


def read_only(forge: ReadForge) -> ReadForge:
    """`forge` without its writes."""
    return cast(ReadForge, ReadOnly(forge))
