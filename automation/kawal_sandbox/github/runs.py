"""Workflow runs, jobs and artefacts. Nothing runs here: the test places what GitHub would have left behind, attempt by attempt."""

from __future__ import annotations

import base64
import io
import json
import secrets
import zipfile
from typing import Any

from starlette.responses import RedirectResponse, Response

from kawal_sandbox.api import Answer, Ctx, Reply, Route, created
from kawal_sandbox.github import hooks, startup
from kawal_sandbox.github.base import (
    PREFIX,
    WRITE,
    api,
    not_found,
    page,
    refuse,
    repo_routes,
    stamp,
    thing,
    things,
    user_json,
)
from kawal_sandbox.github.environments import deployed
from kawal_sandbox.github.gitdata import git_commit
from kawal_sandbox.github.oidc import REQUEST_PATH
from kawal_sandbox.github.repos import repo_json
from kawal_sandbox.store import Row, now

MINUTE_TOKEN = "berkas"  # noqa: S105 - a path segment
LOG = "catatan"
CALLER = ".github/workflows/kawal.yml"


# --- placing


def place_run(ctx: Ctx) -> Reply:
    """Not GitHub's: a run as GitHub would leave it, with jobs and artefacts (`{name: {path: base64}}`)."""
    project = ctx.forge.store.get("projects", ctx.p.number("project_id") or 0)
    data = {key: ctx.p.get(key) for key in ("event", "head_branch", "head_sha")} | {
        "path": ctx.p.text("path") or CALLER,
        "status": ctx.p.text("status") or "completed",
        "conclusion": ctx.p.text("conclusion"),
        "actor_id": ctx.p.number("actor_id"),
        "referenced_workflows": ctx.p.get("referenced_workflows") or [],
        "run_attempt": 1,
    }
    if startup.refused(ctx, project, str(data["head_sha"]), data["path"]):
        data |= {"status": "completed", "conclusion": "startup_failure"}
    run_id = ctx.forge.store.insert(
        "gh_things",
        project_id=project["id"],
        kind="run",
        name=str(ctx.p.get("name")),
        data=data,
        created_at=now(),
    )
    row = ctx.forge.store.get("gh_things", run_id)
    if data["conclusion"] == "startup_failure":  # no job was ever made
        return created({"run_id": run_id, "job_ids": [], "id_token": {}})
    return created(_add(ctx, row))


def change_run(ctx: Ctx) -> Reply:
    """Not GitHub's: the run goes on. New state, and the jobs and artefacts of what happened since."""
    row = ctx.forge.store.one("SELECT * FROM gh_things WHERE kind = 'run' AND id = ?", ctx.id("run_id"))
    if row is None:
        raise not_found()
    changes = {
        key: ctx.p.get(key)
        for key in ("status", "conclusion", "referenced_workflows", "path")
        if key in ctx.p
    }
    ctx.forge.store.update("gh_things", row["id"], data=json.loads(row["data"]) | changes)
    return Reply(_add(ctx, ctx.forge.store.get("gh_things", row["id"])))


def change_job(ctx: Ctx) -> Reply:
    """Not GitHub's: a placed job ends, or is seen in another state."""
    row = ctx.forge.store.one("SELECT * FROM gh_things WHERE kind = 'job' AND id = ?", ctx.id("job_id"))
    if row is None:
        raise not_found()
    data = json.loads(row["data"]) | {
        key: ctx.p.get(key) for key in ("status", "conclusion", "runner_id", "name") if key in ctx.p
    }
    if data["status"] == "completed":
        data.setdefault("completed_at", now())
    ctx.forge.store.update("gh_things", row["id"], data=data)
    run = json.loads(ctx.forge.store.get("gh_things", data["run_id"])["data"])
    deployed(ctx.forge.store, row, data, run)
    return Reply({"job_id": row["id"]})


def _add(ctx: Ctx, run: Row) -> dict[str, Any]:
    """Jobs and artefacts of the request, as part of the run's present attempt; news of it goes to the hooks."""
    store, state = ctx.forge.store, json.loads(run["data"])
    tokens: dict[str, dict[str, str]] = {}
    ids = []
    for job in ctx.p.get("jobs") or []:
        secret = secrets.token_urlsafe(24)
        data = {
            "status": "completed",
            "started_at": now(),
            **job,
            "run_id": run["id"],
            "run_attempt": state["run_attempt"],
            "request_token": secret if job.get("id_token") else None,
        }
        if data["status"] == "completed":
            data.setdefault("conclusion", "success")
            data.setdefault("completed_at", now())
        id_ = store.insert(
            "gh_things",
            project_id=run["project_id"],
            kind="job",
            name=job["name"],
            data=data,
            created_at=now(),
        )
        ids.append(id_)
        deployed(store, store.get("gh_things", id_), data, state)
        if job.get("id_token"):
            url = f"{ctx.base_url}{REQUEST_PATH}/{id_}?api-version=2.0"
            tokens[str(id_)] = {
                "ACTIONS_ID_TOKEN_REQUEST_URL": url,
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secret,
            }
    for name, files in (ctx.p.get("artifacts") or {}).items():
        store.insert(
            "gh_things",
            project_id=run["project_id"],
            kind="artifact",
            name=name,
            data={"run_id": run["id"], "files": files, "head_sha": state["head_sha"]},
            created_at=ctx.p.text("artifacts_at") or now(),
        )
    hooks.tell_run(ctx.forge, run["project_id"], run["id"], state)
    return {"run_id": run["id"], "job_ids": ids, "id_token": tokens}


