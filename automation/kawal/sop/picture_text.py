"""What the boxes of a picture say."""

from __future__ import annotations

from dataclasses import dataclass

from kawal.sop.clock import phrase
from kawal.sop.procedure import Procedure, ProcStep


@dataclass(frozen=True)
class Text:
    words: str
    kind: str = ""
    """Style class: judul, waktu, picu, uji, sah."""


def gate_text(procedure: Procedure) -> list[str]:
    gate = procedure.profile.gate
    short = {"sop": procedure.profile.sop.phrase}

    def basis(kind: str, text: str) -> str:
        return short.get(kind) or kind.replace("_", " ") if kind != "peraturan" else text.partition(" (")[0]

    groups: dict[str, list[str]] = {}
    for test in procedure.tests:
        groups.setdefault(basis(test.basis.kind, test.basis.text), []).append(
            f"uji {test.kind.replace('_', ' ')}"
        )
    for one in procedure.signoffs:
        groups.setdefault(basis(one.basis.kind, one.basis.text), []).append(f"pengesahan {one.kind}")
    groups.setdefault(basis(procedure.review.kind, procedure.review.text), []).append("tinjauan kode")
    said = "tercetak di SOP" if gate.status == "tersurat" else "letaknya simpulan"
    return [
        f"GERBANG RILIS PRODUKSI ({said})",
        *(f"{key}: {', '.join(value)}" for key, value in groups.items()),
    ]


def step_lines(procedure: Procedure, step: ProcStep) -> tuple[Text, ...]:
    if not step.data.stage:
        return (Text(f"{step.data.number} {step.data.short}", "judul"),)
    head = f"{step.data.part or ''}{step.data.number.rstrip('.')}. {step.data.short}"
    lines = [Text(words, "judul") for words in wrap(head, 21)]
    if step.data.duration:
        lines += [
            Text(words, "waktu") for words in wrap(phrase(step.data.duration, procedure.count_days), 25)
        ]
    lines += [Text(words, "waktu") for said in _signatures(procedure, step) for words in wrap(said, 25)]
    tests = [
        test.kind.replace("_", " ")
        for test in procedure.tests
        if test.step == step.key and test.basis.kind == "sop"
    ]
    tests += (
        ["uat"]
        if any(s.kind == "uat" and s.step == step.key and s.basis.kind == "sop" for s in procedure.signoffs)
        else []
    )
    lines += [Text(words, "uji") for words in wrap(f"uji: {', '.join(tests)}", 25)] if tests else []
    if step.signoff:
        lines.append(Text(f"pengesahan {step.signoff}", "sah"))
    trigger = procedure.profile.trigger
    if step.key == trigger.step:
        word = "bila terbuka" if trigger.when == "terbuka" else "sesudah selesai"
        lines += [Text(words, "picu") for words in ("PROYEK DISIAPKAN", word)]
    if step.data.recurring:
        lines.append(Text("berulang", "waktu"))
    return tuple(lines)


def _signatures(procedure: Procedure, step: ProcStep) -> list[str]:
    """Who signs the step's papers, where that is known."""
    wanted = step.data.evidence
    kinds = {*wanted.all_of, *(kind for group in wanted.any_of for kind in group)}
    return [
        f"tanda tangan{' (tersirat)' if one.signatories_status == 'tersirat' else ''}: {procedure.role_names(one.signatories)}"
        for one in procedure.profile.documents
        if one.signatories and one.id in kinds
    ]


def wrap(text: str, width: int) -> tuple[str, ...]:
    """Lines of at most `width` characters; a longer word is broken after a slash, or else stands alone."""
    lines = [""]
    for word in text.split():
        long = len(word) > width - 2 and "/" in word
        for index, part in enumerate(word.replace("/", "/ ").split() if long else [word]):
            space = " " if lines[-1] and index == 0 else ""
            if lines[-1] and len(lines[-1]) + len(space) + len(part) > width:
                lines.append("")
            lines[-1] += (space if lines[-1] else "") + part
    return tuple(lines)
