"""The values that several rooms share: application, desired project, facts of a release. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

AppId = str
"""Id of an application: `^[a-z][a-z0-9-]{1,62}$`, unique in the instance, the key of everything."""
PersonId = str
RoleId = str
StepKey = str
Sha = str
"""40 (or 64) lower-case hex digits of a git object."""

EvidenceClass = Literal["dilaporkan", "disaksikan", "diamati"]
BasisKind = Literal["sop", "peraturan", "kebijakan_dinas", "bawaan_nasional"]


@dataclass(frozen=True)
class Basis:
    """The one legal basis of one claim. `actor` says on what ground the acting role was named when the SOP is silent."""

    kind: BasisKind
    text: str
    state: Literal["berlaku", "diganti", "dicabut"] = "berlaku"
    actor: str | None = None


@dataclass(frozen=True)
class DoneStep:
    """A step of the SOP that the ledger holds as done."""

    step: StepKey
    done_at: datetime
    role: RoleId
    evidence: tuple[tuple[str, str], ...]
    """(kind of document, sha256)"""
    decision: str | None = None


@dataclass(frozen=True)
class Application:
    """An application as the ledger knows it: the request, the letter, the steps done so far."""

    app_id: AppId
    name: str
    agency: str
    """Perangkat Daerah as printed in the request."""
    agency_slug: str
    profile_id: str
    profile_sha256: str
    requested_at: datetime
    approved_at: datetime | None
    letter_number: str | None
    letter_date: date | None
    letter_sha256: str | None
    developers: tuple[str, ...]
    """Forge user names of the tim pengembang."""
    reviewers: tuple[str, ...]
    thresholds: str
    """JSON of docs/formats.md §9."""
    done: tuple[DoneStep, ...] = ()
    project_id: int | None = None


# --- the project an approved application is entitled to -------------------------------------------------------


@dataclass(frozen=True)
class Label:
    name: str
    colour: str
    description: str = ""


@dataclass(frozen=True)
class Milestone:
    title: str
    description: str
    due: date | None


@dataclass(frozen=True)
class Issue:
    """One issue per SOP step, found again by `marker` (a hidden HTML comment, the last line of the body)."""

    marker: str
    title: str
    body: str
    labels: tuple[str, ...]
    milestone: str | None
    due: date | None
    closed: bool


@dataclass(frozen=True)
class FileWanted:
    path: str
    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class ProtectedRef:
    """Access levels by GitLab's numbers: 0 nobody, 30 Developer, 40 Maintainer."""

    pattern: str
    kind: Literal["branch", "tag"]
    push_level: int
    """For a tag: who may create it."""
    merge_level: int = 0
    force_push: bool = False


@dataclass(frozen=True)
class MemberWanted:
    username: str
    level: int


@dataclass(frozen=True)
class Variable:
    key: str
    value: str
    kind: Literal["env_var", "file"] = "env_var"
    protected: bool = False


@dataclass(frozen=True)
class HookWanted:
    url: str
    events: tuple[str, ...]
    """GitLab's flag names, e.g. push_events."""


@dataclass(frozen=True)
class EnvironmentWanted:
    """An environment that takes release tags alone, on forges that have such a rule."""

    name: str
    tag_pattern: str


@dataclass(frozen=True)
class DesiredProject:
    """What should exist on the forge. Knows nothing about how a forge writes it."""

    app_id: AppId
    instance: str
    group_path: str
    """Full path of the group of the Perangkat Daerah; each missing level is created."""
    group_name: str
    path: str
    name: str
    description: str
    default_branch: str
    first_commit: tuple[FileWanted, ...]
    first_commit_message: str
    labels: tuple[Label, ...]
    milestones: tuple[Milestone, ...]
    issues: tuple[Issue, ...]
    protections: tuple[ProtectedRef, ...]
    members: tuple[MemberWanted, ...]
    variables: tuple[Variable, ...]
    hooks: tuple[HookWanted, ...]
    settings: tuple[tuple[str, str | bool], ...]
    """Forge settings by GitLab's field names (docs/formats.md names the pinned ci_config_path)."""
    notes: tuple[str, ...] = ()
    """What a plan of this tells people besides its changes."""
    environments: tuple[EnvironmentWanted, ...] = ()

    @property
    def full_path(self) -> str:
        return f"{self.group_path}/{self.path}"


