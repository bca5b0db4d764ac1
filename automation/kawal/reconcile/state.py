"""What the forge holds for one application, read in bulk. A value without I/O."""

from __future__ import annotations

from dataclasses import dataclass

from kawal.forges.markers import PREPARING
from kawal.forges.operations import EnvironmentRule
from kawal.forges.port import Project, RemoteHook, RemoteIssue, RemoteLabel, RemoteMember, RemoteMilestone
from kawal.model import ProtectedRef, Variable


@dataclass(frozen=True)
class RemoteState:
    """Everything below `project` is empty when there is no project."""

    groups: tuple[str, ...]
    """Full paths of those wanted group levels that exist."""
    project: Project | None = None
    labels: tuple[RemoteLabel, ...] = ()
    milestones: tuple[RemoteMilestone, ...] = ()
    issues: tuple[RemoteIssue, ...] = ()
    members: tuple[RemoteMember, ...] = ()
    protections: tuple[ProtectedRef, ...] = ()
    variables: tuple[Variable, ...] = ()
    hooks: tuple[RemoteHook, ...] = ()
    environments: tuple[tuple[str, EnvironmentRule], ...] = ()
    """The rules of those wanted environments that exist."""
    known_settings: frozenset[str] | None = None
    """Settings this forge has a counterpart for; None = all."""
    no_protections: bool = False
    """The plan of this forge has none for such a project."""
    no_environments: bool = False
    """This forge knows no rule for environments, or its plan has none for such a project."""

    @property
    def preparing(self) -> bool:
        """The project was created by us and its first provisioning has not reached the end.

        Until then, what the forge set by itself (defaults, protection of the default branch) is not anybody's decision,
        so giving it our value counts as an addition. The mark lives in the forge because a crash forgets everything else.
        """
        return self.project is not None and self.project.description.rstrip().endswith(PREPARING.strip())
