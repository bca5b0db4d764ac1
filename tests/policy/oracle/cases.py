"""Random cases that may go out, in each of the ways, with harmless things around them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from oracle.told import AREA as AREAS
from oracle.told import (
    BACK,
    GLASS,
    GLASS_MINUTES,
    LEAST,
    LIFE,
    PACK,
    PATCH,
    SCANNERS,
    SIGN,
    Case,
    Found,
    Report,
    Sign,
    Weakness,
    replace,
)

UJI = (*AREAS, PACK)
PERSONS = {"uat": ("pemohon",), "persandian": ("sandi", "sandi2"), "pse": ("pemohon",), BACK: ("pa",)}
PERSONS[PATCH] = PERSONS["persandian"]
Change = Callable[[Case, random.Random], Case]

SERIOUS: Found = (("a", "tinggi", 2), ("b", "kritis", 1))
SOME: Found = (("c", "sedang", 2), ("d", "sedang", 1))
HARMLESS: tuple[tuple[Weakness, ...], ...] = (
    (),
    (Weakness("kritis", retest="lulus"), Weakness("info")),
    (Weakness("sedang"), Weakness("rendah", retest="gagal")),
    (Weakness("tinggi", risk="yes"),),
    (Weakness("kritis", retest="gagal", risk="yes", officer="pa"), Weakness("sedang", risk="yes")),
)
"""What an examination may leave behind: retested, lesser, or let stand by an officer."""


def good_report(uji: str, rng: random.Random) -> Report:
    least = LEAST.get(uji, 2)
    level = rng.choice(("dilaporkan", "disaksikan", "diamati")[least:])
    return Report(
        uji,
        claimed_class=level,
        on_pa_runner=level == "diamati" or rng.random() < 0.5,
        age_days=rng.choice((0, 1, 29, 30)),
    )


def good_sign(kind: str, person: str, rng: random.Random) -> Sign:
    life = LIFE[kind]
    found = rng.choice(HARMLESS) if kind in ("persandian", PATCH) and rng.random() < 0.3 else ()
    return Sign(
        kind,
        person,
        age_days=rng.choice((0, 1, life - 1)),
        own_days=rng.choice((life, 400)),
        weaknesses=found,
    )


def persons_for(case: Case, kind: str) -> tuple[str, ...]:
    return PERSONS[kind][: case.persons_needed if kind in ("persandian", PATCH) else 1]


def without(items: tuple[Any, ...], *names: str) -> tuple[Any, ...]:
    """Reports or sign-offs but those of these kinds."""
    return tuple(one for one in items if getattr(one, "uji", None) or one.kind not in names)


def ordinary(rng: random.Random) -> Case:
    """Everything in place, with harmless things around it: older failures, other releases, withdrawn refusals."""
    case = Case(
        letter=rng.choice(("approved", "approved", "approved", "refused_before")),
        persons_needed=rng.choice((1, 1, 2)),
        special_ways=rng.random() < 0.8,
        opened="yes" if rng.random() < 0.1 else "no",
        facts_age_s=rng.choice((0, 1, 59, 60, -60)),
    )
    return replace(case, reports=_reports(rng), signs=_signs(case, rng))


def _reports(rng: random.Random) -> tuple[Report, ...]:
    reports: list[Report] = []
    for uji in UJI:
        if rng.random() < 0.15:
            older = good_report(uji, rng)
            reports.append(replace(older, result=rng.choice(("FAILED", "UNUSABLE")), age_days=30))
        report = good_report(uji, rng)
        if uji in SCANNERS and rng.random() < 0.1:
            report = replace(report, result="FAILED", accepted="yes", found=SERIOUS)
        reports.append(report)
        if rng.random() < 0.15:  # later, but of something else: the code, the template, or a stranger's job
            other = rng.choice(({"same_code": False}, {"from_template": False}))
            if uji != PACK or "from_template" in other:
                reports.append(
                    replace(good_report(uji, rng), result=rng.choice(("PASSED", "FAILED")), **other)
                )
    return tuple(reports)


def _signs(case: Case, rng: random.Random) -> tuple[Sign, ...]:
    signs: list[Sign] = []
    for kind in SIGN:
        first = PERSONS[kind][0]
        if rng.random() < 0.15:
            signs.append(replace(good_sign(kind, first, rng), approves=False, withdrawn=True))
        if rng.random() < 0.1 and kind != "pse":
            signs.append(replace(good_sign(kind, first, rng), approves=rng.random() < 0.5, subject="other"))
        if rng.random() < 0.1:
            signs.append(replace(good_sign(kind, first, rng), approves=False, entitled=False))
        signs += [good_sign(kind, person, rng) for person in persons_for(case, kind)]
        if rng.random() < 0.1:
            signs.append(replace(good_sign(kind, first, rng), right_role=False))
        if rng.random() < 0.05:  # a yes by a key that is gone
            signs.append(replace(good_sign(kind, first, rng), key_gone=True))
        if rng.random() < 0.05:  # a no by such a key, taken back by somebody who is named
            no = replace(good_sign(kind, first, rng), approves=False, age_days=0)
            signs.append(replace(no, key_gone=True, withdrawn=True))
    if rng.random() < 0.05:  # decisions to go back that do not count
        signs.append(decision(rng, **rng.choice(({"withdrawn": True}, {"right_role": False}))))
    return tuple(signs)


def decision(rng: random.Random, **changes: Any) -> Sign:
    return replace(good_sign(BACK, "pa", rng), **changes)


def glass(rng: random.Random, **changes: Any) -> Sign:
    start = rng.choice((0, 1, 14, GLASS_MINUTES - 1))
    one, two = rng.choice((("pa", "tata"), ("tata", "pa")))
    own = rng.choice((start + 1, 60))
    return replace(Sign(GLASS, one, second=two, age_minutes=start, own_minutes=own), **changes)


# --- the special ways, made of an ordinary case ---------------------------------------------------------------------------


def going_back(case: Case, rng: random.Random) -> Case:
    """The earlier release was open on sign-offs that may have ended since; nothing of tests or steps is asked again."""
    then = tuple(
        replace(
            good_sign(kind, person, rng), subject="earlier", carried=True, age_days=rng.choice((5, 29, 200))
        )
        for kind in ("uat", "persandian")
        for person in persons_for(case, kind)
    )
    pse = tuple(
        replace(one, carried=one.approves and one.right_role and one.entitled)
        for one in case.signs
        if one.kind == "pse"
    )
    harmless = []
    if rng.random() < 0.2:  # refusals of other things, or that were taken back
        refusal = replace(good_sign("uat", "pemohon", rng), approves=False, age_days=0)
        harmless.append(
            replace(refusal, **rng.choice(({"subject": "base"}, {"subject": "bytes"}, {"withdrawn": True})))
        )
    kept = tuple(one for one in case.reports if one.uji == PACK or rng.random() < 0.5)
    signs = (*then, *pse, *harmless, good_sign(BACK, "pa", rng))
    step = case.step_done and rng.random() < 0.5
    return replace(case, special_ways=True, opened="yes", reports=kept, signs=signs, step_done=step)


def patching(case: Case, rng: random.Random) -> Case:
    """A re-examination on a base examined in full; scanners find nothing, or no more than they found there."""
    base = tuple(
        replace(good_sign("persandian", person, rng), subject="base", age_days=rng.choice((0, 1, 29)))
        for person in persons_for(case, "persandian")
    )
    now = tuple(good_sign(PATCH, person, rng) for person in persons_for(case, PATCH))
    sibling: tuple[Sign, ...] = ()
    if rng.random() < 0.3:
        sibling = (replace(now[0], subject="sibling"),)
    refused: tuple[Sign, ...] = ()
    if rng.random() < 0.1:
        refused = (replace(base[0], approves=False, withdrawn=rng.random() < 0.5, age_days=40),)
    signs = (*without(case.signs, "persandian"), *refused, *base, *sibling, *now)
    case = replace(case, special_ways=True, signs=signs)
    for uji in SCANNERS:
        if rng.random() < 0.3:
            case = scanned(uji, rng.choice((SOME, SOME[:1])), SOME)(case, rng)
        elif any(
            one.uji == uji and one.found for one in case.reports
        ):  # accepted findings: the base had them
            case = replace(case, reports=(_base_scan(uji, SERIOUS, rng), *case.reports))
    return case


def breaking_glass(case: Case, rng: random.Random) -> Case:
    """Two officers opened; something of tests, sign-offs or steps is missing, whatever it is."""
    kept = tuple(one for one in case.reports if one.uji == PACK or rng.random() < 0.5)
    signs = tuple(one for one in case.signs if rng.random() < 0.3)
    harmless = []
    if rng.random() < 0.2:
        harmless.append(
            glass(
                rng,
                **rng.choice(
                    (
                        {"subject": "other", "approves": False},
                        {"approves": False, "withdrawn": True},
                        {"approves": False, "age_minutes": 50},
                        {"second": "sandi"},
                        {"withdrawn": True, "second": "dev"},
                    )
                ),
            )
        )
    signs = (*signs, *harmless, glass(rng))
    return replace(case, special_ways=True, reports=kept, signs=signs, step_done=rng.random() < 0.5)


WAYS: tuple[Change, ...] = (going_back, patching, breaking_glass)


def good_case(rng: random.Random) -> Case:
    case = ordinary(rng)
    if rng.random() < 0.4:
        return rng.choice(WAYS)(case, rng)
    if rng.random() < 0.05:  # a glass that nobody needed to break
        return replace(case, signs=(*case.signs, glass(rng)))
    return case


# --- parts that deviations need too ---------------------------------------------------------------------------------------


def _base_scan(uji: str, found: Found, rng: random.Random, **changes: Any) -> Report:
    return replace(good_report(uji, rng), of_base=True, found=found, **changes)


def scanned(uji: str, now: Found, then: Found | None, **changes: Any) -> Change:
    """What a scanner finds now and found in the base (None: it was not asked); `changes` are of the base's record."""
    listed = changes.pop("listed", True)

    def change(case: Case, rng: random.Random) -> Case:
        kept = [one for one in case.reports if one.uji != uji]
        if then is not None:
            kept.append(_base_scan(uji, then, rng, **changes))
        return replace(case, reports=(*kept, replace(good_report(uji, rng), found=now, listed=listed)))

    return change
