"""What the documents promise holds: links lead somewhere, commands parse, the reference is current."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from kawal.cli import main
from kawal.cli.reference import reference
from kawal.cli.spoken import Spoken
from kawal.services.explain import codes

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("pipeline-templates/*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"|srcset=\"([^\"]+)\"")
INLINE = re.compile(r"(?<!`)`(kawal [^`\n]+)`")
BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```", re.M | re.S)
CUT = ("…", "...", "|", "{", "<")
"""A command with one of these is a mention: its verb has to exist, its arguments are not complete."""


def test_reference_of_commands_is_current() -> None:
    assert (ROOT / "docs" / "perintah.md").read_text("utf-8") == reference(), (
        "run: python -m kawal.cli.reference > docs/perintah.md"
    )


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    found = set()
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("#"):
            plain = re.sub(r"[`*\[\]()]", "", line.lstrip("#").strip().lower())
            found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_relative_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    broken = []
    for found in LINK.findall(page.read_text("utf-8")):
        target = next(part for part in found if part)
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def shown_commands(text: str) -> Iterator[str]:
    """Every `kawal …` of a page: inline, or a line of a block (with `$ ` or alone; a line ending in a backslash goes on)."""
    yield from INLINE.findall(text)
    for block in BLOCK.findall(text):
        if block.startswith(("Cara pakai:", "Usage:")):
            continue
        for line in block.replace("\\\n", " ").splitlines():
            words = line.strip().removeprefix("$ ")
            words = re.sub(r"^([A-Z_]+=\S+ )+", "", words)
            if words.startswith("kawal "):
                yield words.partition("  ")[0]


def parse(text: str) -> str | None:
    """Why click would not take this command line; None when it would. Nothing is run."""
    main._register()
    words = shlex.split(text, comments=True)[1:]
    words = words[: words.index(">")] if ">" in words else words
    command: click.Command = main.kawal
    ctx = click.Context(command, info_name="kawal")
    while isinstance(command, click.Group) and words:
        if words[0] in ("--otoritas", "--bahasa"):
            words = words[2:]
            continue
        if words[0].startswith("-"):
            return None if words[0] in ("--help", "--bantuan", "--versi") else f"option {words[0]}"
        if words[0].isupper():
            return None  # `kawal PERINTAH --bantuan`
        found = command.get_command(ctx, words[0])
        if found is None:
            return f"no command {words[0]}"
        command, words = found, words[1:]
    if not words or any(mark in text for mark in CUT):
        return None  # a mention of the verb
    options: dict[str, Any] = {"resilient_parsing": False}
    try:
        command.make_context(command.name, list(words), parent=ctx, **options)
    except click.exceptions.Exit:
        return None
    except click.ClickException as error:
        return error.format_message()
    return None


@pytest.mark.parametrize("name", NAMES)
def test_commands_in_documents_parse(name: str) -> None:
    wrong = [
        (command, parse(command))
        for command in shown_commands((ROOT / name).read_text("utf-8"))
        if parse(command)
    ]
    assert wrong == []


def test_commands_in_explanations_parse() -> None:
    wrong = [
        (one.code, command)
        for one in codes().values()
        for command in shown_commands(one.text)
        if parse(command)
    ]
    assert wrong == []


def named_commands() -> Iterator[tuple[str, str]]:
    """(file, `kawal verb word`) wherever a string of the sources names a verb of ours."""
    for path in sorted((ROOT / "automation").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for found in re.findall(r"\bkawal ([a-z]+(?: [a-z]+(?:-[a-z]+)*)?)", node.value):
                    yield path.name, found


def _has(group: click.Group, name: str) -> bool:
    return group.get_command(click.Context(group), name) is not None


def test_verbs_named_in_messages_exist() -> None:
    """A sentence may go on after a verb; after a group of verbs comes one of its verbs."""
    main._register()
    wrong = []
    for file, words in named_commands():
        verb, _, rest = words.partition(" ")
        command = main.kawal.commands.get(verb)
        if rest and isinstance(command, click.Group) and not _has(command, rest):
            wrong.append((file, words))
    assert wrong == []


def test_example_of_each_command_parses() -> None:
    main._register()

    def examples(command: click.Command) -> Iterator[str]:
        if isinstance(command, Spoken) and command.example:
            yield command.example
        for one in getattr(command, "commands", {}).values():
            yield from examples(one)

    assert [(text, parse(text)) for text in examples(main.kawal) if parse(text)] == []


@pytest.mark.parametrize("name", NAMES)
def test_codes_named_in_documents_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    areas = {code.partition("-")[0] for code in codes()}
    named = {code for code in re.findall(r"\b[A-Z]{3,8}-[0-9]{3}\b", text) if code.partition("-")[0] in areas}
    assert sorted(named - set(codes())) == []


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    pages = [page.name for page in (ROOT / "docs" / "adr").glob("0*.md")]
    assert [name for name in sorted(pages) if f"({name})" not in listed] == []


def test_sections_of_formats_that_sources_cite_exist() -> None:
    formats = (ROOT / "docs" / "formats.md").read_text("utf-8")
    sections = set(re.findall(r"^## (\d+)\.", formats, re.M))
    cited = set()
    for folder in ("automation", "checks", "load", "tests", "docs"):
        for path in [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.md")]:
            cited |= set(re.findall(r"formats\.md\)? §(\d+)", path.read_text("utf-8")))
    assert sorted(cited - sections) == []
