"""The decision once more, written from the rules and not from the code. Imports nothing from kawal.

A case is plain data: what a reader of the ledger and the forge would tell in words. The answer is the set of reason codes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
LIFE = {"uat": 30, "persandian": 90, "pse": 365}
SIGN = {"uat": "UAT", "persandian": "SANDI", "pse": "PSE"}
EVIDENCE_LIFE = 30
SCANNERS = ("keamanan_kode", "keamanan_aplikasi")
ACCEPTOR = "sandi2"


@dataclass(frozen=True)
class Report:
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


@dataclass(frozen=True)
class Sign:
    """One sign-off record. `entitled` = the trust file lets this signer make it at all."""

    kind: str
    person: str
    key: str
    entitled: bool = True
    right_role: bool = True
    approves: bool = True
    all_accepted: bool = True
    complete: bool = True
    same_subject: bool = True
    of_this_letter: bool = True
    age_days: int = 0
    own_days: int = 400
    not_yet: bool = False
    withdrawn: bool = False
    part: str = "outsider"
    """outsider, author or reviewer of what is released"""


@dataclass(frozen=True)
class Case:
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
    reports: tuple[Report, ...] = ()
    signs: tuple[Sign, ...] = field(default=())


def decide(case: Case) -> frozenset[str]:
    """Reason codes; empty = the release may go out."""
    approved = case.letter in ("approved", "refused_before")
    return frozenset(
        {
            *_letter(case),
            *_process(case, approved),
            *_ground(case),
            *_subject(case),
            *(code for uji in AREA for code in _evidence(case, uji, approved)),
            *(code for kind in SIGN for code in _signoff(case, kind, approved)),
        }
    )


def _letter(case: Case) -> list[str]:
    found = {"none": "REKOM-001", "refused_after": "REKOM-012", "by_wrong_role": "REKOM-013"}.get(case.letter)
    if found:
        return [found]
    if not case.profile_same:
        return ["PROFIL-033"]
    return [] if case.project_known else ["SUBJEK-001"]


def _process(case: Case, approved: bool) -> list[str]:
    codes = []
    if not case.step_done or not approved:  # the letter itself completes a step
        codes.append("LANGKAH-001")
    review = {"unapproved": "TINJAU-001", "no_request": "TINJAU-002", "history_cut": "TINJAU-003"}
    if case.review in review:
        codes.append(review[case.review])
    elif not case.project_known:  # the bot's own first commit is known from the provisioning record alone
        codes.append("TINJAU-002")
    if case.nameless_author:
        codes.append("IDENT-006")
    return codes


def _ground(case: Case) -> list[str]:
    codes = []
    if case.posture != "good":
        codes.append({"drift": "POSTUR-001", "unread": "POSTUR-002"}[case.posture])
    if case.trust != "good":
        codes.append({"expired": "PERCAYA-005", "other_policy": "PERCAYA-002"}[case.trust])
    if case.facts_age_s > 60:
        codes.append("FORGE-030")
    elif case.facts_age_s < -60:
        codes.append("JAM-001")
    elif case.forge_clock != "same":
        codes.append({"silent": "JAM-003", "apart": "JAM-002"}[case.forge_clock])
    if case.job != "good":
        names = ("none", "name", "status", "ref", "source", "runner", "target")
        codes.append(f"IZIN-{10 + names.index(case.job):03d}")
    return codes


def _counts(case: Case, report: Report) -> bool:
    """Of this very code, by the central template; and of these bytes, which must be there, if it speaks of bytes."""
    bytes_fit = report.same_bytes and (case.tag != "no_package" or report.uji not in OF_BYTES)
    return report.same_code and bytes_fit and report.from_template


def _newest(case: Case, uji: str) -> Report | None:
    return next((one for one in reversed(case.reports) if one.uji == uji and _counts(case, one)), None)


def _class(report: Report) -> int:
    """Only PA's runner makes a result observed."""
    if report.claimed_class == "diamati" and not report.on_pa_runner:
        return 0
    return LEVEL[report.claimed_class]


