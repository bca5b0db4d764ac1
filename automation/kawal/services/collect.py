"""`kawal kumpulkan`: pulls the artefacts of the central template's jobs through the forge's API and recomputes every result.

Evidence is collected, not sent: a job is believed only for what the API says of it (project, pipeline source, ref, commit, job name,
configuration), and its report only after kawal's own gate has read it again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from kawal.bahasa import t
from kawal.errors import EXIT_BLOCKED, BlockedError
from kawal.forges.port import Job, NotPossibleHere, Pipeline, Project
from kawal.ledger.records import Evidence, JobOrigin, Reason, Request, ToolDigest
from kawal.outcome import Outcome
from kawal.policy.evidence import INSTALLED
from kawal.policy.ground import PACK
from kawal.services.acceptance import findings_record
from kawal.services.build import Build, read_build
from kawal.services.office import Office, derived_id
from kawal.services.origin import Run, run_for, runs_of
from kawal.services.templates import TemplateJob, jobs_of
from kawal_checks.gates import find_gate
from kawal_checks.model import LULUS, TIDAK_DAPAT_DINILAI, GateContext, ReportError, Result
from kawal_checks.teks import one_line

REPORT_LIMIT = 20 * 1024 * 1024
COUNT_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
DECIMAL = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?")
AGAINST_TARGET = ("beban", "keamanan_aplikasi")
RESULTS = {LULUS: "PASSED", TIDAK_DAPAT_DINILAI: "UNUSABLE"}
MOST_REASONS, REASON_LETTERS, REASON_BYTES = 200, 2000, 32 * 1024
"""What a record has room for (64 KiB in all): a report with more of them is still recorded as failed."""
MOST_COUNTS, LARGEST_COUNT, MOST_TOOLS = 100, 2**53, 20


def collect(office: Office, app_id: str, *, commit: str | None = None) -> Outcome:
    """Collects the results of the default branch's pipeline for `commit` (its head when None). Idempotent per job and report."""
    _, request = office.request(app_id)
    project = office.forge.project(office.provision(app_id).forge.project_id)
    branch = project.default_branch or "main"
    sha = office.forge.commit(project.id, commit).sha if commit else _head(office, project, branch)
    runs = runs_of(office, project, branch, sha)
    demanded = {test.kind for test in office.procedure_of(request).tests}
    declared = asked_of(jobs_of(office.forge, runs[0].config), demanded, runs)
    earlier = _all_recorded(office, request, runs, declared)
    if earlier is not None:
        return _outcome(app_id, runs[0].pipeline, sha, earlier)
    office.say(t("Mengumpulkan hasil pipeline #{id} untuk {sha}", id=runs[0].pipeline.id, sha=sha[:12]))
    build = read_build(office, app_id, project, sha)
    rows = [_collect_job(office, request, project, run_for(runs, one), build, one) for one in declared]
    return _outcome(app_id, runs[0].pipeline, sha, rows, build)


def asked_of(
    declared: Sequence[TemplateJob], demanded: Collection[str], runs: Sequence[Run]
) -> tuple[TemplateJob, ...]:
    """The template's jobs without those that nobody demands of the application and that it has nothing for."""
    return tuple(
        one
        for one in declared
        if not one.opsional or one.uji in demanded or _ran(run_for(runs, one), one.pekerjaan)
    )


def _ran(run: Run | None, name: str) -> bool:
    """Whether an optional job did something. On GitHub it is there always, and succeeds without a report when there is no folder."""
    job = run.jobs.get(name) if run else None
    return job is not None and (job.has_artifacts or job.status != "success")


def _all_recorded(
    office: Office, request: Request, runs: Sequence[Run], declared: Sequence[TemplateJob]
) -> list[Row] | None:
    """What is recorded of every job already; None when one is missing."""
    known = _recorded(office, request)
    rows = []
    for one in declared:
        run = run_for(runs, one)
        job = run.jobs.get(one.pekerjaan) if run else None
        if job is None or job.id not in known:
            return None
        rows.append(Row(one.uji, one.pekerjaan, known[job.id], False))
    return rows


def _recorded(office: Office, request: Request) -> dict[int, Evidence]:
    """Job id -> what is recorded of it under the thresholds of now. A finished job's artefacts do not change."""
    wanted = request.thresholds.sha256()
    return {one.job.job_id: one for one in _counting(office, request) if one.thresholds_sha256 == wanted}


def _counting(office: Office, request: Request) -> list[Evidence]:
    """Evidence that the judge counts: once the key was replaced, the jobs are read again (docs/adr/0015)."""
    key = office.trust().service_keys["evidence"]
    return [one for entry, one in office.records(request.app_id, Evidence) if key in entry.signers]


