"""Help in the chosen language: our own texts go through `t` when they are shown, click's words through gettext.

click marks its words ("Usage:", "Error:", "No such option …") for gettext's domain `messages`. Their Indonesian is
`data/bahasa/click.po`, compiled to the `.mo` beside it by `python -m kawal.cli.click_words`; English is click's own.
"""

from __future__ import annotations

import gettext
import os
from typing import Any

import click

from kawal.bahasa import language, t
from kawal.cli.click_words import LOCALE

METAVARS = {
    "text": "TEKS",
    "path": "BERKAS",
    "integer": "ANGKA",
    "integer range": "ANGKA",
    "datetime": "TTTT-BB-HH",
}
TEXTS = ("help", "epilog", "options_metavar", "subcommand_metavar")
SAID = (*TEXTS, "metavar")
OPTIONS = "[PILIHAN]"
SUBCOMMAND = "PERINTAH [ARGUMEN]..."


def speak_click() -> None:
    """Lets click speak the chosen language. gettext takes the language from the environment and nowhere else."""
    gettext.bindtextdomain("messages", str(LOCALE))
    os.environ["LANGUAGE"] = language()


class Spoken(click.Command):
    """A command whose help is put into the chosen language each time it is shown."""

    alias: str | None = None
    writes = False
    example: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options_metavar = OPTIONS

    def speak(self) -> None:
        """The Indonesian text stays the key; what click reads is its translation."""
        for thing in (self, *self.params):
            for name in TEXTS:
                said = thing.__dict__.setdefault(f"_said_{name}", getattr(thing, name, None))
                if said:
                    setattr(thing, name, t(said))
        for param in self.params:
            _name_value(param)

    def said(self) -> list[str]:
        """Every Indonesian text that this command shows in its help, for the test of the catalogue."""
        self.speak()
        things = (self, *self.params)
        found = [thing.__dict__.get(f"_said_{name}") for thing in things for name in SAID]
        return [text for text in found if text]

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        self.speak()
        return super().make_context(info_name, args, parent, **extra)

    def get_short_help_str(self, limit: int = 45) -> str:
        del limit  # a whole sentence says more than the start of one; the list wraps it
        self.speak()
        return super().get_short_help_str(1000)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = t("Tampilkan bantuan ini.")
        return option

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.speak()
        super().format_help(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        if self.example:
            formatter.write_paragraph()
            formatter.write_text(f"\b\n{t('Contoh')}: {self.example}")


class AliasGroup(Spoken, click.Group):
    """A group whose commands answer to their Indonesian name and to one English alias, listed in the order of the work."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subcommand_metavar = SUBCOMMAND
        self.aliases: dict[str, str] = {}
        self.sections: tuple[tuple[str, tuple[str, ...]], ...] = ()
        """(title, names) for the list of commands; empty = one list in the order of registration."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        super().add_command(cmd, name)
        alias = getattr(cmd, "alias", None)
        if alias:
            self.aliases[alias] = name or cmd.name or ""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, self.aliases.get(cmd_name, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb goes on under its own name, also when it was called by its alias: results carry that name."""
        name, cmd, rest = super().resolve_command(ctx, args)
        return (cmd.name if cmd else name), cmd, rest

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        listed = [name for _, names in self.sections for name in names if name in self.commands]
        return listed + [name for name in self.commands if name not in listed]

    def said(self) -> list[str]:
        return [*super().said(), *(title for title, _ in self.sections)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rest = self.list_commands(ctx)
        width = max(map(len, map(self._names, rest)), default=0)
        for title, names in (*self.sections, ("", tuple(rest))):
            shown = [name for name in names if name in rest]
            rest = [name for name in rest if name not in shown]
            rows = [
                (self._names(name).ljust(width), self.commands[name].get_short_help_str()) for name in shown
            ]
            if rows:
                heading = t(title) if title else t("Perintah lain") if self.sections else t("Perintah")
                with formatter.section(heading):
                    formatter.write_dl(rows)

    def _names(self, name: str) -> str:
        alias = next((alias for alias, meant in self.aliases.items() if meant == name), None)
        return f"{name}, {alias}" if alias else name


def _name_value(param: click.Parameter) -> None:
    """The placeholder of a value, in the chosen language: `ID`, `BERKAS`."""
    if isinstance(param, click.Argument):
        name = (param.name or "").rstrip("_").upper()
        name = name if param.required else f"[{name}]"
        param.metavar = f"{name}..." if param.nargs != 1 else name
    elif isinstance(param, click.Option) and not (param.is_flag or param.count):
        given = param.__dict__.setdefault("_said_metavar", param.metavar)
        word = given or METAVARS.get(param.type.name)
        param.metavar = t(word) if word else None
