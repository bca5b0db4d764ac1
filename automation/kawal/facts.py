"""Reads from the forge all that a decision about a release is judged on. Only looks; judges nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from kawal.errors import NotFoundError
from kawal.forges import callers
from kawal.forges.port import Commit, MergeRequest, NotPossibleHere, Pipeline, Project, ReadForge
from kawal.model import Actor, ApprovalFact, CommitFact, JobFact, MergeFact, ProtectedRef, ReleaseFacts
from kawal.posture import PostureSeen, PostureWanted, posture
from kawal.refs import matches

PACKAGE_FILE = "paket.tar"
PACKAGE_LIMIT = 512 * 1024 * 1024
_CO_AUTHOR = re.compile(r"^co-authored-by:.*?<([^<>\s]+@[^<>\s]+)>\s*$", re.IGNORECASE | re.MULTILINE)
PUSHED = ("push", "merge_request_event")
_HEX = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def read_release_facts(
    forge: ReadForge,
    policy: PostureWanted,
    *,
    project_id: int,
    tag: str,
    job_id: int | None,
    since_commit: str | None,
    now: datetime,
    package_name: str,
    compare_with: Sequence[str] = (),
) -> ReleaseFacts:
    """Facts about the release `tag` of a project, read with the bot's token.

    `since_commit` is the commit of the last approved release, None for the first one. `compare_with`: earlier commits whose
    files are compared with the release's. NotFoundError when the tag or the
    project is not there; anything the forge does not say comes out as a posture drift or a missing value, never as good.
    """
    project = forge.project(project_id)
    found = forge.tag(project_id, tag)
    if found is None:
        raise NotFoundError(
            "FORGE-004",
            f"Tag {tag} tidak ada di {project.web_url}",
            needed="tag rilis yang dibuat bot kawal",
            next_step=f"kawal rilis minta {package_name} {tag} --commit SHA",
        )
    seen = read_posture(forge, policy, project_id)
    pairs, drift = posture(seen, policy, tag)
    branch = forge.branch(project_id, policy.default_branch)
    history = list(forge.commits(project_id, found.sha, since=since_commit))
    merges, merge_actors = _merges(forge, policy, project_id, {commit.sha for commit in history}, now)
    by_bot = {merge.merge_sha for merge in merges if merge.merged_by == policy.bot_user_id}
    job, job_actors = _job(forge, policy, project_id, job_id)
    return ReleaseFacts(
        read_at=now,
        forge_time=forge.server_time(),
        project_id=project_id,
        project_path=project.full_path,
        tag=tag,
        tag_protected=found.protected,
        commit=found.sha,
        tree=forge.tree_id(project_id, found.sha),
        on_default_branch=branch is not None and _reaches(forge, project_id, branch.sha, found.sha),
        artifact_sha256=_package_digest(forge, project_id, package_name, found.sha),
        job=job,
        posture=pairs,
        posture_drift=drift,
        commits_since=tuple(
            _commit_fact(forge, commit, policy.bot_user_id if commit.sha in by_bot else None)
            for commit in history
            if not (since_commit is None and _is_skeleton(forge, commit, policy.bot_user_id))
        ),
        merges=merges,
        extra_actors=_unique((*merge_actors, *job_actors)),
        changed=tuple((one, _changed(forge, project_id, one, found.sha)) for one in compare_with),
    )


def read_posture(forge: ReadForge, policy: PostureWanted, project_id: int) -> PostureSeen:
    """The settings, protections, members and template of a project, as they are now."""
    project = forge.project(project_id)
    settings = project.settings | _called(forge, project, policy.default_branch)
    policy = policy.for_project(settings.get("ci_config_path"))
    ref = policy.ci_config_path.rpartition(":")[2] if ":" in policy.ci_config_path else ""
    template = policy.template_project_id
    as_branch = forge.branch(template, ref) if ref else None
    as_tag = forge.tag(template, ref) if ref else None
    if _HEX.fullmatch(ref):
        ref_commit: str | None = ref
        shadowed = as_branch is not None or as_tag is not None
        protected = True
    else:
        # A bare name means the tag when both exist, so both existing is already somebody's trick.
        ref_commit = as_tag.sha if as_tag else as_branch.sha if as_branch else None
        shadowed = as_branch is not None and as_tag is not None
        protected = as_tag.protected if as_tag else _branch_protected(forge, template, ref)
    rules = _protections(forge, project_id)
    return PostureSeen(
        settings=settings,
        default_branch=project.default_branch,
        protections=rules or (),
        members=tuple(forge.members(project_id, inherited=True)),
        job_token_limited=forge.job_token_limited(project_id),
        runner_ids=forge.runner_ids(project_id),
        template_commit_exists=_commit_exists(forge, template, policy.template_commit),
        template_ref_shadowed=shadowed,
        template_ref_protected=protected,
        template_ref_commit=ref_commit,
        no_protections=rules is None,
        callers=_callers(forge, policy, project) if forge.info().kind == "github" else None,
    )


def _called(forge: ReadForge, project: Project, branch: str) -> dict[str, str | bool | int | None]:
    """GitHub has no setting that names the template: the calling file of the default branch does."""
    if forge.info().kind != "github" or project.empty:
        return {}
    named = callers.running(forge, project.id, project.default_branch or branch)
    return {} if named is None else {"ci_config_path": named}


def _protections(forge: ReadForge, project_id: int) -> tuple[ProtectedRef, ...] | None:
    """None where the plan of the forge has no protections: then nothing is held."""
    try:
        return tuple(forge.protections(project_id))
    except NotPossibleHere:
        return None


def _callers(
    forge: ReadForge, policy: PostureWanted, project: Project
) -> tuple[tuple[str, bool | None], ...]:
    """Each workflow file of the default branch: ours as pinned (True), ours but changed or gone (False), somebody's (None)."""
    wanted = callers.wanted_callers(forge, policy.template_project_id, policy.ci_config_path)
    tree = {} if project.empty else forge.tree(project.id, project.default_branch or policy.default_branch)
    others = [one for one in tree if one.startswith(f"{callers.FOLDER}/") and one not in wanted]
    mine = [(path, tree.get(path) == blob) for path, blob in sorted(wanted.items())]
    return (*mine, *((path, None) for path in sorted(others)))


