"""argparse in Indonesian: it has no other language of its own, and gettext would need a catalogue beside every job."""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any, NoReturn

_TITLES = {"positional arguments": "argumen", "options": "pilihan", "subcommands": "perintah"}
# argparse's own sentences (CPython Lib/argparse.py), with what stands instead; anything else is shown as it comes.
_SENTENCES = (
    (r"the following arguments are required: (.*)", r"belum disebut: \1"),
    (r"unrecognized arguments: (.*)", r"tidak dikenal: \1"),
    (r"argument (.*?): expected (?:one|at least one|\d+) arguments?", r"\1: nilainya belum disebut"),
    (r"argument (.*?): invalid choice: (.*) \(choose from (.*)\)", r"\1: \2 tidak dikenal; pilih dari \3"),
    (r"argument (.*?): invalid (?:int|float) value: (.*)", r"\1: \2 bukan bilangan"),
    (r"argument (.*?): ignored explicit argument (.*)", r"\1: tidak memakai nilai, ditemukan \2"),
    (r"argument (.*?): (.*)", r"\1: \2"),
)


class _Words(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "cara pakai: " if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        super().start_section(_TITLES.get(heading or "", heading))


class Pengurai(argparse.ArgumentParser):
    """The parser of every command of this package; wrong use ends with 2, as argparse does."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": _Words, "allow_abbrev": False, "add_help": False, **settings})
        self.add_argument("-h", "--help", "--bantuan", action="help", help="tampilkan bantuan ini")

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: salah pakai: {in_indonesian(message)}\n")


def in_indonesian(message: str) -> str:
    for pattern, instead in _SENTENCES:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return found.expand(instead)
    return message
