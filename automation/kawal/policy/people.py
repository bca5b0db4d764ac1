"""Who touched the code, who reviewed it, and therefore who may not sign."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from kawal.ledger.trust import persons_of_user
from kawal.model import Actor, MergeFact, ReleaseFacts
from kawal.policy.case import Case, forge_ids
from kawal_seal.trustfile import Trust


@dataclass(frozen=True)
class Involved:
    """By forge user id. Ids of one person of the trust file stand for each other."""

    authors: frozenset[int]
    reviewers: frozenset[int]
    unknown: int
    """Git identities that no forge account claims."""


def with_aliases(trust: Trust, users: set[int]) -> frozenset[int]:
    """The same users with every other account of the same person: two accounts do not make two people."""
    result = set(users)
    for user in users:
        who = persons_of_user(trust, user)
        if who is not None:
            result.update(who.forge_user_ids)
    return frozenset(result)


def actors_of(facts: ReleaseFacts, *, first_commit: str | None) -> tuple[Actor, ...]:
    """Everybody who touched what is new in this release: authors, committers, co-authors, pushers, tagger, job user."""
    commits = (actor for one in facts.commits_since if one.sha != first_commit for actor in one.actors)
    return (*commits, *facts.extra_actors)


def involved(case: Case, first_commit: str | None) -> Involved:
    """The bot is nobody: it merges and tags what others decided and can sign nothing."""
    bot = case.policy.forge.bot_user_id
    actors = actors_of(case.facts, first_commit=first_commit)
    authors = {one.user_id for one in actors if one.user_id is not None}
    authors.update(one.author_user_id for one in case.facts.merges)
    if case.facts.job is not None:
        authors.add(case.facts.job.user_id)
    reviewers = {approval.user_id for one in case.facts.merges for approval in one.approvals}
    unknown = {one.git_identity for one in actors if one.user_id is None}
    return Involved(
        with_aliases(case.trust, authors - {bot}),
        with_aliases(case.trust, reviewers - {bot}),
        len(unknown),
    )


def authors_of_merge(case: Case, merge: MergeFact) -> frozenset[int]:
    """Who cannot review what a merge request brings in: whoever wrote or pushed it, and the bot, which only merges."""
    shas = set(merge.commits)
    users = {
        actor.user_id
        for one in case.facts.commits_since
        if one.sha in shas
        for actor in one.actors
        if actor.user_id is not None
    }
    users |= {merge.author_user_id, *merge.pushers, case.policy.forge.bot_user_id}
    return with_aliases(case.trust, users)


def conflict(case: Case, people: Involved, person_ids: tuple[str, ...]) -> tuple[str, str] | None:
    """(code, what) when one of these persons also wrote, started or reviewed what is released."""
    users = forge_ids(case.trust, person_ids)
    if users & people.authors:
        return "IDENT-003", "penanda tangan juga penulis, pengirim atau pemicu rilis ini"
    if users & people.reviewers:
        return "IDENT-004", "penanda tangan juga peninjau perubahan ini"
    return None


def approved_by_outsider(
    approvals: Iterable[tuple[int, datetime | None]], authors: Collection[int], pushed_at: datetime | None
) -> bool:
    """Somebody who wrote none of it approved this very head: after it was pushed. An unknown time is no approval."""
    return pushed_at is not None and any(
        user not in authors and at is not None and at >= pushed_at for user, at in approvals
    )