@dataclass(frozen=True)
class Row:
    uji: str
    job: str
    evidence: Evidence | None
    new: bool
    problem: str | None = None


def _head(office: Office, project: Project, branch: str) -> str:
    found = office.forge.branch(project.id, branch)
    if found is None:
        raise BlockedError("BUKTI-030", f"Cabang {branch} belum ada di {project.full_path}")
    return found.sha


def _collect_job(
    office: Office,
    request: Request,
    project: Project,
    run: Run | None,
    build: Build,
    declared: TemplateJob,
) -> Row:
    uji, name = declared.uji, declared.pekerjaan
    if run is None:
        return Row(uji, name, None, False, t("run alur kerja yang memuatnya tidak ada"))
    job = run.jobs.get(name)
    if job is None:
        return Row(uji, name, None, False, t("job tidak ada di pipeline #{id}", id=run.pipeline.id))
    if _committed(declared.artefak, build.files):
        return Row(
            uji, name, None, False, t("laporan {path} ikut di repositori; hapus", path=declared.artefak)
        )
    raw = office.forge.artifact_file(project.id, job.id, declared.artefak, limit=REPORT_LIMIT)
    if raw is None:
        return Row(
            uji,
            name,
            None,
            False,
            t("laporan {path} tidak ada (job {status})", path=declared.artefak, status=job.status),
        )
    earlier = _earlier(office, request, job.id, hashlib.sha256(raw).hexdigest())
    if earlier is not None:
        return Row(uji, name, earlier, False)
    thresholds = json.loads(request.thresholds.to_json())
    try:
        result = _judge(office, declared, raw, thresholds, build)
    except ReportError as error:
        return Row(uji, name, None, False, str(error))
    try:
        evidence = _evidence(office, request, project, run, build, declared, job, raw, result)
        listed = findings_record(evidence, result)
    except ValidationError as error:  # one team's report must not end the work for everybody's
        fields = ", ".join(sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]}))
        return Row(uji, name, None, False, t("hasilnya tidak dapat dicatat: {fields}", fields=fields))
    if listed is not None:  # before the evidence: who finds that recorded looks no further
        office.append_once(listed, office.service_key("evidence"))
    new = office.append_once(evidence, office.service_key("evidence"))
    return Row(uji, name, evidence, new)


def _committed(report: str, files: tuple[str, ...]) -> bool:
    """Whether the commit itself holds a file, link or folder at the report's place: a job that broke down early leaves that as its artefact."""
    parts = report.split("/")
    heads = {"/".join(parts[: number + 1]) for number in range(len(parts))}
    return any(name in heads or name.startswith(report + "/") for name in files)


def _judge(
    office: Office, declared: TemplateJob, raw: bytes, thresholds: dict[str, Any], build: Build
) -> Result:
    gate = find_gate(declared.uji)
    if gate is None:
        raise ReportError(declared.pekerjaan, f"uji {declared.uji}", "uji yang dikenal kawal-checks")
    test = office.settings.file.target.uji
    context = GateContext(
        target=test.aplikasi if test and declared.uji in AGAINST_TARGET else None,
        files=build.files,
        commit=build.commit,
        tree=build.tree,
        package_sha256=build.recomputed_sha256,
    )
    return gate.judge_bytes(raw, thresholds, context)


def _earlier(office: Office, request: Request, job_id: int, raw_sha256: str) -> Evidence | None:
    """The record of this very report under these thresholds."""
    for one in _counting(office, request):
        same = (one.job.job_id, one.raw_sha256, one.thresholds_sha256)
        if same == (job_id, raw_sha256, request.thresholds.sha256()):
            return one
    return None


