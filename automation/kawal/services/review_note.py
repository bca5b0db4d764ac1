"""`kawal tinjau`: the bot's sticky note on merge requests, from what kawal itself read of them. Never state, never an input of a verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from kawal.bahasa import t
from kawal.desired import step_key
from kawal.errors import InputError
from kawal.forges.markers import marker_line
from kawal.forges.port import Commit, MergeRequest
from kawal.issue_text import marker, printed_number
from kawal.ledger.records import COMMIT_KINDS, Evidence, Request, Signoff, Withdraw
from kawal.outcome import Outcome
from kawal.review_note import (
    Change,
    GateRow,
    LoadRow,
    NoteFacts,
    Patterns,
    changes_between,
    compose,
    new_findings,
)
from kawal.services.applications import application
from kawal.services.office import Office
from kawal.services.templates import template_jobs
from kawal.sop.procedure import Procedure, ProcStep
from kawal.sop.workflow import state_of
from kawal_checks.gates import find_gate
from kawal_checks.model import Finding, GateContext, ReportError, Result
from kawal_checks.readers.beban import read as read_load

REPORT_LIMIT = 20 * 1024 * 1024
LOAD = "beban"
_ISSUE = re.compile(r"(?<![\w/])#(\d{1,9})\b")


def write(office: Office, app_id: str, iid: int | None = None, *, only_show: bool = False) -> Outcome:
    """Notes on merge request `iid`; without it on every open one and on the one that the default branch stands on."""
    project_id = office.provision(app_id).forge.project_id
    if iid is not None:
        one = office.forge.merge_request(project_id, iid)
        return _written(office, app_id, project_id, [one], whole=True, only_show=only_show)
    chosen = [*_open(office, project_id), *_just_merged(office, project_id)]
    return _written(office, app_id, project_id, chosen, whole=only_show, only_show=only_show)


def of_open(office: Office, app_id: str) -> Outcome:
    """For the server, before it merges."""
    project_id = office.provision(app_id).forge.project_id
    return _written(office, app_id, project_id, _open(office, project_id))


def of_merged(office: Office, app_id: str) -> Outcome:
    """For the server, after it collected: the note of the head of the default branch gets its figures."""
    project_id = office.provision(app_id).forge.project_id
    return _written(office, app_id, project_id, _just_merged(office, project_id))


def _written(
    office: Office,
    app_id: str,
    project_id: int,
    chosen: Sequence[MergeRequest],
    *,
    whole: bool = False,
    only_show: bool = False,
) -> Outcome:
    lines, data = [], []
    for request in chosen:
        text = compose(read_facts(office, app_id, project_id, request))
        if not only_show:
            mark = marker(office.settings.instance, app_id, f"tinjauan-{request.iid}")
            office.forge.comment_merge_request(project_id, request.iid, mark, text)
        lines.append(text if whole else t("!{iid}: catatan ditulis.", iid=request.iid))
        data.append({"mr": request.iid, "commit": request.head_sha, "catatan": text})
    said = "\n\n".join(lines) or t("Tidak ada merge request yang terbuka.")
    return Outcome("ditulis" if data else "tidak_ada", said, {"aplikasi": app_id, "mr": data})


def _open(office: Office, project_id: int) -> list[MergeRequest]:
    return office.forge.merge_requests(project_id, state="opened")


def _just_merged(office: Office, project_id: int) -> list[MergeRequest]:
    branch = office.forge.project(project_id).default_branch or "main"
    head = office.forge.branch(project_id, branch)
    found = office.forge.merge_requests(project_id, state="merged") if head is not None else []
    return [one for one in found if head is not None and one.merge_sha == head.sha]


def read_facts(office: Office, app_id: str, project_id: int, request: MergeRequest) -> NoteFacts:
    """Everything the note says, from the forge's API, the ledger and reports that the gates read again."""
    _, asked = office.request(app_id)
    procedure = office.procedure_of(asked)
    found = results(office, asked, project_id, request.head_sha)
    recorded = [one for _, one in office.records(app_id, Evidence)]
    before = _scan_before(office, asked, recorded, request)
    after = [one for row in found if row.result for one in row.result.findings]
    new, gone = new_findings(before[1] if before else (), after)
    numbers = office.forge.merge_request_commits(project_id, request.iid)
    commits = [office.forge.commit(project_id, sha) for sha in numbers]
    step = _step_named(
        office, app_id, procedure, project_id, [request.title, *(one.message for one in commits)]
    )
    voided, kept = _signoffs(office, app_id, procedure)
    return NoteFacts(
        head_sha=request.head_sha,
        target=request.target_branch,
        compared_with=before[0] if before else None,
        gates=found,
        new=new,
        gone=gone if before and any(row.result for row in found) else 0,
        load=_load(office, asked, recorded, request),
        merged=request.state == "merged",
        changes=_changes(office, project_id, request, commits),
        patterns=patterns(office, procedure),
        step=_line(step or _open_step(office, app_id, procedure)),
        step_named=step is not None,
        voided=voided,
        kept=kept,
    )


def patterns(office: Office, procedure: Procedure) -> Patterns:
    """The files that never go without a full examination: of the national layer, with what the Dinas added."""
    files = procedure.ways.patch or office.overlay.value.patch_files
    return Patterns(files.dependencies, files.sensitive)


# --- what the pipeline of the head left, and what the target branch had ---------------------------------------------


