"""What stops a release is red on a terminal, and says the same without colour."""

from __future__ import annotations

import click
from click.testing import CliRunner

from kawal.cli.common import present
from kawal.outcome import Outcome

SCREEN = """RILIS PRODUKSI TERKUNCI: e-Retribusi v1.0.0 (4444444)  1 dari 2 syarat belum terpenuhi
 ✖ BREAK-GLASS v1.0.0 (2026-11-22 06.00 UTC): server mati; pengesahan susulan belum ada: persandian
 ✔ uji fungsi  41 lulus
 ✖ SANDI-001   Pengesahan Persandian belum ada untuk v1.0.0"""


def shown(*, colour: bool) -> list[str]:
    command = click.Command(
        "periksa",
        callback=lambda: present(Outcome("terkunci", SCREEN), "periksa", "teks", colour=colour),
    )
    return CliRunner().invoke(command, color=True).output.splitlines()


def test_the_lines_that_stop_a_release_are_red() -> None:
    lines = shown(colour=True)
    red, green = "\x1b[31m\x1b[1m", "\x1b[32m\x1b[1m"
    assert f"{red}TERKUNCI\x1b[0m" in lines[0]
    assert [red in line for line in lines] == [True, True, False, True]
    assert [line.startswith(f" {red}✖\x1b[0m ") for line in lines[1:]] == [True, False, True]
    assert green in lines[2]


def test_without_colour_the_words_are_the_same() -> None:
    assert shown(colour=False) == SCREEN.splitlines()
    assert [click.unstyle(line) for line in shown(colour=True)] == SCREEN.splitlines()
