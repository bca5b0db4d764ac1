"""What the rules say of sign-offs: whose counts, what an examination may leave open, and the three special ways."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.told import (
    BACK,
    GLASS,
    GLASS_MINUTES,
    GLASS_OFFICERS,
    LIFE,
    PATCH,
    PATCH_COUNT,
    PATCH_DAYS,
    SCANNERS,
    SIGN,
    Case,
    Report,
    Sign,
    Weakness,
    newest,
    part,
)

PART = {"author": "IDENT-003", "reviewer": "IDENT-004"}


def _code(kind: str, number: int) -> str:
    return f"IZIN-{50 + number:03d}" if kind == BACK else f"{SIGN[kind]}-{number:03d}"


def _kinds(case: Case, kind: str) -> tuple[str, ...]:
    """A re-examination does for a full one where the policy has patches."""
    return (kind, PATCH) if kind == "persandian" and case.special_ways else (kind,)


def _records(case: Case, *kinds: str) -> list[tuple[int, Sign]]:
    """With their places in the ledger; what was signed by somebody who may not sign is no record.

    A yes by a key that is gone counts no more; a no stays.
    """
    return [
        (place, one)
        for place, one in enumerate(case.signs)
        if one.kind in kinds and one.entitled and (not one.key_gone or _negative(one))
    ]


def _negative(sign: Sign) -> bool:
    return not sign.approves or not sign.all_accepted


def _taken_back(sign: Sign) -> bool:
    """To take a no back opens something: whoever did must still be named. To take a yes back is a no."""
    return sign.withdrawn and not (sign.withdrawer_gone and _negative(sign))


def _about_this(case: Case, sign: Sign) -> bool:
    """No sign-off names a release without a package, or one of a name that the policy does not know."""
    return sign.kind == "pse" or (sign.subject == "this" and case.tag not in ("no_package", "bad_name"))


def _refusals_after(place: int, sign: Sign, records: list[tuple[int, Sign]]) -> Iterator[Sign]:
    """F12: refusals by the same role that stand, received later or dated later."""
    for other_place, other in records:
        later = other_place > place or other.age_days < sign.age_days
        if later and _negative(other) and not _taken_back(other) and other.right_role == sign.right_role:
            yield other


def _in_date(sign: Sign) -> bool:
    return not sign.not_yet and sign.age_days < min(LIFE[sign.kind], sign.own_days)


def signoff(case: Case, kind: str, approved: bool) -> list[str]:
    needed = case.persons_needed if kind == "persandian" else 1
    records = _records(case, *_kinds(case, kind))
    flaws, good = [], []
    for place, one in records:
        flaw = _flaw(case, kind, place, one, approved)
        if flaw is None and any(_about_this(case, no) for no in _refusals_after(place, one, records)):
            flaw = _code(kind, 3)
        if flaw is None:
            good.append(one)
        else:
            flaws.append(flaw)
    if len({one.person for one in good}) >= needed:
        return []
    if good:
        flaws.append("IDENT-005")
    return [flaws[-1] if flaws else _code(kind, 1)]


def _flaw(case: Case, kind: str, place: int, sign: Sign, approved: bool) -> str | None:
    """Why one record does not count, later refusals aside."""
    if _taken_back(sign):
        return _code(kind, 4)
    if not sign.right_role:
        return _code(kind, 6)
    if not _about_this(case, sign):
        return _code(kind, 2)
    if _negative(sign):
        return _code(kind, 3)
    if part(case, sign.person) != "outsider":
        return PART[part(case, sign.person)]
    if not approved or not sign.of_this_letter:
        return _code(kind, 2)
    if not _in_date(sign):
        return _code(kind, 5)
    if kind == "uat" and not sign.complete:
        return _code(kind, 7)
    return _examination(case, sign.weaknesses) or (_patch(case, place, sign) if sign.kind == PATCH else None)


def _examination(case: Case, weaknesses: tuple[Weakness, ...]) -> str | None:
    """An acceptance out of date, by somebody without that role or by an insider locks; so does an open serious finding."""
    for one in weaknesses:
        if one.risk == "expired":
            return "SANDI-009"
        if one.risk == "foreign":
            return "SANDI-010"
        if one.risk == "yes" and part(case, one.officer) != "outsider":
            return PART[part(case, one.officer)]
    serious = [one for one in weaknesses if one.retest != "lulus" and one.severity in ("kritis", "tinggi")]
    return "SANDI-008" if any(one.risk == "no" for one in serious) else None


# --- a patch ------------------------------------------------------------------------------------------------------------


def _patch(case: Case, place: int, sign: Sign) -> str | None:
    """A full sign-off of the base that stands today; not too old, not too often; nothing new in what changed."""
    full = _full(case) if sign.rests_on == "known" else None
    if full is None:
        return "SANDI-011"
    if full.age_days >= PATCH_DAYS or len(_resting(case, place, sign)) > PATCH_COUNT:
        return "SANDI-012"
    named = {"unread": "SANDI-016", "dependency": "SANDI-014", "sensitive": "SANDI-015"}
    if case.changed in named:
        return named[case.changed]
    return "SANDI-013" if any(_anything_new(case, uji) for uji in SCANNERS) else None


def _full(case: Case) -> Sign | None:
    """The last of the sign-offs that together examined the base in full: as many persons as a full one needs."""
    records = [(place, one) for place, one in _records(case, "persandian") if one.subject == "base"]
    good = [
        one
        for place, one in records
        if not _taken_back(one)
        and one.right_role
        and not _negative(one)
        and part(case, one.person) == "outsider"
        and _in_date(one)
        and _examination(case, one.weaknesses) is None
        and not list(_refusals_after(place, one, records))
    ]
    return good[-1] if len({one.person for one in good}) >= case.persons_needed else None


def _resting(case: Case, place: int, sign: Sign) -> set[str]:
    """Releases up to this one that went through, or may go, by a re-examination on the same base."""
    return {
        one.subject
        for other, one in _records(case, PATCH)
        if other <= place
        and one.approves
        and one.rests_on == sign.rests_on
        and (not _taken_back(one) or (one.carried and case.opened != "no"))
    }


def _anything_new(case: Case, uji: str) -> bool:
    """What cannot be compared counts as new."""
    now = newest(case, uji)
    if now is None or not now.found:
        return False
    base = next((one for one in reversed(case.reports) if _of_base(one, uji)), None)
    if base is None or not now.listed or not base.listed:
        return True
    had = {(which, severity): count for which, severity, count in base.found}
    return any(count > had.get((which, severity), 0) for which, severity, count in now.found)


def _of_base(report: Report, uji: str) -> bool:
    return report.uji == uji and report.of_base and report.from_template


# --- a way back ---------------------------------------------------------------------------------------------------------


def back_asked(case: Case) -> Sign | None:
    """The newest decision of the entitled role to go back under this tag and code."""
    if not case.special_ways or case.tag == "bad_name":
        return None
    found = [
        one
        for _, one in _records(case, BACK)
        if one.approves and not _taken_back(one) and one.right_role and one.subject in ("this", "bytes")
    ]
    return found[-1] if found else None


def send_back(case: Case, approved: bool) -> list[str]:
    """The earlier opening, the decision itself, and the registration, which is about the application."""
    codes = [*signoff(case, BACK, approved), *signoff(case, "pse", approved)]
    wanted = back_asked(case)
    assert wanted is not None
    if case.opened != "yes" or wanted.rests_on != "known" or case.tag == "no_package":
        return [*codes, "IZIN-057"]
    if not all(_still_carries(case, kind) for kind in SIGN):
        codes.append("IZIN-058")
    return codes


def _still_carries(case: Case, kind: str) -> bool:
    """As many persons' sign-offs of then stand as the rule asks, each refused by its role neither since nor with a later
    date."""
    records = _records(case, *_kinds(case, kind))
    standing = set()
    for place, one in records:
        if one.carried and not _taken_back(one):
            refusals = _refusals_after(place, one, records)
            if not any(kind == "pse" or no.subject not in ("base", "bytes") for no in refusals):
                standing.add(one.person)
    return len(standing) >= (case.persons_needed if kind == "persandian" else 1)


# --- break-glass --------------------------------------------------------------------------------------------------------


def break_glass(case: Case, approved: bool) -> list[str] | None:
    """What is wrong with the newest one for this release whose time has not passed; None where there is none."""
    if not case.special_ways:
        return None
    records = _records(case, GLASS)
    found = [
        (place, one)
        for place, one in records
        if one.approves
        and not _taken_back(one)
        and _about_this(case, one)
        and not one.not_yet
        and one.age_minutes < min(one.own_minutes, GLASS_MINUTES)
    ]
    if not found:
        return None
    place, one = found[-1]
    persons = [name for name in (one.person, one.second) if name is not None]
    if len({name for name in persons if name in GLASS_OFFICERS}) < 2:
        return ["IZIN-061"]
    parts = {part(case, name) for name in persons}
    for name, code in PART.items():
        if name in parts:
            return [code]
    if not approved or not one.of_this_letter:
        return ["IZIN-062"]
    against = [
        no
        for other, no in records
        if not no.approves
        and not _taken_back(no)
        and no.right_role
        and _about_this(case, no)
        and (other > place or no.age_minutes < one.age_minutes)
    ]
    return ["IZIN-063"] if against else []