def _subject(case: Case) -> list[str]:
    number = {"bad_name": 2, "unprotected": 3, "off_branch": 4, "no_package": 7}.get(case.tag)
    if number is None:
        packed = _newest(case, PACK)
        if packed is None or packed.result != "PASSED":
            same_commit = [one for one in case.reports if one.uji == PACK and one.same_code]
            other_bytes = bool(same_commit) and not same_commit[-1].same_bytes
            number = 6 if other_bytes else 5
        elif _class(packed) < LEVEL["diamati"]:
            number = 8
    return [] if number is None else [f"SUBJEK-{number:03d}"]


def _accepted(case: Case, report: Report, approved: bool) -> bool:
    """Too many findings, all of them accepted by an entitled officer who had no part in the release."""
    part = next((one.part for one in case.signs if one.person == ACCEPTOR), "outsider")
    if part == "reviewer" and case.review in ("unapproved", "no_request"):  # then nobody reviewed it
        part = "outsider"
    return report.result == "FAILED" and report.accepted == "yes" and approved and part == "outsider"


def _evidence(case: Case, uji: str, approved: bool) -> list[str]:
    found = _newest(case, uji)
    if found is None:
        number = 2 if any(one.uji == uji for one in case.reports) else 1
    elif found.result == "UNUSABLE":
        number = 7
    elif found.result != "PASSED" and not _accepted(case, found, approved):
        number = 3
    elif _class(found) < LEAST[uji]:
        number = 4
    elif found.age_days > EVIDENCE_LIFE:
        number = 5
    elif not approved or not found.approved_thresholds:
        number = 6
    else:
        return []
    return [f"{AREA[uji]}-{number:03d}"]


def _negative(sign: Sign) -> bool:
    return not sign.approves or not sign.all_accepted


def _flaw(sign: Sign, later: list[Sign], approved: bool) -> str | None:
    """Why one record does not count. `later` = those received after it, or dated after it."""
    area = SIGN[sign.kind]
    if sign.withdrawn:
        return f"{area}-004"
    if not sign.right_role:
        return f"{area}-006"
    if not sign.same_subject:
        return f"{area}-002"
    if _negative(sign):
        return f"{area}-003"
    if sign.part != "outsider":
        return {"author": "IDENT-003", "reviewer": "IDENT-004"}[sign.part]
    if not approved or not sign.of_this_letter:
        return f"{area}-002"
    if sign.not_yet or sign.age_days >= min(LIFE[sign.kind], sign.own_days):
        return f"{area}-005"
    if sign.kind == "uat" and not sign.complete:
        return f"{area}-007"
    if any(_negative(one) and not one.withdrawn and one.right_role and one.same_subject for one in later):
        return f"{area}-003"
    return None


def _signoff(case: Case, kind: str, approved: bool) -> list[str]:
    needed = case.persons_needed if kind == "persandian" else 1
    records = [one for one in case.signs if one.kind == kind and one.entitled]
    if kind != "pse" and case.tag in ("no_package", "bad_name"):  # no sign-off names such a release
        records = [replace(one, same_subject=False) for one in records]
    if case.review in ("unapproved", "no_request"):  # then nobody reviewed it
        records = [replace(one, part="outsider") if one.part == "reviewer" else one for one in records]
    flaws, good = [], []
    for place, one in enumerate(records):
        later = [
            other
            for other_place, other in enumerate(records)
            if other is not one and (other_place > place or other.age_days < one.age_days)
        ]
        flaw = _flaw(one, later, approved)
        if flaw is None:
            good.append(one)
        else:
            flaws.append(flaw)
    if len({one.person for one in good}) >= needed and len({one.key for one in good}) >= needed:
        return []
    if good:
        flaws.append("IDENT-005")
    return [flaws[-1] if flaws else f"{SIGN[kind]}-001"]
