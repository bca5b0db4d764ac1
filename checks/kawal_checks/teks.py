"""Text for people: numbers as Indonesian writes them, and escaping of what others wrote into logs."""

from __future__ import annotations

import re
from fractions import Fraction

# C0 (but tab and newline), DEL, C1, zero-width and bidirectional controls, byte order mark, lone surrogates
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
# runner commands: GitLab folds `section_start:…`, GitHub obeys `::set-output …` and `##[…]` at a line's start
_COMMAND = re.compile(r"section_(?=start|end)|^(\s*)(::|##\[)", re.MULTILINE)


def escape(text: str) -> str:
    """`text` with nothing a terminal or a runner would obey; newlines stay."""
    text = _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
    return _COMMAND.sub(
        lambda match: match.group().replace("_", "\\_").replace("::", ":\\:").replace("#", "\\#"), text
    )


def one_line(text: str, limit: int = 300) -> str:
    """`text` escaped, on one line, at most `limit` characters."""
    text = escape(" ".join(text.split()))
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