# --- runs


def run_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    url = f"{api(ctx)}/actions/runs/{row['id']}"
    repository = repo_json(ctx, ctx.project)
    return {
        "id": row["id"],
        "name": row["name"],
        "node_id": f"WFR_{row['id']}",
        "head_branch": data["head_branch"],
        "head_sha": data["head_sha"],
        "path": data["path"],
        "run_number": row["id"],
        "run_attempt": data["run_attempt"],
        "event": data["event"],
        "status": data["status"],
        "conclusion": data["conclusion"],
        "workflow_id": 1,
        "check_suite_id": 1,
        "check_suite_url": f"{api(ctx)}/check-suites/1",
        "repository": repository,
        "head_repository": repository,
        "head_commit": _head_commit(ctx, data["head_sha"]),
        "url": url,
        "html_url": f"{ctx.base_url}/{ctx.project['full_path']}/actions/runs/{row['id']}",
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["created_at"]),
        "run_started_at": stamp(row["created_at"]),
        "actor": user_json(ctx, data["actor_id"]),
        "triggering_actor": user_json(ctx, data["actor_id"]),
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "workflow_url": f"{api(ctx)}/actions/workflows/1",
        "pull_requests": [],
        "referenced_workflows": data["referenced_workflows"],
        "display_title": row["name"],
    }


def _head_commit(ctx: Ctx, sha: str) -> dict[str, Any] | None:
    """None for a commit that a test only names."""
    if ctx.repo.resolve(sha) is None:
        return None
    inner = git_commit(ctx, ctx.repo.commit(sha))
    people = {who: {key: inner[who][key] for key in ("name", "email")} for who in ("author", "committer")}
    return {
        "id": sha,
        "tree_id": inner["tree"]["sha"],
        "message": inner["message"],
        "timestamp": inner["committer"]["date"],
        **people,
    }


def runs(ctx: Ctx) -> Reply:
    def wanted(row: Row) -> bool:
        data = json.loads(row["data"])
        return all(
            ctx.query.text(key) in (None, "", data[field])
            for key, field in (("head_sha", "head_sha"), ("branch", "head_branch"), ("event", "event"))
        )

    rows = [row for row in things(ctx, "run") if wanted(row)]
    return page(ctx, rows, lambda row: run_json(ctx, row), key="workflow_runs")


def run(ctx: Ctx) -> Reply:
    return Reply(run_json(ctx, thing(ctx, "run", ctx.id("run_id"))))


def rerun(ctx: Ctx) -> Reply:
    """A new attempt, waiting for a runner."""
    row = thing(ctx, "run", ctx.id("run_id"))
    data = json.loads(row["data"])
    later = {"status": "queued", "conclusion": None, "run_attempt": data["run_attempt"] + 1}
    ctx.forge.store.update("gh_things", row["id"], data=data | later)
    return created({})


# --- jobs


def job_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    of = json.loads(thing(ctx, "run", data["run_id"])["data"])
    url = f"{api(ctx)}/actions/jobs/{row['id']}"
    return {
        "id": row["id"],
        "run_id": data["run_id"],
        "run_url": f"{api(ctx)}/actions/runs/{data['run_id']}",
        "node_id": f"CR_{row['id']}",
        "head_sha": of["head_sha"],
        "head_branch": of["head_branch"],
        "url": url,
        "html_url": url,
        "status": data["status"],
        "conclusion": data.get("conclusion"),
        "created_at": stamp(row["created_at"]),
        "started_at": stamp(data["started_at"]),
        "completed_at": stamp(data.get("completed_at")),
        "name": data["name"],
        "steps": [],
        "check_run_url": f"{api(ctx)}/check-runs/{row['id']}",
        "labels": data.get("labels", []),
        "runner_id": data.get("runner_id"),
        "runner_name": None,
        "runner_group_id": None,
        "runner_group_name": None,
        "run_attempt": data["run_attempt"],
        "workflow_name": None,
    }