def _branch_protected(forge: ReadForge, project_id: int, branch: str) -> bool:
    rules = _protections(forge, project_id) or ()
    return any(rule.kind == "branch" and matches(branch, rule.pattern) for rule in rules)


def _commit_exists(forge: ReadForge, project_id: int, sha: str) -> bool:
    try:
        return forge.commit(project_id, sha).sha == sha
    except NotFoundError:
        return False


def _reaches(forge: ReadForge, project_id: int, branch_sha: str, commit: str) -> bool:
    """Whether `commit` is on the branch: nothing is reachable from it that the branch does not have."""
    return next(iter(forge.commits(project_id, commit, since=branch_sha)), None) is None


def _changed(forge: ReadForge, project_id: int, earlier: str, commit: str) -> tuple[str, ...]:
    """Paths that were added, removed or changed between two commits, whatever lies between them."""
    before, after = forge.tree(project_id, earlier), forge.tree(project_id, commit)
    return tuple(sorted(path for path in before | after if before.get(path) != after.get(path)))


def _package_digest(forge: ReadForge, project_id: int, name: str, version: str) -> str | None:
    content = forge.package_file(project_id, name, version, PACKAGE_FILE, limit=PACKAGE_LIMIT)
    return None if content is None else hashlib.sha256(content).hexdigest()


def _job(
    forge: ReadForge, policy: PostureWanted, project_id: int, job_id: int | None
) -> tuple[JobFact | None, tuple[Actor, ...]]:
    if job_id is None:
        return None, ()
    try:
        job = forge.job(project_id, job_id)
    except NotFoundError:
        return None, ()
    pipeline = forge.pipeline(project_id, job.pipeline_id)
    fact = JobFact(
        job_id=job.id,
        name=job.name,
        status=job.status,
        pipeline_id=pipeline.id,
        pipeline_source=pipeline.source,
        ref=job.ref,
        ref_is_tag=job.tag,
        sha=pipeline.sha,
        runner_id=job.runner_id,
        user_id=job.user_id,
        config=_config(forge, policy, project_id, pipeline),
    )
    # Who pushed the tag started its pipeline; a retried job carries the user who retried it.
    return fact, (Actor("tagger", pipeline.user_id, ""), Actor("job_user", job.user_id, ""))


def _config(forge: ReadForge, policy: PostureWanted, project_id: int, run: Pipeline) -> str | None:
    """The template that this very run is proven to have run; None where the forge proves none (GitLab: posture stands for it).

    A release of a commit from before a new version went round runs the one before, which the policy still names.
    """
    if not run.workflow:
        return None
    policy = policy.for_project(run.templates[0] if run.templates else None)
    wanted = callers.wanted_callers(forge, policy.template_project_id, policy.ci_config_path)
    return callers.proved(forge, project_id, run, wanted)


