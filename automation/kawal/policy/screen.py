"""A verdict for people: the first screen, and the JSON `temuan` of docs/formats.md §16."""

from __future__ import annotations

from typing import Any

from kawal.policy.judge import Judgement
from kawal.policy.verdict import Verdict

MARKS = {True: ("✔", "OK"), False: ("✖", "X")}
BASIS_KIND = {
    "sop": "",
    "peraturan": "",
    "kebijakan_dinas": " (kebijakan dinas)",
    "bawaan_nasional": " (bawaan nasional)",
}


def screen(judgement: Judgement, *, utf8: bool = True) -> str:
    """Only lines that were really judged, refusals with who acts, the next command and the basis."""
    leaves = list(judgement.verdict.leaves())
    missing = [one for one in leaves if not one.satisfied]
    state = "terbuka" if judgement.allowed else "TERKUNCI"
    way = "" if judgement.way == "rilis" else f" ({judgement.way.upper()})"
    head = f"RILIS PRODUKSI {state}{way}: {judgement.app_name} {judgement.tag} ({judgement.commit[:7]})"
    count = (
        f"{len(missing)} dari {len(leaves)} syarat belum terpenuhi"
        if missing
        else f"{len(leaves)} syarat terpenuhi"
    )
    lines = [f"{head:<68}{count}" if len(head) < 68 else f"{head}  {count}"]
    cross = MARKS[False][0 if utf8 else 1]
    lines += [
        text for one in judgement.alarms for text in (f" {cross} {one.line}", f"      Perintah:   {one.next}")
    ]
    width = max(len(_left(one)) for one in leaves)
    found = max((len(one.found) for one in leaves if one.satisfied), default=0)
    for one in leaves:
        mark = MARKS[one.satisfied][0 if utf8 else 1]
        if one.satisfied:
            lines.append(f" {mark} {_left(one):<{width}}  {one.found:<{min(found, 48)}}  {one.note}".rstrip())
        else:
            lines.append(f" {mark} {_left(one):<{width}}  {one.title}".rstrip())
            lines.extend(f"      {text}" for text in details(one, judgement.roles))
    lines += [f" ! {one.what} tidak diminta: {one.reason} ({one.basis.text})" for one in judgement.off]
    if missing:
        lines.append(_foot(missing))
    return "\n".join(lines)


def _left(one: Verdict) -> str:
    return one.title if one.satisfied else (one.code or "")


def details(one: Verdict, roles: dict[str, str]) -> list[str]:
    """The lines below a refusal."""
    lines = []
    if one.found:
        lines.append(f"Ditemukan:  {one.found}")
    if one.needed:
        lines.append(f"Dibutuhkan: {one.needed}")
    actor = who(one, roles)
    if actor:
        lines.append(f"Siapa:      {actor}")
    if one.next:
        label = "Perintah:  " if one.next.startswith("kawal ") else "Berikutnya:"
        lines.append(f"{label} {one.next}")
    if one.basis is not None:
        lines.append(f"Dasar:      {basis(one)}")
    return lines


def who(one: Verdict, roles: dict[str, str]) -> str:
    """Acting roles by display name; where the SOP names nobody, says so and on what ground the role was set."""
    names = " atau ".join(roles.get(role, role) for role in one.who)
    if one.basis is not None and one.basis.actor is not None and names:
        return f"SOP tidak menyebut pelaku; ditetapkan dinas: {names} ({one.basis.actor})"
    return names


def basis(one: Verdict) -> str:
    return "" if one.basis is None else one.basis.text + BASIS_KIND[one.basis.kind]


def _foot(missing: list[Verdict]) -> str:
    return f"Penjelasan: kawal jelaskan {missing[0].code}"


def findings(judgement: Judgement) -> list[dict[str, Any]]:
    """`temuan` of docs/formats.md §16, one per refusal."""
    return [
        {
            "kode": one.code,
            "judul": one.title,
            "gerbang": one.rule,
            "ditemukan": one.found,
            "diperlukan": one.needed,
            "dasar": basis(one),
            "siapa": who(one, judgement.roles),
            "tenggat": None,
            "perbaikan": one.next,
            "tautan": None,
        }
        for one in judgement.verdict.missing()
    ]
