"""Test modules and their helpers are imported by their bare names: two files of one name would hide each other."""

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_every_test_module_has_a_name_of_its_own() -> None:
    names = Counter(
        path.name
        for path in TESTS.rglob("*.py")
        if path.name not in ("conftest.py", "__init__.py") and "data" not in path.relative_to(TESTS).parts
    )
    assert [name for name, count in names.items() if count > 1] == []
