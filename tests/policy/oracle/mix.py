"""Which cases are asked, and in which share: so that every run, however short, holds enough of each kind."""

from __future__ import annotations

import random

from oracle.cases import good_case, ordinary
from oracle.deviations import DEVIATIONS, Change, set_field
from oracle.model import decide
from oracle.told import Case

LETTERS = tuple(set_field("letter", one) for one in ("none", "refused_after", "by_wrong_role"))
GOOD, SINGLE = 20, 78
"""Of 100 cases; the rest has several things wrong."""


def _by_code() -> dict[str, list[Change]]:
    """Per reason code the changes that make it the only one, as the model sees it."""
    found: dict[str, list[Change]] = {}
    for change in (*DEVIATIONS, *LETTERS):
        rng = random.Random(0)
        answers = {decide(change(ordinary(rng), rng)) for _ in range(5)}
        for (code,) in (one for one in answers if len(one) == 1):
            found.setdefault(code, []).append(change)
    return dict(sorted(found.items()))


BY_CODE = _by_code()
_CODES = tuple(BY_CODE)


def turns(size: int) -> int:
    """How many of the first `size` cases have one code only."""
    return size // 100 * SINGLE + min(max(size % 100 - GOOD, 0), SINGLE)


def case_of(number: int, rng: random.Random) -> Case:
    """Good ones, ones whose only flaw is a code (the codes in turn), and a few with several."""
    place = number % 100
    if place < GOOD:
        return good_case(rng)
    if place < GOOD + SINGLE:
        turn = number // 100 * SINGLE + place - GOOD
        return _only(_CODES[turn % len(_CODES)], rng)
    case = good_case(rng)
    for _ in range(rng.choice((2, 2, 3, 5, 9))):
        case = rng.choice(DEVIATIONS)(case, rng)
    return rng.choice(LETTERS)(case, rng) if rng.random() < 0.5 else case


def _only(code: str, rng: random.Random) -> Case:
    """A change may hide behind another way, or bring a second code: then once more."""
    while True:
        case = rng.choice(BY_CODE[code])(ordinary(rng), rng)
        if decide(case) == {code}:
            return case
