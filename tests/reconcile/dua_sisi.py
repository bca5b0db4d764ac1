"""The same project as each forge shows it: raw HTTP on GitLab's and on GitHub's API, told in one form. No adapter takes part.

What only one of them has is left out here and named in COMPATIBILITY.md: e.g. GitHub's settings of pipelines, GitLab's type of a variable.
"""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any

from forge_latihan import ForgeLatihan, enc

State = dict[str, Any]
TEAM = 40
"""Below this level somebody is of the team; the bot and its group are above."""
WORDS = {10: "pull", 20: "pull", 30: "push"}
EVENTS = {"push": "push_events", "pull_request": "merge_requests_events"}
_DUE = re.compile(r"\A<!-- kawal-tenggat (\S+) -->\n")
NOBODY, KEEPERS = "tidak seorang pun", "pengelola"


def on_gitlab(forge: ForgeLatihan, full_path: str) -> State:
    path = f"/projects/{enc(full_path)}"
    shown = forge.ok("GET", path)
    text, _, mark = shown["description"].rpartition("\n\n")
    tree = forge.all(f"{path}/repository/tree", ref=shown["default_branch"], recursive="true")
    commits = forge.all(f"{path}/repository/commits", ref_name=shown["default_branch"])
    return _told(
        shown["path"],
        nama=shown["name"],
        teks=text,
        tanda=mark,
        keterlihatan=shown["visibility"],
        cabang_utama=shown["default_branch"],
        berkas=[(row["path"], row["mode"], row["id"]) for row in tree if row["type"] == "blob"],
        commit=[(row["message"].strip(), row["author_name"]) for row in commits],
        label=[
            (row["name"], row["color"].lower(), row["description"] or "")
            for row in forge.all(f"{path}/labels")
        ],
        tonggak=[
            (row["title"], row["description"], row["due_date"]) for row in forge.all(f"{path}/milestones")
        ],
        isu=[
            (
                row["iid"],
                row["title"],
                row["description"],
                row["state"] == "closed",
                row["due_date"],
                sorted(row["labels"]),
                (row["milestone"] or {}).get("title"),
            )
            for row in forge.all(f"{path}/issues", scope="all")
        ],
        anggota=[
            (row["username"], WORDS[row["access_level"]])
            for row in forge.all(f"{path}/members")
            if row["access_level"] < TEAM
        ],
        perlindungan=[
            *(
                (
                    "cabang",
                    row["name"],
                    _who(row["push_access_levels"]),
                    _who(row["merge_access_levels"]),
                    row["allow_force_push"],
                )
                for row in forge.all(f"{path}/protected_branches")
            ),
            *(
                ("tag", row["name"], _who(row["create_access_levels"]))
                for row in forge.all(f"{path}/protected_tags")
            ),
        ],
        variabel=[(row["key"], row["value"]) for row in forge.all(f"{path}/variables")],
        webhook=[
            (row["url"], sorted(name for name, flag in EVENTS.items() if row[flag]))
            for row in forge.all(f"{path}/hooks")
        ],
    )


def _who(levels: list[Any]) -> str:
    (level,) = (row["access_level"] for row in levels)
    return {0: NOBODY, 40: KEEPERS}[level]