def results(office: Office, asked: Request, project_id: int, sha: str) -> tuple[GateRow, ...]:
    """The gates of the head's pipelines, judged again: of each job its newest run. GitHub has several runs for one commit."""
    found = sorted(office.forge.pipelines(project_id, sha=sha), key=lambda one: one.id)
    jobs = {job.name: job for one in found for job in office.forge.jobs(project_id, one.id)}
    rows = []
    for declared in template_jobs(office.settings.forge_kind):
        job, gate = jobs.get(declared.pekerjaan), find_gate(declared.uji)
        if job is None or gate is None:
            continue
        raw = office.forge.artifact_file(project_id, job.id, declared.artefak, limit=REPORT_LIMIT)
        if raw is None and declared.opsional and job.status == "success":
            continue  # GitHub: there for everybody, with nothing to run here
        rows.append(GateRow(gate.title, None if raw is None else _judged(asked, declared.uji, raw)))
    return tuple(rows)


def _judged(asked: Request, uji: str, raw: bytes) -> Result | None:
    gate = find_gate(uji)
    try:
        thresholds: dict[str, Any] = json.loads(asked.thresholds.to_json())
        return gate.judge_bytes(raw, thresholds, GateContext()) if gate else None
    except ReportError:
        return None


def _scan_before(
    office: Office, asked: Request, recorded: list[Evidence], request: MergeRequest
) -> tuple[str, list[Finding]] | None:
    """(commit, findings) of the target branch's newest collected scans, the merge itself left out."""
    declared = {one.uji for one in template_jobs(office.settings.forge_kind)}
    newest: dict[str, Evidence] = {
        one.uji: one for one in recorded if one.commit != request.merge_sha and one.uji in declared
    }
    scans = [one for one in newest.values() if one.artifact_sha256 is None]
    found = [(one, _again(office, asked, one)) for one in scans]
    read = [(one, result) for one, result in found if result is not None]
    if not any(one.uji == "keamanan_kode" for one, _ in read):
        return None
    commit = next(one.commit for one, _ in read if one.uji == "keamanan_kode")
    return commit, [finding for _, result in read for finding in result.findings]


def _again(office: Office, asked: Request, evidence: Evidence) -> Result | None:
    raw = _kept(office, evidence)
    return None if raw is None else _judged(asked, evidence.uji, raw)


def _kept(office: Office, evidence: Evidence) -> bytes | None:
    """The raw report, as long as retention keeps it."""
    try:
        return office.content.get(evidence.raw_sha256)
    except InputError:
        return None


def _load(
    office: Office, asked: Request, recorded: list[Evidence], request: MergeRequest
) -> tuple[LoadRow, ...]:
    """p95 per mandatory endpoint: of the newest run on other code, and of the merged commit once it was measured."""
    runs = [one for one in recorded if one.uji == LOAD and one.result != "UNUSABLE"]
    after = next((one for one in reversed(runs) if one.commit == request.merge_sha), None)
    earlier = runs[: runs.index(after)] if after else runs
    before = next((one for one in reversed(earlier) if one.commit != request.merge_sha), None)
    was, now = _p95(office, before), _p95(office, after)
    return tuple(
        LoadRow(point.nama, point.p95_ms, was.get(point.nama), now.get(point.nama))
        for point in asked.thresholds.beban.titik
    )


def _p95(office: Office, evidence: Evidence | None) -> dict[str, int]:
    raw = _kept(office, evidence) if evidence else None
    try:
        return {row.name: row.percentile(95) for row in read_load(raw).rows} if raw else {}
    except ReportError:
        return {}


# --- what the merge request changes, for which step, at the cost of which sign-offs ------------------------------------


def _changes(
    office: Office, project_id: int, request: MergeRequest, commits: Sequence[Commit]
) -> tuple[Change, ...]:
    forge = office.forge
    own = {one.sha for one in commits}
    outside = [parent for one in commits for parent in one.parents if parent not in own]
    if not outside:
        return ()
    base = forge.tree(project_id, outside[0])
    target = base if request.state == "merged" else forge.tree(project_id, request.target_branch)
    return changes_between(base, forge.tree(project_id, request.head_sha), target)


def _step_named(
    office: Office, app_id: str, procedure: Procedure, project_id: int, texts: Sequence[str]
) -> ProcStep | None:
    """The step whose issue the title or a commit message names (`#4`)."""
    named = [int(number) for text in texts for number in _ISSUE.findall(text)]
    if not named:
        return None
    marks = {
        marker(office.settings.instance, app_id, step_key(procedure, step)): step for step in procedure.steps
    }
    issues = {one.iid: marks.get(marker_line(one.body) or "") for one in office.forge.issues(project_id)}
    return next((step for number in named if (step := issues.get(number)) is not None), None)


def _open_step(office: Office, app_id: str, procedure: Procedure) -> ProcStep | None:
    opened = state_of(procedure, application(office, app_id).done).open
    return procedure.step(opened) if opened else None


def _line(step: ProcStep | None) -> str | None:
    return None if step is None else f"{printed_number(step)}: {step.data.short} ({step.basis.text})"


def _signoffs(office: Office, app_id: str, procedure: Procedure) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sign-offs that bind other bytes than those that a release of this change will have, and those that stay."""
    gone = {one.record_sha256 for _, one in office.records(app_id, Withdraw)}
    newest: dict[str, str] = {}
    for entry, one in office.records(app_id, Signoff):
        if one.decision == "approve" and entry.payload_sha256 not in gone:
            role = procedure.roles.get(one.role, one.role)
            about = f" atas {one.subject.release} (`{one.subject.commit[:8]}`)" if one.subject else ""
            newest[one.kind] = f"{one.kind}{about} oleh {role}"
    voided = tuple(text for kind, text in newest.items() if kind in COMMIT_KINDS)
    return voided, tuple(text for kind, text in newest.items() if kind not in COMMIT_KINDS)
