"""Rules of sign-offs: entitled, for exactly these bytes, in date, not withdrawn, not outweighed by a refusal, by outsiders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from kawal.ledger.records import Approval, Request, Signoff
from kawal.policy.case import Case, Record
from kawal.policy.examination import examination_flaw
from kawal.policy.flaw import Flaw
from kawal.policy.model import SignoffRule
from kawal.policy.patch import KIND as PATCH
from kawal.policy.patch import patch_flaw
from kawal.policy.people import Involved, conflict
from kawal.policy.refusal import refused
from kawal.policy.standing import negative
from kawal.policy.verdict import Verdict

AREAS = {"persandian": "SANDI", "uat": "UAT", "pse": "PSE", "rollback": "IZIN"}
FIRST = {"rollback": 50}
"""Codes of a kind start behind this number: the area IZIN has others before."""
TITLES = {
    "persandian": "Pengesahan Persandian",
    "uat": "UAT",
    "pse": "Bukti Pendataan Sistem Elektronik",
    "rollback": "Persetujuan kembali ke rilis terdahulu",
}
MISSING, STALE, REJECTED, WITHDRAWN, EXPIRED, NOT_ENTITLED, INCOMPLETE = range(1, 8)


def command(kind: str, app_id: str, tag: str) -> str:
    if kind == "pse":
        return f"kawal catat pse {app_id} --bukti FILE"
    if kind == "rollback":
        return f"kawal sahkan rollback {app_id} --rilis {tag} --ke RILIS --alasan TEKS"
    return f"kawal sahkan {kind} {app_id} --rilis {tag}"


def same_subject(case: Case, one: Signoff, environment: str) -> bool:
    """Digests, project, release and environment all equal the release at hand; `pse` speaks of the application alone."""
    subject, facts = one.subject, case.facts
    if subject is None:
        return one.kind == "pse"
    return (
        subject.forge.project_id == facts.project_id
        and subject.forge.url.rstrip("/") == case.policy.forge.url.rstrip("/")
        and subject.release == facts.tag
        and subject.environment == environment
        and subject.commit == facts.commit
        and subject.tree == facts.tree
        and subject.artifact_sha256 == facts.artifact_sha256
    )


def judge_signoff(
    case: Case,
    rule: SignoffRule,
    people: Involved,
    environment: str,
    approval: Approval | None,
    request: Request | None,
) -> Verdict:
    name, facts = TITLES[rule.kind], case.facts
    kinds = kinds_for(case, rule)
    all_of_kind = [(record, one) for record, one in case.with_withdrawn(Signoff) if one.kind in kinds]
    flaws: list[Flaw] = []
    good: list[tuple[Record, Signoff]] = []
    for record, one in all_of_kind:
        flaw = _flaw(case, rule, people, environment, approval, request, record, one)
        if flaw is None and refused(
            all_of_kind, record, one, (one.role,), lambda other: same_subject(case, other, environment)
        ):
            flaw = Flaw(
                _code(rule, REJECTED), f"{name} ditolak sesudah disahkan", "penolakan", "pengesahan baru"
            )
        if flaw is None:
            good.append((record, one))
        else:
            flaws.append(flaw)
    persons, keys = hands(good)
    if min(persons, keys) >= rule.persons:
        return _satisfied(rule, name, good)
    if good:
        flaws.append(
            Flaw(
                "IDENT-005",
                f"{name}: orang yang mengesahkan belum cukup",
                f"{persons} orang dengan {keys} kunci",
                f"{rule.persons} orang dengan kunci masing-masing",
            )
        )
    shown = flaws[-1] if flaws else _missing(rule, name, facts.tag)
    return Verdict(
        f"pengesahan:{rule.kind}",
        shown.what,
        False,
        shown.code,
        shown.found,
        shown.needed,
        rule.roles,
        command(rule.kind, case.app_id, facts.tag),
        rule.basis,
    )


def hands(good: Sequence[tuple[Record, Signoff]]) -> tuple[int, int]:
    """How many persons and how many raw keys: two persons are two persons and two keys."""
    keys = {key.raw for record, _ in good for key in record.authority.keys}
    return len({one.person_id for _, one in good}), len(keys)


def kinds_for(case: Case, rule: SignoffRule) -> tuple[str, ...]:
    """Kinds of record that may meet a rule: a re-examination does for a full one where the policy has patch releases."""
    if rule.kind == "persandian" and case.rules.patch is not None:
        return ("persandian", PATCH)
    return (rule.kind,)


def _missing(rule: SignoffRule, name: str, tag: str) -> Flaw:
    what = f"{name} belum dicatat" if rule.kind == "pse" else f"{name} belum ada untuk {tag}"
    needed = "satu catatan dengan berkas bukti" if rule.kind == "pse" else f"pengesahan atas {tag}"
    return Flaw(_code(rule, MISSING), what, f"tidak ada catatan jenis {rule.kind}", needed)


def _code(rule: SignoffRule, number: int) -> str:
    return f"{AREAS[rule.kind]}-{FIRST.get(rule.kind, 0) + number:03d}"


def _flaw(
    case: Case,
    rule: SignoffRule,
    people: Involved,
    environment: str,
    approval: Approval | None,
    request: Request | None,
    record: Record,
    one: Signoff,
) -> Flaw | None:
    """The first reason why this sign-off does not count; None when it does."""
    name, facts = TITLES[rule.kind], case.facts
    if record.withdrawn:
        return Flaw(_code(rule, WITHDRAWN), f"{name} dicabut", "catatan pencabutan", "pengesahan baru")
    if one.role not in rule.roles or one.grade not in rule.grades:
        seen = f"{one.role} dengan tingkat {one.grade}"
        needed = f"{' atau '.join(rule.roles)} dengan tingkat {' atau '.join(rule.grades)}"
        return Flaw(_code(rule, NOT_ENTITLED), f"{name} bukan oleh yang berhak", seen, needed)
    if not same_subject(case, one, environment):
        subject = one.subject
        seen = f"{subject.release} ({subject.commit[:8]})" if subject else "tanpa rilis"
        needed = f"{facts.tag} ({facts.commit[:8]}) dengan paket yang sama"
        return Flaw(_code(rule, STALE), f"{name} berlaku untuk isi lain, bukan {facts.tag}", seen, needed)
    if negative(one):
        return Flaw(_code(rule, REJECTED), f"{name}: hasilnya menolak", _refusal(one), "hasil yang memenuhi")
    clash = conflict(case, people, (one.person_id, *record.authority.persons))
    if clash is not None:
        return Flaw(
            clash[0], f"{name} tidak berlaku: {clash[1]}", one.person_id, "orang di luar tim rilis ini"
        )
    if approval is None or one.rekomendasi_id != approval.record_id:
        return Flaw(
            _code(rule, STALE), f"{name} merujuk rekomendasi lain", one.rekomendasi_id, "rekomendasi ini"
        )
    if not _in_date(rule, record, one, case.now):
        seen = f"berlaku {one.not_before:%Y-%m-%d} s.d. {expiry(rule, record, one):%Y-%m-%d}"
        return Flaw(_code(rule, EXPIRED), f"{name} tidak berlaku lagi", seen, "pengesahan yang masih berlaku")
    if rule.kind == "uat":
        wanted = {scenario.id for scenario in request.thresholds.uat} if request else set()
        accepted = {scenario.id for scenario in one.uat or () if scenario.accepted}
        if not wanted or wanted - accepted:
            seen = f"{len(wanted & accepted)} dari {len(wanted)} skenario diterima"
            lacking = ", ".join(sorted(wanted - accepted)[:10]) or "daftar skenario"
            return Flaw(_code(rule, INCOMPLETE), "UAT belum lengkap", seen, lacking)
    if one.persandian is not None:
        flaw = examination_flaw(case, people, record, one.persandian)
        if flaw is not None:
            return flaw
    if one.kind == PATCH and case.rules.patch is not None:
        return patch_flaw(case, case.rules.patch, _examined_in_full(case, rule, people, one), record, one)
    return None


def _examined_in_full(
    case: Case, rule: SignoffRule, people: Involved, patch: Signoff
) -> tuple[Record, Signoff] | None:
    """The newest of the full sign-offs of the base release, if together they would do for it today.

    As for a release: entitled, outside what is released, in date, without open serious findings, refused by nobody later,
    by as many persons.
    """
    subject = patch.subject
    found = [
        (record, one)
        for record, one in case.of(Signoff)
        if one.kind == rule.kind
        and one.role in rule.roles
        and one.grade in rule.grades
        and one.subject is not None
        and subject is not None
        and one.subject.release == patch.base_release
        and (one.subject.forge, one.subject.environment) == (subject.forge, subject.environment)
    ]
    good = [
        (record, one)
        for record, one in found
        if not negative(one)
        and conflict(case, people, (one.person_id, *record.authority.persons)) is None
        and _in_date(rule, record, one, case.now)
        and (one.persandian is None or examination_flaw(case, people, record, one.persandian) is None)
        and not refused(found, record, one, (one.role,), lambda _: True)
    ]
    together = [(record, one) for record, one in good if one.subject == good[-1][1].subject]
    return together[-1] if min(hands(together)) >= rule.persons else None


def expiry(rule: SignoffRule, record: Record, one: Signoff) -> datetime:
    """When a sign-off ends: its own date or the policy's, whichever is first."""
    return min(one.expires_at, record.received_at + timedelta(days=rule.max_age_days))


