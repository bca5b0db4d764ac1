"""click's own words in Indonesian: compiles `data/bahasa/click.po` into the `.mo` that gettext reads.

Run `python -m kawal.cli.click_words` after editing the `.po`; a test holds the two equal.
"""

from __future__ import annotations

import ast
import struct
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "data" / "bahasa"
SOURCE = FOLDER / "click.po"
LOCALE = FOLDER / "locale"
COMPILED = LOCALE / "id" / "LC_MESSAGES" / "messages.mo"
MAGIC = 0x950412DE


def parse(text: str) -> dict[str, str]:
    """msgid -> msgstr. A plural entry (one form in Indonesian) has `singular\\0plural` as its msgid."""
    found: dict[str, str] = {}
    field, parts = "", {"msgid": "", "msgid_plural": "", "msgstr": ""}

    def take() -> None:
        if field:
            plural = f"\0{parts['msgid_plural']}" if parts["msgid_plural"] else ""
            found[parts["msgid"] + plural] = parts["msgstr"]

    for line in (raw.strip() for raw in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ") if not line.startswith('"') else ("", "", line)
        word = "msgstr" if word == "msgstr[0]" else word
        if word == "msgid":
            take()
            parts = dict.fromkeys(parts, "")
        field = word or field
        parts[field] += ast.literal_eval(rest)
    take()
    return found


def compile_mo(messages: dict[str, str]) -> bytes:
    """The GNU .mo form: two tables of (length, offset), then the texts, each ended by NUL; msgids in order."""
    rows = sorted((key.encode(), value.encode()) for key, value in messages.items() if value)
    start = 28 + 16 * len(rows)
    tables: list[bytes] = []
    texts = bytearray()
    for column in (0, 1):
        for row in rows:
            tables.append(struct.pack("<II", len(row[column]), start + len(texts)))
            texts += row[column] + b"\0"
    head = struct.pack("<7I", MAGIC, 0, len(rows), 28, 28 + 8 * len(rows), 0, 0)
    return head + b"".join(tables) + bytes(texts)


def main() -> None:
    COMPILED.parent.mkdir(parents=True, exist_ok=True)
    COMPILED.write_bytes(compile_mo(parse(SOURCE.read_text("utf-8"))))


if __name__ == "__main__":
    main()
