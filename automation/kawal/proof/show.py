"""A proof for people: as text for a terminal and as one HTML page without scripts or outside parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from kawal.proof.model import GateProof, Leak, Proof

WORDS = {"ditegakkan": "DITEGAKKAN", "dianjurkan": "DIANJURKAN", "dapat dilewati": "DAPAT DILEWATI"}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; background: #fff; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #ccc; }
.v { white-space: nowrap; font-weight: 600; } .ditegakkan { color: #10572f; } .dianjurkan { color: #6b4a00; } .dapat-dilewati { color: #9a1c12; }
dt { font-weight: 600; } dd { margin: 0 0 .3rem 1rem; } li { margin-bottom: .6rem; } @media print { body { margin: 0; max-width: none; } }
"""


def counts(proof: Proof) -> dict[str, int]:
    return {word: sum(gate.verdict == word for gate in proof.gates) for word in WORDS}


def text(title: str, proof: Proof) -> str:
    lines = [title, f"Anak tangga {proof.ladder.step} dari 2: {proof.ladder.why}"]
    lines += [f"PERINGATAN {warning}" for warning in proof.warnings]
    for gate in proof.gates:
        lines.append(f"{WORDS[gate.verdict]:<15} {gate.title}")
        if not gate.leaks:
            lines.append(f"{'':<15} {gate.why}")
        for leak in gate.leaks:
            lines.append(f"{'':<15} oleh {leak.role} lewat {leak.path} [{leak.trap}]")
    if proof.leaks:
        lines += ["", "Perbaikan:"]
        for number, leak in enumerate(proof.leaks, start=1):
            lines.append(f"  {number}. {leak.trap}: ditemukan {leak.found}")
            lines.append(f"     {leak.fix}")
    total = counts(proof)
    said = ", ".join(f"{number} {word}" for word, number in total.items())
    lines.append(f"Hasil: {said}.")
    return "\n".join(lines)


def as_json(proof: Proof) -> dict[str, Any]:
    return {
        "anak_tangga": proof.ladder.step,
        "alasan_anak_tangga": proof.ladder.why,
        "peringatan": list(proof.warnings),
        "hasil": {word.replace(" ", "_"): number for word, number in counts(proof).items()},
        "gerbang": [
            {
                "gerbang": gate.gate,
                "judul": gate.title,
                "putusan": gate.verdict,
                "alasan": gate.why,
                "jalan": [leak.trap for leak in gate.leaks],
            }
            for gate in proof.gates
        ],
        "jalan": [_leak_json(leak) for leak in proof.leaks],
    }


def findings(proof: Proof) -> list[dict[str, Any]]:
    return [
        {
            "kode": "POSTUR-100",
            "jerat": leak.trap,
            "judul": f"dapat dilewati oleh {leak.role} lewat {leak.path}",
            "ditemukan": leak.found,
            "perbaikan": leak.fix,
        }
        for leak in proof.leaks
    ]


def _leak_json(leak: Leak) -> dict[str, Any]:
    return {
        "jerat": leak.trap,
        "gerbang": list(leak.gates),
        "peran": leak.role,
        "lewat": leak.path,
        "ditemukan": leak.found,
        "perbaikan": leak.fix,
        "oleh_rencana": leak.by_plan,
    }


def html(proofs: Sequence[tuple[str, Proof]], made: str) -> str:
    body = "".join("".join(_section(title, proof)) for title, proof in proofs)
    return (
        '<!doctype html><html lang="id"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Bukti gerbang</title><style>{_STYLE}</style></head>"
        f"<body><h1>Bukti gerbang</h1><p>Dibaca {escape(made)}. Hanya membaca; tidak ada yang diubah.</p>{body}</body></html>"
    )


def _section(title: str, proof: Proof) -> Iterator[str]:
    yield f"<section><h2>{escape(title)}</h2>"
    yield f"<p>Anak tangga {proof.ladder.step} dari 2: {escape(proof.ladder.why)}</p>"
    for warning in proof.warnings:
        yield f'<p class="dianjurkan"><strong>Peringatan:</strong> {escape(warning)}</p>'
    yield '<table><thead><tr><th scope="col">Putusan</th><th scope="col">Gerbang</th><th scope="col">Mengapa</th></tr></thead><tbody>'
    for gate in proof.gates:
        yield f'<tr><td class="v {gate.verdict.replace(" ", "-")}">{WORDS[gate.verdict]}</td><td>{escape(gate.title)}</td><td>{_why(gate)}</td></tr>'
    yield "</tbody></table>"
    if proof.leaks:
        yield "<h3>Perbaikan</h3><ol>"
        for leak in proof.leaks:
            yield (
                f"<li><strong>{escape(leak.trap)}</strong>: oleh {escape(leak.role)} lewat {escape(leak.path)}"
                f"<dl><dt>Ditemukan</dt><dd>{escape(leak.found)}</dd><dt>Perbaikan</dt><dd>{escape(leak.fix)}</dd></dl></li>"
            )
        yield "</ol>"
    yield "</section>"


def _why(gate: GateProof) -> str:
    if not gate.leaks:
        return escape(gate.why)
    ways = "".join(f"<li>oleh {escape(leak.role)} lewat {escape(leak.path)}</li>" for leak in gate.leaks)
    return f"<ul>{ways}</ul>"
