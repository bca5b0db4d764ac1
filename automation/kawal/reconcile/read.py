"""Reads the state of one application from a forge: a few list calls, all at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from kawal.forges.operations import EnvironmentRule
from kawal.forges.port import NotPossibleHere, Project, ReadForge
from kawal.model import DesiredProject, ProtectedRef
from kawal.reconcile.state import RemoteState

AT_ONCE = 8


def group_levels(full_path: str) -> tuple[str, ...]:
    """`a/b/c` -> `a`, `a/b`, `a/b/c`: parents are created before children."""
    parts = full_path.split("/")
    return tuple("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def read_state(
    forge: ReadForge,
    desired: DesiredProject,
    *,
    project_id: int | None = None,
    project: Project | None = None,
) -> RemoteState:
    """The state to compare `desired` with. `project_id` (from the ledger) finds a project also after it was moved.

    `project`: the project itself when a bulk list brought it already.

    Wanted members are looked up too, so that an unknown user name is said before anything is written.
    """
    if project is None:
        project = (
            forge.project(project_id) if project_id is not None else forge.project_by_path(desired.full_path)
        )
    if project is None:
        levels = group_levels(desired.group_path)
        state = RemoteState(
            groups=tuple(level for level in levels if forge.group_id(level) is not None),
            known_settings=forge.known_settings(),
        )
    else:
        state = _read_project(forge, desired, project)
    known = {member.username.lower() for member in state.members}
    for member in desired.members:
        if member.username.lower() not in known:
            forge.user_id(member.username)
    return state


def _read_project(forge: ReadForge, desired: DesiredProject, project: Project) -> RemoteState:
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        labels = pool.submit(forge.labels, project.id)
        milestones = pool.submit(forge.milestones, project.id)
        issues = pool.submit(forge.issues, project.id)
        members = pool.submit(forge.members, project.id)
        protections = pool.submit(_protections, forge, project.id)
        variables = pool.submit(forge.variables, project.id)
        hooks = pool.submit(forge.hooks, project.id)
        environments = pool.submit(_environments, forge, desired, project.id)
    return RemoteState(
        groups=group_levels(desired.group_path),
        project=project,
        labels=tuple(labels.result()),
        milestones=tuple(milestones.result()),
        issues=tuple(issues.result()),
        members=tuple(members.result()),
        protections=protections.result() or (),
        no_protections=protections.result() is None,
        environments=environments.result() or (),
        # Without rulesets there are no rules for environments either: the same plans have both.
        no_environments=environments.result() is None or protections.result() is None,
        known_settings=forge.known_settings(),
        variables=tuple(variables.result()),
        hooks=tuple(hooks.result()),
    )


def _protections(forge: ReadForge, project_id: int) -> tuple[ProtectedRef, ...] | None:
    """None where the plan of the forge has none (GitHub: private repositories on Free)."""
    try:
        return tuple(forge.protections(project_id))
    except NotPossibleHere:
        return None


def _environments(
    forge: ReadForge, desired: DesiredProject, project_id: int
) -> tuple[tuple[str, EnvironmentRule], ...] | None:
    """The rule of each wanted environment that exists; None where this forge has no such rules."""
    try:
        found = [(one.name, forge.environment_rule(project_id, one.name)) for one in desired.environments]
    except NotPossibleHere:
        return None
    return tuple((name, rule) for name, rule in found if rule is not None)
