"""GitHub as OpenID issuer for jobs: discovery, JWKS, and the address at which a job with `id-token: write` asks for a token.

Claims as in GitHub's own reference (docs: actions/reference/security/oidc) and in recorded tokens: every value is a string, `nbf`
lies ten minutes back, and a token lives five minutes. A job may ask as often as it likes and gets a new `jti` each time.
"""

from __future__ import annotations

import hmac
import json
import time
import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any

from kawal_sandbox.api import Ctx, Reply, Route
from kawal_sandbox.ci.oidc import Issuer
from kawal_sandbox.errors import unauthorized
from kawal_sandbox.forge import Forge
from kawal_sandbox.github.base import ORG_IDS, not_found, plan_allows
from kawal_sandbox.pushes import rules_of
from kawal_sandbox.rules import matching
from kawal_sandbox.store import Row

PATH = "/_services/token"
REQUEST_PATH = f"{PATH}/job"


@lru_cache(maxsize=8)
def _issuer(folder: Path) -> Issuer:
    folder.mkdir(exist_ok=True)
    return Issuer(folder)


def discovery(ctx: Ctx) -> Reply:
    url = f"{ctx.forge.url}{PATH}"
    return Reply(
        {
            "issuer": url,
            "jwks_uri": f"{url}/.well-known/jwks",
            "subject_types_supported": ["public", "pairwise"],
            "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
        }
    )


def keys(ctx: Ctx) -> Reply:
    return Reply(_issuer(ctx.forge.data / "github").jwks)


def mint(ctx: Ctx) -> Reply:
    """The job shows the secret of its own request address; only the audience is its choice."""
    job = ctx.forge.store.one("SELECT * FROM gh_things WHERE kind = 'job' AND id = ?", ctx.id("job_id"))
    if job is None:
        raise not_found()
    data = json.loads(job["data"])
    given = ctx.headers.get("authorization", "").partition(" ")[2]
    if not data.get("request_token") or not hmac.compare_digest(given, data["request_token"]):
        raise unauthorized()
    iat = int(time.time())
    audience = ctx.query.text("audience") or f"{ctx.forge.url}/{_place(ctx.forge, job)[1]['full_path']}"
    claims = {
        "iss": f"{ctx.forge.url}{PATH}",
        "aud": audience,
        **claims_of(ctx.forge, job),
        "jti": str(uuid.uuid4()),
        "nbf": iat - 600,
        "iat": iat,
        "exp": iat + 300,
    }
    return Reply({"count": 1, "value": _issuer(ctx.forge.data / "github").sign(claims)})


def _place(forge: Forge, job: Row) -> tuple[Row, Row]:
    project = forge.store.get("projects", job["project_id"])
    return project, forge.store.get("namespaces", project["namespace_id"])


def claims_of(forge: Forge, job: Row) -> dict[str, Any]:
    """What GitHub says of a job, from the run it belongs to."""
    data = json.loads(job["data"])
    run = json.loads(forge.store.get("gh_things", data["run_id"])["data"])
    project, owner = _place(forge, job)
    owner_id = owner["owner_id"] if owner["kind"] == "user" else ORG_IDS + owner["id"]
    name = run["head_branch"]
    tag = forge.repo(project["id"]).ref_sha(f"refs/tags/{name}").strip("0") != ""
    kind = "tag" if tag else "branch"
    ref = f"refs/{'tags' if tag else 'heads'}/{name}"
    actor = forge.store.get("users", run["actor_id"])
    environment = data.get("environment")
    # Repositories made after 15 July 2026 name the numbers in their subject.
    subject = f"repo:{owner['full_path']}@{owner_id}/{project['path']}@{project['id']}"
    called = run["referenced_workflows"][0] if run["referenced_workflows"] else None
    own = f"{project['full_path']}/{run['path']}"
    claims = {
        "sub": f"{subject}:environment:{environment}" if environment else f"{subject}:ref:{ref}",
        "ref": ref,
        "ref_type": kind,
        "ref_protected": "true" if _protected(forge, project, kind, name) else "false",
        "sha": run["head_sha"],
        "repository": project["full_path"],
        "repository_id": str(project["id"]),
        "repository_owner": owner["full_path"],
        "repository_owner_id": str(owner_id),
        "repository_visibility": project["visibility"],
        "actor": actor["username"],
        "actor_id": str(actor["id"]),
        "workflow": "kawal",
        "workflow_ref": f"{own}@{ref}",
        "workflow_sha": run["head_sha"],
        "job_workflow_ref": called["path"] if called else f"{own}@{ref}",
        "job_workflow_sha": called["sha"] if called else run["head_sha"],
        "head_ref": "",
        "base_ref": "",
        "event_name": run["event"],
        "run_id": str(data["run_id"]),
        "run_number": str(data["run_id"]),
        "run_attempt": str(data["run_attempt"]),
        "check_run_id": str(job["id"]),
        "runner_environment": "self-hosted" if data.get("runner_id") else "github-hosted",
    }
    return claims | ({"environment": environment} if environment else {})


def _protected(forge: Forge, project: Row, kind: str, name: str) -> bool:
    if not plan_allows(forge, project):
        return False
    return bool(matching(rules_of(forge, project["id"], kind), name))


ROUTES: list[Route] = [
    Route("GET", f"!{PATH}/.well-known/openid-configuration", discovery, anonymous=True),
    Route("GET", f"!{PATH}/.well-known/jwks", keys, anonymous=True),
    Route("GET", f"!{REQUEST_PATH}/:job_id", mint, anonymous=True, own_credential=True),
]
