"""Workflow runs, jobs and artefacts (placed by the test: nothing runs here), environments, releases with assets, deploy keys, runners."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

from starlette.responses import RedirectResponse, Response

from kawal_sandbox.api import Answer, Ctx, Reply, Route, created, no_content
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.github.base import (
    ADMIN,
    PREFIX,
    WRITE,
    api,
    invalid,
    needs_plan,
    not_found,
    page,
    repo_routes,
    stamp,
    text,
    user_json,
)
from kawal_sandbox.store import Row, now

MINUTE_TOKEN = "berkas"  # noqa: S105 - a path segment


def _things(ctx: Ctx, kind: str) -> list[Row]:
    return ctx.forge.store.all(
        "SELECT * FROM gh_things WHERE project_id = ? AND kind = ? ORDER BY id DESC", ctx.project["id"], kind
    )


def _thing(ctx: Ctx, kind: str, id_: int) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM gh_things WHERE project_id = ? AND kind = ? AND id = ?", ctx.project["id"], kind, id_
    )
    if row is None:
        raise not_found()
    return row


# --- runs


def place_run(ctx: Ctx) -> Reply:
    """Not GitHub's: the test places a run as GitHub would leave it, with jobs and artefacts (`{name: {path: base64}}`)."""
    store = ctx.forge.store
    project = store.get("projects", ctx.p.number("project_id") or 0)
    given = {key: ctx.p.get(key) for key in ("event", "head_branch", "head_sha", "path")}
    data = given | {
        "status": ctx.p.text("status") or "completed",
        "conclusion": ctx.p.text("conclusion"),
        "actor_id": ctx.p.number("actor_id"),
        "referenced_workflows": ctx.p.get("referenced_workflows") or [],
    }
    run = store.insert(
        "gh_things",
        project_id=project["id"],
        kind="run",
        name=str(ctx.p.get("name")),
        data=data,
        created_at=now(),
    )
    jobs = [
        store.insert(
            "gh_things",
            project_id=project["id"],
            kind="job",
            name=job["name"],
            data={**job, "run_id": run},
            created_at=now(),
        )
        for job in ctx.p.get("jobs") or []
    ]
    for name, files in (ctx.p.get("artifacts") or {}).items():
        store.insert(
            "gh_things",
            project_id=project["id"],
            kind="artifact",
            name=name,
            data={"run_id": run, "files": files, "head_sha": given["head_sha"]},
            created_at=now(),
        )
    return created({"run_id": run, "job_ids": jobs})


def run_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    url = f"{api(ctx)}/actions/runs/{row['id']}"
    return {
        "id": row["id"],
        "name": row["name"],
        "node_id": f"WFR_{row['id']}",
        "head_branch": data["head_branch"],
        "head_sha": data["head_sha"],
        "path": data["path"],
        "run_number": row["id"],
        "run_attempt": 1,
        "event": data["event"],
        "status": data["status"],
        "conclusion": data["conclusion"],
        "workflow_id": 1,
        "check_suite_id": 1,
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


def runs(ctx: Ctx) -> Reply:
    def wanted(row: Row) -> bool:
        data = json.loads(row["data"])
        return all(
            ctx.query.text(key) in (None, "", data[field])
            for key, field in (("head_sha", "head_sha"), ("branch", "head_branch"), ("event", "event"))
        )

    rows = [row for row in _things(ctx, "run") if wanted(row)]
    return page(ctx, rows, lambda row: run_json(ctx, row), key="workflow_runs")


def run(ctx: Ctx) -> Reply:
    return Reply(run_json(ctx, _thing(ctx, "run", ctx.id("run_id"))))


def rerun(ctx: Ctx) -> Reply:
    row = _thing(ctx, "run", ctx.id("run_id"))
    ctx.forge.store.update(
        "gh_things", row["id"], data=json.loads(row["data"]) | {"status": "queued", "conclusion": None}
    )
    return created({})


def job_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    of = json.loads(_thing(ctx, "run", data["run_id"])["data"])
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
        "status": data.get("status", "completed"),
        "conclusion": data.get("conclusion", "success"),
        "created_at": stamp(row["created_at"]),
        "started_at": stamp(row["created_at"]),
        "completed_at": stamp(row["created_at"]),
        "name": row["name"],
        "steps": [],
        "check_run_url": url,
        "labels": data.get("labels", []),
        "runner_id": data.get("runner_id"),
        "runner_name": None,
        "runner_group_id": None,
        "runner_group_name": None,
        "run_attempt": 1,
        "workflow_name": None,
    }


