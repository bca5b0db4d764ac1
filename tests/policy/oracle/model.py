"""The decision once more, written from the rules and not from the code. Imports nothing from kawal.

The answer is the set of reason codes; that of the sign-offs and of the ways beside the ordinary release is in model_signs.
"""

from __future__ import annotations

from oracle.model_signs import back_asked, break_glass, send_back, signoff
from oracle.told import (
    ACCEPTOR,
    AREA,
    EVIDENCE_LIFE,
    LEAST,
    LEVEL,
    PACK,
    SIGN,
    Case,
    Report,
    newest,
    part,
)


def decide(case: Case) -> frozenset[str]:
    """Reason codes; empty = the release may go out."""
    approved = case.letter in ("approved", "refused_before")
    always = {*_letter(case), *_review(case), *_ground(case), *_subject(case)}
    if back_asked(case):
        return frozenset(always | set(send_back(case, approved)))
    ordinary = {
        *_steps(case, approved),
        *(code for uji in AREA for code in _evidence(case, uji, approved)),
        *(code for kind in SIGN for code in signoff(case, kind, approved)),
    }
    glass = break_glass(case, approved) if always | ordinary else None
    return frozenset(always | (ordinary if glass is None else set(glass)))


def _letter(case: Case) -> list[str]:
    found = {"none": "REKOM-001", "refused_after": "REKOM-012", "by_wrong_role": "REKOM-013"}.get(case.letter)
    if found:
        return [found]
    if not case.profile_same:
        return ["PROFIL-033"]
    return [] if case.project_known else ["SUBJEK-001"]


def _steps(case: Case, approved: bool) -> list[str]:
    done = case.step_done and approved  # the letter itself completes a step
    return [] if done else ["LANGKAH-001"]


def _review(case: Case) -> list[str]:
    codes = []
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


def _class(report: Report) -> int:
    """Only PA's runner makes a result observed."""
    if report.claimed_class == "diamati" and not report.on_pa_runner:
        return 0
    return LEVEL[report.claimed_class]


def _subject(case: Case) -> list[str]:
    number = {"bad_name": 2, "unprotected": 3, "off_branch": 4, "no_package": 7}.get(case.tag)
    if number is None:
        packed = newest(case, PACK)
        if packed is None or packed.result != "PASSED":
            same_commit = [one for one in case.reports if one.uji == PACK and one.same_code]
            other_bytes = bool(same_commit) and not same_commit[-1].same_bytes
            number = 6 if other_bytes else 5
        elif _class(packed) < LEVEL["diamati"]:
            number = 8
    return [] if number is None else [f"SUBJEK-{number:03d}"]


def _accepted(case: Case, report: Report, approved: bool) -> bool:
    """Too many findings, all listed and all accepted by an entitled officer who had no part in the release."""
    accepted = report.accepted == "yes" and report.listed and part(case, ACCEPTOR) == "outsider"
    return report.result == "FAILED" and accepted and approved


def _evidence(case: Case, uji: str, approved: bool) -> list[str]:
    found = newest(case, uji)
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
