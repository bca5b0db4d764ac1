"""One thing wrong each: with the ground that every way stands on, with an ordinary release, or with one of the special ways."""

from __future__ import annotations

import random
from typing import Any

from oracle.cases import (
    PERSONS,
    SOME,
    UJI,
    WAYS,
    Change,
    breaking_glass,
    glass,
    going_back,
    good_report,
    good_sign,
    ordinary,
    patching,
    persons_for,
    scanned,
    without,
)
from oracle.told import ACCEPTOR, BACK, GLASS, LEAST, PACK, PATCH, SCANNERS, SIGN, Case, Weakness, replace

NOT_ACCEPTED = ("expired", "foreign", "withdrawn", "other_finding", "partly", "mixed")


def set_field(name: str, value: Any) -> Change:
    return lambda case, rng: replace(case, **{name: value})


def report_change(uji: str, **changes: Any) -> Change:
    """The only reports of a kind are changed ones."""

    def change(case: Case, rng: random.Random) -> Case:
        kept = tuple(one for one in case.reports if one.uji != uji)
        return replace(case, reports=(*kept, replace(good_report(uji, rng), **changes)))

    return change


def no_report(uji: str) -> Change:
    return lambda case, rng: replace(case, reports=tuple(one for one in case.reports if one.uji != uji))


def sign_change(kind: str, **changes: Any) -> Change:
    """Every sign-off of a kind is a changed one."""

    def change(case: Case, rng: random.Random) -> Case:
        made = tuple(replace(good_sign(kind, person, rng), **changes) for person in persons_for(case, kind))
        return replace(case, signs=(*without(case.signs, kind), *made))

    return change


def no_sign(kind: str) -> Change:
    return lambda case, rng: replace(case, signs=without(case.signs, kind))


def refused_after(kind: str, **changes: Any) -> Change:
    def change(case: Case, rng: random.Random) -> Case:
        one = good_sign(kind, rng.choice(PERSONS[kind]), rng)
        return replace(case, signs=(*case.signs, replace(one, approves=False, age_days=0, **changes)))

    return change


def refused_with_a_later_date(kind: str, **changes: Any) -> Change:
    """The refusal reached the ledger first."""

    def change(case: Case, rng: random.Random) -> Case:
        no = replace(good_sign(kind, PERSONS[kind][0], rng), approves=False, age_days=0, **changes)
        signs = tuple(
            replace(one, age_days=max(one.age_days, 1)) if one.kind == kind else one for one in case.signs
        )
        return replace(case, signs=(no, *signs))

    return change


def takes_part(person: str, part: str) -> Change:
    """An officer has one account on the forge here, so the later part stands for the earlier one."""
    return lambda case, rng: replace(
        case, parts=frozenset(one for one in case.parts if one[0] != person) | {(person, part)}
    )


def one_person_of_two(case: Case, rng: random.Random) -> Case:
    made = tuple(good_sign("persandian", "sandi", rng) for _ in range(rng.choice((1, 2, 3))))
    return replace(case, persons_needed=2, signs=(*without(case.signs, "persandian"), *made))


def after(first: Change, *then: Change) -> Change:
    def change(case: Case, rng: random.Random) -> Case:
        for one in (first, *then):
            case = one(case, rng)
        return case

    return change


def some_way(case: Case, rng: random.Random) -> Case:
    return rng.choice(WAYS)(case, rng) if rng.random() < 0.4 else case


def _ground() -> list[Change]:
    """What no way sets aside."""
    changes: list[Change] = [
        *(set_field("review", one) for one in ("unapproved", "no_request", "history_cut")),
        *(set_field("tag", one) for one in ("bad_name", "unprotected", "off_branch", "no_package")),
        *(set_field("posture", one) for one in ("drift", "unread")),
        *(set_field("trust", one) for one in ("expired", "other_policy")),
        *(set_field("facts_age_s", one) for one in (61, 3600, -61, -3600)),
        *(set_field("forge_clock", one) for one in ("silent", "apart")),
        *(set_field("job", one) for one in ("none", "name", "status", "ref", "source", "runner", "target")),
        set_field("project_known", False),
        set_field("profile_same", False),
        set_field("nameless_author", True),
        no_report(PACK),
        report_change(PACK, result="FAILED"),
        report_change(PACK, result="UNUSABLE"),
        report_change(PACK, same_code=False),
        report_change(PACK, from_template=False),
        *[report_change(PACK, same_bytes=False)] * 2,
        report_change(PACK, claimed_class="diamati", on_pa_runner=False),
        report_change(PACK, claimed_class="disaksikan"),
    ]
    return [after(some_way, one) for one in changes]


