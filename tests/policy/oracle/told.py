"""A case as a reader of the ledger and the forge would tell it in words: plain data, nothing from kawal."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

PACK = "kemas"
AREA = {
    "fungsi": "FUNGSI",
    "integrasi": "INTEG",
    "beban": "BEBAN",
    "keamanan_kode": "AMAN",
    "keamanan_aplikasi": "AMAN",
    "instalasi": "INSTAL",
}
LEAST = {"fungsi": 0, "integrasi": 0, "beban": 2, "keamanan_kode": 2, "keamanan_aplikasi": 2, "instalasi": 2}
OF_BYTES = ("kemas", "instalasi", "beban", "keamanan_aplikasi")
LEVEL = {"dilaporkan": 0, "disaksikan": 1, "diamati": 2}
SIGN = {"uat": "UAT", "persandian": "SANDI", "pse": "PSE"}
PATCH, BACK, GLASS = "persandian-perbaikan", "rollback", "break-glass"
LIFE = {"uat": 30, "persandian": 90, PATCH: 90, "pse": 365, BACK: 7}
EVIDENCE_LIFE = 30
SCANNERS = ("keamanan_kode", "keamanan_aplikasi")
ACCEPTOR = "sandi2"
GLASS_OFFICERS = ("pa", "tata")
GLASS_MINUTES = 45
PATCH_DAYS, PATCH_COUNT = 30, 2

Found = tuple[tuple[str, str, int], ...]
"""What a scanner found, of the severities that count: (which, severity, how often)."""


class Report(NamedTuple):
    """One evidence record, in the order in which it was received."""

    uji: str
    result: str = "PASSED"
    same_code: bool = True
    same_bytes: bool = True
    from_template: bool = True
    on_pa_runner: bool = True
    claimed_class: str = "diamati"
    age_days: int = 0
    approved_thresholds: bool = True
    accepted: str = "no"
    """whether an officer accepted what a scanner found: no, yes, expired, foreign, withdrawn, other_finding, partly, mixed"""
    found: Found = ()
    listed: bool = True
    """whether the findings that it counts are listed one by one"""
    of_base: bool = False
    """of the code of the base release of a patch"""


class Weakness(NamedTuple):
    """One finding of a security examination, and whether an officer lets it stand for a time."""

    severity: str
    retest: str = "belum"
    risk: str = "no"
    """no, yes, expired, foreign (the officer does not hold that role)"""
    officer: str = "tata"


class Sign(NamedTuple):
    """One sign-off record. `entitled` = the trust file lets this signer make it at all."""

    kind: str
    person: str
    entitled: bool = True
    right_role: bool = True
    approves: bool = True
    all_accepted: bool = True
    complete: bool = True
    subject: str = "this"
    """this release; `bytes`: its name and code, other bytes; `earlier`: these bytes under the earlier release's name;
    `base`: the base release of a patch, with its own code; anything else: another name for these bytes"""
    of_this_letter: bool = True
    age_days: int = 0
    own_days: int = 400
    age_minutes: int = 0
    own_minutes: int = 60
    """of a break-glass"""
    not_yet: bool = False
    withdrawn: bool = False
    key_gone: bool = False
    """the trust file names the signers' keys no more"""
    withdrawer_gone: bool = False
    """nor the keys of who took it back"""
    weaknesses: tuple[Weakness, ...] = ()
    rests_on: str = "known"
    """the release that a way back or a patch names: known (the earlier one, the base), or unknown"""
    second: str | None = None
    """who broke the glass together with the first"""
    carried: bool = False
    """a permit of before rests on it"""


class Case(NamedTuple):
    letter: str = "approved"
    """approved, none, refused_after, refused_before, by_wrong_role"""
    project_known: bool = True
    profile_same: bool = True
    step_done: bool = True
    review: str = "approved"
    """approved, unapproved, no_request, history_cut"""
    nameless_author: bool = False
    tag: str = "good"
    """good, bad_name, unprotected, off_branch, no_package"""
    posture: str = "good"
    """good, drift, unread"""
    trust: str = "good"
    """good, expired, other_policy"""
    facts_age_s: int = 0
    forge_clock: str = "same"
    """same, silent, apart"""
    job: str = "good"
    """good, none, name, status, ref, source, runner, target"""
    persons_needed: int = 1
    """for persandian"""
    special_ways: bool = True
    """whether the policy has rules for a way back, break-glass and patches"""
    opened: str = "no"
    """how the earlier release was open: no, yes, other_code, other_bytes, other_place, by_glass, other_name, withdrawn"""
    changed: str = "harmless"
    """files since the base: harmless, unread, dependency, sensitive"""
    parts: frozenset[tuple[str, str]] = frozenset()
    """(person, author or reviewer of what is released); everybody else is an outsider"""
    reports: tuple[Report, ...] = ()
    signs: tuple[Sign, ...] = ()


T = TypeVar("T", Report, Sign, Case)


def replace(one: T, **changes: Any) -> T:
    return one._replace(**changes)


def part(case: Case, person: str) -> str:
    found = dict(case.parts).get(person, "outsider")
    if found == "reviewer" and case.review in ("unapproved", "no_request"):  # then nobody reviewed it
        return "outsider"
    return found


def newest(case: Case, uji: str) -> Report | None:
    """Of this very code, by the central template; and of these bytes, which must be there, if it speaks of bytes."""

    def counts(report: Report) -> bool:
        bytes_fit = report.same_bytes and (case.tag != "no_package" or uji not in OF_BYTES)
        return report.same_code and not report.of_base and bytes_fit and report.from_template

    return next((one for one in reversed(case.reports) if one.uji == uji and counts(one)), None)
