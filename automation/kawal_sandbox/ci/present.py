"""Pipelines, jobs and runners as GitLab shows them."""

from datetime import datetime
from typing import Any

from kawal_sandbox.api import Ctx
from kawal_sandbox.ci import artifacts
from kawal_sandbox.ci.rows import spec_of
from kawal_sandbox.ci.runners import Runner
from kawal_sandbox.entities import user_brief
from kawal_sandbox.store import Row


def pipeline_brief(row: Row, project: Row, base_url: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "iid": row["iid"],
        "project_id": row["project_id"],
        "sha": row["sha"],
        "ref": row["ref"],
        "status": row["status"],
        "source": row["source"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "web_url": f"{base_url}/{project['full_path']}/-/pipelines/{row['id']}",
        "name": row["name"],
    }


def pipeline_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    status = row["status"]
    return pipeline_brief(row, _project(ctx, row), ctx.base_url) | {
        "before_sha": row["before_sha"],
        "tag": bool(row["tag"]),
        "yaml_errors": row["yaml_errors"],
        "user": user_brief(ctx, row["user_id"]),
        "started_at": row["started_at"],
        "finished_at": row["finished_at"],
        "committed_at": None,
        "duration": _seconds(row["started_at"], row["finished_at"]),
        "queued_duration": _seconds(row["created_at"], row["started_at"]),
        "coverage": None,
        "archived": False,
        "detailed_status": {
            "icon": f"status_{status}",
            "text": status.capitalize(),
            "label": status,
            "group": status,
            "tooltip": status,
            "has_details": True,
            "details_path": f"/{_project(ctx, row)['full_path']}/-/pipelines/{row['id']}",
            "illustration": None,
            "favicon": None,
        },
    }


def job_json(ctx: Ctx, row: Row, runners: dict[int, Runner]) -> dict[str, Any]:
    pipeline = _pipeline(ctx, row["pipeline_id"])
    project = _project(ctx, row)
    files = _files(ctx, row)
    archive = next((file for file in files if file["file_type"] == "archive"), None)
    body = {
        "id": row["id"],
        "status": row["status"],
        "stage": row["stage"],
        "name": row["name"],
        "ref": pipeline["ref"],
        "tag": bool(pipeline["tag"]),
        "coverage": row["coverage"],
        "allow_failure": bool(row["allow_failure"]),
        "created_at": row["created_at"],
        "started_at": row["started_at"],
        "finished_at": row["finished_at"],
        "erased_at": row["erased_at"],
        "duration": _seconds(row["started_at"], row["finished_at"]),
        "queued_duration": _seconds(row["queued_at"], row["started_at"]),
        "user": user_brief(ctx, row["user_id"]),
        "commit": commit_json(ctx, pipeline),
        "pipeline": pipeline_brief(pipeline, project, ctx.base_url),
        "web_url": f"{ctx.base_url}/{project['full_path']}/-/jobs/{row['id']}",
        "project": {"ci_job_token_scope_enabled": False},
        "artifacts": files,
        "runner": runner_brief(runners, row["runner_id"]),
        "runner_manager": None,
        "artifacts_expire_at": row["artifacts_expire_at"],
        "archived": False,
        "tag_list": list(spec_of(row).tags),
    }
    if row["failure_reason"]:
        body["failure_reason"] = row["failure_reason"]
    if archive is not None:
        body["artifacts_file"] = {"filename": archive["filename"], "size": archive["size"]}
    return body


def _files(ctx: Ctx, row: Row) -> list[dict[str, Any]]:
    files = ctx.forge.store.all(
        "SELECT file_type, size, filename, file_format FROM ci_files WHERE job_id = ? ORDER BY id", row["id"]
    )
    files = [] if row["erased_at"] or artifacts.expired(row) else files
    trace = artifacts.trace_of(ctx.forge, row["id"])
    if trace.exists():
        files.append(
            {"file_type": "trace", "size": trace.stat().st_size, "filename": "job.log", "file_format": None}
        )
    return files


def commit_json(ctx: Ctx, pipeline: Row) -> dict[str, Any]:
    key = ("commit", pipeline["project_id"], pipeline["sha"])
    if key not in ctx.memo:
        commit = ctx.forge.repo(pipeline["project_id"]).commit(pipeline["sha"])
        ctx.memo[key] = {
            "id": commit.id,
            "short_id": commit.id[:8],
            "created_at": commit.committed_at,
            "parent_ids": list(commit.parents),
            "title": commit.title,
            "message": commit.message,
            "author_name": commit.author.name,
            "author_email": commit.author.email,
            "authored_date": commit.authored_at,
            "committer_name": commit.committer.name,
            "committer_email": commit.committer.email,
            "committed_date": commit.committed_at,
        }
    body: dict[str, Any] = ctx.memo[key]
    return body


def runner_brief(runners: dict[int, Runner], runner_id: int | None) -> dict[str, Any] | None:
    if runner_id is None:
        return None
    runner = runners.get(runner_id)
    return {
        "id": runner_id,
        "description": runner.name if runner else None,
        "ip_address": "127.0.0.1",
        "active": runner is not None,
        "paused": runner is None,
        "is_shared": runner is not None and not runner.projects,
        "runner_type": "project_type" if runner and runner.projects else "instance_type",
        "name": "kawal-latihan",
        "online": runner is not None,
        "status": "online" if runner else "offline",
    }


def runner_json(runners: dict[int, Runner], runner: Runner) -> dict[str, Any]:
    return {
        **(runner_brief(runners, runner.id) or {}),
        "tag_list": list(runner.tags),
        "run_untagged": runner.run_untagged,
        "locked": runner.locked,
        "access_level": "ref_protected" if runner.protected else "not_protected",
        "maximum_timeout": None,
        "projects": [],
        "groups": [],
        "platform": "linux",
        "architecture": "amd64",
        "version": None,
    }


def _pipeline(ctx: Ctx, pipeline_id: int) -> Row:
    key = ("pipeline", pipeline_id)
    if key not in ctx.memo:
        ctx.memo[key] = ctx.forge.store.get("ci_pipelines", pipeline_id)
    row: Row = ctx.memo[key]
    return row


def _project(ctx: Ctx, row: Row) -> Row:
    key = ("project", row["project_id"])
    if key not in ctx.memo:
        ctx.memo[key] = ctx.forge.store.get("projects", row["project_id"])
    found: Row = ctx.memo[key]
    return found


def _seconds(start: str | None, end: str | None) -> float | None:
    if start is None or end is None:
        return None
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds(), 3)
