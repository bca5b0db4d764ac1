"""The addresses GitHub puts into every repository and account: most of them lead to endpoints the facade does not have."""

from __future__ import annotations

from kawal_sandbox.github.base import PREFIX

OF_REPOSITORY = {
    "archive": "/{archive_format}{/ref}",
    "assignees": "/assignees{/user}",
    "blobs": "/git/blobs{/sha}",
    "branches": "/branches{/branch}",
    "collaborators": "/collaborators{/collaborator}",
    "comments": "/comments{/number}",
    "commits": "/commits{/sha}",
    "compare": "/compare/{base}...{head}",
    "contents": "/contents/{+path}",
    "contributors": "/contributors",
    "deployments": "/deployments",
    "downloads": "/downloads",
    "events": "/events",
    "forks": "/forks",
    "git_commits": "/git/commits{/sha}",
    "git_refs": "/git/refs{/sha}",
    "git_tags": "/git/tags{/sha}",
    "hooks": "/hooks",
    "issue_comment": "/issues/comments{/number}",
    "issue_events": "/issues/events{/number}",
    "issues": "/issues{/number}",
    "keys": "/keys{/key_id}",
    "labels": "/labels{/name}",
    "languages": "/languages",
    "merges": "/merges",
    "milestones": "/milestones{/number}",
    "notifications": "/notifications{?since,all,participating}",
    "pulls": "/pulls{/number}",
    "releases": "/releases{/id}",
    "stargazers": "/stargazers",
    "statuses": "/statuses/{sha}",
    "subscribers": "/subscribers",
    "subscription": "/subscription",
    "tags": "/tags",
    "teams": "/teams",
    "trees": "/git/trees{/sha}",
}
OF_ACCOUNT = {
    "followers": "/followers",
    "following": "/following{/other_user}",
    "gists": "/gists{/gist_id}",
    "starred": "/starred{/owner}{/repo}",
    "subscriptions": "/subscriptions",
    "organizations": "/orgs",
    "repos": "/repos",
    "events": "/events{/privacy}",
    "received_events": "/received_events",
}


def repository(base_url: str, full_path: str) -> dict[str, str]:
    return {
        f"{name}_url": f"{base_url}{PREFIX}/repos/{full_path}{rest}" for name, rest in OF_REPOSITORY.items()
    }


def account(base_url: str, login: str) -> dict[str, str]:
    base = f"{base_url}{PREFIX}/users/{login}"
    return {
        "url": base,
        "html_url": f"{base_url}/{login}",
        "avatar_url": "",
        "gravatar_id": "",
        **{f"{name}_url": f"{base}{rest}" for name, rest in OF_ACCOUNT.items()},
    }
