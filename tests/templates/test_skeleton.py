"""The skeleton of a new application: only the three markers, and honest about empty tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

SKELETON = Path(__file__).parents[2] / "pipeline-templates/skeleton"
FILES = sorted(path for path in SKELETON.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SKELETON)))
def test_only_the_known_markers_are_used(path: Path) -> None:
    assert set(re.findall(r"\{\{.*?\}\}", path.read_text("utf-8"))) <= {"{{ nama }}", "{{ id }}", "{{ sop }}"}


def test_expected_files_are_there_and_the_test_folders_hold_no_test() -> None:
    names = {str(path.relative_to(SKELETON)) for path in FILES}
    assert {"README.md", ".gitignore", "load.yml", "uat.yml", "docs/instalasi.md"} <= names
    assert {"uji/fungsi/BACA.md", "uji/integrasi/BACA.md"} <= names
    assert not [name for name in names if name.endswith(".py")]


def test_names_with_quotes_do_not_break_the_data_files() -> None:
    for name in ("load.yml", "uat.yml"):
        text = (SKELETON / name).read_text("utf-8")
        assert "{{ nama }}" not in text  # a free name could end a YAML value; the id cannot
        assert yaml.safe_load(text.replace("{{ id }}", "e-retribusi-pasar"))["schema"] == 1


def test_the_readme_says_that_empty_tests_do_not_pass() -> None:
    assert "tidak dapat dinilai" in (SKELETON / "README.md").read_text("utf-8")