def _ordinary() -> list[Change]:
    found: list[Change] = [set_field("step_done", False), one_person_of_two]
    for uji in UJI[:-1]:
        found += [no_report(uji), report_change(uji, result="FAILED"), report_change(uji, result="UNUSABLE")]
        found += [report_change(uji, same_code=False), report_change(uji, from_template=False)]
        found += [report_change(uji, age_days=31), report_change(uji, approved_thresholds=False)]
        if LEAST[uji] == 2:
            found += [report_change(uji, claimed_class="diamati", on_pa_runner=False)]
            found += [report_change(uji, claimed_class="disaksikan")]
    for uji in SCANNERS:
        serious = {"result": "FAILED", "found": (("a", "tinggi", 2), ("b", "kritis", 1))}
        found += [report_change(uji, accepted=one, **serious) for one in NOT_ACCEPTED]
        found.append(after(report_change(uji, accepted="yes", **serious), takes_part(ACCEPTOR, "author")))
    for kind in SIGN:
        found += [no_sign(kind), sign_change(kind, entitled=False), sign_change(kind, right_role=False)]
        found += [sign_change(kind, approves=False), sign_change(kind, withdrawn=True), refused_after(kind)]
        found += [sign_change(kind, age_days=366, own_days=400), sign_change(kind, age_days=5, own_days=5)]
        found += [sign_change(kind, of_this_letter=False), sign_change(kind, not_yet=True)]
        found += [refused_with_a_later_date(kind)]
        found += [sign_change(kind, key_gone=True), refused_after(kind, key_gone=True)]
        found += [sign_change(kind, withdrawn=True, withdrawer_gone=True)]
        found += [refused_after(kind, withdrawn=True, withdrawer_gone=True)]
        found += [takes_part(PERSONS[kind][0], part) for part in ("author", "reviewer")]
        if kind != "pse":
            found += [sign_change(kind, subject=one) for one in ("other", "bytes", "earlier")]
    found += [sign_change("uat", all_accepted=False), sign_change("uat", complete=False)] * 2
    return found


def _examinations(kind: str) -> list[Change]:
    """What an examination may not leave behind."""
    bad = (
        (Weakness("kritis"),),
        (Weakness("tinggi", retest="gagal"),),
        (Weakness("tinggi", risk="yes"), Weakness("kritis")),
        (Weakness("tinggi", risk="expired"),),
        (Weakness("rendah", risk="expired"), Weakness("sedang")),
        (Weakness("kritis", risk="foreign"),),
        (Weakness("sedang", risk="foreign"),),
    )
    accepted = sign_change(kind, weaknesses=(Weakness("tinggi", risk="yes"),))
    return [
        *(sign_change(kind, weaknesses=one) for one in bad),
        *(after(accepted, takes_part("tata", part)) for part in ("author", "reviewer")),
    ]


def base_change(**changes: Any) -> Change:
    """Every full sign-off of the base is a changed one."""

    def change(case: Case, rng: random.Random) -> Case:
        return replace(
            case,
            signs=tuple(
                replace(one, **changes) if one.kind == "persandian" and one.subject == "base" else one
                for one in case.signs
            ),
        )

    return change


def half_a_base(case: Case, rng: random.Random) -> Case:
    """Two persons re-examined; of the full examination there is only one."""
    case = patching(replace(case, persons_needed=2), rng)
    base = [one for one in case.signs if one.subject == "base" and one.approves]
    return replace(case, signs=tuple(one for one in case.signs if one not in base[1:]))


def examined_by(role: str) -> Change:
    """In full by an officer who had a part in what is released now; re-examined by another one."""

    def change(case: Case, rng: random.Random) -> Case:
        case = patching(replace(case, persons_needed=1), rng)
        signs = (*without(case.signs, PATCH), good_sign(PATCH, "sandi2", rng))
        return takes_part("sandi", role)(replace(case, signs=signs), rng)

    return change


def siblings(**changes: Any) -> Change:
    """Two other releases rest on the same base, the changed one on a permit of before."""

    def change(case: Case, rng: random.Random) -> Case:
        one = replace(good_sign(PATCH, "sandi", rng), subject="sibling")
        two = replace(good_sign(PATCH, "sandi", rng), subject="second sibling", **changes)
        return replace(case, signs=(one, two, *case.signs))

    return change


def _patch() -> list[Change]:
    more, other = (("c", "sedang", 3),), (("e", "sedang", 1),)
    changes = [
        *(base_change(**one) for one in ({"withdrawn": True}, {"entitled": False}, {"right_role": False})),
        *(base_change(**one) for one in ({"approves": False}, {"not_yet": True}, {"age_days": 91})),
        *(base_change(weaknesses=(Weakness("kritis", risk=one),)) for one in ("no", "expired", "foreign")),
        base_change(subject="other"),
        base_change(key_gone=True),
        refused_after("persandian", subject="base", key_gone=True),
        refused_after("persandian", subject="base"),
        refused_with_a_later_date("persandian", subject="base"),
        sign_change(PATCH, rests_on="unknown"),
        *[base_change(age_days=30)] * 2,
        siblings(),
        after(siblings(withdrawn=True, carried=True), set_field("opened", "yes")),
        *(set_field("changed", one) for one in ("unread", "dependency", "sensitive")),
        *(scanned(uji, SOME, None) for uji in SCANNERS),
        *(scanned(uji, now, SOME) for uji in SCANNERS for now in (more, other, (*SOME, *other))),
        *(scanned(uji, SOME, SOME, listed=False) for uji in SCANNERS),
        *(scanned(uji, SOME, SOME, from_template=False) for uji in SCANNERS),
        sign_change(PATCH, entitled=False),
        sign_change(PATCH, approves=False),
        sign_change(PATCH, age_days=5, own_days=5),
        *_examinations(PATCH),
    ]
    parts = [examined_by(role) for role in ("author", "reviewer")]
    return [half_a_base, *parts, *(after(patching, one) for one in changes)]


