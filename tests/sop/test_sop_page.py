"""The files that docs/pengguna/sop.md shows are taken as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from kawal.sop.loader import load_calendar_file, load_dinas_policy, load_profiles

PAGE = (Path(__file__).parents[2] / "docs" / "pengguna" / "sop.md").read_text("utf-8")


def block(first: str) -> str:
    """The indented block that begins with this line."""
    found = re.search(rf"((?:^|\n)    {re.escape(first)}\n(?:    .*\n)+)", PAGE)
    assert found is not None, first
    return dedent(found[1].lstrip("\n"))


def test_calendar() -> None:
    found = load_calendar_file(block("schema: 1").encode(), "kalender.yml").value
    assert [one.name for one in found.seasons] == ["Ramadan 1448 H"]
    assert len(found.added) == 1


def test_decisions_of_the_dinas() -> None:
    text = f"schema: 1\njenis: kebijakan-dinas\nnama: Contoh\n{block('daftar:')}"
    profiles = [one.value for one in load_profiles().values()]
    (entry,) = load_dinas_policy(text.encode(), profiles, "kebijakan.yml").value.authorities
    assert entry.off[0].signoff == "persandian"
    assert entry.decided is not None
