"""Puts `tests/` on the path, so that every area can use the helpers beside this file; the small office that several areas share."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kantor import Kantor, small_office

GROUP = re.compile(r"xdist_group\(\"([a-z0-9-]+)\"\)|\b(kantor): Kantor")


def pytest_configure() -> None:
    """A suite that a shell started in the background ignores Ctrl-C, and so would every process that it starts and interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def kantor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kantor]:
    """One small office on the embedded forge for the whole session; tests bring their own applications."""
    with small_office(tmp_path_factory.mktemp("kantor")) as office:
        yield office


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadgroup`: tests of one file that names a group go to one worker, as do all files of that group.

    pytest-xdist 3.8 tells the groups by a suffix of the node id, which pytest 9.2 computes anew: every test would be a group of
    its own, and what a module sets up for all its tests (a whole demo) would run once on each worker.
    """
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc, unused-ignore]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(config.rootpath / nodeid.partition("::")[0]) or nodeid

    return ByFile(config, log)


@cache
def group_of(file: Path) -> str | None:
    """The group that a test file names, by its mark or by using the office."""
    found = GROUP.search(file.read_text("utf-8")) if file.is_file() else None
    return (found[1] or found[2]) if found else None
