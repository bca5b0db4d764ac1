"""The language of texts for people: Indonesian in the code, English from a catalogue with `KAWAL_BAHASA=en`."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

_language = "id"


def use_language(name: str) -> None:
    """Chooses the language of this process; called once by the entry points."""
    global _language  # one process speaks one language, chosen before anything is printed
    _language = "en" if name == "en" else "id"


def language() -> str:
    return _language


def t(text: str, /, **facts: object) -> str:
    """`text` in the chosen language, with `{facts}` filled in. The Indonesian sentence is the key."""
    chosen = _catalogue().get(text, text) if _language == "en" else text
    return chosen.format(**facts) if facts else chosen


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, str]:
    raw = (resources.files("kawal") / "data" / "bahasa" / "en.json").read_text("utf-8")
    catalogue: dict[str, str] = json.loads(raw)
    return catalogue


def desimal(value: float, places: int = 1) -> str:
    """A number as people here write it: decimal comma, thousands with points."""
    text = f"{value:,.{places}f}"
    return text.replace(",", "\0").replace(".", ",").replace("\0", ".")
