"""CONTRIBUTING's "A government", followed to the letter in an empty folder."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kawal.cli.common import Surroundings
from kawal.cli.main import run

ROOT = Path(__file__).parents[2]
SECTION = re.compile(r"### A government\n(.*?)\n### ", re.DOTALL)


def commands() -> list[str]:
    found = SECTION.search((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert found is not None
    return [line.strip() for line in found[1].splitlines() if line.startswith("    ")]


def test_the_commands_of_the_guide_work_as_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "automation").symlink_to(ROOT / "automation")
    said = {}
    for line in commands():
        if line.startswith("kawal "):
            around = Surroundings({"HOME": str(tmp_path)}, tmp_path, is_terminal=False)
            assert run(shlex.split(line)[1:], around) == 0, (line, capsys.readouterr())
            said[line.split()[2] + (" --asal" if "--asal" in line else "")] = capsys.readouterr().out
        else:
            subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, check=True, env={"PATH": "/usr/bin:/bin"})
    assert "baik (7 langkah, SOP Kabku 2026)" in said["periksa"]
    assert "SOP Kabku 2026 langkah 7" in said["lihat --asal"]
    assert "SOP Kabku 2026" in said["lihat"]
    assert "SOP Kabku 2026" in (tmp_path / "kabku.svg").read_text("utf-8")
    assert "profil: kabku" in (tmp_path / "permohonan.yml").read_text("utf-8")
    # The last `lihat` has no --profil-dir: it is the office's own profile by then.
    assert commands()[-1] == "kawal profil lihat kabku"
    assert 'profil_dir: "profil"' in (tmp_path / "kawal.yml").read_text("utf-8")


def test_the_guide_has_commands_and_they_need_no_other_python() -> None:
    assert sum(line.startswith("kawal ") for line in commands()) >= 4
    assert not [line for line in commands() if sys.executable in line or "python" in line]