def jobs(ctx: Ctx) -> Reply:
    rows = [
        row for row in reversed(_things(ctx, "job")) if json.loads(row["data"])["run_id"] == ctx.id("run_id")
    ]
    return page(ctx, rows, lambda row: job_json(ctx, row), key="jobs")


def job(ctx: Ctx) -> Reply:
    return Reply(job_json(ctx, _thing(ctx, "job", ctx.id("job_id"))))


def job_log(ctx: Ctx) -> Answer:
    data = json.loads(_thing(ctx, "job", ctx.id("job_id"))["data"])
    return Response(str(data.get("log", "")), media_type="text/plain")


def artifacts(ctx: Ctx) -> Reply:
    rows = [row for row in _things(ctx, "artifact") if json.loads(row["data"])["run_id"] == ctx.id("run_id")]

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
            archive.writestr(zipfile.ZipInfo(path), base64.b64decode(content))
    return out.getvalue()


def artifact_zip(ctx: Ctx) -> Answer:
    """302 to an address that needs no token, as on GitHub (there it lives one minute)."""
    row = _thing(ctx, "artifact", ctx.id("artifact_id"))
    return RedirectResponse(f"{ctx.base_url}{PREFIX}/-/{MINUTE_TOKEN}/{row['id']}", 302)


def stored_zip(ctx: Ctx) -> Answer:
    row = ctx.forge.store.one(
        "SELECT * FROM gh_things WHERE kind = 'artifact' AND id = ?", ctx.id("artifact_id")
    )
    if row is None:
        raise not_found()
    return Response(_zip(json.loads(row["data"])["files"]), media_type="application/zip")


# --- settings of Actions, environments, runners, deploy keys


def workflow_permissions(ctx: Ctx) -> Reply:
    options = json.loads(ctx.project["settings"])
    return Reply(
        {
            "default_workflow_permissions": options.get("gh_workflow_permissions", "read"),
            "can_approve_pull_request_reviews": options.get("gh_workflow_approves", False),
        }
    )


def set_workflow_permissions(ctx: Ctx) -> Reply:
    options = json.loads(ctx.project["settings"])
    if word := ctx.p.choice("default_workflow_permissions", ("read", "write")):
        options["gh_workflow_permissions"] = word
    if (flag := ctx.p.flag("can_approve_pull_request_reviews")) is not None:
        options["gh_workflow_approves"] = flag
    ctx.forge.store.update("projects", ctx.project["id"], settings=options)
    return no_content()


def runners(ctx: Ctx) -> Reply:
    return page(ctx, _things(ctx, "runner"), lambda row: json.loads(row["data"]), key="runners")


def secrets_(ctx: Ctx) -> Reply:
    def present(row: Row) -> dict[str, Any]:
        moment = stamp(row["created_at"])
        return {"name": row["name"], "created_at": moment, "updated_at": moment}

    return page(ctx, _things(ctx, "secret"), present, key="secrets")


def put_secret(ctx: Ctx) -> Reply:
    name = ctx.params["name"].upper()
    same = [row for row in _things(ctx, "secret") if row["name"] == name]
    if same:
        return no_content()
    ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="secret", name=name, data={}, created_at=now()
    )
    return created({})


def keys(ctx: Ctx) -> Reply:
    return page(ctx, _things(ctx, "key"), lambda row: _key_json(ctx, row))


