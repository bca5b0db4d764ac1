"""Break-glass: two persons set tests and sign-offs aside for at most an hour. It stays red until they are made up for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kawal.ledger.records import Approval, PermitRecord, Request, Signoff, Withdraw
from kawal.ledger.tables import Entry
from kawal.ledger.trust import holds, person
from kawal.policy.case import Case, Record
from kawal.policy.model import AuthorityPolicy, BreakGlassRule, Policy
from kawal.policy.patch import KIND as PATCH
from kawal.policy.people import Involved, conflict
from kawal.policy.refusal import refused
from kawal.policy.signoffs import command, same_subject
from kawal.policy.standing import negative
from kawal.policy.verdict import Verdict

KIND = "break-glass"


# --- the decision ---------------------------------------------------------------------------------------------------


def broken(case: Case, environment: str) -> tuple[Record, Signoff] | None:
    """The newest break-glass for exactly this release whose hour has not passed."""
    rule = case.rules.break_glass
    found = [
        (record, one)
        for record, one in case.of(Signoff)
        if rule is not None
        and one.kind == KIND
        and one.decision == "approve"
        and same_subject(case, one, environment)
        and one.not_before <= case.now < _end(rule, one)
    ]
    return found[-1] if found else None


def _end(rule: BreakGlassRule, one: Signoff) -> datetime:
    return min(one.expires_at, one.not_before + timedelta(minutes=rule.minutes))


def judge_break_glass(
    case: Case, found: tuple[Record, Signoff], people: Involved, environment: str, approval: Approval | None
) -> Verdict:
    """Enough persons of the named roles, all outside this release, and no such role against it."""
    rule, (record, one) = case.rules.break_glass, found
    assert rule is not None  # noqa: S101 - `broken` found one under a rule
    persons = [name for name in record.authority.persons if _entitled(case, name, rule, record)]
    keys = {key.raw for key in record.authority.keys}

    def no(code: str, what: str, seen: str, needed: str) -> Verdict:
        next_ = f"kawal sahkan break-glass {case.app_id} --rilis {case.facts.tag} --alasan TEKS"
        return Verdict("break-glass", what, False, code, seen, needed, rule.roles, next_, rule.basis)

    if one.grade != "key" or len(persons) < rule.persons or len(keys) < rule.persons:
        needed = f"{rule.persons} orang berperan {' atau '.join(rule.roles)}, masing-masing dengan kuncinya"
        return no("IZIN-061", "Break-glass oleh yang belum cukup", f"{len(persons)} orang", needed)
    clash = conflict(case, people, record.authority.persons)
    if clash is not None:
        return no(
            clash[0], f"Break-glass tidak berlaku: {clash[1]}", one.person_id, "orang di luar tim rilis"
        )
    if approval is None or one.rekomendasi_id != approval.record_id:
        return no("IZIN-062", "Break-glass merujuk rekomendasi lain", one.rekomendasi_id, "rekomendasi ini")
    about_it = [(against, no) for against, no in case.of(Signoff) if no.kind == KIND]
    if refused(about_it, record, one, rule.roles, lambda no: same_subject(case, no, environment)):
        return no(
            "IZIN-063", "Break-glass ditolak sesudah disetujui", "penolakan", "keputusan baru dua orang"
        )
    return Verdict(
        "break-glass",
        "BREAK-GLASS",
        True,
        found=f"{len(persons)} orang sampai {_end(rule, one):%H.%M} UTC: {(one.reason or '').splitlines()[0]}",
        needed=f"{rule.persons} orang, alasan, paling lama {rule.minutes} menit",
        who=rule.roles,
        basis=rule.basis,
        note="MERAH",
        inputs=(record.sha256,),
    )


def _entitled(case: Case, name: str, rule: BreakGlassRule, record: Record) -> bool:
    who = person(case.trust, name)
    return who is not None and any(holds(who, role, record.received_at) for role in rule.roles)


# --- what stays red -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pending:
    """A break-glass whose examination has not followed."""

    app_id: str
    record_id: str
    release: str
    commit: str
    at: datetime
    reason: str
    permitted: bool
    """Whether a permit rests on it. Without one it may still have been used at the target, without kawal."""
    missing: tuple[str, ...]
    """Kinds of sign-off that nobody decided for these bytes."""

    @property
    def line(self) -> str:
        owed = f"; pengesahan susulan belum ada: {', '.join(self.missing)}" if self.missing else ""
        return (
            f"BREAK-GLASS {self.release} ({self.at:%Y-%m-%d %H.%M} UTC): {self.reason.splitlines()[0]}{owed}"
        )

    @property
    def next(self) -> str:
        if self.missing:
            return command(self.missing[0], self.app_id, self.release)
        return f"kawal rilis daftar {self.app_id}"


def alarms(policy: Policy, entries: Sequence[Entry]) -> tuple[Pending, ...]:
    """As `pending`, under the rules of the profile that the application was last asked for."""
    profiles = [one.predicate.profile_id for one in entries if isinstance(one.predicate, Request)]
    rules = policy.authorities.get(profiles[-1]) if profiles else None
    return pending(entries, rules) if rules is not None else ()


def pending(entries: Sequence[Entry], rules: AuthorityPolicy) -> tuple[Pending, ...]:
    """From all that the ledger took in, whoever holds which key today: nothing makes a broken glass disappear.

    It ends when every sign-off that was set aside was decided for these bytes; where one refused them, when another
    release replaced them. Taking the break-glass record back ends nothing.
    """
    gone = {one.predicate.record_sha256 for one in entries if isinstance(one.predicate, Withdraw)}
    found = []
    for entry in entries:
        one = entry.predicate
        if isinstance(one, Signoff) and one.kind == KIND and one.decision == "approve":
            missing, refused = _owed(entries, rules, gone, one)
            if missing or (refused and not _replaced(entries, entry, one)):
                found.append(_pending(entries, entry, one, missing))
    return tuple(found)


def _owed(
    entries: Sequence[Entry], rules: AuthorityPolicy, gone: set[str], broken_for: Signoff
) -> tuple[tuple[str, ...], bool]:
    """(kinds that nobody decided, whether one decision was a refusal)"""
    missing: list[str] = []
    refused = False
    for rule in rules.signoffs:
        decisions = [
            entry.predicate
            for entry in entries
            if isinstance(entry.predicate, Signoff)
            and entry.predicate.kind in (rule.kind, PATCH if rule.kind == "persandian" else rule.kind)
            and entry.predicate.role in rule.roles
            and entry.predicate.subject == broken_for.subject
            and entry.payload_sha256 not in gone
        ]
        if rule.kind == "pse":
            continue  # speaks of the application; break-glass for a release does not put it off any further
        if not decisions:
            missing.append(rule.kind)
        else:
            refused = refused or negative(decisions[-1])
    return tuple(missing), refused


def _replaced(entries: Sequence[Entry], entry: Entry, one: Signoff) -> bool:
    assert one.subject is not None  # noqa: S101 - a sign-off of a commit kind has one
    return any(
        isinstance(later.predicate, PermitRecord)
        and later.seq > entry.seq
        and later.predicate.kind != KIND
        and later.predicate.commit != one.subject.commit
        for later in entries
    )


def _pending(entries: Sequence[Entry], entry: Entry, one: Signoff, missing: tuple[str, ...]) -> Pending:
    assert one.subject is not None  # noqa: S101 - a sign-off of a commit kind has one
    permitted = any(
        isinstance(later.predicate, PermitRecord)
        and later.predicate.kind == KIND
        and entry.payload_sha256 in later.predicate.inputs
        for later in entries
    )
    return Pending(
        one.app_id,
        one.record_id,
        one.subject.release,
        one.subject.commit,
        entry.received_at,
        one.reason or "",
        permitted,
        missing,
    )
