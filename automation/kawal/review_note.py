"""The note for a reviewer: what kawal saw of a merge request, and what only a person can read. Pure; Markdown for the forge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kawal.issue_text import plain, quoted
from kawal.policy.patch import matches_any
from kawal_checks.gates.keamanan_kode import COVERS, languages
from kawal_checks.model import SEVERITIES, Finding, Result

MOST = 20
"""Rows of one list; the rest is a number."""
TEST_FOLDERS = ("uji/", "tests/", "test/")
_SCANNED = frozenset[str]().union(*COVERS.values())


@dataclass(frozen=True)
class GateRow:
    """One gate of the merge request's own pipeline."""

    title: str
    result: Result | None
    """None: the pipeline left no report yet."""


@dataclass(frozen=True)
class LoadRow:
    name: str
    limit_ms: int
    before_ms: int | None
    after_ms: int | None


@dataclass(frozen=True)
class Change:
    path: str
    kind: str
    """baru, ubah or hapus"""


@dataclass(frozen=True)
class Patterns:
    dependencies: tuple[str, ...]
    sensitive: tuple[str, ...]


@dataclass(frozen=True)
class NoteFacts:
    head_sha: str
    target: str
    compared_with: str | None
    """Commit of the target branch whose scan was compared; None: there was none, so every finding counts as new."""
    gates: tuple[GateRow, ...]
    new: tuple[Finding, ...]
    gone: int
    load: tuple[LoadRow, ...]
    merged: bool
    changes: tuple[Change, ...]
    patterns: Patterns
    step: str | None
    step_named: bool
    """Whether the merge request itself names the issue of the step; else it is the step that is open."""
    voided: tuple[str, ...]
    kept: tuple[str, ...]


