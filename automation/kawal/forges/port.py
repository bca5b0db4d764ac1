"""The port: what kawal asks of any forge. Adapters implement it; library exceptions stop there and come out as ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, runtime_checkable

from kawal.errors import InputError
from kawal.forges.exposure import Exposure
from kawal.forges.operations import (
    Deployment,
    Environment,
    EnvironmentRule,
    LabelEvent,
    RemoteGroup,
    RemoteRelease,
    TokenIssuer,
)
from kawal.model import FileWanted, HookWanted, ProtectedRef, Variable


class NotPossibleHere(InputError):
    """The edition or plan of this forge does not have it; the plan says so and goes on without."""


@dataclass(frozen=True)
class ForgeInfo:
    kind: Literal["gitlab", "github"]
    url: str
    version: str
    tier: Literal["ce", "free", "premium", "ultimate", "team", "enterprise", "unknown"]
    bot_user_id: int
    bot_username: str


@dataclass(frozen=True)
class Project:
    """A project as the forge shows it; `settings` by the forge's field names, only those the token may see."""

    id: int
    full_path: str
    name: str
    description: str
    default_branch: str | None
    empty: bool
    web_url: str
    http_url: str
    settings: dict[str, str | bool | int | None]


@dataclass(frozen=True)
class RemoteLabel:
    name: str
    colour: str
    description: str


@dataclass(frozen=True)
class RemoteMilestone:
    id: int
    title: str
    description: str
    due: date | None


@dataclass(frozen=True)
class RemoteIssue:
    iid: int
    title: str
    body: str
    labels: tuple[str, ...]
    milestone_id: int | None
    due: date | None
    closed: bool


@dataclass(frozen=True)
class RemoteMember:
    user_id: int
    username: str
    level: int


@dataclass(frozen=True)
class RemoteHook:
    id: int
    url: str
    events: tuple[str, ...]


@dataclass(frozen=True)
class Branch:
    name: str
    sha: str


@dataclass(frozen=True)
class Tag:
    name: str
    sha: str
    protected: bool


@dataclass(frozen=True)
class Commit:
    sha: str
    parents: tuple[str, ...]
    author_email: str
    committer_email: str | None
    """None where the forge proves that it committed itself, by its merge button or editor: then nobody stands behind it but the author."""
    message: str
    author_id: int | None = None
    """The account that the forge says is the author's; None = it does not say."""
    committer_id: int | None = None


@dataclass(frozen=True)
class MergeRequest:
    iid: int
    title: str
    state: str
    source_branch: str
    target_branch: str
    head_sha: str
    merge_sha: str | None
    author_id: int
    merged_by_id: int | None
    mergeable: str
    """The forge's own word, e.g. GitLab's detailed_merge_status."""
    head_pipeline_status: str | None


@dataclass(frozen=True)
class Approval:
    user_id: int
    username: str
    approved_at: datetime | None


@dataclass(frozen=True)
class Pipeline:
    id: int
    source: str
    ref: str
    sha: str
    status: str
    tag: bool
    user_id: int
    web_url: str
    workflow: str = ""
    """GitHub: path of the workflow file in the project that started it."""
    attempt: int = 1
    templates: tuple[str, ...] = ()
    """GitHub: the reusable workflows that it ran, as `file@repository:commit`."""


@dataclass(frozen=True)
class Job:
    id: int
    name: str
    stage: str
    status: str
    pipeline_id: int
    ref: str
    tag: bool
    sha: str
    runner_id: int | None
    user_id: int
    has_artifacts: bool
    finished_at: datetime | None
    web_url: str
    started_at: datetime | None = None
    attempt: int = 1