def jobs(ctx: Ctx) -> Reply:
    """`filter=latest` (the default): of the newest attempt alone."""
    of = thing(ctx, "run", ctx.id("run_id"))
    attempt = json.loads(of["data"])["run_attempt"]
    rows = []
    for row in reversed(things(ctx, "job")):
        data = json.loads(row["data"])
        if data["run_id"] == of["id"] and (
            ctx.query.text("filter") == "all" or data["run_attempt"] == attempt
        ):
            rows.append(row)
    return page(ctx, rows, lambda row: job_json(ctx, row), key="jobs")


def job(ctx: Ctx) -> Reply:
    return Reply(job_json(ctx, thing(ctx, "job", ctx.id("job_id"))))


def job_log(ctx: Ctx) -> Answer:
    """302, as for artefacts."""
    row = thing(ctx, "job", ctx.id("job_id"))
    return RedirectResponse(f"{ctx.base_url}{PREFIX}/-/{LOG}/{row['id']}", 302)


def stored_log(ctx: Ctx) -> Answer:
    row = ctx.forge.store.one("SELECT * FROM gh_things WHERE kind = 'job' AND id = ?", ctx.id("job_id"))
    if row is None:
        raise not_found()
    return Response(str(json.loads(row["data"]).get("log", "")), media_type="text/plain")


# --- artefacts


def artifacts(ctx: Ctx) -> Reply:
    rows = [row for row in things(ctx, "artifact") if json.loads(row["data"])["run_id"] == ctx.id("run_id")]

    def present(row: Row) -> dict[str, Any]:
        data = json.loads(row["data"])
        url = f"{api(ctx)}/actions/artifacts/{row['id']}"
        return {
            "id": row["id"],
            "node_id": f"A_{row['id']}",
            "name": row["name"],
            "size_in_bytes": len(_zip(data["files"])),
            "url": url,
            "archive_download_url": f"{url}/zip",
            "expired": bool(data.get("expired")),
            "created_at": stamp(row["created_at"]),
            "expires_at": None,
            "updated_at": stamp(row["created_at"]),
            "workflow_run": {"id": data["run_id"], "head_sha": data["head_sha"]},
        }

    return page(ctx, rows, present, key="artifacts")


def _zip(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(path), base64.b64decode(content), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def artifact_zip(ctx: Ctx) -> Answer:
    """302 to an address that needs no token, as on GitHub (there it lives one minute).

    The redirect is an answer of the API: who asks for octet-stream gets 415 since September 2026.
    """
    accept = ctx.headers.get("accept", "*/*")
    if not any(one in accept for one in ("json", "*/*")):
        raise refuse(415, f"Unsupported 'Accept' header: '{accept}'. Must accept 'application/json'.")
    row = thing(ctx, "artifact", ctx.id("artifact_id"))
    return RedirectResponse(f"{ctx.base_url}{PREFIX}/-/{MINUTE_TOKEN}/{row['id']}", 302)


def stored_zip(ctx: Ctx) -> Answer:
    row = ctx.forge.store.one(
        "SELECT * FROM gh_things WHERE kind = 'artifact' AND id = ?", ctx.id("artifact_id")
    )
    if row is None:
        raise not_found()
    return Response(_zip(json.loads(row["data"])["files"]), media_type="application/zip")


ROUTES: list[Route] = [
    Route("POST", "/kawal_latihan/github/runs", place_run, admin=True, max_body=64 * 1024 * 1024),
    Route("PUT", "/kawal_latihan/github/runs/:run_id", change_run, admin=True, max_body=64 * 1024 * 1024),
    Route("PUT", "/kawal_latihan/github/jobs/:job_id", change_job, admin=True),
    *repo_routes("GET", "/actions/runs", runs),
    *repo_routes("GET", "/actions/runs/:run_id", run),
    *repo_routes("POST", "/actions/runs/:run_id/rerun-failed-jobs", rerun, WRITE),
    *repo_routes("GET", "/actions/runs/:run_id/jobs", jobs),
    *repo_routes("GET", "/actions/runs/:run_id/artifacts", artifacts),
    *repo_routes("GET", "/actions/jobs/:job_id", job),
    *repo_routes("GET", "/actions/jobs/:job_id/logs", job_log),
    *repo_routes("GET", "/actions/artifacts/:artifact_id/zip", artifact_zip),
    Route("GET", f"!{PREFIX}/-/{MINUTE_TOKEN}/:artifact_id", stored_zip, anonymous=True),
    Route("GET", f"!{PREFIX}/-/{LOG}/:job_id", stored_log, anonymous=True),
]
