"""Which events make pipelines: pushes to branches, tags, merge requests."""

import json

from kawal_sandbox.ci.create import Ask, create_pipeline
from kawal_sandbox.ci.process import forget_project
from kawal_sandbox.forge import Event, Forge
from kawal_sandbox.gitcmd import ZERO
from kawal_sandbox.store import Row


def subscribe(forge: Forge) -> None:
    forge.events.subscribe("push", lambda event: _pushed(forge, event, tag=False))
    forge.events.subscribe("tag", lambda event: _pushed(forge, event, tag=True))
    forge.events.subscribe("project_deleted", lambda event: forget_project(forge, event.project_id))
    forge.events.subscribe("merge_request", lambda event: _merge_request(forge, event))


def _pushed(forge: Forge, event: Event, *, tag: bool) -> None:
    if event.data["after"] == ZERO:
        return
    options = event.data.get("options") or []
    ref = event.data["ref"]
    sha = forge.repo(event.project_id).ref_sha(f"{ref}^{{commit}}")
    name = ref.removeprefix("refs/tags/" if tag else "refs/heads/")
    ask = Ask(
        "push",
        name,
        sha,
        tag=tag,
        before_sha=event.data["before"],
        skip="ci.skip" in options,
        variables=_given(options),
    )
    _create(forge, event, ask)


def _given(options: list[str]) -> dict[str, str]:
    """`git push -o ci.variable="NAME=value"`; who may do so is decided by the setting of the project (see `_create`)."""
    pairs = [
        option.removeprefix("ci.variable=").strip('"')
        for option in options
        if option.startswith("ci.variable=")
    ]
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs) if name}


def _merge_request(forge: Forge, event: Event) -> None:
    action, changed = event.data["action"], event.data.get("oldrev")
    if action not in ("open", "reopen") and not (action == "update" and changed):
        return
    mr = forge.store.get("merge_requests", event.data["mr_id"])
    if not mr["head_sha"]:
        return
    ask = Ask(
        "merge_request_event",
        f"refs/merge-requests/{mr['iid']}/head",
        mr["head_sha"],
        before_sha=changed or ZERO,
        mr=mr,
    )
    _create(forge, event, ask)


def _create(forge: Forge, event: Event, ask: Ask) -> None:
    store = forge.store
    project: Row = store.get("projects", event.project_id)
    user = store.get("users", event.user_id)
    if ask.variables and not may_give_variables(forge, project, user):
        return  # GitLab: "Insufficient permissions to set pipeline variables", nothing is created
    with store.tx():
        create_pipeline(forge, project, user, ask)


def may_give_variables(forge: Forge, project: Row, user: Row) -> bool:
    """`ci_pipeline_variables_minimum_override_role`; on self-managed the default is maintainer."""
    least = json.loads(project["settings"]).get("ci_pipeline_variables_minimum_override_role") or "maintainer"
    level = forge.access.effective(forge.access.project_level(project, user), user)
    return level >= {"developer": 30, "maintainer": 40, "owner": 50}.get(least, 1000)