def _merges(
    forge: ReadForge, policy: PostureWanted, project_id: int, shas: set[str], now: datetime
) -> tuple[tuple[MergeFact, ...], tuple[Actor, ...]]:
    facts: list[MergeFact] = []
    actors: list[Actor] = []
    for request in forge.merge_requests(project_id, state="merged"):
        if request.merge_sha not in shas or request.target_branch != policy.default_branch:
            continue
        started = _started(forge, project_id, request.head_sha)
        facts.append(_merge_fact(forge, project_id, request, request.merge_sha or "", now, _pushers(started)))
        actors.append(Actor("mr_author", request.author_id, ""))
        for _, user in started:
            if user != policy.bot_user_id:
                actors.append(Actor("pusher", user, ""))
        if request.merged_by_id is not None and request.merged_by_id != policy.bot_user_id:
            actors.append(Actor("merger", request.merged_by_id, ""))
    return tuple(facts), tuple(actors)


def head_pushers(forge: ReadForge, project_id: int, head_sha: str) -> tuple[int, ...]:
    """Who pushed a head, as far as the forge tells: nobody where the push started no pipeline."""
    return _pushers(_started(forge, project_id, head_sha))


def _started(forge: ReadForge, project_id: int, sha: str) -> list[tuple[Pipeline, int]]:
    """The pipelines of a commit with the user who started each. Lists carry no user on some versions."""
    found = [
        (one, one.user_id or forge.pipeline(project_id, one.id).user_id)
        for one in forge.pipelines(project_id, sha=sha)
    ]
    return [(one, user) for one, user in found if user]


def _pushers(started: Iterable[tuple[Pipeline, int]]) -> tuple[int, ...]:
    """The first pipeline of each kind that a push starts. A later one is a reviewer's who let it run again: no push."""
    first: dict[tuple[str, str], int] = {}
    for pipeline, user in sorted(started, key=lambda one: one[0].id):
        if pipeline.source in PUSHED and not pipeline.tag:
            first.setdefault((pipeline.source, pipeline.workflow), user)
    return tuple(sorted(set(first.values())))


def co_authors(message: str) -> list[str]:
    """E-mail addresses of the Co-authored-by lines of a commit message."""
    return _CO_AUTHOR.findall(message)


def _merge_fact(
    forge: ReadForge,
    project_id: int,
    request: MergeRequest,
    landed: str,
    now: datetime,
    pushers: tuple[int, ...],
) -> MergeFact:
    # Unknown time of the push: `now`, so that no approval comes after it (unclear = not approved).
    pushed = forge.head_pushed_at(project_id, request.iid) or now
    approvals = forge.approvals(project_id, request.iid)
    return MergeFact(
        iid=request.iid,
        merge_sha=landed,
        head_sha=request.head_sha,
        head_pushed_at=pushed,
        commits=tuple(forge.merge_request_commits(project_id, request.iid)),
        author_user_id=request.author_id,
        merged_by=request.merged_by_id or 0,
        approvals=tuple(
            ApprovalFact(a.user_id, a.approved_at) for a in approvals if a.approved_at is not None
        ),
        pushers=pushers,
    )


def _commit_fact(forge: ReadForge, commit: Commit, merging_bot: int | None) -> CommitFact:
    """The people of a commit. On a merge commit that the bot made through the API, the bot is no author."""
    people = [
        _person(forge, "author", commit.author_email, commit.author_id),
        *_committer(forge, commit),
        *(_person(forge, "co_author", email) for email in _CO_AUTHOR.findall(commit.message)),
    ]
    actors = (actor for actor in people if merging_bot is None or actor.user_id != merging_bot)
    return CommitFact(commit.sha, commit.parents, _unique(actors))


def _is_skeleton(forge: ReadForge, commit: Commit, bot: int) -> bool:
    """The bot's first commit: it came before there was a branch to merge into."""
    if commit.parents:
        return False
    return (commit.author_id or forge.user_id_of_email(commit.author_email)) == bot


def _committer(forge: ReadForge, commit: Commit) -> list[Actor]:
    """Nobody where the forge itself committed."""
    if commit.committer_email is None:
        return []
    return [_person(forge, "committer", commit.committer_email, commit.committer_id)]


def _person(forge: ReadForge, part: str, email: str, account: int | None = None) -> Actor:
    """`account`: whose the forge says it is. Only where it does not say is the address looked for, which finds public ones alone."""
    identity = hashlib.sha256(email.strip().lower().encode()).hexdigest() if email.strip() else ""
    user = account
    if user is None and email.strip():
        user = forge.user_id_of_email(email.strip())
    if part == "author":
        return Actor("author", user, identity)
    return Actor("committer" if part == "committer" else "co_author", user, identity)


def _unique(actors: Iterable[Actor]) -> tuple[Actor, ...]:
    return tuple(dict.fromkeys(actors))