def _in_date(rule: SignoffRule, record: Record, one: Signoff, now: datetime) -> bool:
    return one.not_before <= now < expiry(rule, record, one) and record.received_at <= now + timedelta(
        seconds=60
    )


def _refusal(one: Signoff) -> str:
    if one.uat is not None and one.decision == "approve":
        return "tidak diterima: " + ", ".join(item.id for item in one.uat if not item.accepted)
    return one.reason or "ditolak"


def _satisfied(rule: SignoffRule, name: str, good: list[tuple[Record, Signoff]]) -> Verdict:
    record, one = good[-1]
    seen = f"disahkan {record.received_at:%Y-%m-%d} oleh {one.role}, tingkat {one.grade}"
    if one.uat is not None:
        seen = f"{len(one.uat)} skenario diterima, {record.received_at:%Y-%m-%d}"
    if one.pse is not None:
        seen = f"{one.pse.proof_kind} {one.pse.number or ''}".strip() + f", {one.pse.registered_on:%Y-%m-%d}"
    return Verdict(
        f"pengesahan:{rule.kind}",
        name,
        True,
        found=seen,
        needed=f"{rule.persons} orang: {' atau '.join(rule.roles)}",
        who=rule.roles,
        basis=rule.basis,
        note="disaksikan",
        inputs=tuple(item.sha256 for item, _ in good),
    )
