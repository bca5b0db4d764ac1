"""What every endpoint of the facade shares: finding the repository, levels, pages, errors, links."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import Response

from kawal_sandbox.access import DEVELOPER, MAINTAINER, OWNER, REPORTER, visible_to
from kawal_sandbox.api import Answer, Ctx, Reply, Route
from kawal_sandbox.errors import ApiError
from kawal_sandbox.store import Row

if TYPE_CHECKING:
    from kawal_sandbox.forge import Forge

PREFIX = "/api/v3"
DOCS = "https://docs.github.com/rest"
NO_LEVEL, READ, WRITE, MAINTAIN, ADMIN = 0, REPORTER, DEVELOPER, MAINTAINER, OWNER
PERMISSIONS = {"pull": 20, "triage": 25, "push": 30, "maintain": 40, "admin": 50}
ROLES = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
UPGRADE = "Upgrade to GitHub Pro or make this repository public to enable this feature."
LIMIT = 5000
ORG_IDS = 1_000_000_000
"""GitHub numbers users and organisations in one row; the store does not, so organisations start far above."""


def refuse(status: int, message: str, *errors: dict[str, str]) -> ApiError:
    body: dict[str, Any] = {"message": message, "documentation_url": DOCS, "status": str(status)}
    if errors:
        body["errors"] = list(errors)
    return ApiError(status, body)


def invalid(resource: str, field: str, code: str, message: str = "") -> ApiError:
    """422 of a resource: code missing_field, invalid, already_exists, custom."""
    error = {"resource": resource, "field": field, "code": code}
    return refuse(422, "Validation Failed", error | ({"message": message} if message else {}))


def not_found() -> ApiError:
    return refuse(404, "Not Found")


def translate(reply: Reply, method: str) -> Reply:
    """A refusal that was made in GitLab's words, in GitHub's."""
    body = reply.body
    if reply.status < 400 or not isinstance(body, dict) or "documentation_url" in body:
        return reply
    said = body.get("message", body.get("error", ""))
    fixed = {401: "Bad credentials", 404: "Not Found", 500: "Server Error"}
    status = 404 if reply.status == 405 and said == "405 Not Allowed" else reply.status
    text = fixed.get(status, said if isinstance(said, str) else json.dumps(said))
    if status == 400 and method != "GET":
        status = 422
    return Reply(
        {"message": text, "documentation_url": DOCS, "status": str(status)},
        status,
        rate_headers(reply.headers),
    )


def rate_headers(headers: dict[str, str]) -> dict[str, str]:
    return headers | {
        "X-RateLimit-Limit": str(LIMIT),
        "X-RateLimit-Remaining": str(LIMIT - 1),
        "X-RateLimit-Used": "1",
        "X-RateLimit-Reset": str(int(time.time()) + 3600),
        "X-RateLimit-Resource": "core",
        "X-GitHub-Media-Type": "github.v3; format=json",
    }


def conditional(forge: Forge, method: str, reply: Reply, none_match: str | None) -> Reply:
    """The reply with its ETag, or 304 for who has it already; only a whole answer counts against the limit.

    The count is shown and never enforced: a test that makes many requests is not a client that makes too many.
    """
    if method != "GET" or reply.status != 200:
        forge.github_used += 1
        return reply
    digest = hashlib.sha256(json.dumps(reply.body, sort_keys=True).encode()).hexdigest()
    headers = reply.headers | {"ETag": f'W/"{digest}"', "Cache-Control": "private, max-age=60, s-maxage=60"}
    known = none_match == headers["ETag"]
    forge.github_used += not known
    headers["X-RateLimit-Used"] = str(forge.github_used)
    return Reply(None, 304, headers) if known else Reply(reply.body, 200, headers)


def route(method: str, path: str, handler: Callable[[Ctx], Answer], level: int = READ, **more: Any) -> Route:
    """An endpoint below /api/v3. With `:owner/:repo` or `:repo_id` in the path, the repository is loaded and `level` needed."""

    def handle(ctx: Ctx) -> Answer:
        if "repo" in ctx.params or "repo_id" in ctx.params:
            _load(ctx, level)
        answer = handler(ctx)
        if isinstance(answer, Response):
            return answer
        return Reply(answer.body, answer.status, rate_headers(answer.headers))

    return Route(method, f"!{PREFIX}{path}", handle, **more)


def repo_routes(
    method: str, path: str, handler: Callable[[Ctx], Answer], level: int = READ, **more: Any
) -> list[Route]:
    """The endpoint by name and by number."""
    return [
        route(method, f"/repos/:owner/:repo{path}", handler, level, **more),
        route(method, f"/repositories/:repo_id{path}", handler, level, **more),
    ]


def _load(ctx: Ctx, level: int) -> None:
    store, user = ctx.forge.store, ctx.identity.user if ctx.identity else None
    if "repo_id" in ctx.params:
        project = store.one("SELECT * FROM projects WHERE id = ?", ctx.id("repo_id"))
    else:
        path = f"{ctx.params['owner']}/{ctx.params['repo']}"
        project = store.one("SELECT * FROM projects WHERE full_path = ?", path)
        if project is None:
            project = _moved(ctx, path)
    own = 0 if project is None else ctx.forge.access.project_level(project, user)
    if project is None or not (ctx.is_admin or visible_to(project["visibility"], own, user)):
        raise not_found()
    ctx._project = project
    ctx.level = ctx.forge.access.effective(own, user) if ctx.is_admin else own
    public = READ if project["visibility"] != "private" else 0
    if max(ctx.level, public) < level:
        raise refuse(403, "Must have admin rights to Repository.") if level > WRITE else not_found()


def _moved(ctx: Ctx, path: str) -> Row | None:
    """301 for reads, 307 for writes, to the address by number."""
    row = ctx.forge.store.one("SELECT project_id FROM redirects WHERE full_path = ?", path)
    if row is None:
        return None
    rest = ctx.path.split("/")[6:]
    location = "/".join([f"{ctx.base_url}{PREFIX}/repositories/{row['project_id']}", *rest])
    status = 301 if ctx.method == "GET" else 307
    body = {"message": "Moved Permanently", "url": location, "documentation_url": DOCS}
    raise ApiError(status, body, {"Location": location})


def api(ctx: Ctx) -> str:
    """Base of this repository's addresses."""
    return f"{ctx.base_url}{PREFIX}/repos/{ctx.project['full_path']}"