def new_findings(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[tuple[Finding, ...], int]:
    """Findings of `after` that `before` does not have as often, worst first; and how many of `before` are gone."""
    left = Counter(one.fingerprint for one in before)
    new = []
    for one in after:
        if left[one.fingerprint] > 0:
            left[one.fingerprint] -= 1
        else:
            new.append(one)
    return tuple(sorted(new, key=lambda one: (SEVERITIES.index(one.severity), one.place))), left.total()


def changes_between(base: dict[str, str], head: dict[str, str], target: dict[str, str]) -> tuple[Change, ...]:
    """What a merge would change in the target: differs from it, and not only because the target went on since `base`."""
    found = []
    for path in sorted(base.keys() | head.keys()):
        here, there = head.get(path), target.get(path)
        if here == there or here == base.get(path):
            continue
        found.append(Change(path, "hapus" if here is None else "baru" if path not in base else "ubah"))
    return tuple(found)


def touched(changes: Sequence[Change], patterns: tuple[str, ...]) -> tuple[Change, ...]:
    return tuple(one for one in changes if matches_any(one.path, patterns))


def to_read(facts: NoteFacts) -> tuple[tuple[str, str], ...]:
    """(file, why) that no tool of ours speaks for."""
    reasons: dict[str, list[str]] = {}
    for one in touched(facts.changes, facts.patterns.sensitive):
        reasons.setdefault(one.path, []).append("berkas peka")
    for one in touched(facts.changes, facts.patterns.dependencies):
        reasons.setdefault(one.path, []).append("dependensi: siapa pembuatnya, dan untuk apa")
    for one in facts.changes:
        known = languages([one.path]).keys()
        if one.kind == "hapus" and one.path.startswith(TEST_FOLDERS):
            reasons.setdefault(one.path, []).append("uji dihapus")
        elif one.kind == "ubah" and one.path.startswith(TEST_FOLDERS):
            reasons.setdefault(one.path, []).append("uji yang sudah ada diubah")
        elif one.kind != "hapus" and not known & _SCANNED and not _prose(one.path):
            reasons.setdefault(one.path, []).append("tidak dibaca pemindai mana pun")
    return tuple((path, "; ".join(why)) for path, why in sorted(reasons.items()))


def _prose(path: str) -> bool:
    return path.lower().endswith((".md", ".txt", ".rst", ".png", ".jpg", ".svg", ".ico"))


def compose(facts: NoteFacts) -> str:
    """The whole note. Whatever others wrote stands as code, so that nothing in it is markup, a mention or a command."""
    state = "sudah digabung" if facts.merged else "untuk peninjau"
    parts = [
        f"### kawal: catatan {state}, commit `{facts.head_sha[:8]}`",
        _step(facts),
        _gates(facts),
        _findings(facts),
        _load(facts),
        _files("Dependensi yang disentuh", touched(facts.changes, facts.patterns.dependencies)),
        _files("Berkas peka yang disentuh", touched(facts.changes, facts.patterns.sensitive)),
        _signoffs(facts),
        _reading(facts),
        "<sub>Ditulis dan diperbarui oleh bot kawal dari laporan yang dihitungnya sendiri. Hanya penjelasan: yang mengikat adalah izin rilis.</sub>",
    ]
    return "\n\n".join(part for part in parts if part)


def _step(facts: NoteFacts) -> str:
    if facts.step is None:
        return "**Langkah SOP**: tidak ada langkah yang terbuka."
    how = (
        ""
        if facts.step_named
        else " (langkah yang sedang terbuka; merge request ini tidak menyebut isu langkah)"
    )
    return f"**Langkah SOP**: {plain(facts.step)}{how}"


def _gates(facts: NoteFacts) -> str:
    rows = ["| Uji di pipeline ini | Hasil |", "|---|---|"]
    for row in facts.gates:
        if row.result is None:
            rows.append(f"| {row.title} | belum ada laporan |")
        else:
            verdict = row.result.verdict.replace("_", " ")
            what = row.result.reasons[0].text if row.result.reasons else row.result.summary
            rows.append(f"| {row.title} | {verdict}: {_cell(what)} |")
    return "\n".join(rows) if facts.gates else ""


def _cell(text: str) -> str:
    """Code inside a table: there even a bar in code ends the cell."""
    return quoted(text).replace("|", "\\|")


def _findings(facts: NoteFacts) -> str:
    against = (
        f"dibandingkan dengan `{facts.target}` pada `{facts.compared_with[:8]}`"
        if facts.compared_with
        else f"`{facts.target}` belum punya hasil pemindaian: semua temuan ditampilkan"
    )
    gone = f"; {facts.gone} temuan lama hilang" if facts.gone else ""
    if not facts.new:
        return f"**Temuan baru**: tidak ada ({against}{gone})"
    lines = [f"**Temuan baru: {len(facts.new)}** ({against}{gone})", ""]
    for one in facts.new[:MOST]:
        lines.append(f"- **{one.severity}** {quoted(one.place)} {quoted(one.rule)}: {quoted(one.text)}")
    return "\n".join(lines + _more(len(facts.new)))


def _more(number: int) -> list[str]:
    return [f"- … dan {number - MOST} lagi"] if number > MOST else []


def _load(facts: NoteFacts) -> str:
    if not facts.load:
        return ""
    rows = ["| Uji beban | Ambang p95 | Sebelum | Sesudah |", "|---|---|---|---|"]
    for one in facts.load:
        before = "belum diukur" if one.before_ms is None else f"{one.before_ms} ms"
        after = "diukur sesudah digabung" if one.after_ms is None else f"{one.after_ms} ms{_moved(one)}"
        rows.append(f"| {quoted(one.name)} | {one.limit_ms} ms | {before} | {after} |")
    return "\n".join(rows)


def _moved(one: LoadRow) -> str:
    if one.after_ms is not None and one.after_ms > one.limit_ms:
        return " **melewati ambang**"
    if one.before_ms and one.after_ms is not None:
        return f" ({(one.after_ms - one.before_ms) * 100 // one.before_ms:+d} %)"
    return ""


def _files(title: str, changes: Sequence[Change]) -> str:
    if not changes:
        return f"**{title}**: tidak ada"
    rows = [f"- {quoted(one.path)} ({one.kind})" for one in changes[:MOST]]
    return "\n".join([f"**{title}**", "", *rows, *_more(len(changes))])


def _signoffs(facts: NoteFacts) -> str:
    if not facts.voided and not facts.kept:
        return "**Pengesahan**: belum ada yang diberikan; rilis pertama membutuhkan semuanya."
    lines = ["**Pengesahan bila perubahan ini dirilis**", ""]
    lines += [f"- gugur: {plain(one)}" for one in facts.voided]
    lines += [f"- tetap: {plain(one)}" for one in facts.kept]
    return "\n".join(lines)


def _reading(facts: NoteFacts) -> str:
    files = to_read(facts)
    lines = [
        "**Yang tetap harus dibaca orang**",
        "",
        "- apakah perubahan ini melakukan yang diminta langkah itu, dan tidak lebih",
        "- siapa yang boleh melihat dan mengubah data apa: pemindai tidak mengetahuinya",
    ]
    lines += [f"- {quoted(path)}: {why}" for path, why in files[:MOST]]
    return "\n".join(lines + _more(len(files)))
