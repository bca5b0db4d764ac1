"""What every reader of an application scanner gives: pages seen, hosts seen, findings."""

from __future__ import annotations

from typing import NamedTuple

from kawal_checks.model import Finding


class WebScan(NamedTuple):
    tool: str
    version: str
    targets: tuple[str, ...]  # URLs of the sites that were scanned
    pages: int
    findings: tuple[Finding, ...]
    sha256: str = ""  # of the tool, as measured where it ran; "": nobody measured
