"""`saring-tim`: makes the team's own jobs harmless before they run as a child pipeline.

What comes out has only words listed here, and every job runs on the common runner: no token, no environment, no secret, no image
of PA's runner, nothing included or triggered, no resource that a gate waits for. A word that is not listed is refused, not dropped.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kawal_checks.model import EXIT_BLOCKED, EXIT_OK, ReportError
from kawal_checks.teks import one_line

RUNNER = "umum"
MAX_JOBS = 50
TOP = {"stages", "variables"}
JOB = {
    "stage", "script", "before_script", "after_script", "image", "services", "variables", "artifacts", "cache", "needs", "dependencies", "rules",
    "when", "allow_failure", "timeout", "interruptible", "retry", "parallel", "coverage", "tags",
}  # fmt: skip
ARTIFACTS = {"paths", "exclude", "when", "expire_in", "name", "reports", "expose_as"}
REPORTS = {"junit", "codequality", "coverage_report", "annotations"}
NEED = {"job", "artifacts", "optional"}
_NAME = re.compile(r"[A-Za-z0-9][\w :./-]{0,99}")


def screen(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Writes the screened pipeline (JSON is YAML), or says what the team has to take out."""
    from kawal_checks.lint.muat import MAX_BYTES, load

    del environ
    with options.sumber.open("rb") as file:
        document = load(file.read(MAX_BYTES + 1), str(options.sumber))
    problems = list(find_problems(document))
    if problems:
        shown = "\n".join(f"  {one_line(problem)}" for problem in problems[:20])
        print(f"Gagal: pekerjaan tim: {len(problems)} hal tidak boleh ada di {options.sumber}:\n{shown}")
        return EXIT_BLOCKED
    screened = screened_pipeline(document)
    options.keluar.write_text(json.dumps(screened, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"Disaring: {len(jobs_of(screened))} pekerjaan tim, semuanya di runner {RUNNER}.")
    return EXIT_OK


def jobs_of(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: job for name, job in document.items() if name not in TOP}


def find_problems(document: Mapping[str, Any]) -> Iterator[str]:
    jobs = jobs_of(document)
    if not 0 < len(jobs) <= MAX_JOBS:
        yield f"{len(jobs)} pekerjaan; paling sedikit 1, paling banyak {MAX_JOBS}"
    for name, job in jobs.items():
        if not _NAME.fullmatch(name):
            yield f"nama pekerjaan {name[:60]!a}"
        elif not isinstance(job, dict):
            yield f"{name}: kata kunci ini tidak dikenal di berkas tim"
        else:
            yield from (f"{name}: {problem}" for problem in _job_problems(job))


def _job_problems(job: dict[str, Any]) -> Iterator[str]:
    yield from sorted(job.keys() - JOB)
    if job.get("tags", [RUNNER]) not in ([RUNNER], RUNNER):
        yield f"tags: hanya [{RUNNER}]"
    if not job.get("script"):
        yield "tanpa script"
    if job.get("when") not in (None, "on_success", "on_failure", "always", "manual"):
        yield "when"
    artifacts = job.get("artifacts", {})
    if not isinstance(artifacts, dict):
        yield "artifacts"
    else:
        yield from (f"artifacts.{word}" for word in sorted(artifacts.keys() - ARTIFACTS))
        reports = artifacts.get("reports", {})
        unknown = reports.keys() - REPORTS if isinstance(reports, dict) else {"?"}
        yield from (f"artifacts.reports.{word}" for word in sorted(unknown))
    for need in job.get("needs") or []:
        if isinstance(need, dict):
            yield from (f"needs.{word}" for word in sorted(need.keys() - NEED))


def screened_pipeline(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same jobs with the runner set; children of a merge request have no rules of their own to start them."""
    if problems := list(find_problems(document)):
        raise ReportError("berkas tim", problems[0], "berkas yang lulus saringan")
    head = {word: document[word] for word in sorted(TOP & document.keys())}
    jobs = {
        name: {"rules": [{"when": "on_success"}], "timeout": "30 minutes", **job, "tags": [RUNNER]}
        for name, job in jobs_of(document).items()
    }
    for job in jobs.values():
        if "when" in job:  # GitLab: `when` beside `rules` is an error
            job["rules"] = (
                [{"when": job.pop("when")}] if job["rules"] == [{"when": "on_success"}] else job["rules"]
            )
    return {**head, **jobs}
