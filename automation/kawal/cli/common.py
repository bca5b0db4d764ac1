"""What every command shares: options, aliases, output, and the one place where errors become exit codes."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from kawal import bahasa
from kawal.bahasa import t
from kawal.cli.spoken import AliasGroup as AliasGroup
from kawal.cli.spoken import Spoken, speak_click
from kawal.errors import (
    EXIT_CRASH,
    EXIT_INTERRUPTED,
    EXIT_LOGIN,
    EXIT_UNREADABLE,
    InputError,
    KawalError,
    os_reason,
)
from kawal.outcome import Outcome

FORMATS = ("teks", "json")


@dataclass
class Surroundings:
    """What a command may know of the outside: given by `main`, so that tests and the demo can give another."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path = field(default_factory=Path.cwd)
    is_terminal: bool = field(default_factory=lambda: sys.stdout.isatty())


def command(
    group: click.Group, name: str, *, alias: str | None, example: str, writes: bool = False
) -> Callable[[Callable[..., Outcome]], click.Command]:
    """Registers a verb: the callback returns an Outcome, which is printed here; its help ends with `example`."""

    def register(callback: Callable[..., Outcome]) -> click.Command:
        @functools.wraps(callback)
        def run(keluaran: str, tanpa_warna: bool, **arguments: Any) -> None:
            ctx = click.get_current_context()
            outcome = callback(**arguments)
            present(outcome, ctx.command_path.partition(" ")[2], keluaran, colour=_colour(tanpa_warna))
            ctx.exit(outcome.exit_code)

        made = click.command(name, cls=Spoken)(run)
        made.params += [_output_option(), _colour_option()]
        made.alias, made.writes, made.example = alias, writes, example
        group.add_command(made)
        return made

    return register


def _output_option() -> click.Option:
    return click.Option(
        ["--keluaran"],
        type=click.Choice(FORMATS),
        default="teks",
        envvar="KAWAL_KELUARAN",
        show_default=True,
        help="Bentuk hasil.",
    )


def _colour_option() -> click.Option:
    return click.Option(["--tanpa-warna"], is_flag=True, help="Tanpa warna (juga dengan NO_COLOR).")


def _colour(refused: bool) -> bool:
    """Colour only in a terminal that did not say no; click itself does not know NO_COLOR."""
    around = surroundings()
    return around.is_terminal and not refused and not around.environ.get("NO_COLOR")


def present(outcome: Outcome, name: str, form: str, *, colour: bool = False) -> None:
    """Writes the result to stdout."""
    if form == "json":
        click.echo(json.dumps(outcome.envelope(name), ensure_ascii=False, indent=1))
    elif outcome.text:
        text = _plain(outcome.text)
        click.echo(_coloured(text) if colour else text)


def _coloured(text: str) -> str:
    """Only the marks and the one word that stops a release; the text says the same without colour."""
    for word, shade in (
        ("✔", "green"),
        ("✖", "red"),
        ("TERKUNCI", "red"),
        ("GAGAL", "red"),
        ("PERINGATAN", "yellow"),
    ):
        text = text.replace(word, click.style(word, fg=shade, bold=True))
    return text


def _plain(text: str) -> str:
    encoding = (sys.stdout.encoding or "utf-8").lower().replace("-", "")
    if encoding == "utf8":
        return text
    replaced = text.replace("✔", "OK").replace("✖", "X").replace("≤", "<=").replace("≥", ">=")
    return replaced.encode(encoding, "replace").decode(encoding)


def talk(text: str) -> None:
    """Progress and remarks: to stderr, so that stdout stays the result; silent with -q."""
    ctx = click.get_current_context(silent=True)
    if ctx is None or not ctx.find_root().params.get("diam"):
        click.echo(text, err=True)


