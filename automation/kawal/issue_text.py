"""What kawal writes on the forge for people: safe text, the issue of one SOP step, the description of a project."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kawal.model import Application, DoneStep
from kawal.sop.clock import Deadline, phrase
from kawal.sop.procedure import Procedure, ProcStep
from kawal.sop.requirements import RequiredSignOff, RequiredTest
from kawal.sop.schema import Choice
from kawal.sop.words import moment_text

# C0, C1, bidi controls, zero-width characters, line separators, surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_NOT_PRINTED = "tidak tercetak di SOP"
_ENDS = {
    "SELESAI": "alur selesai",
    "SELESAI_DITOLAK": "alur berakhir: ditolak",
    "SELESAI_DITUNDA": "alur ditunda",
}


def plain(text: str, *, limit: int = 200) -> str:
    """User text on one line, without control, bidi or invisible characters. For titles and descriptions."""
    cleaned = " ".join(_UNSAFE.sub(" ", text).split())
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def quoted(text: str, *, limit: int = 200) -> str:
    """User text inside Markdown: as code, so that no markup, mention, reference or quick action takes effect."""
    # A comment opener would look like one of our markers to whoever searches the body.
    return f"`{plain(text, limit=limit).replace('`', chr(39)).replace('<!--', '<! --')}`"


def marker(instance: str, app_id: str, key: str) -> str:
    """The hidden line by which a plan finds its issue again."""
    return f"<!-- kawal:{instance} {app_id} {key} -->"


def printed_number(step: ProcStep) -> str:
    """The number as people cite it: with its part where the SOP numbers twice, without the closing point."""
    return f"{step.data.part or ''}{step.data.number.rstrip('.')}"


def step_title(step: ProcStep) -> str:
    return f"Langkah {printed_number(step)}: {step.data.short}"


def step_body(
    procedure: Procedure,
    step: ProcStep,
    app: Application,
    *,
    deadline: Deadline | None,
    done: DoneStep | None,
    skipped_because: str | None,
    mark: str,
    every: str | None = None,
) -> str:
    """The issue of one step: the SOP's words, role, documents, deadline, basis, checklist; the marker is the last line.

    `every`: the interval of a step that came back, with its basis, in place of the printed time.
    """
    parts = [f"> {plain(step.data.text, limit=4000)}"]
    parts += (
        ["\n".join(f"> {plain(item, limit=1000)}" for item in step.data.items)] if step.data.items else []
    )
    parts.append(_table(procedure, step, app, deadline, every))
    tests = [test for test in procedure.tests if test.step == step.key]
    signoffs = [signoff for signoff in procedure.signoffs if signoff.step == step.key]
    parts.append(_checklist(procedure, step, tests, signoffs, ticked=done is not None))
    if step.data.decision:
        parts.append(
            "**Keputusan**\n\n" + "\n".join(_choice(procedure, c) for c in step.data.decision.choices)
        )
    if step.data.note:
        parts.append(f"Catatan: {plain(step.data.note, limit=1000)}")
    if done is not None:
        parts.append(_done(procedure, done))
    elif skipped_because is not None:
        parts.append(f"**Tidak berlaku**: {skipped_because}")
    parts.append(mark)
    return "\n\n".join(part for part in parts if part)


def _table(
    procedure: Procedure, step: ProcStep, app: Application, deadline: Deadline | None, every: str | None
) -> str:
    data = step.data
    time = every or (phrase(data.duration, procedure.count_days) if data.duration else _NOT_PRINTED)
    rows = [
        ("Aplikasi", quoted(app.name)),
        ("Pelaku", _actor(procedure, step)),
        ("Kelengkapan", _documents(procedure, data.inputs, data.implied_inputs)),
        (
            "Output",
            _documents(procedure, data.outputs, data.implied_outputs, as_printed=data.outputs_as_printed),
        ),
        ("Waktu", time),
        ("Tenggat", moment_text(deadline.at) if deadline else "belum dapat dihitung"),
        ("Dasar", step.basis.text),
    ]
    if deadline and deadline.warnings:
        rows.insert(6, ("Kalender", "; ".join(deadline.warnings)))
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {_cell(value)} |" for name, value in rows)])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _actor(procedure: Procedure, step: ProcStep) -> str:
    names = procedure.role_names(step.roles)
    if step.actor:
        return f"SOP tidak menyebut pelaku; ditetapkan dinas: {names} ({step.actor})"
    if not step.roles:
        return "SOP tidak menyebut pelaku; belum ditetapkan dinas" if step.data.stage else "-"
    return f"{names} (tersirat)" if step.data.role_status == "tersirat" else names


def _documents(
    procedure: Procedure, printed: Sequence[str], implied: Sequence[str], *, as_printed: str | None = None
) -> str:
    names = [procedure.documents[kind] for kind in printed]
    names += [f"{procedure.documents[kind]} (tersirat)" for kind in implied]
    shown = "; ".join(names) or _NOT_PRINTED
    return f"{shown} (tercetak: «{as_printed}»)" if as_printed else shown


def _checklist(
    procedure: Procedure,
    step: ProcStep,
    tests: Sequence[RequiredTest],
    signoffs: Sequence[RequiredSignOff],
    *,
    ticked: bool,
) -> str:
    box = "- [x]" if ticked else "- [ ]"
    lines = [f"{box} {procedure.paper(kind)}" for kind in step.data.evidence.all_of]
    lines += [f"{box} {' atau '.join(map(procedure.paper, group))}" for group in step.data.evidence.any_of]
    lines += [f"{box} {test.term} (dasar: {test.basis.text})" for test in tests]
    lines += [f"{box} Pengesahan {entry.kind} (dasar: {_signoff_basis(entry)})" for entry in signoffs]
    return "**Daftar periksa**\n\n" + "\n".join(lines) if lines else ""


def _signoff_basis(signoff: RequiredSignOff) -> str:
    return (
        f"{signoff.basis.text}; pelaku: {signoff.basis.actor}" if signoff.basis.actor else signoff.basis.text
    )


def _choice(procedure: Procedure, choice: Choice) -> str:
    step = procedure.step(choice.target)
    where = f"langkah {printed_number(step)}" if step else _ENDS[choice.target]
    remark = " (tersirat)" if choice.status == "tersirat" else ""
    return f"- {choice.value.replace('_', ' ')} → {where}{remark}"


def _done(procedure: Procedure, done: DoneStep) -> str:
    role = procedure.roles.get(done.role, done.role)
    lines = [f"**Selesai** {done.done_at:%Y-%m-%dT%H:%M:%SZ} oleh {role}"]
    if done.decision:
        lines.append(f"Keputusan: {quoted(done.decision.replace('_', ' '))}")
    lines += [f"- {procedure.documents.get(kind, kind)}: sha256 `{digest}`" for kind, digest in done.evidence]
    return "\n".join([lines[0], "", *lines[1:]]).rstrip()
