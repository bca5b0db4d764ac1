"""One embedded forge for the SOP stories, with runners that play recorded reports back (see pemutar.py)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from kantor_sop import DATA, runners_file  # noqa: E402

from forge_latihan import ForgeLatihan, forge_latihan  # noqa: E402


@pytest.fixture(scope="session")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForgeLatihan]:
    folder = tmp_path_factory.mktemp("forge-sop")
    options = ("--runner", "--runner-berkas", str(runners_file(folder, DATA)))
    with forge_latihan(folder / "forge", *options) as running:
        yield running
