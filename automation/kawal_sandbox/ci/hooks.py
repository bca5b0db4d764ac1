"""Bodies of the Job and Pipeline hooks."""

from typing import Any

from kawal_sandbox.ci.rows import latest_jobs
from kawal_sandbox.forge import Forge
from kawal_sandbox.store import Row


def job_payload(forge: Forge, job: Row) -> dict[str, Any]:
    pipeline = forge.store.get("ci_pipelines", job["pipeline_id"])
    project = _project(forge, job["project_id"])
    return {
        "object_kind": "build",
        "ref": pipeline["ref"],
        "tag": bool(pipeline["tag"]),
        "before_sha": pipeline["before_sha"],
        "sha": pipeline["sha"],
        "build_id": job["id"],
        "build_name": job["name"],
        "build_stage": job["stage"],
        "build_status": job["status"],
        "build_created_at": job["created_at"],
        "build_started_at": job["started_at"],
        "build_finished_at": job["finished_at"],
        "build_allow_failure": bool(job["allow_failure"]),
        "build_failure_reason": job["failure_reason"] or "unknown_failure",
        "pipeline_id": pipeline["id"],
        "project_id": project["id"],
        "project_name": project["path_with_namespace"],
        "user": _user(forge, job["user_id"]),
        "commit": {"id": pipeline["id"], "sha": pipeline["sha"], "status": pipeline["status"]},
        "repository": {"name": project["name"], "homepage": project["web_url"]},
        "project": project,
        "runner": None if job["runner_id"] is None else {"id": job["runner_id"]},
        "environment": None,
    }


def pipeline_payload(forge: Forge, pipeline: Row) -> dict[str, Any]:
    rows = latest_jobs(forge.store, pipeline["id"])
    mr = (
        forge.store.one("SELECT * FROM merge_requests WHERE id = ?", pipeline["mr_id"])
        if pipeline["mr_id"]
        else None
    )
    project = _project(forge, pipeline["project_id"])
    return {
        "object_kind": "pipeline",
        "object_attributes": {
            "id": pipeline["id"],
            "iid": pipeline["iid"],
            "name": pipeline["name"],
            "ref": pipeline["ref"],
            "tag": bool(pipeline["tag"]),
            "sha": pipeline["sha"],
            "before_sha": pipeline["before_sha"],
            "source": pipeline["source"],
            "status": pipeline["status"],
            "detailed_status": pipeline["status"],
            "stages": list(dict.fromkeys(row["stage"] for row in rows)),
            "created_at": pipeline["created_at"],
            "finished_at": pipeline["finished_at"],
            "url": f"{project['web_url']}/-/pipelines/{pipeline['id']}",
        },
        "merge_request": None
        if mr is None
        else {
            "id": mr["id"],
            "iid": mr["iid"],
            "source_branch": mr["source_branch"],
            "target_branch": mr["target_branch"],
            "state": mr["state"],
        },
        "user": _user(forge, pipeline["user_id"]),
        "project": project,
        "commit": {"id": pipeline["sha"]},
        "builds": [
            {"id": row["id"], "stage": row["stage"], "name": row["name"], "status": row["status"]}
            for row in rows
        ],
    }


def _user(forge: Forge, user_id: int) -> dict[str, Any]:
    row = forge.store.get("users", user_id)
    return {"id": row["id"], "name": row["name"], "username": row["username"], "email": "[REDACTED]"}


def _project(forge: Forge, project_id: int) -> dict[str, Any]:
    row = forge.store.get("projects", project_id)
    return {
        "id": row["id"],
        "name": row["name"],
        "path_with_namespace": row["full_path"],
        "default_branch": row["default_branch"],
        "web_url": f"{forge.url}/{row['full_path']}",
    }
