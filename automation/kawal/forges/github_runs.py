"""Workflow runs of GitHub: their jobs, their artefacts, and which template they ran.

An artefact belongs to its run, not to a job: GitHub does not say who uploaded it. So one is taken for a job only by the job's name
and when it was uploaded while that job ran; whether anything else could have run there is for the reader to prove (`kawal.origin`).
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from kawal.errors import InputError, NotFoundError
from kawal.forges import github_parse as parse
from kawal.forges.github_base import repo
from kawal.forges.github_git import GitHubGit
from kawal.forges.jsonview import View
from kawal.forges.port import Job, Pipeline

LOG_LIMIT = 16 * 1024 * 1024
ZIP_LIMIT = 600 * 1024 * 1024
RATIO_LIMIT = 1000
PACK_JOB = "kemas"
"""Its artefact holds the packed bytes: GitHub has no generic package registry."""
ROUNDED = timedelta(seconds=1)


class GitHubRuns(GitHubGit):
    """The part of `ReadForge` about pipelines, jobs and what they left."""

    def pipelines(self, project_id: int, *, sha: str | None = None, ref: str | None = None) -> list[Pipeline]:
        path = f"{repo(project_id)}/actions/runs"
        query = {key: value for key, value in (("head_sha", sha), ("branch", ref)) if value}
        rows = self._http.all(path, key="workflow_runs", **query)
        tags: dict[str, bool] = {}
        return [self._pipeline(project_id, View(row, path), tags) for row in rows]

    def _pipeline(self, project_id: int, v: View, tags: dict[str, bool]) -> Pipeline:
        name = v.maybe_text("head_branch") or ""
        if name not in tags:
            # A run of a tag names the tag where else the branch stands.
            tags[name] = v.text("event") == "push" and bool(name) and self.branch(project_id, name) is None
        return parse.pipeline(v, tag=tags[name])

    def pipeline(self, project_id: int, pipeline_id: int) -> Pipeline:
        path = f"{repo(project_id)}/actions/runs/{pipeline_id}"
        return self._pipeline(project_id, View(self._http.get(path), path), {})

    def jobs(self, project_id: int, pipeline_id: int) -> list[Job]:
        """Of every attempt, oldest first; a job that was run again has a number of its own each time."""
        of = self.pipeline(project_id, pipeline_id)
        path = f"{repo(project_id)}/actions/runs/{pipeline_id}/jobs"
        found = [View(row, path) for row in self._http.all(path, key="jobs", filter="all")]
        artefacts = self._artifacts(project_id, pipeline_id)
        jobs = [parse.job(v, of) for v in found]
        return [
            _with_artifacts(one, artefacts) for one in sorted(jobs, key=lambda one: (one.attempt, one.id))
        ]

    def job(self, project_id: int, job_id: int) -> Job:
        path = f"{repo(project_id)}/actions/jobs/{job_id}"
        v = View(self._http.get(path), path)
        of = self.pipeline(project_id, v.number("run_id"))
        return _with_artifacts(parse.job(v, of), self._artifacts(project_id, of.id))

    def job_log(self, project_id: int, job_id: int) -> str:
        path = f"{repo(project_id)}/actions/jobs/{job_id}/logs"
        return self._http.raw(path, limit=LOG_LIMIT).decode("utf-8", "replace")

    def artifact_file(self, project_id: int, job_id: int, path: str, *, limit: int) -> bytes | None:
        """A file of the one artefact that bears the job's name and was uploaded while it ran; None when there is not exactly one."""
        try:
            job = self.job(project_id, job_id)
        except NotFoundError:
            return None
        mine = _of_job(job, self._artifacts(project_id, job.pipeline_id))
        return None if mine is None else self._member(project_id, mine, path, limit)

    def package_file(
        self, project_id: int, name: str, version: str, file: str, *, limit: int
    ) -> bytes | None:
        """The packed bytes of commit `version`: in the artefact of the newest `kemas` job that a push of it ran.

        Whoever may write a workflow can leave an artefact of that name. It is worth nothing: the bytes are compared with what
        kawal packs again from the repository, and a foreign file only locks the release.
        """
        del name
        pushed = [
            one for one in self.pipelines(project_id, sha=version) if one.source == "push" and not one.tag
        ]
        for run in sorted(pushed, key=lambda one: one.id, reverse=True):
            if run.workflow != parse.CALLER:
                continue
            packed = [
                one for one in self.jobs(project_id, run.id) if one.name == PACK_JOB and one.has_artifacts
            ]
            if packed:
                return self.artifact_file(project_id, packed[-1].id, file, limit=limit)
        return None

    def _artifacts(self, project_id: int, run_id: int) -> list[View]:
        path = f"{repo(project_id)}/actions/runs/{run_id}/artifacts"
        return [View(row, path) for row in self._http.all(path, key="artifacts")]

    def _member(self, project_id: int, artefact: View, path: str, limit: int) -> bytes | None:
        if artefact.raw.get("expired") is not False:
            return None
        address = f"{repo(project_id)}/actions/artifacts/{artefact.number('id')}/zip"
        # A zip may be larger than the one file that is wanted, never endlessly.
        return member(self._http.raw(address, limit=ZIP_LIMIT), path, limit)


def _with_artifacts(job: Job, artefacts: Iterable[View]) -> Job:
    return replace(job, has_artifacts=_of_job(job, artefacts) is not None)


def _of_job(job: Job, artefacts: Iterable[View]) -> View | None:
    same = [v for v in artefacts if v.text("name") == job.name and _while(job, v.maybe_time("created_at"))]
    return same[0] if len(same) == 1 else None


def _while(job: Job, at: datetime | None) -> bool:
    """GitHub prints whole seconds. An open end is a job that still runs."""
    if at is None or job.started_at is None or at < job.started_at - ROUNDED:
        return False
    return job.finished_at is None or at <= job.finished_at + ROUNDED


UNREADABLE_ZIP = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError),  # unknown packing; encrypted member
    *(
        zlib.error,
        lzma.LZMAError,
        OSError,
        ValueError,
        struct.error,
    ),  # what the unpackers and the header reader raise
)


def member(archive: bytes, path: str, limit: int) -> bytes | None:
    """One regular file of a zip, read in memory: nothing is ever unpacked. None when it is not there exactly once."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            wanted = [one for one in opened.infolist() if one.filename == path]
            if len(wanted) != 1 or wanted[0].is_dir():
                return None
            entry = wanted[0]
            if entry.file_size > limit or entry.file_size > RATIO_LIMIT * max(entry.compress_size, 1024):
                raise _too_large(path, f"{entry.file_size} byte")
            with opened.open(entry) as stream:
                content = stream.read(limit + 1)
    except UNREADABLE_ZIP as error:
        raise InputError("FORGE-006", "Artefak dari forge bukan zip yang dapat dibaca", found=path) from error
    if len(content) > limit:
        raise _too_large(path, f"lebih dari {limit} byte")
    return content


def _too_large(path: str, found: str) -> InputError:
    return InputError("FORGE-009", f"Berkas di forge terlalu besar: {path}", found=found)
