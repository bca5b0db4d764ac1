"""Results in the shapes that forges show: JUnit, Code Quality, annotations of GitLab, workflow commands of GitHub. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote
from xml.sax.saxutils import escape as xml_escape  # writes only  # nosec B406
from xml.sax.saxutils import quoteattr

from .keluaran import as_text
from .model import LULUS, TIDAK_DAPAT_DINILAI, Finding, Result
from .teks import escape, one_line

Titled = tuple[Result, str]  # a result and the title of its gate

_CODE_QUALITY = {
    "kritis": "blocker",
    "tinggi": "critical",
    "sedang": "major",
    "rendah": "minor",
    "info": "info",
}
_ORDER = ("kritis", "tinggi", "sedang", "rendah", "info")
GITHUB_PER_KIND = 10  # more are dropped silently by GitHub: worst first, the rest in the summary
SUMMARY_LIMIT = 900_000  # GitHub refuses a step summary above 1 MiB as a whole


class Case(NamedTuple):
    """One test case of a JUnit file. `problem` is `failure`, `error`, or empty when it passed; `text` is then its output."""

    classname: str
    name: str
    text: str = ""
    problem: str = ""
    message: str = ""


class Attached(NamedTuple):
    """A file for people among the job's artefacts, and where it is read."""

    label: str
    url: str


def attachments(paths: Sequence[str], environ: Mapping[str, str]) -> tuple[Attached, ...]:
    """GitLab shows one file of a job; GitHub hands out a run's artefacts as a whole; elsewhere the path itself."""
    job, run = environ.get("CI_JOB_URL"), environ.get("GITHUB_RUN_ID")
    server, repository = environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_REPOSITORY")
    found = []
    for path in paths:
        url = path
        if job:
            url = f"{job}/artifacts/file/{quote(path)}"
        elif run and server and repository:
            url = f"{server}/{repository}/actions/runs/{run}#artifacts"
        found.append(Attached(one_line(path.rpartition("/")[2]), one_line(url)))
    return tuple(found)


def reading(attached: Sequence[Attached]) -> list[str]:
    return [f"Untuk dibaca: {one.label}: {one.url}" for one in attached]


def junit(results: Sequence[Titled]) -> str:
    """One testcase per requirement: the gate itself, and each reason why it is not met. `classname` is the suite GitLab shows."""
    cases = []
    for result, title in results:
        if result.verdict == LULUS:
            cases.append(Case(f"kawal: {title}", title, result.summary))
        kind = "error" if result.verdict == TIDAK_DAPAT_DINILAI else "failure"
        for reason in result.reasons:
            text = f"ditemukan {one_line(reason.found)}; dibutuhkan {one_line(reason.needed)}"
            name = f"{reason.code} {one_line(reason.text)}"
            cases.append(Case(f"kawal: {title}", name, as_text(result, title), kind, text))
    return junit_text("kawal", tuple(dict.fromkeys(cases)))


def junit_text(suite: str, cases: Sequence[Case]) -> str:
    """The cases as a JUnit file of one suite."""
    rows = []
    for case in cases:
        body = f"<system-out>{_xml(case.text)}</system-out>" if case.text else ""
        if case.problem:
            body = f"<{case.problem} message={_attribute(case.message)}>{_xml(case.text)}</{case.problem}>"
        rows.append(
            f"<testcase classname={_attribute(case.classname)} name={_attribute(case.name)}>{body}</testcase>"
        )
    bad, unknown = (sum(case.problem == kind for case in cases) for kind in ("failure", "error"))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>'
        f'<testsuite name="{suite}" tests="{len(cases)}" failures="{bad}" errors="{unknown}">'
        f"{''.join(rows)}</testsuite></testsuites>\n"
    )


def _xml(text: str) -> str:
    return xml_escape(escape(text))


def _attribute(text: str) -> str:
    return quoteattr(one_line(text, 500))


def place_of(finding: Finding) -> tuple[str, int] | None:
    """File and line, or None for a URL or a name."""
    path, colon, line = finding.place.rpartition(":")
    if "://" in finding.place or not (colon and line.isascii() and line.isdigit()) or " " in path:
        return None
    return path, max(1, int(line[:9]))


def worst_first(results: Sequence[Titled]) -> list[Finding]:
    findings = [finding for result, _ in results for finding in result.findings]
    return sorted(findings, key=lambda finding: (_ORDER.index(finding.severity), finding.place, finding.rule))


def codequality(results: Sequence[Titled]) -> str:
    """GitLab collapses equal fingerprints, so a repeated one gets its number."""
    rows = []
    seen: dict[str, int] = {}
    for finding in worst_first(results):
        place = place_of(finding)
        if place is None:
            continue
        number = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        rows.append(
            {
                "description": one_line(f"{finding.text} ({_cwe(finding)}{finding.group or finding.tool})"),
                "check_name": f"{finding.tool}:{finding.rule}",
                "fingerprint": finding.fingerprint if number == 1 else f"{finding.fingerprint}-{number}",
                "severity": _CODE_QUALITY[finding.severity],
                "location": {"path": place[0], "lines": {"begin": place[1]}},
            }
        )
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def _cwe(finding: Finding) -> str:
    return f"CWE-{finding.cwe}, " if finding.cwe else ""


def gitlab(results: Sequence[Titled], environ: Mapping[str, str], attached: Sequence[Attached] = ()) -> str:
    """`artifacts:reports:annotations`: links on the job's page to what people read and to the worst findings, at the commit that was judged."""
    base = f"{environ.get('CI_PROJECT_URL', '')}/-/blob/{environ.get('CI_COMMIT_SHA', '')}"
    links = [{"external_link": one._asdict()} for one in attached if "://" in one.url]
    for finding in worst_first(results)[:50]:
        place = place_of(finding)
        if place and environ.get("CI_PROJECT_URL") and environ.get("CI_COMMIT_SHA"):
            label = one_line(f"{finding.severity}: {finding.place} {finding.rule}", 200)
            links.append({"external_link": {"label": label, "url": f"{base}/{quote(place[0])}#L{place[1]}"}})
    return json.dumps({"Kawal": links}, ensure_ascii=False, indent=1) + "\n"


def github(results: Sequence[Titled], attached: Sequence[Attached] = ()) -> str:
    """Workflow commands for the worst findings, then the text. Every `%`, CR, LF (and `:`, `,` in properties) is escaped."""
    lines = []
    for level, severities in (("error", _ORDER[:2]), ("warning", _ORDER[2:3]), ("notice", _ORDER[3:])):
        found = [finding for finding in worst_first(results) if finding.severity in severities][
            :GITHUB_PER_KIND
        ]
        for finding in found:
            place = place_of(finding)
            where = f" file={_property(place[0])},line={place[1]}" if place else ""
            lines.append(f"::{level}{where}::{_data(f'{finding.place} {finding.rule} {finding.text}')}")
    lines += [as_text(result, title) for result, title in results]
    return "\n".join([*lines, *reading(attached)])


def _data(text: str) -> str:
    return one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def github_summary(results: Sequence[Titled], attached: Sequence[Attached] = ()) -> str:
    """Markdown for `$GITHUB_STEP_SUMMARY`; texts stand in a code block, so nothing in them is markup."""
    parts = ["### kawal\n"]
    for result, title in results:
        mark = "✔" if result.verdict == LULUS else "✖"
        text = as_text(result, title).replace("```", "'''")
        parts.append(f"{mark} **{title}**\n\n```\n{text}\n```\n")
    parts += [f"{line}\n" for line in reading(attached)]
    return "\n".join(parts).encode()[:SUMMARY_LIMIT].decode("utf-8", "ignore")
