"""Puts `tests/` on the path, so that every area can use the helpers beside this file; the small office that several areas share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kantor import Kantor, small_office


@pytest.fixture(scope="session")
def kantor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kantor]:
    """One small office on the embedded forge for the whole session; tests bring their own applications."""
    with small_office(tmp_path_factory.mktemp("kantor")) as office:
        yield office


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the office stays on one worker: one forge, no two heavy runs at once."""
    for item in items:
        if "kantor" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("kantor"))