@runtime_checkable
class ReadForge(Protocol):
    """Everything that only looks. Plans, `periksa` and `buktikan` hold this and cannot write.

    Raises: LoginError, TemporaryError, NotFoundError (also for what is hidden from the token), InputError for answers that make no sense.
    """

    def info(self) -> ForgeInfo: ...
    def known_settings(self) -> frozenset[str] | None:
        """The project settings (GitLab's names) that this forge has a counterpart for; None = all. Asks nobody."""
        ...

    def server_time(self) -> datetime | None: ...
    def user_id(self, username: str) -> int: ...
    def user_id_of_email(self, email: str) -> int | None: ...
    def group_id(self, full_path: str) -> int | None: ...
    def group(self, full_path: str) -> RemoteGroup | None:
        """As `group_id`, with the bot's level there and the plan."""
        ...

    def project_by_path(self, full_path: str) -> Project | None: ...
    def project(self, project_id: int) -> Project: ...
    def projects_in(self, group_path: str) -> list[Project]:
        """All projects below a group with their settings, in few calls; empty when there is no such group."""
        ...

    def labels(self, project_id: int) -> list[RemoteLabel]: ...
    def milestones(self, project_id: int) -> list[RemoteMilestone]: ...
    def issues(self, project_id: int) -> list[RemoteIssue]: ...
    def members(self, project_id: int, *, inherited: bool = False) -> list[RemoteMember]: ...
    def protections(self, project_id: int) -> list[ProtectedRef]: ...
    def variables(self, project_id: int) -> list[Variable]: ...
    def hooks(self, project_id: int) -> list[RemoteHook]: ...
    def job_token_limited(self, project_id: int) -> bool | None:
        """Whether job tokens of other projects are kept out (allow-list on); None = the forge does not say."""
        ...

    def runner_ids(self, project_id: int) -> tuple[int, ...]:
        """Ids of all runners that may take jobs of this project, sorted."""
        ...

    def exposure(self, project_id: int) -> Exposure:
        """Who and what else reaches this project: variables, runners, hooks, credentials, invited groups."""
        ...

    def tree_id(self, project_id: int, ref: str) -> str:
        """Git's id of the root tree of `ref`."""
        ...

    def tree(self, project_id: int, ref: str) -> dict[str, str]:
        """Path -> git blob id, recursive."""
        ...

    def file(self, project_id: int, path: str, ref: str) -> bytes: ...
    def branch(self, project_id: int, name: str) -> Branch | None: ...
    def tag(self, project_id: int, name: str) -> Tag | None: ...
    def commit(self, project_id: int, sha: str) -> Commit: ...
    def commits(self, project_id: int, ref: str, *, since: str | None = None) -> Iterator[Commit]:
        """Commits reachable from `ref` and not from `since`, newest first."""
        ...

    def merge_request(self, project_id: int, iid: int) -> MergeRequest: ...
    def merge_requests(self, project_id: int, *, state: str) -> list[MergeRequest]: ...
    def merge_request_commits(self, project_id: int, iid: int) -> list[str]: ...
    def approvals(self, project_id: int, iid: int) -> list[Approval]: ...
    def head_pushed_at(self, project_id: int, iid: int) -> datetime | None: ...
    def pipelines(
        self, project_id: int, *, sha: str | None = None, ref: str | None = None
    ) -> list[Pipeline]: ...
    def pipeline(self, project_id: int, pipeline_id: int) -> Pipeline: ...
    def jobs(self, project_id: int, pipeline_id: int) -> list[Job]: ...
    def job(self, project_id: int, job_id: int) -> Job: ...
    def job_log(self, project_id: int, job_id: int) -> str: ...
    def artifact_file(self, project_id: int, job_id: int, path: str, *, limit: int) -> bytes | None:
        """One file of a job's artefacts by job id, never by ref; None when absent. Refuses more than `limit` bytes."""
        ...

    def package_file(
        self, project_id: int, name: str, version: str, file: str, *, limit: int
    ) -> bytes | None: ...
    def environments(self, project_id: int) -> list[Environment]: ...
    def environment_rule(self, project_id: int, name: str) -> EnvironmentRule | None:
        """From where one may deploy there; None when there is no such environment yet. NotPossibleHere where no such rule exists."""
        ...

    def deployments(self, project_id: int, environment: str, *, limit: int) -> list[Deployment]:
        """The newest `limit` to one environment, newest first."""
        ...

    def releases(self, project_id: int) -> list[RemoteRelease]:
        """The forge's own releases, drafts left out; anybody who may write can make one."""
        ...

    def label_events(self, project_id: int, iid: int) -> list[LabelEvent]:
        """Who put which label on an issue or took it off, oldest first."""
        ...

    def token_issuer(self) -> TokenIssuer:
        """Who signs the ID tokens of jobs, as it calls itself. TemporaryError when it does not answer."""
        ...


