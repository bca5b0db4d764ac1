"""Back to an earlier release: only to bytes that were open before, whose sign-offs of then still stand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from kawal.ledger.records import Approval, PermitRecord, Signoff
from kawal.policy.case import Case, Record
from kawal.policy.model import AuthorityPolicy, SignoffRule
from kawal.policy.people import Involved
from kawal.policy.refusal import refused
from kawal.policy.signoffs import hands, judge_signoff, kinds_for
from kawal.policy.standing import negative
from kawal.policy.verdict import Verdict

KIND = "rollback"


def asked(
    records: Sequence[Record], rules: AuthorityPolicy, tag: str, commit: str
) -> tuple[Record, Signoff] | None:
    """The newest sign-off by an entitled role that sends production back under exactly this tag and commit."""
    rule = rules.rollback
    for record in reversed(records):
        one = record.predicate
        if (
            rule is not None
            and isinstance(one, Signoff)
            and one.kind == KIND
            and one.decision == "approve"
            and not record.withdrawn
            and one.role in rule.roles
            and one.subject is not None
            and (one.subject.release, one.subject.commit) == (tag, commit)
        ):
            return record, one
    return None


def opened(
    records: Sequence[Record], environment: str, release: str | None, commit: str
) -> tuple[Record, PermitRecord] | None:
    """The first ordinary permit of that release and commit that the root did not take back."""
    for record in records:
        one = record.predicate
        if (
            isinstance(one, PermitRecord)
            and one.kind == "rilis"
            and not record.withdrawn
            and one.environment == environment
            and (one.release, one.commit) == (release, commit)
        ):
            return record, one
    return None


def judge_rollback(
    case: Case,
    wanted: Signoff,
    people: Involved,
    environment: str,
    approval: Approval | None,
) -> list[Verdict]:
    """The earlier opening, the decision to go back, and what speaks of the application and not of a release (pse).

    What the request asked for is not compared again: only an acceptance is, and a way back has none.
    """
    rule = case.rules.rollback
    assert rule is not None  # noqa: S101 - `asked` found an entitled sign-off, so there is a rule
    rules = [rule, *(one for one in case.rules.signoffs if one.kind == "pse")]
    return [
        _judge_base(case, wanted, environment),
        *(judge_signoff(case, one, people, environment, approval, None) for one in rules),
    ]


def _judge_base(case: Case, wanted: Signoff, environment: str) -> Verdict:
    facts = case.facts
    found = opened(case.records, environment, wanted.base_release, facts.commit)

    def no(code: str, what: str, seen: str, needed: str) -> Verdict:
        return Verdict("kembali", what, False, code, seen, needed, next=f"kawal rilis daftar {case.app_id}")

    if found is None or (found[1].tree, found[1].artifacts) != (facts.tree, (facts.artifact_sha256,)):
        what = f"{wanted.base_release} tidak pernah terbuka dengan isi ini"
        return no("IZIN-057", what, "tanpa izin rilis untuk bita ini", "rilis terdahulu yang pernah terbuka")
    record, permit = found
    lacking = [one.kind for one in case.rules.signoffs if not _still_stands(case, one, permit)]
    if lacking:
        what = f"Pengesahan {wanted.base_release} sudah ditarik atau tidak lengkap"
        return no("IZIN-058", what, ", ".join(lacking), "pengesahan yang dulu membuka rilis itu")
    return Verdict(
        "kembali",
        "rilis terdahulu",
        True,
        found=f"{permit.release} terbuka {record.received_at:%Y-%m-%d}",
        needed="pernah terbuka dengan pengesahannya",
        inputs=(record.sha256,),
    )


def _still_stands(case: Case, rule: SignoffRule, permit: PermitRecord) -> bool:
    """Of the sign-offs that the permit rested on as many stand as the rule asks, refused by nobody of that role later.

    Their own end counts no more: they were in date when the release opened, and the decision to go back is a new one.
    They must speak of the permit's own bytes: the record of a permit proves nothing that persons did not sign.
    """
    signoffs = [(record, one) for record, one in case.of(Signoff) if one.kind in kinds_for(case, rule)]
    standing = [
        (record, one)
        for record, one in signoffs
        if record.sha256 in permit.inputs
        and not negative(one)
        and _of_permit(one, permit)
        and not refused(signoffs, record, one, (one.role,), partial(_same_bytes, one))
    ]
    return min(hands(standing)) >= rule.persons


def _of_permit(one: Signoff, permit: PermitRecord) -> bool:
    subject = one.subject
    return subject is None or (
        (subject.release, subject.environment, subject.commit, subject.tree)
        == (permit.release, permit.environment, permit.commit, permit.tree)
        and subject.artifact_sha256 in permit.artifacts
    )


def _same_bytes(one: Signoff, other: Signoff) -> bool:
    if one.subject is None or other.subject is None:
        return one.subject is other.subject
    return (one.subject.commit, one.subject.artifact_sha256) == (
        other.subject.commit,
        other.subject.artifact_sha256,
    )
