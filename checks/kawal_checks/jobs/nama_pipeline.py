"""What the gate job shows outside its log: the pipeline's name and a JUnit file, one test case per requirement. Display only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kawal_checks.bentuk import Case, junit_text
from kawal_checks.model import ReportError

from .http import DoorError, request

SHOWN = 4
SUITE = "kawal: gerbang rilis"


def name_of(decision: str, codes: Sequence[str]) -> str:
    """`TERKUNCI: SANDI-001, PSE-001`: what the list of pipelines says."""
    if decision == "terbuka":
        return "TERBUKA: rilis menunggu izin"
    more = f" +{len(codes) - SHOWN}" if len(codes) > SHOWN else ""
    return f"TERKUNCI: {', '.join(codes[:SHOWN]) or 'alasannya di log'}{more}"


def rename(environ: Mapping[str, str], name: str) -> None:
    """Names the pipeline by the job's own token (GitLab allows it the name alone). A failure changes no verdict."""
    place = [
        environ.get(key, "") for key in ("CI_API_V4_URL", "CI_PROJECT_ID", "CI_PIPELINE_ID", "CI_JOB_TOKEN")
    ]
    if not all(place):
        return
    url, project, pipeline, token = place
    headers = {"JOB-TOKEN": token, "Content-Type": "application/json"}
    try:
        request(
            "PUT",
            f"{url}/projects/{project}/pipelines/{pipeline}/metadata",
            headers,
            json.dumps({"name": name}).encode(),
        )
    except (DoorError, ReportError):
        return


def write_junit(path: Path, decision: str, findings: Sequence[Any]) -> None:
    """One failed case per requirement that is missing; one passed case when the release is open."""
    if decision == "terbuka":
        cases = [Case(SUITE, "semua syarat rilis", "terbuka")]
    else:
        rows = [one if isinstance(one, dict) else {} for one in findings]
        cases = [_missing(row) for row in rows] or [
            Case(SUITE, "semua syarat rilis", "", "failure", "terkunci")
        ]
    path.write_text(junit_text("kawal", cases), "utf-8")


def _missing(row: Mapping[str, Any]) -> Case:
    title = f"{row.get('kode')} {row.get('judul')}"
    text = "\n".join(f"{key}: {row.get(key)}" for key in ("ditemukan", "diperlukan", "siapa", "perbaikan"))
    return Case(SUITE, title, text, "failure", title)
