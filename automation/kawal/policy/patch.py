"""persandian-perbaikan: a small change rests on a release examined in full. Every limit is recomputed here."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from kawal.ledger.records import Evidence, Findings, PermitRecord, Signoff
from kawal.policy.case import Case, Record
from kawal.policy.evidence import from_the_pipeline, newest
from kawal.policy.flaw import Flaw
from kawal.policy.model import PatchRule

KIND = "persandian-perbaikan"
SERIOUS = ("kritis", "tinggi", "sedang")


def patch_flaw(
    case: Case, rule: PatchRule, full: tuple[Record, Signoff] | None, record: Record, one: Signoff
) -> Flaw | None:
    """Why a re-examination does not do for `one`; `full` is the standing full sign-off of its base release."""
    if full is None or full[1].subject is None:
        what = f"Rilis dasar {one.base_release} tidak disahkan penuh oleh Persandian"
        return Flaw(
            "SANDI-011", what, "tanpa pengesahan penuh yang berlaku", "pengesahan persandian rilis dasar"
        )
    examined, base = full
    if case.now >= examined.received_at + timedelta(days=rule.days):
        seen = f"diperiksa penuh {examined.received_at:%Y-%m-%d}"
        return Flaw("SANDI-012", "Masa rilis perbaikan habis", seen, f"paling lama {rule.days} hari")
    releases = _resting_on(case, one, record)
    if len(releases) > rule.count:
        seen = f"{len(releases)} rilis bertumpu pada {one.base_release}"
        return Flaw("SANDI-012", "Terlalu banyak rilis perbaikan", seen, f"paling banyak {rule.count}")
    changed = dict(case.facts.changed).get(full[1].subject.commit)
    if changed is None:
        what = "Perubahan sejak rilis dasar tidak terbaca"
        return Flaw("SANDI-016", what, f"{one.base_release} tidak dibandingkan", "daftar berkas yang berubah")
    for code, patterns, what in (
        ("SANDI-014", rule.dependencies, "Perbaikan mengubah dependensi"),
        ("SANDI-015", rule.sensitive, "Perbaikan menyentuh berkas sensitif"),
    ):
        touched = [path for path in changed if matches_any(path, patterns)]
        if touched:
            return Flaw(code, what, ", ".join(touched[:3]), "pemeriksaan penuh (kawal sahkan persandian)")
    return _new_findings(case, base)


def _resting_on(case: Case, one: Signoff, record: Record) -> set[str]:
    """Releases up to this one that were re-examined on the same base; taking a sign-off back that a permit used frees no place."""
    used = {digest for _, permit in case.with_withdrawn(PermitRecord) for digest in permit.inputs}
    return {
        other.subject.release
        for against, other in case.with_withdrawn(Signoff)
        if other.kind == KIND
        and other.decision == "approve"
        and other.base_release == one.base_release
        and other.subject is not None
        and against.seq <= record.seq
        and (not against.withdrawn or against.sha256 in used)
    }


def matches_any(path: str, patterns: tuple[str, ...]) -> bool:
    """A pattern without a slash is about the file's name anywhere. Case is ignored: `Auth.php` is `auth.php`."""
    lower, name = path.lower(), PurePosixPath(path).name.lower()
    return any(fnmatchcase(lower if "/" in one else name, one.lower()) for one in patterns)


def _new_findings(case: Case, base: Signoff) -> Flaw | None:
    """No finding of a scanner from sedang on that the base did not have. What cannot be compared counts as new."""
    for rule in case.rules.evidence:
        now = newest(case, rule.uji, rule.job)
        if now is None or not _serious(now[1]):
            continue
        before = _of_base(case, rule.uji, rule.job, base)
        here, there = _listed(case, now[1]), _listed(case, before) if before else None
        if here is None or there is None or here - there:
            seen = f"{_serious(now[1])} temuan sedang ke atas pada {rule.uji}"
            return Flaw(
                "SANDI-013", "Perbaikan membawa temuan baru", seen, "tanpa temuan baru dari sedang ke atas"
            )
    return None


def _serious(one: Evidence) -> int:
    return sum(value for name in SERIOUS if isinstance(value := one.counts.get(name), int))


def _of_base(case: Case, uji: str, job: str, base: Signoff) -> Evidence | None:
    assert base.subject is not None  # noqa: S101 - a sign-off of a commit kind has one
    wanted = (base.subject.commit, base.subject.tree)
    found = [
        one
        for _, one in case.of(Evidence)
        if one.uji == uji
        and one.job.name == job
        and (one.commit, one.tree) == wanted
        and from_the_pipeline(case, one)
    ]
    return found[-1] if found else None


def _listed(case: Case, evidence: Evidence) -> Counter[tuple[str, str]] | None:
    """Fingerprints of the serious findings; None unless all that the evidence counts are listed."""
    items = [
        item
        for _, one in case.of(Findings)
        if one.evidence_id == evidence.record_id
        for item in one.items
        if item.severity in SERIOUS
    ]
    found: Counter[tuple[str, str]] = Counter()
    for item in items:
        found[item.fingerprint, item.severity] += item.count
    return found if found.total() == _serious(evidence) else None
