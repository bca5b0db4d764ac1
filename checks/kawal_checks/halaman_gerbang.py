"""docs/dev/gerbang.md, written from the gates themselves: `python -m kawal_checks.halaman_gerbang > docs/dev/gerbang.md`."""

from __future__ import annotations

import re
import sys
from typing import Any

from .gates import GATES, Gate
from .kode import CODES

_HEAD = """# Gates

Written by `python -m kawal_checks.halaman_gerbang`; a test holds this page and the samples on it to the code. A gate
reads one or more reports (the format is recognised by content), checks that work was done, and answers `lulus`, `gagal`
or `tidak_dapat_dinilai`: exit 0, 3 and 3, or 6 for what cannot be read.

    kawal-checks UJI --laporan FILE… [--ambang FILE] [--sumber DIR] [--sasaran URL] [--pengecualian FILE]
                 --keluaran teks|json|junit|codequality|gitlab|github

Penetration tests, usability and review have no report that a tool writes: the first two are records of officials (`kawal catat pentest`, steps of the
SOP), review is read from the forge and judged with every release (TINJAU-001 to 003).
"""
_CODE = re.compile(r"\b[A-Z]{2,9}-\d{3}\b")


def module_text(gate: Gate[Any]) -> str:
    """The gate's own documentation: the docstring of its module."""
    return (sys.modules[f"{__package__}.gates.{gate.uji}"].__doc__ or "").strip()


def sample(gate: Gate[Any]) -> str:
    """The sample finding: the indented part of the documentation, on one line."""
    return " ".join(line.strip() for line in module_text(gate).splitlines() if line.startswith("    "))


def codes(gate: Gate[Any]) -> list[str]:
    """The reason codes that its sources name."""
    area = sample(gate).partition(": ")[2].partition(": ")[2].partition("-")[0]
    series = {code[: len(area) + 2] for code in _CODE.findall(sample(gate))}
    return [code for code in CODES if code[: len(area) + 2] in series]


def page() -> str:
    parts = [_HEAD]
    for gate in GATES.values():
        prose = "\n".join(line for line in module_text(gate).splitlines() if not line.startswith("    "))
        first, _, rest = prose.partition("\n")
        parts.append(
            "\n".join(
                [
                    f"## {gate.uji.replace('_', '-')}",
                    "",
                    first,
                    *([" ".join(rest.split())] if rest.strip() else []),
                    "",
                    f"Reads: {', '.join(gate.formats)}. Best class: `{gate.class_}`.",
                    "",
                    f"    {sample(gate)}",
                    "",
                    *(f"- {code}: {CODES[code]}" for code in codes(gate)),
                    "",
                ]
            )
        )
    return "\n".join(parts)


if __name__ == "__main__":
    print(page(), end="")
