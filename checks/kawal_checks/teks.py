"""Text for people: numbers as Indonesian writes them, and escaping of what others wrote into logs."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

# Control, format (bidi, zero-width), private, unassigned, lone surrogates: what a terminal would obey or nobody can see.
_UNSAFE = frozenset(("Cc", "Cf", "Co", "Cn", "Cs"))
_LINE_SEPARATORS = "\u2028\u2029"
# runner commands: GitLab folds `section_start:…`, GitHub obeys `::set-output …` and `##[…]` at a line's start
_COMMAND = re.compile(r"section_(?=start|end)|^(\s*)(::|##\[)", re.MULTILINE)


def escape(text: str) -> str:
    """`text` with nothing a terminal or a runner would obey; newlines stay."""
    text = text if text.isascii() and text.isprintable() else "".join(map(_shown, text))
    return _COMMAND.sub(
        lambda match: match.group().replace("_", "\\_").replace("::", ":\\:").replace("#", "\\#"), text
    )


def _shown(letter: str) -> str:
    if letter in "\n\t" or (unicodedata.category(letter) not in _UNSAFE and letter not in _LINE_SEPARATORS):
        return letter
    number = ord(letter)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def one_line(text: str, limit: int = 300) -> str:
    """`text` escaped, on one line, at most `limit` characters, in NFC: as the ledger takes text, unless it is empty."""
    # Twice: what an escape ends with may compose with the letter behind it ("\\u202a" and an accent).
    text = unicodedata.normalize("NFC", escape(unicodedata.normalize("NFC", " ".join(text.split()))))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def decimal_text(value: Fraction, digits: int = 2) -> str:
    """Exact decimal string with a dot, rounded half up, without trailing zeros: "0.2", "12"."""
    scaled = (value * 10**digits + Fraction(1, 2)).__floor__()
    whole, rest = divmod(abs(scaled), 10**digits)
    text = f"{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text


def angka(value: Fraction | int | str, digits: int = 2) -> str:
    """A number as people read it here: decimal comma."""
    text = value if isinstance(value, str) else decimal_text(Fraction(value), digits)
    return text.replace(".", ",")