def _back() -> list[Change]:
    changes = [
        *(sign_change(BACK, **one) for one in ({"subject": "bytes"}, {"of_this_letter": False})),
        *(sign_change(BACK, **one) for one in ({"age_days": 7}, {"age_days": 3, "own_days": 3})),
        *(sign_change(BACK, **one) for one in ({"not_yet": True}, {"rests_on": "unknown"})),
        refused_after(BACK),
        refused_with_a_later_date(BACK),
        *(takes_part("pa", part) for part in ("author", "reviewer")),
        *(set_field("opened", one) for one in ("no", "other_code", "other_bytes", "other_place")),
        *(set_field("opened", one) for one in ("by_glass", "other_name", "withdrawn")),
        *(refused_after(kind, subject=one) for kind in ("uat", "persandian") for one in ("earlier", "other")),
        *(refused_with_a_later_date(kind, subject="earlier") for kind in ("uat", "persandian")),
        *(no_sign(kind) for kind in ("uat", "persandian", "pse")),
        sign_change("uat", subject="earlier", carried=True, withdrawn=True),
        refused_after("uat", subject="earlier", key_gone=True),
        sign_change("persandian", subject="earlier"),  # made since: the permit of then did not rest on it
    ]
    # A flawed decision beside one that was withdrawn, or is of another role: what is said is the last one's flaw.
    flawed = sign_change(BACK, age_days=7)
    for beside in ({"withdrawn": True}, {"right_role": False}):
        changes.append(after(flawed, _beside(BACK, **beside)))
    return [half_of_then, *(after(going_back, one) for one in changes)]


def half_of_then(case: Case, rng: random.Random) -> Case:
    """Two persons signed then; one of them took it back, or the key is gone that it was signed with."""
    case = going_back(replace(case, persons_needed=2), rng)
    which = rng.choice(("sandi", "sandi2"))
    lost: dict[str, Any] = rng.choice(({"withdrawn": True}, {"key_gone": True}))
    return replace(
        case,
        signs=tuple(
            replace(one, **lost) if (one.kind, one.person) == ("persandian", which) else one
            for one in case.signs
        ),
    )


def _beside(kind: str, **changes: Any) -> Change:
    def change(case: Case, rng: random.Random) -> Case:
        return replace(case, signs=(*case.signs, replace(good_sign(kind, PERSONS[kind][0], rng), **changes)))

    return change


def glass_change(**changes: Any) -> Change:
    """The newest break-glass is a changed one."""

    def change(case: Case, rng: random.Random) -> Case:
        return replace(case, signs=(*without(case.signs, GLASS), glass(rng, **changes)))

    return change


def _glass_refused(first: bool, **changes: Any) -> Change:
    def change(case: Case, rng: random.Random) -> Case:
        no = replace(glass(rng), approves=False, second=None, age_minutes=0, **changes)
        yes = glass(rng, age_minutes=rng.choice((1, 14)), own_minutes=60)
        kept = without(case.signs, GLASS)
        return replace(case, signs=(*kept, no, yes) if first else (*kept, yes, no))

    return change


def _glass() -> list[Change]:
    changes = [
        *(glass_change(**one) for one in ({"second": "sandi"}, {"person": "pa", "second": "pa2"})),
        after(glass_change(), _later_glass("pa", "sandi")),
        glass_change(of_this_letter=False),
        _glass_refused(False, key_gone=True),
        *(_glass_refused(first) for first in (False, True)),
        *(takes_part(person, part) for person in ("pa", "tata") for part in ("author", "reviewer")),
        after(glass_change(second="sandi"), takes_part("sandi", "author")),
    ]
    no_glass: list[Change] = [
        *(glass_change(**one) for one in ({"age_minutes": 45}, {"age_minutes": 20, "own_minutes": 20})),
        *(glass_change(**one) for one in ({"not_yet": True}, {"withdrawn": True}, {"entitled": False})),
        glass_change(key_gone=True),
        *(glass_change(subject=one) for one in ("other", "bytes")),
        after(glass_change(), set_field("special_ways", False)),
    ]
    return [
        *(after(breaking_glass, no_sign("uat"), one) for one in changes),
        *(after(set_field("special_ways", True), no_sign("uat"), one) for one in no_glass),
    ]


def _later_glass(one: str, two: str) -> Change:
    return lambda case, rng: replace(case, signs=(*case.signs, glass(rng, person=one, second=two)))


DEVIATIONS: tuple[Change, ...] = (
    *_ground(),
    *_ordinary(),
    *_examinations("persandian"),
    *_patch(),
    *_back(),
    *_glass(),
)
"""Each applied to an ordinary case; most have exactly one code for their effect."""

__all__ = ["DEVIATIONS", "Change", "ordinary", "set_field"]
