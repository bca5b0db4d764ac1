"""Every endpoint of the GitHub facade called once by raw HTTP, as its documentation says, for whoever listens on the way."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from forge_latihan import ForgeLatihan
from github_runs import place_run


@dataclass
class Rest:
    """One caller of the facade; any status is an answer."""

    url: str
    token: str

    def __call__(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/api/v3{path}",
            method=method,
            data=raw if raw is not None else None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/octet-stream" if raw else "application/json"},
        )  # fmt: skip
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as reply:
                kind, content = reply.headers.get("Content-Type", ""), reply.read()
                return json.loads(content) if content and "json" in kind else content
        except urllib.error.HTTPError as error:
            with error:
                return json.loads(error.read() or b"null")


def tell(forge: ForgeLatihan, org: str) -> None:
    """The life of one repository of `org`, endpoint by endpoint. `forge` has the address at which somebody listens."""
    call = Rest(forge.url, forge.user("kawal-bot")[1])
    repo = call("POST", f"/orgs/{org}/repos", {"name": "cerita", "private": True, "auto_init": True})
    at = f"/repos/{org}/cerita"
    _accounts(call, forge, org)
    head = _objects(call, at)
    _tracker(call, at)
    _settings(call, at, org)
    _pull(call, forge, at)
    _runs(call, forge, at, repo["id"], head)
    _removals(call, at, org)


def _accounts(call: Rest, forge: ForgeLatihan, org: str) -> None:
    for path in (
        "/user",
        "/users/ani",
        f"/users/{org}",
        f"/orgs/{org}",
        f"/user/memberships/orgs/{org}",
        "/rate_limit",
        "/meta",
        f"/orgs/{org}/repos",
    ):
        call("GET", path)
    call("GET", f"/user/{forge.user('ani')[0]}")
    call("GET", "/search/users?q=ani@contoh.go.id+in:email")
    call("GET", "/users/tidak-ada")
    call("POST", "/user/repos", {"name": "pribadi", "private": True})
    call("POST", "/user/repos", {"name": "pribadi", "private": True})


def _objects(call: Rest, at: str) -> str:
    """Commits, trees, blobs, refs, tags, contents, releases; the head of main."""
    head: str = call("GET", f"{at}/branches/main")["commit"]["sha"]
    for path in (
        "/branches",
        "/commits",
        f"/commits/{head}",
        f"/compare/{head}...{head}",
        "/contents/README.md",
        "/contents",
    ):
        call("GET", at + path)
    blob = call(
        "POST", f"{at}/git/blobs", {"content": base64.b64encode(b"isi").decode(), "encoding": "base64"}
    )
    call("GET", f"{at}/git/blobs/{blob['sha']}")
    entries = [{"path": "a/b.txt", "mode": "100644", "type": "blob", "sha": blob["sha"]}]
    tree = call("POST", f"{at}/git/trees", {"tree": entries, "base_tree": head})
    call("GET", f"{at}/git/trees/{tree['sha']}?recursive=1")
    made = call("POST", f"{at}/git/commits", {"message": "Dua", "tree": tree["sha"], "parents": [head]})
    call("GET", f"{at}/git/commits/{made['sha']}")
    call("POST", f"{at}/git/refs", {"ref": "refs/heads/kedua", "sha": head})
    call("PATCH", f"{at}/git/refs/heads/kedua", {"sha": made["sha"], "force": False})
    call("GET", f"{at}/git/ref/heads/kedua")
    call("GET", f"{at}/compare/main...kedua")
    tag = call("POST", f"{at}/git/tags", {"tag": "v0", "message": "v0", "object": head, "type": "commit"})
    call("GET", f"{at}/git/tags/{tag['sha']}")
    call("POST", f"{at}/git/refs", {"ref": "refs/tags/v0", "sha": tag["sha"]})
    call("POST", f"{at}/git/refs", {"ref": "refs/tags/v0", "sha": tag["sha"]})
    call("GET", f"{at}/tags")
    call("PUT", f"{at}/contents/c.txt", {"message": "c", "content": base64.b64encode(b"c").decode()})
    release = call("POST", f"{at}/releases", {"tag_name": "v0", "name": "Nol", "body": "pesan"})
    call("GET", f"{at}/releases")
    call("GET", f"{at}/releases/tags/v0")
    asset = call("POST", f"{at}/releases/{release['id']}/assets?name=paket.tar", raw=b"bytes")
    call("GET", f"{at}/releases/assets/{asset['id']}")
    return head


def _tracker(call: Rest, at: str) -> None:
    call("POST", f"{at}/labels", {"name": "tahap", "color": "ff0000", "description": "Tahap"})
    call("POST", f"{at}/labels", {"name": "tahap", "color": "ff0000"})
    call("GET", f"{at}/labels")
    call("GET", f"{at}/labels/tahap")
    call("PATCH", f"{at}/labels/tahap", {"color": "00ff00"})
    stone = call("POST", f"{at}/milestones", {"title": "Kajian", "due_on": "2026-12-01T08:00:00Z"})
    call("GET", f"{at}/milestones?state=all")
    call("GET", f"{at}/milestones/{stone['number']}")
    call("PATCH", f"{at}/milestones/{stone['number']}", {"description": "baru"})
    body = {"title": "Langkah", "body": "teks", "labels": ["tahap"], "milestone": stone["number"]}
    number = call("POST", f"{at}/issues", body)["number"]
    call("GET", f"{at}/issues?state=all")
    call("GET", f"{at}/issues/{number}")
    call("PATCH", f"{at}/issues/{number}", {"state": "closed", "labels": []})
    call("GET", f"{at}/issues/{number}/events")
    note = call("POST", f"{at}/issues/{number}/comments", {"body": "hai"})
    call("GET", f"{at}/issues/{number}/comments")
    call("PATCH", f"{at}/issues/comments/{note['id']}", {"body": "halo"})
    call("GET", f"{at}/issues/999")


def _settings(call: Rest, at: str, org: str) -> None:
    call("PATCH", at, {"delete_branch_on_merge": True, "allow_squash_merge": False})
    call("GET", at)
    call("PUT", f"{at}/collaborators/budi", {"permission": "push"})
    for path in ("/collaborators", "/collaborators/kawal-bot/permission", "/invitations"):
        call("GET", at + path)
    call("POST", f"{at}/actions/variables", {"name": "NAMA", "value": "nilai"})
    call("PATCH", f"{at}/actions/variables/NAMA", {"value": "lain"})
    call("GET", f"{at}/actions/variables")
    call("GET", f"{at}/actions/variables/NAMA")
    hook = {"name": "web", "active": True, "events": ["push"], "config": {"url": "http://127.0.0.1:9/h", "content_type": "json"}}  # fmt: skip
    made = call("POST", f"{at}/hooks", hook)
    call("PATCH", f"{at}/hooks/{made['id']}", {"events": ["push", "issues"]})
    call("GET", f"{at}/hooks")
    call("GET", f"{at}/hooks/{made['id']}")
    rules = {
        "name": "rilis",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["refs/heads/rilis/*"], "exclude": []}},
        "rules": [{"type": "non_fast_forward"}],
        "bypass_actors": [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}],
    }
    ruleset = call("POST", f"{at}/rulesets", rules)
    call("PUT", f"{at}/rulesets/{ruleset['id']}", {**rules, "enforcement": "disabled"})
    for path in (
        "/rulesets",
        f"/rulesets/{ruleset['id']}",
        "/rules/branches/main",
        "/branches/main/protection",
    ):
        call("GET", at + path)
    call("PUT", f"{at}/actions/permissions/workflow", {"default_workflow_permissions": "read"})
    call("GET", f"{at}/actions/permissions/workflow")
    call("PUT", f"{at}/actions/permissions/access", {"access_level": "organization"})
    call("GET", f"{at}/actions/permissions/access")
    call(
        "PUT",
        f"{at}/actions/secrets/RAHASIA",
        {"encrypted_value": "c2VtYnVueWk=", "key_id": "012345678912345678"},
    )
    call("GET", f"{at}/actions/secrets")
    policy = {"protected_branches": False, "custom_branch_policies": True}
    call("PUT", f"{at}/environments/production", {"wait_timer": 30, "deployment_branch_policy": policy})
    call("POST", f"{at}/environments/production/deployment-branch-policies", {"name": "v*", "type": "tag"})
    call("GET", f"{at}/environments/production/deployment-branch-policies")
    call("GET", f"{at}/environments/production")
    call("GET", f"{at}/environments")
    made = call("POST", f"{at}/deployments", {"ref": "main", "environment": "production"})
    call("POST", f"{at}/deployments/{made['id']}/statuses", {"state": "success"})
    call("GET", f"{at}/deployments/{made['id']}/statuses")
    call("GET", f"{at}/deployments?environment=production")
    call("POST", f"{at}/keys", {"title": "kunci", "key": "ssh-ed25519 AAAA", "read_only": True})
    call("GET", f"{at}/keys")
    call("GET", f"{at}/actions/runners")
    call("GET", f"/orgs/{org}/actions/runners")
    call("GET", f"/orgs/{org}/actions/runner-groups")


def _pull(call: Rest, forge: ForgeLatihan, at: str) -> None:
    pull = call("POST", f"{at}/pulls", {"title": "Kerja", "head": "kedua", "base": "main", "body": "isi"})
    one = f"{at}/pulls/{pull['number']}"
    call("GET", f"{at}/pulls?state=all")
    call("GET", one)
    call("PATCH", one, {"title": "Kerja kedua"})
    call("GET", f"{one}/commits")
    budi = Rest(call.url, forge.user("budi")[1])
    (invitation,) = [
        row for row in budi("GET", "/user/repository_invitations") if row["repository"]["full_name"] == at[7:]
    ]
    budi("PATCH", f"/user/repository_invitations/{invitation['id']}")
    budi("POST", f"{one}/reviews", {"event": "APPROVE", "body": "baik"})
    call("GET", f"{one}/reviews")
    call("PUT", f"{one}/merge", {"sha": "0" * 40, "merge_method": "merge"})
    call("PUT", f"{one}/merge", {"sha": pull["head"]["sha"], "merge_method": "merge"})


def _runs(call: Rest, forge: ForgeLatihan, at: str, repo: int, head: str) -> None:
    jobs = [{"name": "kawal / sast", "runner_id": 2, "conclusion": "failure"}]
    placed = place_run(
        forge, repo, sha=head, jobs=jobs, artifacts={"sast": {"laporan.json": b"{}"}}, conclusion="failure"
    )
    run = f"{at}/actions/runs/{placed.id}"
    call("GET", f"{at}/actions/runs?head_sha={head}")
    call("GET", run)
    listed = call("GET", f"{run}/jobs")["jobs"]
    call("GET", f"{at}/actions/jobs/{listed[0]['id']}")
    call("GET", f"{at}/actions/jobs/{listed[0]['id']}/logs")
    left = call("GET", f"{run}/artifacts")["artifacts"]
    call("GET", f"{at}/actions/artifacts/{left[0]['id']}/zip")
    call("POST", f"{run}/rerun-failed-jobs")


def _removals(call: Rest, at: str, org: str) -> None:
    hook, ruleset = call("GET", f"{at}/hooks")[0]["id"], call("GET", f"{at}/rulesets")[0]["id"]
    for path in (
        "/actions/variables/NAMA",
        "/environments/production",
        "/collaborators/budi",
        "/git/refs/heads/kedua",
        f"/hooks/{hook}",
        "/labels/tahap",
        f"/rulesets/{ruleset}",
        "",
    ):
        call("DELETE", at + path)
    call("GET", at)