def page(
    ctx: Ctx, rows: Sequence[Any], present: Callable[[Any], Any] = lambda row: row, key: str | None = None
) -> Reply:
    """One page with GitHub's Link header; `key` wraps it as `{total_count, key: […]}`."""
    number = max(ctx.query.number("page", 1) or 1, 1)
    size = min(max(ctx.query.number("per_page", 30) or 30, 1), 100)
    start = (number - 1) * size
    shown = [present(row) for row in rows[start : start + size]]
    last = max((len(rows) + size - 1) // size, 1)
    links = []
    if number < last:
        links += [(number + 1, "next"), (last, "last")]
    if number > 1:
        links += [(1, "first"), (number - 1, "prev")]
    headers = {}
    if links:
        headers["Link"] = ", ".join(f'<{_link(ctx, n)}>; rel="{rel}"' for n, rel in links)
    return Reply({"total_count": len(rows), key: shown} if key else shown, headers=headers)


def _link(ctx: Ctx, number: int) -> str:
    query = {**ctx.query, "page": number}
    return f"{ctx.base_url}{ctx.path}?{urlencode(query, doseq=True)}"


def text(ctx: Ctx, resource: str, field: str) -> str:
    value = ctx.p.get(field)
    if not isinstance(value, str) or not value.strip():
        raise invalid(resource, field, "missing_field")
    return value


def user_json(ctx: Ctx, user_id: int | None) -> dict[str, Any] | None:
    if user_id is None:
        return None
    row = ctx.forge.store.one("SELECT * FROM users WHERE id = ?", user_id)
    if row is None:
        return None
    return account_json(
        ctx, row["username"], row["id"], kind="Bot" if row["bot"] else "User", admin=bool(row["admin"])
    )


def account_json(
    ctx: Ctx, login: str, id_: int, *, kind: str = "User", admin: bool = False
) -> dict[str, Any]:
    """GitHub's `simple-user`."""
    base = f"{ctx.base_url}{PREFIX}/users/{login}"
    return {
        "login": login,
        "id": id_,
        "node_id": f"U_{id_}",
        "avatar_url": "",
        "gravatar_id": "",
        "url": base,
        "html_url": f"{ctx.base_url}/{login}",
        "followers_url": f"{base}/followers",
        "following_url": f"{base}/following{{/other_user}}",
        "gists_url": f"{base}/gists{{/gist_id}}",
        "starred_url": f"{base}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{base}/subscriptions",
        "organizations_url": f"{base}/orgs",
        "repos_url": f"{base}/repos",
        "events_url": f"{base}/events{{/privacy}}",
        "received_events_url": f"{base}/received_events",
        "type": kind,
        "site_admin": admin,
    }


def plan_of(ctx: Ctx) -> str:
    """The plan of the repository's owner: free, team or enterprise."""
    namespace = ctx.forge.store.get("namespaces", ctx.project["namespace_id"])
    return str(json.loads(namespace["data"]).get("github_plan", "free"))


def plan_allows(forge: Forge, project: Row) -> bool:
    """Whether rulesets and environments are to be had for this repository."""
    namespace = forge.store.get("namespaces", project["namespace_id"])
    plan = json.loads(namespace["data"]).get("github_plan", "free")
    return project["visibility"] == "public" or plan in ("pro", "team", "enterprise")


def things(ctx: Ctx, kind: str) -> list[Row]:
    """What only GitHub knows of this repository, newest first."""
    return ctx.forge.store.all(
        "SELECT * FROM gh_things WHERE project_id = ? AND kind = ? ORDER BY id DESC", ctx.project["id"], kind
    )


def thing(ctx: Ctx, kind: str, id_: int) -> Row:
    row = ctx.forge.store.one(
        "SELECT * FROM gh_things WHERE project_id = ? AND kind = ? AND id = ?", ctx.project["id"], kind, id_
    )
    if row is None:
        raise not_found()
    return row


def numbered(ctx: Ctx, table: str) -> Row:
    """The issue or merge request with the number in the path."""
    sql = f"SELECT * FROM {table} WHERE project_id = ? AND iid = ?"  # noqa: S608 - one of our own tables
    row = ctx.forge.store.one(sql, ctx.project["id"], ctx.id("number"))
    if row is None:
        raise not_found()
    return row


def needs_plan(ctx: Ctx, *plans: str) -> None:
    """403 with GitHub's sentence unless the repository is public or its owner has one of these plans."""
    if ctx.project["visibility"] != "public" and plan_of(ctx) not in (plans or ("pro", "team", "enterprise")):
        raise refuse(403, UPGRADE)


def stamp(value: str | None) -> str | None:
    """GitHub prints whole seconds."""
    return None if value is None else value.split(".")[0].rstrip("Z")[:19] + "Z"


def blobs(values: Iterable[Row]) -> list[Any]:
    return [json.loads(value["data"]) for value in values]
