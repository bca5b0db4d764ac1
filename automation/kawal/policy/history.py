"""Since which commit changes count as new, and what to compare with: asked before the forge is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kawal.ledger.records import PermitRecord, Signoff
from kawal.ledger.tables import Entry
from kawal.policy import patch, rollback
from kawal.policy.case import Record, sorted_records
from kawal.policy.model import Policy
from kawal.policy.process import governing_request
from kawal_seal.trustfile import Trust


@dataclass(frozen=True)
class ToRead:
    """What a decision needs from the forge beyond the release itself."""

    since: str | None
    """Commit of the last release before this one; None for the first."""
    compare: tuple[str, ...]
    """Commits whose files are compared with the release's."""


def to_read(
    policy: Policy,
    entries: Sequence[Entry],
    trust: Trust,
    app_id: str,
    environment: str,
    *,
    tag: str,
    commit: str,
) -> ToRead:
    """For a way back, history ends before the earlier release: its authors and reviews are those of then."""
    records = sorted_records(entries, app_id, trust)
    request = governing_request(policy, records)
    rules = policy.authorities.get(request.profile_id) if request else None
    before: int | None = None
    if rules is not None and (back := rollback.asked(records, rules, tag, commit)) is not None:
        earlier = rollback.opened(records, environment, back[1].base_release, commit)
        before = earlier[0].seq if earlier else None
    gone = frozenset(one.sha256 for one in records if one.withdrawn)
    since = last_released(entries, app_id, environment, other_than=commit, gone=gone, before=before)
    return ToRead(since, _bases(records, tag, commit))


def last_released(
    entries: Sequence[Entry],
    app_id: str,
    environment: str,
    *,
    other_than: str,
    gone: frozenset[str],
    before: int | None,
) -> str | None:
    """Commit of the newest permit for another commit: since when changes count as new (review, separation).

    Not of a permit that was taken back (its digest is in `gone`), nor of one by break-glass: nobody approved what it let
    through, so that is looked at again. Entries and not records, because a permit stays the end of a history when the
    service's key has changed since.
    """
    for entry in sorted(entries, key=lambda one: one.seq, reverse=True):
        one = entry.predicate
        if (
            isinstance(one, PermitRecord)
            and one.app_id == app_id
            and one.environment == environment
            and one.kind != "break-glass"
            and one.commit != other_than
            and entry.payload_sha256 not in gone
            and (before is None or entry.seq < before)
        ):
            return one.commit
    return None


def _bases(records: Sequence[Record], tag: str, commit: str) -> tuple[str, ...]:
    """Commits that were examined in full and that a re-examination of this release names as its base."""
    signoffs = [one.predicate for one in records if isinstance(one.predicate, Signoff)]
    named = {
        one.base_release
        for one in signoffs
        if one.kind == patch.KIND
        and one.subject
        and (one.subject.release, one.subject.commit) == (tag, commit)
    }
    found = [
        one.subject.commit
        for one in signoffs
        if one.kind == "persandian" and one.subject and one.subject.release in named
    ]
    return tuple(dict.fromkeys(found))[:5]
