"""How a result is shown: for people (Indonesian, docs of the interface) or as JSON."""

from __future__ import annotations

import json

from .berikutnya import NEXT
from .model import EXIT_UNREADABLE, GAGAL, LULUS, Reason, ReportError, Result
from .teks import escape, one_line

_WORD = {LULUS: "Lulus", GAGAL: "Gagal"}
_SHOWN = ("kritis", "tinggi", "sedang")


def as_text(result: Result, title: str) -> str:
    """First line: the verdict and its reason or figures; then further reasons, what to do about them, and the findings that count."""
    word = _WORD.get(result.verdict, "Tidak dapat dinilai")
    if not result.reasons:
        return f"{word}: {title}: {result.summary}."
    lines = [f"{word}: {title}: {_reason(reason)}" for reason in result.reasons[:1]]
    lines += [f"  {_reason(reason)}" for reason in result.reasons[1:]]
    steps = dict.fromkeys(NEXT[reason.code] for reason in result.reasons if reason.code in NEXT)
    lines += [f"  Berikutnya: {step}." for step in steps]
    shown = [finding for finding in result.findings if finding.severity in _SHOWN]
    lines += [
        f"  {finding.severity}: {finding.place} {finding.rule} {finding.text}" for finding in shown[:50]
    ]
    if len(shown) > 50:
        lines.append(f"  … dan {len(shown) - 50} temuan lain")
    return escape("\n".join(lines))


def _reason(reason: Reason) -> str:
    found, needed = one_line(reason.found), one_line(reason.needed)
    return f"{reason.code} {one_line(reason.text)}: ditemukan {found}; dibutuhkan {needed}."


def _finding(reason: Reason) -> dict[str, str]:
    return {**reason.as_dict(), "perbaikan": NEXT.get(reason.code, "")}


def as_json(result: Result, command: str) -> str:
    body = {
        "versi": 1,
        "perintah": command,
        "kode_keluar": result.exit_code,
        "status": result.verdict,
        "data": result.as_dict(),
        "temuan": [_finding(reason) for reason in result.reasons],
    }
    return json.dumps(body, ensure_ascii=False, indent=2)


def error_text(error: ReportError) -> str:
    facts = f"ditemukan {one_line(error.found)}; dibutuhkan {one_line(error.needed)}"
    return f"Tidak terbaca: {one_line(error.place)}: {facts}.\n  Berikutnya: {NEXT['INPUT-101']}."


def error_json(error: ReportError, command: str) -> str:
    reason = Reason("INPUT-101", one_line(error.place), one_line(error.found), one_line(error.needed))
    body = {
        "versi": 1,
        "perintah": command,
        "kode_keluar": EXIT_UNREADABLE,
        "status": "tidak_terbaca",
        "data": {},
        "temuan": [_finding(reason)],
    }
    return json.dumps(body, ensure_ascii=False, indent=2)