def _key_json(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    return {
        "id": row["id"],
        "key": data["key"],
        "url": f"{api(ctx)}/keys/{row['id']}",
        "title": row["name"],
        "verified": True,
        "created_at": stamp(row["created_at"]),
        "read_only": data["read_only"],
    }


def create_key(ctx: Ctx) -> Reply:
    data = {"key": text(ctx, "PublicKey", "key"), "read_only": bool(ctx.p.flag("read_only", False))}
    name = ctx.p.text("title") or "kunci"
    id_ = ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="key", name=name, data=data, created_at=now()
    )
    return created(_key_json(ctx, ctx.forge.store.get("gh_things", id_)))


def _environment(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    return {
        "id": row["id"],
        "node_id": f"EN_{row['id']}",
        "name": row["name"],
        "url": f"{api(ctx)}/environments/{row['name']}",
        "html_url": ctx.base_url,
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["created_at"]),
        "can_admins_bypass": True,
        "protection_rules": [],
        "deployment_branch_policy": data.get("deployment_branch_policy"),
    }


def environments(ctx: Ctx) -> Reply:
    return page(ctx, _things(ctx, "environment"), lambda row: _environment(ctx, row), key="environments")


def put_environment(ctx: Ctx) -> Reply:
    needs_plan(ctx)
    name = ctx.params["name"]
    same = [row for row in _things(ctx, "environment") if row["name"].lower() == name.lower()]
    data = {"deployment_branch_policy": ctx.p.get("deployment_branch_policy")}
    if same:
        ctx.forge.store.update("gh_things", same[0]["id"], data=data)
        return Reply(_environment(ctx, ctx.forge.store.get("gh_things", same[0]["id"])))
    id_ = ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="environment", name=name, data=data, created_at=now()
    )
    return Reply(_environment(ctx, ctx.forge.store.get("gh_things", id_)))


# --- releases


def _release(ctx: Ctx, row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    url = f"{api(ctx)}/releases/{row['id']}"
    assets = [
        {
            "id": one["id"],
            "node_id": f"RA_{one['id']}",
            "name": one["name"],
            "label": None,
            "url": f"{api(ctx)}/releases/assets/{one['id']}",
            "browser_download_url": f"{ctx.base_url}{PREFIX}/-/aset/{one['id']}",
            "state": "uploaded",
            "content_type": "application/octet-stream",
            "size": len(base64.b64decode(json.loads(one["data"])["content"])),
            "download_count": 0,
            "created_at": stamp(one["created_at"]),
            "updated_at": stamp(one["created_at"]),
            "uploader": None,
        }
        for one in _things(ctx, "asset")
        if json.loads(one["data"])["release_id"] == row["id"]
    ]
    return {
        "id": row["id"],
        "node_id": f"RE_{row['id']}",
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": f"{ctx.base_url}/{ctx.project['full_path']}/releases/tag/{row['name']}",
        "tarball_url": None,
        "zipball_url": None,
        "tag_name": row["name"],
        "target_commitish": data["target_commitish"],
        "name": data["name"],
        "body": data["body"],
        "draft": data["draft"],
        "prerelease": data["prerelease"],
        "created_at": stamp(row["created_at"]),
        "published_at": stamp(row["created_at"]),
        "author": user_json(ctx, data["author_id"]),
        "assets": assets,
    }


def releases(ctx: Ctx) -> Reply:
    return page(ctx, _things(ctx, "release"), lambda row: _release(ctx, row))


def release_of_tag(ctx: Ctx) -> Reply:
    found = [row for row in _things(ctx, "release") if row["name"] == ctx.params["tag"]]
    if not found:
        raise not_found()
    return Reply(_release(ctx, found[0]))


def create_release(ctx: Ctx) -> Reply:
    tag = text(ctx, "Release", "tag_name")
    if any(row["name"] == tag for row in _things(ctx, "release")):
        raise invalid("Release", "tag_name", "already_exists")
    target = ctx.p.text("target_commitish") or ctx.project["default_branch"]
    draft = bool(ctx.p.flag("draft"))
    if not draft and ctx.repo.ref_sha(f"refs/tags/{tag}") == ZERO:
        from kawal_sandbox.github.gitdata import _move

        sha = ctx.repo.resolve(target)
        if sha is None:
            raise invalid("Release", "target_commitish", "invalid")
        _move(ctx, f"refs/tags/{tag}", ZERO, sha)
    data = {
        "target_commitish": target,
        "name": ctx.p.text("name"),
        "body": ctx.p.text("body"),
        "draft": draft,
        "prerelease": bool(ctx.p.flag("prerelease")),
        "author_id": ctx.user["id"],
    }
    id_ = ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="release", name=tag, data=data, created_at=now()
    )
    return created(_release(ctx, ctx.forge.store.get("gh_things", id_)))


