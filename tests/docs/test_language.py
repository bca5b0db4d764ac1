"""Two languages: every text has its English, with the same facts in it; help and click's own words follow the choice."""

from __future__ import annotations

import ast
import gettext
import io
import json
import string
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import click
import pytest

from kawal import bahasa
from kawal.cli import click_words, main
from kawal.cli.common import Surroundings
from kawal.cli.spoken import METAVARS, Spoken
from kawal.services.explain import codes, english_titles

ROOT = Path(__file__).resolve().parents[2] / "automation" / "kawal"
CATALOGUE: dict[str, str] = json.loads((ROOT / "data" / "bahasa" / "en.json").read_text("utf-8"))


def commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from commands(one)


def texts() -> set[str]:
    """Every Indonesian text that passes through `t`: literals of the sources, and what the help shows."""
    main._register()
    found = set(METAVARS.values())
    for path in ROOT.rglob("*.py"):
        if "demo_data" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "t" and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant):
                        found.add(str(first.value))
    for command in commands(main.kawal):
        assert isinstance(command, Spoken), command.name
        found.update(command.said())
    return found


def facts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_has_its_english() -> None:
    assert sorted(texts() - set(CATALOGUE)) == []


def test_catalogue_holds_no_text_that_is_gone() -> None:
    assert sorted(set(CATALOGUE) - texts()) == []


def test_english_names_the_same_facts() -> None:
    assert [text for text, english in CATALOGUE.items() if facts(text) != facts(english)] == []


def test_every_code_has_its_english_title() -> None:
    assert sorted(set(codes()) ^ set(english_titles())) == []
    assert all(title and not title.endswith(".") for title in english_titles().values())


def say(*words: str, **environ: str) -> tuple[int, str]:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        code = main.run(
            list(words), Surroundings(environ=environ, cwd=Path("/nonexistent"), is_terminal=False)
        )
    return code, out.getvalue()


@pytest.fixture(autouse=True)
def indonesian_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "id")
    yield
    bahasa.use_language("id")


@pytest.mark.parametrize(
    ("environ", "words", "expected"),
    [
        ({}, ("setujui", "--help"), "Cara pakai: kawal setujui [PILIHAN] ID\n"),
        ({}, ("setujui", "--help"), "\nContoh: kawal setujui e-retribusi-pasar"),
        ({}, ("setujui", "--help"), "--tanggal TTTT-BB-HH"),
        ({"KAWAL_BAHASA": "en"}, ("setujui", "--help"), "Usage: kawal setujui [OPTIONS] ID\n"),
        ({"KAWAL_BAHASA": "en"}, ("approve", "--help"), "Records the approving letter"),
        ({"KAWAL_BAHASA": "en"}, ("approve", "--help"), "--tanggal YYYY-MM-DD"),
        ({}, ("--bahasa", "en", "periksa", "--help"), "Judges all requirements"),
        ({}, ("--help",), "Pengesahan dan rilis:"),
        ({"KAWAL_BAHASA": "en"}, ("--help",), "Sign-offs and releases:"),
    ],
)
def test_help_is_in_the_chosen_language(
    environ: dict[str, str], words: tuple[str, ...], expected: str
) -> None:
    code, shown = say(*words, **environ)
    assert code == 0
    assert expected in shown


@pytest.mark.parametrize(
    ("words", "indonesian", "english"),
    [
        (("renca",), "Perintah 'renca' tidak dikenal. Maksud Anda: 'rencana'?", "No such command 'renca'."),
        (("periksa",), "Galat: Belum disebut: 'ID'.", "Error: Missing argument 'ID'."),
        (("periksa", "a", "--rilus", "v1"), "Pilihan '--rilus' tidak dikenal.", "No such option '--rilus'."),
        (("demo", "--sampai", "99"), "99 di luar rentang 1<=x<=10.", "99 is not in the range 1<=x<=10."),
        (("setujui", "a", "--tanggal", "kemarin"), "tulis TTTT-BB-HH", "does not match the format"),
        (("status", "a", "b"), "Argumen berlebih: b", "Got unexpected extra argument (b)"),
    ],
)
def test_wrong_use_is_told_in_the_chosen_language(
    words: tuple[str, ...], indonesian: str, english: str
) -> None:
    assert say(*words) == (2, say(*words)[1])
    assert indonesian in say(*words)[1]
    assert english in say(*words, KAWAL_BAHASA="en")[1]


def test_errors_label_their_facts_in_the_chosen_language() -> None:
    code, shown = say("jelaskan", "SANDI-999")
    assert code == 6
    assert "  dibutuhkan: kode seperti SANDI-001" in shown
    english = say("jelaskan", "SANDI-999", KAWAL_BAHASA="en")[1]
    assert "  needed:     kode seperti" in english
    assert "  meaning:    Unknown code\n" in english


def test_every_command_has_help_and_one_example() -> None:
    main._register()
    for command in commands(main.kawal):
        assert command.help, command.name
        if isinstance(command, Spoken) and not isinstance(command, click.Group):
            assert (command.example or "").startswith("kawal "), command.name
        for param in command.params:
            if isinstance(param, click.Option) and not isinstance(param.type, click.Choice):
                assert param.help, (command.name, param.name)


def test_compiled_words_of_click_are_those_of_the_po_file() -> None:
    messages = click_words.parse(click_words.SOURCE.read_text("utf-8"))
    assert click_words.COMPILED.read_bytes() == click_words.compile_mo(messages)
    with click_words.COMPILED.open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert read.gettext("Usage:") == "Cara pakai:"
    assert read.ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", 2) == (
        "Maksud Anda: {possibilities}?"
    )


def test_words_of_click_keep_their_facts() -> None:
    messages = click_words.parse(click_words.SOURCE.read_text("utf-8"))
    for original, ours in messages.items():
        if original:
            known = set().union(*(facts(part) for part in original.split("\0")))
            assert facts(ours) <= known, original