def _evidence(
    office: Office,
    request: Request,
    project: Project,
    run: Run,
    build: Build,
    declared: TemplateJob,
    job: Job,
    raw: bytes,
    result: Result,
) -> Evidence:
    pipeline = run.pipeline
    finished = job.finished_at or office.now()
    test = office.settings.file.target.uji
    kind: dict[str, Any] = {
        "class": "dilaporkan" if result.class_ == "dilaporkan" or not run.proved else declared.kelas
    }  # a keyword in Python, so it cannot be an argument's name
    raw_sha256 = office.content.put(raw)
    return Evidence(
        record_id=derived_id(
            *("evidence", request.app_id, job.id, raw_sha256, request.thresholds.sha256()),
            office.trust().service_keys["evidence"].keyid,
        ),
        app_id=request.app_id,
        issued_at=office.now(),
        uji=declared.uji,
        **kind,
        result=RESULTS.get(result.verdict, "FAILED"),  # type: ignore[arg-type]
        # an empty report has no figures to sum up
        summary=one_line(result.summary or "; ".join(one.text for one in result.reasons)) or "-",
        counts=counts_of(result),
        reasons=reasons_of(result),
        thresholds_sha256=request.thresholds.sha256(),
        raw_sha256=raw_sha256,
        job=JobOrigin(
            project_id=project.id,
            job_id=job.id,
            name=job.name,
            pipeline_id=pipeline.id,
            pipeline_source=pipeline.source,
            ref=pipeline.ref,
            ref_protected=_protected(office, project, pipeline.ref),
            runner_id=job.runner_id,
            ci_config_path=run.config,
        ),
        commit=build.commit,
        tree=build.tree,
        artifact_sha256=build.sha256 if declared.uji in INSTALLED else None,
        tool=one_line(result.tool) or "kawal",
        tool_version=one_line(result.version) or None,
        tool_digests=tuple(
            ToolDigest(name=one_line(name) or "-", sha256=digest)
            for name, digest in list(result.tools.items())[:MOST_TOOLS]
        ),
        target_url=test.aplikasi if test and declared.uji in AGAINST_TARGET else None,
        started_at=job.started_at or finished,
        finished_at=finished,
    )


def _protected(office: Office, project: Project, ref: str) -> bool:
    try:
        rules = office.forge.protections(project.id)
    except NotPossibleHere:  # the plan of this forge has none
        return False
    return any(rule.kind == "branch" and rule.pattern == ref for rule in rules)


def counts_of(result: Result) -> dict[str, Any]:
    """The figures that a record may hold: numbers under plain names. Digests and texts have fields of their own."""
    found = {
        key: value
        for key, value in result.counts.items()
        if COUNT_KEY.fullmatch(key)
        and (0 <= value <= LARGEST_COUNT if isinstance(value, int) else DECIMAL.fullmatch(value))
    }
    return dict(list(found.items())[:MOST_COUNTS])


def reasons_of(result: Result) -> tuple[Reason, ...]:
    """The reasons as a record may hold them. What a team's report says in them is escaped here once more, and has to fit."""
    kept: list[Reason] = []
    room = REASON_BYTES
    for one in result.reasons[:MOST_REASONS]:
        text = one_line(f"{one.text}: {one.found}; {one.needed}", REASON_LETTERS)
        room -= len(json.dumps(text))
        if kept and room < 0:
            break
        kept.append(Reason(code=one.code, text=text))
    return tuple(kept)


def _outcome(
    app_id: str, pipeline: Pipeline, sha: str, rows: list[Row], build: Build | None = None
) -> Outcome:
    lines = [_line(row) for row in rows]
    bad = [row for row in rows if row.evidence is None or row.evidence.result != "PASSED"]
    if build is not None and build.registry_sha256 is not None and build.sha256 is None:
        digest = build.recomputed_sha256[:12]
        lines.append(t(" ✖ paket di registri berbeda dari hitungan ulang kawal ({digest})", digest=digest))
    new = sum(row.new for row in rows)
    head = t(
        "Pipeline #{id} ({sha}): {new} bukti baru dicatat, {bad} belum lulus.",
        id=pipeline.id,
        sha=sha[:12],
        new=new,
        bad=len(bad),
    )
    packed = next((one.evidence for one in rows if one.evidence and one.uji == PACK), None)
    data = {
        "aplikasi": app_id,
        "pipeline": pipeline.id,
        "commit": sha,
        "paket_sha256": packed.artifact_sha256 if packed else None,
        "uji": {row.uji: _row_data(row) for row in rows},
        "baru": new,
    }
    status, exit_code = ("belum_lulus", EXIT_BLOCKED) if bad else ("lulus", 0)
    return Outcome(status, "\n".join([head, *lines]), data, exit_code=exit_code)


def _line(row: Row) -> str:
    if row.evidence is None:
        return f" ✖ {row.uji:<20} {row.problem}"
    mark = "✔" if row.evidence.result == "PASSED" else "✖"
    return f" {mark} {row.uji:<20} {row.evidence.summary}   {row.evidence.class_}"


def _row_data(row: Row) -> dict[str, Any]:
    if row.evidence is None:
        return {"status": "tidak_dapat_dinilai", "alasan": row.problem}
    status = {"PASSED": "lulus", "FAILED": "gagal", "WARNED": "lulus"}.get(
        row.evidence.result, "tidak_dapat_dinilai"
    )
    why = "; ".join(reason.text for reason in row.evidence.reasons)
    return {
        "status": status,
        **({"alasan": why} if why else {}),
        "kelas": row.evidence.class_,
        "ringkasan": row.evidence.summary,
        "alat": row.evidence.tool,
        "alat_sha256": {one.name: one.sha256 for one in row.evidence.tool_digests},
        **row.evidence.counts,
    }
