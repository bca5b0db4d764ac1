"""`kawal jelaskan`: the long text of a code, offline, from `data/kode.yml`; its title in English from `data/bahasa/kode-en.json`."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from kawal.bahasa import language
from kawal.errors import InputError
from kawal.outcome import Outcome
from kawal.sop.yamlsafe import load_document

CODE = re.compile(r"[A-Z]{2,8}-[0-9]{3}")


@dataclass(frozen=True)
class Explanation:
    code: str
    title: str
    text: str


@lru_cache(maxsize=1)
def codes() -> dict[str, Explanation]:
    """Every code that kawal can print, with its title and what to do about it."""
    raw = (resources.files("kawal") / "data" / "kode.yml").read_bytes()
    value = load_document(raw, "kode.yml", code="KONF-041", limit=512 * 1024).value
    return {
        code: Explanation(code, row["judul"], row.get("penjelasan") or "")
        for code, row in value["kode"].items()
    }


@lru_cache(maxsize=1)
def english_titles() -> dict[str, str]:
    raw = (resources.files("kawal") / "data" / "bahasa" / "kode-en.json").read_text("utf-8")
    titles: dict[str, str] = json.loads(raw)
    return titles


def meaning(code: str) -> str | None:
    """The title of a code in English, for those who chose it; None in Indonesian, where the message says it already."""
    return english_titles().get(code) if language() == "en" else None


def explain(code: str) -> Outcome:
    """One code, or the list of an area's codes (`kawal jelaskan SANDI`)."""
    wanted = code.upper()
    found = codes().get(wanted)
    area = [one for one in codes().values() if one.code.startswith(f"{wanted}-")]
    if area:
        lines = [f"{one.code:<12}{meaning(one.code) or one.title}" for one in area]
        return Outcome("penjelasan", "\n".join(lines), {"kode": {one.code: one.title for one in area}})
    if found is None:
        near = sorted(difflib.get_close_matches(wanted, list(codes()), n=3))
        raise InputError(
            "INPUT-100",
            f"Kode {code} tidak dikenal",
            needed="kode seperti SANDI-001",
            next_step=f"maksud Anda: {', '.join(near)}?" if near else None,
        )
    english = meaning(found.code)
    title = f"{english}\n{found.title}" if english else found.title
    text = f"{found.code} {title}\n\n{found.text}"
    return Outcome("penjelasan", text, {"kode": found.code, "judul": found.title, "penjelasan": found.text})