def on_github(forge: ForgeLatihan, org: str, name: str) -> State:
    path = f"/repos/{org}/{name}"
    shown = _get(forge, path)
    title, _, rest = shown["description"].partition(" ¦ ")
    text, _, mark = rest.rpartition(" ¶ ")
    tree = _get(forge, f"{path}/git/trees/{shown['default_branch']}?recursive=1")["tree"]
    commits = _all(forge, f"{path}/commits?sha={shown['default_branch']}")
    rulesets = [_get(forge, f"{path}/rulesets/{row['id']}") for row in _all(forge, f"{path}/rulesets")]
    return _told(
        name,
        nama=title,
        teks=text,
        tanda=mark,
        keterlihatan=shown["visibility"],
        cabang_utama=shown["default_branch"],
        berkas=[(row["path"], row["mode"], row["sha"]) for row in tree if row["type"] == "blob"],
        commit=[(row["commit"]["message"].strip(), row["commit"]["author"]["name"]) for row in commits],
        label=[
            (row["name"], f"#{row['color'].lower()}", row["description"] or "")
            for row in _all(forge, f"{path}/labels")
        ],
        tonggak=[
            (row["title"], row["description"], row["due_on"] and row["due_on"][:10])
            for row in _all(forge, f"{path}/milestones?state=all")
        ],
        isu=[_issue(row) for row in _all(forge, f"{path}/issues?state=all") if "pull_request" not in row],
        # Who was asked and has not accepted yet is of the team as far as kawal can bring it.
        anggota=[
            *(
                (row["login"], {"read": "pull", "write": "push"}[row["role_name"]])
                for row in _all(forge, f"{path}/collaborators")
                if row["role_name"] in ("read", "write")
            ),
            *(
                (row["invitee"]["login"], {"read": "pull", "write": "push"}[row["permissions"]])
                for row in _all(forge, f"{path}/invitations")
            ),
        ],
        perlindungan=[_rules(row) for row in rulesets],
        variabel=[
            (row["name"], row["value"])
            for row in _get(forge, f"{path}/actions/variables?per_page=100")["variables"]
        ],
        webhook=[(row["config"]["url"], sorted(row["events"])) for row in _all(forge, f"{path}/hooks")],
    )


def environment_on_github(forge: ForgeLatihan, org: str, name: str, environment: str) -> list[Any]:
    """Whether only named refs may be deployed there, and which. GitLab has no such rule, so it is told apart."""
    path = f"/repos/{org}/{name}/environments/{environment}"
    policy = _get(forge, path)["deployment_branch_policy"] or {}
    rows = _get(forge, f"{path}/deployment-branch-policies")["branch_policies"]
    return [policy.get("custom_branch_policies"), sorted((row["type"], row["name"]) for row in rows)]


def _issue(row: Any) -> tuple[Any, ...]:
    due = _DUE.match(row["body"])  # GitHub's issues have no due date: it stands in the first line
    return (
        row["number"],
        row["title"],
        _DUE.sub("", row["body"]),
        row["state"] == "closed",
        due[1] if due else None,
        sorted(label["name"] for label in row["labels"]),
        (row["milestone"] or {}).get("title"),
    )


def _rules(ruleset: Any) -> tuple[Any, ...]:
    """Who may still do it: the rules bind everybody, those named to pass them aside (role 5 = admin)."""
    assert ruleset["enforcement"] == "active"
    kinds = {rule["type"] for rule in ruleset["rules"]}
    (past,) = ruleset["bypass_actors"]
    assert (past["actor_type"], past["actor_id"]) == ("RepositoryRole", 5)
    (include,) = ruleset["conditions"]["ref_name"]["include"]
    if ruleset["target"] == "tag":
        assert kinds >= {"creation", "update", "deletion"}
        return ("tag", include.removeprefix("refs/tags/"), KEEPERS)
    assert kinds >= {"pull_request", "update"}
    push = NOBODY if past["bypass_mode"] == "pull_request" else KEEPERS
    return ("cabang", include.removeprefix("refs/heads/"), push, KEEPERS, "non_fast_forward" not in kinds)


def _told(app_id: str, **parts: Any) -> State:
    """Lists in one order, the application's own name replaced, so that two applications can be compared."""
    ordered = {key: sorted(value) if isinstance(value, list) else value for key, value in parts.items()}
    told: State = json.loads(json.dumps(ordered).replace(app_id, "APP"))
    twice = doubles(told)
    assert twice == [], twice
    return told


def doubles(state: State) -> list[str]:
    """What stands there twice: the thing each list is told apart by."""
    found = []
    for part, key in {"label": 0, "tonggak": 0, "isu": 1, "anggota": 0, "variabel": 0, "webhook": 0}.items():
        names = [row[key] for row in state[part]]
        found += [f"{part} {name}" for name in sorted({name for name in names if names.count(name) > 1})]
    return found


def _get(forge: ForgeLatihan, path: str) -> Any:
    request = urllib.request.Request(
        f"{forge.url}/api/v3{path}", headers={"Authorization": f"Bearer {forge.admin_token}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as reply:
        return json.load(reply)


def _all(forge: ForgeLatihan, path: str) -> list[Any]:
    rows: list[Any] = []
    for page in range(1, 1000):
        part = _get(forge, f"{path}{'&' if '?' in path else '?'}per_page=100&page={page}")
        rows += part
        if len(part) < 100:
            break
    return rows