# --- what a decision about a release is judged on -------------------------------------------------------------


@dataclass(frozen=True)
class Actor:
    """Somebody who touched the code or the run. `user_id` is the forge's; None when only a git identity is known."""

    part: Literal["author", "committer", "co_author", "pusher", "mr_author", "tagger", "job_user", "merger"]
    user_id: int | None
    git_identity: str
    """sha256 of the lower-cased e-mail address, so that no personal data reaches a record."""


@dataclass(frozen=True)
class CommitFact:
    sha: Sha
    parents: tuple[Sha, ...]
    actors: tuple[Actor, ...]


@dataclass(frozen=True)
class ApprovalFact:
    user_id: int
    approved_at: datetime


@dataclass(frozen=True)
class MergeFact:
    """A merge request that reached the default branch."""

    iid: int
    merge_sha: Sha
    head_sha: Sha
    head_pushed_at: datetime
    commits: tuple[Sha, ...]
    author_user_id: int
    merged_by: int
    approvals: tuple[ApprovalFact, ...]
    pushers: tuple[int, ...] = ()
    """Who pushed the head, as far as the forge tells: whose push started its first pipelines. Empty where none ran."""


@dataclass(frozen=True)
class JobFact:
    job_id: int
    name: str
    status: str
    pipeline_id: int
    pipeline_source: str
    ref: str
    ref_is_tag: bool
    sha: Sha
    runner_id: int | None
    user_id: int
    config: str | None = None
    """GitHub: the template its run is proven to have run, as the policy spells it. None = this forge proves it otherwise."""


@dataclass(frozen=True)
class ReleaseFacts:
    """All that the forge says about one release, read at `read_at` with the bot's token; nothing here comes from a CI variable."""

    read_at: datetime
    forge_time: datetime | None
    """The forge's Date header, for the clock rule."""
    project_id: int
    project_path: str
    tag: str
    tag_protected: bool
    commit: Sha
    tree: Sha
    on_default_branch: bool
    artifact_sha256: str | None
    """Digest of paket.tar in the registry, recomputed from the bytes by kawal; None when absent."""
    job: JobFact | None
    posture: tuple[tuple[str, str], ...]
    """(setting, value) pairs in a fixed order, compared with the policy and hashed into the permit."""
    posture_drift: tuple[str, ...]
    """One sentence per setting that is not as the policy wants it."""
    commits_since: tuple[CommitFact, ...]
    """All commits since the last approved release (or since the first commit of the bot), newest first."""
    merges: tuple[MergeFact, ...] = ()
    extra_actors: tuple[Actor, ...] = field(default=())
    """Tagger, job user: part of the separation set without being commits."""
    changed: tuple[tuple[Sha, tuple[str, ...]], ...] = ()
    """Per earlier commit that was asked about: the paths whose content differs here, sorted."""


WANTED_SETTINGS: tuple[tuple[str, str | bool], ...] = (
    ("allow_merge_on_skipped_pipeline", False),
    ("auto_devops_enabled", False),
    ("ci_allow_fork_pipelines_to_run_in_parent_project", False),
    ("ci_forward_deployment_enabled", True),
    ("ci_forward_deployment_rollback_allowed", False),
    ("ci_pipeline_variables_minimum_override_role", "no_one_allowed"),
    ("ci_push_repository_for_job_token_allowed", False),
    ("ci_separated_caches", True),
    ("only_allow_merge_if_all_discussions_are_resolved", True),
    ("only_allow_merge_if_pipeline_succeeds", True),
    ("public_jobs", False),
)
"""GitLab's field names. The desired project sets exactly these, the release checks them."""