def upload_asset(ctx: Ctx) -> Reply:
    release = _thing(ctx, "release", ctx.id("release_id"))
    name = ctx.query.text("name") or ""
    if not name or any(
        row["name"] == name and json.loads(row["data"])["release_id"] == release["id"]
        for row in _things(ctx, "asset")
    ):
        raise invalid("ReleaseAsset", "name", "already_exists")
    data = {"release_id": release["id"], "content": base64.b64encode(ctx.body.read()).decode()}
    ctx.forge.store.insert(
        "gh_things", project_id=ctx.project["id"], kind="asset", name=name, data=data, created_at=now()
    )
    return created(next(one for one in _release(ctx, release)["assets"] if one["name"] == name))


def asset(ctx: Ctx) -> Answer:
    data = json.loads(_thing(ctx, "asset", ctx.id("asset_id"))["data"])
    return Response(base64.b64decode(data["content"]), media_type="application/octet-stream")


ROUTES: list[Route] = [
    Route("POST", "/kawal_latihan/github/runs", place_run, admin=True),
    *repo_routes("GET", "/actions/runs", runs),
    *repo_routes("GET", "/actions/runs/:run_id", run),
    *repo_routes("POST", "/actions/runs/:run_id/rerun-failed-jobs", rerun, WRITE),
    *repo_routes("GET", "/actions/runs/:run_id/jobs", jobs),
    *repo_routes("GET", "/actions/runs/:run_id/artifacts", artifacts),
    *repo_routes("GET", "/actions/jobs/:job_id", job),
    *repo_routes("GET", "/actions/jobs/:job_id/logs", job_log),
    *repo_routes("GET", "/actions/artifacts/:artifact_id/zip", artifact_zip),
    Route("GET", f"!{PREFIX}/-/{MINUTE_TOKEN}/:artifact_id", stored_zip, anonymous=True),
    *repo_routes("GET", "/actions/permissions/workflow", workflow_permissions, ADMIN),
    *repo_routes("PUT", "/actions/permissions/workflow", set_workflow_permissions, ADMIN),
    *repo_routes("GET", "/actions/runners", runners, ADMIN),
    *repo_routes("GET", "/actions/secrets", secrets_, WRITE),
    *repo_routes("PUT", "/actions/secrets/:name", put_secret, WRITE),
    *repo_routes("GET", "/keys", keys, ADMIN),
    *repo_routes("POST", "/keys", create_key, ADMIN),
    *repo_routes("GET", "/environments", environments),
    *repo_routes("PUT", "/environments/:name", put_environment, ADMIN),
    *repo_routes("GET", "/releases", releases),
    *repo_routes("GET", "/releases/tags/*tag", release_of_tag),
    *repo_routes("POST", "/releases", create_release, WRITE),
    *repo_routes("POST", "/releases/:release_id/assets", upload_asset, WRITE, max_body=256 * 1024 * 1024),
    *repo_routes("GET", "/releases/assets/:asset_id", asset),
]
