"""What the gate job shows outside its log: the pipeline's name and a JUnit file, one test case per requirement. Display only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape as xml_escape  # writes only  # nosec B406
from xml.sax.saxutils import quoteattr

from kawal_checks.model import ReportError
from kawal_checks.teks import escape, one_line

from .http import DoorError, request

SHOWN = 4


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
    rows = []
    for one in findings if decision != "terbuka" else ():
        one = one if isinstance(one, dict) else {}
        title = one_line(f"{one.get('kode')} {one.get('judul')}", 300)
        text = "\n".join(
            one_line(f"{key}: {one.get(key)}", 500)
            for key in ("ditemukan", "diperlukan", "siapa", "perbaikan")
        )
        rows.append(
            f"<testcase classname={quoteattr('kawal: gerbang rilis')} name={quoteattr(title)}>"
            f"<failure message={quoteattr(title)}>{xml_escape(escape(text))}</failure></testcase>"
        )
    bad = len(rows) or int(decision != "terbuka")
    if not rows:
        body = "" if decision == "terbuka" else '<failure message="terkunci"/>'
        rows = [f'<testcase classname="kawal: gerbang rilis" name="semua syarat rilis">{body}</testcase>']
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites><testsuite name="kawal" tests="{len(rows)}" failures="{bad}" errors="0">{"".join(rows)}</testsuite></testsuites>\n',
        "utf-8",
    )
