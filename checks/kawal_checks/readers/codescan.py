"""What every reader of a code scanner gives: files seen, what was not, what was hushed, findings."""

from __future__ import annotations

from typing import NamedTuple

from kawal_checks.model import Finding


class CodeScan(NamedTuple):
    tool: str  # "bandit", "semgrep" or the name a SARIF or GitLab report gives, in lower case
    version: str
    files: tuple[str, ...] | None  # as scanned, relative to the tree; None: the report does not say
    lines: int | None  # None: the report does not say
    suppressed: int  # findings or lines that somebody silenced in the code
    skipped_tests: int
    errors: tuple[tuple[str, str], ...]  # (file, reason) of what was not scanned whole
    findings: tuple[Finding, ...]
    sha256: str = ""  # of the tool, as measured where it ran; "": nobody measured


def clean_path(path: str) -> str:
    """Relative to the tree. Files that a scanner only reads under another ending were staged with `.kawal.<ending>`."""
    path = path.removeprefix("file://").removeprefix("./")
    for ending in (".kawal.php", ".kawal.ts"):
        path = path.removesuffix(ending)
    return path
