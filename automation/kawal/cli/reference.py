"""The reference of the command line, from its own help: `python -m kawal.cli.reference > docs/perintah.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from kawal.cli.common import choose_language
from kawal.cli.main import _register, kawal

WIDTH = 100
HEAD = """# Perintah kawal

<!-- Ditulis oleh `python -m kawal.cli.reference`; ubah bantuannya di automation/kawal/cli, bukan di sini. -->

Bantuan yang sama muncul dengan `kawal PERINTAH --bantuan`; dalam bahasa Inggris dengan `KAWAL_BAHASA=en`.
Setiap perintah juga dikenal dengan nama Inggrisnya.
"""


def pages(command: click.Command, parent: click.Context | None = None) -> Iterator[str]:
    """One section per command, groups before what they hold, in the order of the list of commands."""
    ctx = click.Context(
        command, parent, command.name, terminal_width=WIDTH, **({} if parent else command.context_settings)
    )
    path = ctx.command_path
    alias = getattr(command, "alias", None)
    note = f"\nNama Inggris: `{path.rpartition(' ')[0]} {alias}`\n" if alias else ""
    level = "#" * min(2 + path.count(" "), 4)
    text = "\n".join(line.rstrip() for line in command.get_help(ctx).splitlines())
    yield f"{level} {path}\n{note}\n```text\n{text}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            yield from pages(command.commands[name], ctx)


def reference() -> str:
    choose_language({}, "id")
    _register()
    return "\n".join([HEAD, *pages(kawal)])


if __name__ == "__main__":
    sys.stdout.write(reference())