class Forge(ReadForge, Protocol):
    """ReadForge plus writes. Each write is idempotent for its caller: found again by name, key or marker after a lost answer.

    Raises also ConflictError when the forge says that the thing exists or changed.
    """

    def read_anew(self) -> None:
        """What is written next rests on answers given from now on, not on ones that were kept: those may have lost a part."""
        ...

    def create_group(self, full_path: str, name: str, *, visibility: str = "private") -> int:
        """Creates each missing level; a project is never more visible than its group."""
        ...

    def create_project(
        self, group_id: int, path: str, name: str, description: str, settings: dict[str, str | bool]
    ) -> Project: ...
    def update_project(self, project_id: int, settings: dict[str, str | bool]) -> None: ...
    def commit_files(
        self,
        project_id: int,
        branch: str,
        message: str,
        files: Sequence[FileWanted],
        *,
        update: Sequence[str] = (),
    ) -> str: ...
    def create_label(self, project_id: int, name: str, colour: str, description: str) -> None: ...
    def update_label(self, project_id: int, name: str, colour: str, description: str) -> None: ...
    def create_milestone(self, project_id: int, title: str, description: str, due: date | None) -> int: ...
    def update_milestone(
        self, project_id: int, milestone_id: int, description: str, due: date | None
    ) -> None: ...
    def create_issue(
        self,
        project_id: int,
        title: str,
        body: str,
        labels: Sequence[str],
        milestone_id: int | None,
        due: date | None,
    ) -> int: ...
    def update_issue(
        self,
        project_id: int,
        iid: int,
        *,
        title: str | None = None,
        body: str | None = None,
        labels: Sequence[str] | None = None,
        milestone_id: int | None = None,
        due: date | None = None,
        closed: bool | None = None,
    ) -> None: ...
    def protect(self, project_id: int, wanted: ProtectedRef) -> None:
        """Sets exactly this protection, also when another one with the same pattern stands."""
        ...

    def hold_environment(self, project_id: int, name: str, tag_pattern: str) -> None:
        """Only tags of this pattern may be deployed there, beside what people allowed. NotPossibleHere where no such rule exists."""
        ...

    def set_member(self, project_id: int, username: str, level: int) -> None: ...
    def set_variable(self, project_id: int, wanted: Variable) -> None: ...
    def set_hook(self, project_id: int, wanted: HookWanted, *, token: str) -> None: ...
    def create_tag(self, project_id: int, name: str, sha: str, message: str) -> None: ...
    def create_branch(self, project_id: int, name: str, sha: str) -> None:
        """A branch at this commit; one of the name that stands already is left as it is."""
        ...

    def create_merge_request(
        self, project_id: int, source: str, target: str, title: str, body: str
    ) -> MergeRequest:
        """The open merge request of these branches, made when there is none."""
        ...

    def merge(self, project_id: int, iid: int, *, head_sha: str) -> str:
        """Merges exactly that head; returns the merge commit. ConflictError when the head moved or it is not mergeable."""
        ...

    def retry_pipeline(self, project_id: int, pipeline_id: int) -> None: ...
    def share_templates(self, project_id: int) -> None:
        """Lets the owner's other projects run the pipeline templates of this one."""
        ...

    def comment_issue(self, project_id: int, iid: int, marker: str, body: str) -> None:
        """One sticky note per marker and bot: created once, updated in place."""
        ...

    def comment_merge_request(self, project_id: int, iid: int, marker: str, body: str) -> None:
        """As `comment_issue`."""
        ...
