"""Which pipelines of a commit are believed, and what is proven of the template they ran: one rule for every forge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kawal.errors import BlockedError, TemporaryError
from kawal.forges import callers
from kawal.forges.port import Forge, Job, MergeRequest, Pipeline, Project
from kawal.services.office import Office
from kawal.services.policies import signed_forge
from kawal.services.templates import TemplateJob, find_pin

TEAM_RUNNER = "umum"
RUNNING = ("running", "pending", "created", "preparing", "waiting_for_resource", "queued")
UNREAD = "tidak-terbaca"


@dataclass(frozen=True)
class Run:
    """A pipeline (GitLab) or workflow run (GitHub) with its newest job of each name."""

    pipeline: Pipeline
    config: str
    """The template it ran, as the policy spells it; a word that no policy names when that is not proven."""
    proved: bool
    jobs: Mapping[str, Job]


def runs_of(office: Office, project: Project, branch: str, sha: str) -> tuple[Run, ...]:
    """The newest finished runs that a push of this commit to the branch started; another source is not believed."""
    forge = office.forge
    found = [
        one
        for one in forge.pipelines(project.id, sha=sha, ref=branch)
        if one.source == "push" and not one.tag
    ]
    if forge.info().kind == "github":
        found = [one for one in found if one.workflow in (callers.CALLER, callers.TEAM_CALLER)]
    if not found:
        name = project.full_path.rsplit("/", 1)[-1]
        raise BlockedError(
            "BUKTI-031",
            f"Belum ada pipeline untuk commit {sha[:12]} di cabang {branch}",
            needed="pipeline dari penggabungan merge request",
            next_step=f"gabungkan lewat kawal gabung, tunggu pipeline selesai, lalu: kawal kumpulkan {name}",
        )
    newest = newest_by_workflow(found)
    for one in newest:
        if one.status in RUNNING:
            raise TemporaryError(
                "BUKTI-032",
                f"Pipeline #{one.id} belum selesai ({one.status})",
                next_step="tunggu, lalu ulangi perintah yang sama",
            )
    return tuple(_run(office, project, one) for one in newest)


def newest_by_workflow(found: Iterable[Pipeline]) -> list[Pipeline]:
    """GitLab has one workflow, so one pipeline; on GitHub PA's run comes first."""
    by_name = {one.workflow: one for one in sorted(found, key=lambda one: one.id)}
    return [by_name[name] for name in sorted(by_name, key=lambda name: (name != callers.CALLER, name))]


def run_for(runs: Iterable[Run], declared: TemplateJob) -> Run | None:
    """The run in which a job of the template stands: on GitHub what runs the team's code has a run of its own."""
    team = declared.runner == TEAM_RUNNER
    for one in runs:
        if not one.pipeline.workflow or (one.pipeline.workflow == callers.TEAM_CALLER) == team:
            return one
    return None


def _run(office: Office, project: Project, pipeline: Pipeline) -> Run:
    jobs = {job.name: job for job in office.forge.jobs(project.id, pipeline.id)}
    if not pipeline.workflow:
        # GitLab: the setting is what starts a pipeline, and only the bot may change it; posture reads it again at each release.
        config = str(project.settings.get("ci_config_path") or UNREAD)
        return Run(pipeline, config, True, jobs)
    config, proved = _proved(office, project.id, pipeline)
    return Run(pipeline, config, proved, jobs)


def _proved(office: Office, project_id: int, run: Pipeline) -> tuple[str, bool]:
    """The template that a run on GitHub is proven to have run, and whether it is one that the signed policy names.

    While a new version goes round, that is the one before as well.
    """
    forge = office.forge
    named = run.templates[0] if len(run.templates) == 1 else ""
    pin, policy = find_pin(forge, office.settings.file.grup_pa), signed_forge(office)
    if named != pin.ci_config_path and not (policy is not None and policy.accepts(named)):
        named = pin.ci_config_path  # what it ran is shown against the one that it should have run
    config = callers.proved(forge, project_id, run, callers.wanted_callers(forge, pin.project_id, named))
    return config, config == named


def head_status(office: Office, project_id: int, request: MergeRequest) -> str | None:
    """Whether the template's pipelines of a merge request's head succeeded; None while there is none that is proven."""
    forge: Forge = office.forge
    if forge.info().kind != "github":
        return request.head_pipeline_status
    found = [
        one
        for one in forge.pipelines(project_id, sha=request.head_sha)
        if one.workflow in (callers.CALLER, callers.TEAM_CALLER) and not one.tag
    ]
    newest = newest_by_workflow(found)
    if {one.workflow for one in newest} != {callers.CALLER, callers.TEAM_CALLER}:
        return None
    if not all(_proved(office, project_id, one)[1] for one in newest):
        return "pemanggil templat diubah"
    states = {one.status for one in newest}
    return "success" if states == {"success"} else sorted(states - {"success"})[0]
