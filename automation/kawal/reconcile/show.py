"""A plan as text for people: one line per kind for additions, one line per change for everything else."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from kawal.reconcile.plan import Change, Plan, plan_id
from kawal.reconcile.views import Value

COUNTED = {
    "grup": "grup",
    "setelan": "setelan proyek sebelum commit pertama",
    "label": "label tahap, langkah, uji, peran dan gerbang",
    "tonggak": "tonggak menurut tahap SOP",
    "isu": "isu menurut langkah SOP",
    "keadaan-isu": "isu ditutup: langkahnya sudah dicatat",
    "lingkungan": "environment yang hanya menerima tag rilis",
    "perlindungan": "cabang dan tag dilindungi",
    "anggota": "anggota",
    "variabel": "variabel pipeline",
    "setelan-gabung": "setelan penggabungan",
    "webhook": "webhook",
}
LEVELS = {
    0: "tidak seorang pun",
    10: "Guest",
    20: "Reporter",
    30: "Developer",
    40: "Maintainer",
    50: "Owner",
    60: "admin",
}
WIDTH = 15


def show_plan(plan: Plan, *, verbose: bool = False, limit: int = 120) -> str:
    """The plan as `+ ~ -` lines, its notes and the summary. `verbose` lists every addition."""
    lines: list[str] = []
    for (op, kind), group in groupby(plan.changes, key=lambda change: (change.op, change.kind)):
        changes = list(group)
        if op == "+" and len(changes) > 1 and not verbose:
            lines.append(f"{op} {kind:<{WIDTH}}{len(changes)} {COUNTED.get(kind, kind)}")
        else:
            lines += [f"{op} {kind:<{WIDTH}}{_cut(describe_change(change), limit)}" for change in changes]
    lines += [f"  catatan: {note}" for note in plan.notes]
    lines.append(summary(plan))
    return "\n".join(lines)


def summary(plan: Plan) -> str:
    return (
        f"Ringkasan: {plan.count('+')} dibuat, {plan.count('~')} diubah, {plan.count('-')} dihapus."
        if plan.changes
        else "Tidak ada perubahan: keadaan di forge sudah sesuai."
    )


def headline(plan: Plan) -> str:
    """The sentence above a plan that changes things: who has to do what."""
    name = plan_id(plan.hash)
    if not plan.changes or plan.only_adds:
        return f"Rencana {name} untuk {plan.project}: hanya menambah."
    return f"Rencana {name} mengubah {plan.count('~')} dan menghapus {plan.count('-')} hal yang sudah ada, jadi menunggu Anda."


def describe_change(change: Change) -> str:
    """One change in words: its key and what is or becomes of it."""
    if change.op == "~" and change.before is not None and change.after is not None:
        return f"{change.key}: {_difference(change)}"
    if change.kind == "anggota":
        return f"{change.key} sebagai {_level(change.after)}"
    if change.kind == "perlindungan" and isinstance(change.after, Mapping):
        return (
            f"{change.key} ({', '.join(f'{what}: {_level(level)}' for what, level in change.after.items())})"
        )
    if change.kind == "lingkungan" and isinstance(change.after, Mapping):
        return f"{change.key} hanya menerima tag {change.after['tag_rilis']}"
    if change.kind == "commit" and isinstance(change.after, Mapping):
        return f"{len(change.after['berkas'])} berkas kerangka di {change.key}"
    if change.kind in ("isu", "keadaan-isu"):
        return f"{title(change)}  {change.key}"
    if change.kind in ("setelan", "setelan-gabung", "pipeline"):
        return f"{change.key} = {_word(change.after)}"
    return change.key


def title(change: Change) -> str:
    """What a person calls the thing: an issue by its title, everything else by its key."""
    if change.kind == "isu" and isinstance(change.after, Mapping):
        return str(change.after["judul"])
    return str(change.after) if change.kind == "keadaan-isu" else change.key


def _difference(change: Change) -> str:
    if isinstance(change.before, Mapping) and isinstance(change.after, Mapping):
        parts = []
        for field in change.after:
            before, after = change.before.get(field), change.after[field]
            if before != after:
                parts.append(
                    f"{field} {_shown(change.kind, field, before)} -> {_shown(change.kind, field, after)}"
                )
        return ", ".join(parts)
    return f"{_shown(change.kind, '', change.before)} -> {_shown(change.kind, '', change.after)}"


def _shown(kind: str, field: str, value: Value | list[str] | None) -> str:
    if kind in ("anggota", "perlindungan"):
        return _level(value)
    if field == "isi":
        return str(value)[:8]
    return _word(value)


def _level(value: object) -> str:
    if isinstance(value, bool):
        return _word(value)
    return LEVELS.get(value, f"tingkat {value}") if isinstance(value, int) else str(value)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if value is None or value == "":
        return "kosong"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _cut(text: str, limit: int) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= limit else text[: limit - 1] + "…"