def guarded(main: click.Group, argv: list[str] | None, surroundings: Surroundings) -> int:
    """Runs the command line and turns what can happen into the exit codes of docs/formats.md §16."""
    form = _wanted_form(argv if argv is not None else sys.argv[1:], surroundings.environ)
    try:
        result = main.main(args=argv, prog_name="kawal", standalone_mode=False, obj=surroundings)
    except KawalError as error:
        _report(error, form, _command_name(main, argv if argv is not None else sys.argv[1:]))
        return error.exit_code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt) as stop:
        notes = (*getattr(stop, "__notes__", ()), *getattr(stop.__cause__, "__notes__", ()))
        said = next(iter(notes), None)
        click.echo(
            said
            or t("Dihentikan. Yang sudah tercatat tetap ada; ulangi perintah yang sama untuk meneruskan."),
            err=True,
        )
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code if isinstance(error, click.UsageError) else EXIT_UNREADABLE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except PermissionError as error:
        click.echo(
            t("Berkas {name} tidak boleh dibuka: {why}", name=error.filename, why=os_reason(error)), err=True
        )
        return EXIT_LOGIN
    except OSError as error:
        if not error.filename:
            return _crashed(error)
        path, said = os.fsdecode(error.filename), os_reason(error)
        refusal = InputError(
            "KONF-035",
            f"{path} tidak dapat dipakai",
            found=said,
            needed="berkas atau folder yang boleh dibaca dan ditulis perintah ini",
            next_step="sebut jalur lain, atau perbaiki yang ini, lalu ulangi perintah yang sama",
        )
        _report(refusal, form, _command_name(main, argv if argv is not None else sys.argv[1:]))
        return refusal.exit_code
    except Exception as error:  # noqa: BLE001 (the outermost handler: a crash must name its log file)
        return _crashed(error)
    return result if isinstance(result, int) else 0


def _crashed(error: BaseException) -> int:
    path = crash_log(error)
    click.echo(t("kawal berhenti karena kesalahan di dalamnya: {kind}", kind=type(error).__name__), err=True)
    click.echo(t("Catatannya (tanpa rahasia) ada di {path}; sertakan saat melapor.", path=path), err=True)
    return EXIT_CRASH


def crash_log(error: BaseException) -> Path:
    """Versions and the traceback, without the values that were at hand; the file only its owner can read."""
    import platform
    import tempfile
    import traceback
    from importlib import metadata

    versions = [f"{name} {metadata.version(name)}" for name in ("kawal", "click", "pydantic", "cryptography")]
    frames = traceback.format_tb(error.__traceback__)
    fd, name = tempfile.mkstemp(prefix="kawal-galat-", suffix=".log")
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(
            f"{', '.join(versions)}, Python {platform.python_version()}\n{type(error).__name__}\n{''.join(frames)}"
        )
    return Path(name)


def _report(error: KawalError, form: str, command: str) -> None:
    if form == "json":
        finding = {
            "kode": error.code,
            "judul": error.what,
            "ditemukan": error.found,
            "diperlukan": error.needed,
            "perbaikan": error.next_step,
        }
        outcome = Outcome("galat", "", findings=(finding,), exit_code=error.exit_code)
        click.echo(json.dumps(outcome.envelope(command), ensure_ascii=False, indent=1))
    click.echo(error.text(), err=True)
    from kawal.services.explain import meaning

    english = meaning(error.code)
    if english:
        click.echo(f"  meaning:    {english}", err=True)


def _command_name(main: click.Group, argv: list[str]) -> str:
    """The verb that `argv` asks for, by its own name: when a verb ends with an error, click's context is gone."""
    names: list[str] = []
    group: click.Command | None = main
    for word in argv:
        if not isinstance(group, click.Group):
            break
        name = getattr(group, "aliases", {}).get(word, word)
        if name in group.commands:
            names.append(name)
            group = group.commands[name]
    return " ".join(names)


def _wanted_form(argv: list[str], environ: Mapping[str, str]) -> str:
    """The output form when parsing itself failed: looked up by hand, because click has not come that far."""
    for index, word in enumerate(argv):
        if word.startswith("--keluaran="):
            return word.partition("=")[2]
        if word == "--keluaran" and index + 1 < len(argv):
            return argv[index + 1]
    return environ.get("KAWAL_KELUARAN", "teks")


def choose_language(environ: Mapping[str, str], option: str | None) -> None:
    bahasa.use_language(option or environ.get("KAWAL_BAHASA", "id"))
    speak_click()


def surroundings() -> Surroundings:
    found = click.get_current_context().find_object(Surroundings)
    return found if found is not None else Surroundings()
